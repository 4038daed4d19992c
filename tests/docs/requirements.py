"""The files below ``requirements/``: every version that is installed, with the hashes of all its files on PyPI.

    make requirements                     # after a change in pyproject.toml; what is pinned stays
    make requirements ARGS=--upgrade      # the newest versions that pyproject.toml allows

writes them with uv, for every system and every Python from 3.11 on. `docs/test_requirements.py` fails when a dependency
has no line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from lantern import PROJECT

FOLDER = PROJECT / "requirements"
OLDEST_PYTHON = "3.11"
FILES: dict[str, tuple[str, ...]] = {
    "run": (),
    "preview": ("run",),
    "semantic": ("run",),
    "postgres": ("run",),
    "test": ("preview", "semantic", "postgres"),
    "tools": ("run",),
}
"""Each file, which has an extra's name but for the first, and the files that it begins with."""
HEAD = """\
# {what}. Made by `make requirements`, which tests/docs/requirements.py explains; not to be edited.
# A package's own program is never run to install it, nor what that would fetch: nobody could have checked it.
--only-binary :all:
"""
WHAT = {
    "run": "What the bot runs on",
    "tools": "What `make requirements` and `make audit` run with, in an environment of their own",
}
PINNED = re.compile(r"^\S+==.*(?:\n    --hash.*)+", re.MULTILINE)


def pinned(text: str) -> list[str]:
    """The packages of a requirements file, each with its hashes, in order."""
    return PINNED.findall(text)


def compiled(versions: Path, *options: str) -> list[str]:
    """All packages that are needed, at the versions that stand in a file where it has them; it is written anew."""
    uv = Path(sys.executable).with_name("uv")
    how = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-strip-extras"]
    how += ["--no-annotate", "--no-header", "--quiet", "--output-file", str(versions), *options]
    subprocess.run([uv, "pip", "compile", "pyproject.toml", *how], cwd=PROJECT, check=True)
    return pinned(versions.read_text(encoding="utf-8"))


def main() -> None:
    """Write all files; the first argument may be ``--upgrade``."""
    FOLDER.mkdir(exist_ok=True)
    versions = PROJECT / "build" / "requirements.txt"
    versions.parent.mkdir(exist_ok=True)
    # Of what is pinned the versions alone: the hashes are asked for anew, since files may have been added since.
    before = pinned("\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")))
    versions.write_text("\n".join(package.partition(" \\\n")[0] for package in before), encoding="utf-8")
    # All at once, so that a package has one version in all files.
    compiled(versions, "--all-extras", *sys.argv[1:])
    chosen = versions.read_text(encoding="utf-8")
    made: dict[str, list[str]] = {}
    for name in FILES:
        versions.write_text(chosen, encoding="utf-8")
        made[name] = compiled(versions, *([] if name == "run" else ["--extra", name]))
    for name, begins_with in FILES.items():
        there = {package for other in above(name) for package in made[other]}
        lines = [HEAD.format(what=WHAT.get(name, f"The extra `{name}`")), *(f"-r {each}.txt" for each in begins_with)]
        lines += [package for package in made[name] if package not in there]
        path, text = FOLDER / f"{name}.txt", "\n".join(lines) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # make goes by when a file was written
            path.write_text(text, encoding="utf-8")


def above(name: str) -> set[str]:
    """The files that a file has in itself."""
    return {every for each in FILES[name] for every in {each, *above(each)}}


if __name__ == "__main__":
    main()
