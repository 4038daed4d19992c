"""Sentences in the code: each whole and literal, and translated only where it is said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern import PROJECT
from tests.languages.catalogs import FUNCTIONS, SOURCES

SAID = frozenset({"_", "ngettext"})
"""What translates at once, into the language in use; ``N_`` only marks."""


def faults(code: str) -> Iterator[str]:
    """What keeps a sentence from being found, or says it in the wrong language, with its line."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if name := _called(node):
            assert isinstance(node, ast.Call)
            sentences = node.args[: 2 if name == "ngettext" else 1]
            if node.keywords or len(node.args) != (3 if name == "ngettext" else 1):
                yield f"{node.lineno}: {name}() with other arguments than it has"
            for sentence in sentences:
                if not (_is_text(sentence) or (name == "_" and _is_constant(sentence))):
                    yield f"{node.lineno}: {name}() of something else than a text or, for _(), a constant"
    for inside in (node for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in ast.walk(text)):
        if isinstance(inside, ast.Call) and _called(inside) and any(map(_is_text, inside.args)):
            yield f"{inside.lineno}: in an f-string, where `make translations` finds none"
    yield from (f"{line}: said when the module is imported" for line in _said_at_import(tree))


READ = ("cogs", "lantern/admin", "lantern/answers", "lantern/figures", "lantern/ui")
"""Where sentences are written that people in Discord read."""
NOT_READ = frozenset({"lantern/answers/edition.py", "lantern/figures/gaps.py", "lantern/figures/queries.py"})
"""Files in there whose sentences are for editors, or SQL."""
FOR_OPERATORS = frozenset({"misfits", "excess", "__str__"})
"""Functions in the others whose sentences editors and operators read, in `bot.py check` and `bot.py insights`."""
WORDS = re.compile(r"[A-Za-z]{2,}[,.:;]? (?:[A-Za-z] )*[A-Za-z]{2,}")
NO_SENTENCE = re.compile(
    r"[a-z-]+ [a-z]+|Answer this|\s*(SELECT|INSERT|UPDATE|DELETE)\b.*|the press .*|to .*|the same in threads .*"
    r"|it was switched on after .*|Discord did not say whether .*",
    re.DOTALL,
)
"""Names of commands, SQL, what the log says of a press, why Lantern asks for a permission, as README says it, and what
is kept of a weekly post that was not sent, which nobody is shown.
"""


def unmarked(code: str) -> Iterator[str]:
    """Sentences that nobody can translate, with their lines: not in any of the functions, and not only for the log."""
    tree = ast.parse(code)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if _called(node) or _is_for_others(node):
            continue
        if isinstance(node, ast.Constant) and id(node) not in told and _is_text(node):
            if WORDS.search(str(node.value)) and not NO_SENTENCE.fullmatch(str(node.value)):
                yield f"{node.lineno}: not marked: {str(node.value)[:60]!r}"
        else:
            left += ast.iter_child_nodes(node)


def _is_for_others(node: ast.AST) -> bool:
    """Whether it is a line of the log, an error that nobody is told of, a pattern, or a function for editors."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return isinstance(node.exc.func, ast.Name) and node.exc.func.id != "Refused"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.value.id in ("log", "re")
    return isinstance(node, ast.FunctionDef) and node.name in FOR_OPERATORS


def _called(node: ast.AST) -> str | None:
    """Which of the functions of sentences a call is of."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        return node.func.id
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_constant(node: ast.expr) -> bool:
    """Whether it is a name, an attribute or an entry of a table, whose texts are marked where they are written."""
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    if isinstance(node, ast.Subscript):
        return _is_constant(node.value)
    if isinstance(node, ast.Call):  # REFUSALS.get(code)
        return isinstance(node.func, ast.Attribute) and node.func.attr == "get" and _is_constant(node.func.value)
    return isinstance(node, (ast.Name, ast.Attribute))


def _said_at_import(tree: ast.Module) -> Iterator[int]:
    """Lines of sentences that are translated outside any function, or in what a function's definition evaluates."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if _called(node) in SAID:
            yield node.lineno  # type: ignore[attr-defined]
        if isinstance(node, ast.Lambda):
            left += node.args.defaults
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            left += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        else:
            left += ast.iter_child_nodes(node)


@pytest.mark.parametrize(
    "code",
    [
        '_(f"{name} is gone")',
        '_("One " + "two")',
        '_("One {}".format(1))',
        '_("One" if one else "Two")',
        '_("Gone", 2)',
        'N_(f"{name}")',
        "N_(NAME)",
        'ngettext("One", f"{number}", number)',
        'ngettext("One", "Many")',
        "f\"## {_('Gone')}\"",
        "ngettext(ONE, MANY, number)",
    ],
)
def test_what_is_no_whole_sentence_is_found(code: str) -> None:
    assert [*faults(f"def said():\n    return {code}")]


@pytest.mark.parametrize(
    "code",
    [
        'SAID = _("Gone")',
        'def said(text=_("Gone")): ...',
        'def said(*, text=ngettext("One", "Many", 2)): ...',
        '@describe(_("Gone"))\ndef said(): ...',
        'class Said:\n    text = _("Gone")',
        'SAY = lambda text=_("Gone"): text',
        'TABLE = [_("Gone") for _each in range(2)]',
    ],
)
def test_what_is_said_at_import_is_found(code: str) -> None:
    assert [*faults(code)]


@pytest.mark.parametrize(
    "code",
    [
        'log.warning("the card of %d is gone", 1)',
        'raise OutdatedPress("no such card")',
        'GONE = N_("That card is gone.")',
        'SAY = lambda: _("Gone")',
        'def said():\n    return _("Gone {name}").format(name=1) + _(GONE) + _(TABLE[1]) + _(line.says)',
        "def said(there):\n    return _(TAKEN_BACK if there else GONE_BEFORE)",
        'def said():\n    return ngettext("One", "{number} of " "them", len(them))',
        "def said(code):\n    return _(REFUSALS.get(code, NOT_TAKEN))",
    ],
)
def test_what_is_right_is_left_alone(code: str) -> None:
    assert not [*faults(code), *unmarked(code)]


def test_every_sentence_in_the_code_is_whole_and_said_in_the_language_in_use() -> None:
    files = [file for folder in SOURCES for file in (PROJECT / folder).rglob("*.py")]
    assert len(files) > 50

    assert not [
        f"{file.relative_to(PROJECT)}:{fault}"
        for file in files
        if file.name != "translation.py"
        for fault in faults(Path(file).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(
    "code",
    [
        'GONE = "That card is gone."',
        'raise Refused("That card is gone.")',
        'def said(name):\n    return f"You asked {name}."',
        'button("Post here", "id")',
        'placeholder or "Choose a question"',
        'TABLE = {1: "Not this one"}',
    ],
)
def test_a_sentence_that_is_not_marked_is_found(code: str) -> None:
    assert [*unmarked(code)]


def test_every_sentence_that_people_read_can_be_translated() -> None:
    files = [file for folder in READ for file in (PROJECT / folder).rglob("*.py")]

    assert not [
        f"{name}:{fault}"
        for file in files
        if (name := str(file.relative_to(PROJECT))) not in NOT_READ
        for fault in unmarked(file.read_text(encoding="utf-8"))
    ]
