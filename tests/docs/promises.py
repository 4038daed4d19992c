"""The promises of the pages that members and operators trust, and the tests that hold them.

A paragraph, list item or table row that promises something names its tests in a comment beside it:
``<!-- test: store/test_misses.py::test_name, … -->``, paths below ``tests/``. One that only explains says so:
``<!-- no promise -->``.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import NamedTuple

from lantern import PROJECT

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TESTS = re.compile(r"<!-- test: (.*?) -->", re.DOTALL)
NO_PROMISE = "<!-- no promise -->"
NAMED = re.compile(r"[\w/]+/test_\w+\.py(?:::\w+)+")
MADE = re.compile(r"<!-- (?!test: |no promise)[\w-]+ -->.*?<!-- end -->", re.DOTALL)
"""A table that is made from the code, and compared with it by another test."""
CODE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
ITEM = re.compile(r" *(?:- |\d+\. )")
UNDERLINE = re.compile(r"[ |:-]+")


class Block(NamedTuple):
    """A paragraph, a list item, or a row of a table."""

    heading: str
    text: str

    @property
    def tests(self) -> list[str]:
        """The tests that it names."""
        return [name.strip() for names in TESTS.findall(self.text) for name in " ".join(names.split()).split(",")]

    @property
    def is_marked(self) -> bool:
        """Whether it names a test, or says that it promises nothing."""
        return bool(self.tests) or NO_PROMISE in self.text

    @property
    def words(self) -> str:
        """What people read of it, on one line."""
        return " ".join(COMMENT.sub("", self.text).split())

    @property
    def cells(self) -> list[str]:
        """The cells of a row; none of any other block."""
        return [cell.strip() for cell in self.words.strip("|").split("|")] if self.text.lstrip().startswith("|") else []


def blocks(page: str) -> list[Block]:
    """The blocks of a page in the project, in order, without headings, code and tables made from the code."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    lines = MADE.sub("", CODE.sub("", text)).splitlines()
    found: list[list[str]] = [[""]]
    heading, headings = "", [""]
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        is_row = line.lstrip().startswith("|")
        if line.startswith("#"):
            heading = line.lstrip("# ")
        begins = line.startswith("#") or not line.strip() or is_row or ITEM.match(line)
        if begins or found[-1][-1].lstrip().startswith("|"):
            found.append([])
            headings.append(heading)
        # The names of a table's columns stand above a line of dashes.
        is_head = is_row and (UNDERLINE.fullmatch(line) or (below.strip() and UNDERLINE.fullmatch(below)))
        found[-1].append("" if line.startswith("#") or is_head else line)
    made = [Block(above, "\n".join(part).strip()) for above, part in zip(headings, found, strict=True)]
    return [block for block in made if block.words]


@cache
def tests_in(file: str) -> frozenset[str]:
    """The tests of a file below ``tests/``, those of classes as ``TestClass::test_name``."""
    path = PROJECT / "tests" / file
    if not path.is_file():
        return frozenset()
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        names |= {before + each.name for each in inside if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    return frozenset(name for name in names if name.rpartition("::")[2].startswith("test_"))


def is_there(test: str) -> bool:
    """Whether a test such as ``store/test_misses.py::test_name`` exists."""
    file, _, name = test.partition("::")
    return bool(NAMED.fullmatch(test)) and name in tests_in(file)
