"""How the modules of the project import one another; the layers are in ``pyproject.toml``, held by import-linter."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from lantern import PROJECT

ROOMS = ("cogs", "lantern", "bench", "tests")


def modules(root: Path) -> dict[str, Path]:
    """Every module of the project by its name; a package has the name of its folder."""
    files = [root / "bot.py", *(file for room in ROOMS for file in (root / room).rglob("*.py"))]
    parts = {file: file.relative_to(root).with_suffix("").parts for file in files}
    return {".".join(name[:-1] if name[-1] == "__init__" else name): file for file, name in parts.items()}


def imports(root: Path) -> dict[str, set[str]]:
    """What each module of the project imports of it, wherever in its text; imports for type checking count."""
    known = modules(root)
    graph: dict[str, set[str]] = {}
    for name, file in known.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{name} has a relative import, in line {node.lineno}"
                inner = {f"{node.module}.{each.name}" for each in node.names}
                named |= {each if each in known else str(node.module) for each in inner}
        graph[name] = named & known.keys()
    return graph


def circle(graph: dict[str, set[str]]) -> str | None:
    """A circle in the graph, each module importing the one after it; None where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = error.args[1][:0:-1]
        first = names.index(min(names))
        return " -> ".join([*names[first:], *names[:first], names[first]])
    return None


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    return imports(PROJECT)


def test_no_modules_import_one_another_in_a_circle(graph: dict[str, set[str]]) -> None:
    found = circle(graph)
    assert found is None, found


def test_no_test_file_imports_another(graph: dict[str, set[str]]) -> None:
    """Nor does anything else import one."""
    tests = {module for module in graph if module.rpartition(".")[2].startswith("test_")}
    crossing = [f"{module} -> {imported}" for module in sorted(graph) for imported in sorted(graph[module] & tests)]
    assert not crossing, "\n".join(crossing)


def test_the_bot_imports_neither_tests_nor_bench(graph: dict[str, set[str]]) -> None:
    """An installed Lantern has neither."""
    crossing = [
        f"{module} -> {imported}"
        for module in sorted(graph)
        for imported in sorted(graph[module])
        if module.startswith(("bot", "cogs", "lantern")) and imported.startswith(("bench", "tests"))
    ]
    assert not crossing, "\n".join(crossing)


@pytest.mark.parametrize(
    ("back", "found"),
    [
        ("import cogs.ask", "cogs.ask -> lantern.asking -> cogs.ask"),
        ("if TYPE_CHECKING:\n    from cogs import ask", "cogs.ask -> lantern.asking -> cogs.ask"),
        ("def later():\n    from cogs.ask import Ask", "cogs.ask -> lantern.asking -> cogs.ask"),
        ("import discord\nfrom cogs import other\nfrom lantern import VERSION", None),
    ],
)
def test_a_circle_is_found_and_named(tmp_path: Path, back: str, found: str | None) -> None:
    files = {
        "bot.py": "from cogs.ask import Ask",
        "cogs/ask.py": "from lantern import asking",
        "cogs/other.py": "",
        "lantern/__init__.py": "",
        "lantern/asking.py": back,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    assert circle(imports(tmp_path)) == found


def test_one_file_says_the_first_word_to_discord() -> None:
    """So that each is tried again where the connection breaks."""
    others = [
        f"{file.relative_to(PROJECT)}:{node.lineno}: {node.attr}"
        for room in ("cogs", "lantern")
        for file in (PROJECT / room).rglob("*.py")
        if file != PROJECT / "lantern" / "ui" / "replies.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "response"
        if node.attr not in ("is_done", "status", "headers")
    ]
    assert not others, "\n".join(others)
