"""What is installed is what was pinned, each version with its hashes: here, in the image, in lines to type."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lantern import PROJECT
from tests.docs.requirements import FILES, FOLDER, above, pinned

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TYPED = [
    *(PROJECT / name for name in ("bot.py", "Makefile", "Dockerfile", ".ci/run")),
    *(path for folder in ("lantern", "docs", "content", "bench", ".github") for path in (PROJECT / folder).rglob("*")),
    *PROJECT.glob("*.md"),
]
"""Where people and programs are told what to install."""
INSTALLS = re.compile(r"(?:pip|PIP\)) install[^\n`]*")


def text(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_nothing_but_versions_with_hashes(name: str) -> None:
    lines = re.sub(r"^#.*\n", "", text(name), flags=re.MULTILINE)
    begins = ["--only-binary :all:", *(f"-r {each}.txt" for each in FILES[name])]

    left = [line for line in re.sub("|".join(map(re.escape, pinned(lines))), "", lines).splitlines() if line]
    assert left == begins
    for package in pinned(lines):
        first, *hashes = package.splitlines()
        assert re.fullmatch(r"[a-z0-9.\[\],-]+==[\w.]+( ; .+)? \\", first), first
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}( \\)?", each) for each in hashes)


@pytest.mark.parametrize("name", FILES)
def test_every_dependency_is_pinned_to_a_version_that_is_allowed(name: str) -> None:
    needed = DECLARED["dependencies"] + (DECLARED["optional-dependencies"][name] if name != "run" else [])
    versions = {
        canonicalize_name(Requirement(package.partition(" \\")[0]).name): Requirement(package.partition(" \\")[0])
        for file in {name, *above(name)}
        for package in pinned(text(file))
    }
    for each in map(Requirement, needed):
        if each.name != DECLARED["name"]:
            (pin,) = versions[canonicalize_name(each.name)].specifier
            assert each.specifier.contains(pin.version), each


@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_nothing_is_installed_without_its_hash(path: Path) -> None:
    if path.suffix not in (".png", ".ttf", ".pyc", ".mo") and path.is_file():
        for line in INSTALLS.findall(path.read_text(encoding="utf-8")):
            assert "--require-hashes" in line


def test_the_workflow_runs_actions_by_their_commits_and_may_only_read() -> None:
    workflows = [yaml.safe_load(path.read_text()) for path in (PROJECT / ".github" / "workflows").glob("*.yml")]
    assert workflows
    for workflow in workflows:
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert "permissions" not in job
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used), used
