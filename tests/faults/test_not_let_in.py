"""What people type, and what programs forge, stays text: it pings nobody, formats nothing and runs nowhere."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import logging
import pkgutil
import re
import shutil
import sqlite3
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import pytest_asyncio
import yaml

from lantern import PROJECT, admin, answers
from lantern.admin.setup_cards import THREADS
from lantern.answers import edition as lantern_content
from lantern.answers.privacy_cards import DONT_COUNT_ME, FORGET_CONFIRMED
from lantern.content.models import Content
from lantern.content.problems import ContentError
from lantern.figures.gaps import as_yaml
from lantern.figures.insights import as_zip
from lantern.runtime.client import Lantern
from lantern.runtime.logs import LineFormatter
from lantern.runtime.settings import Settings
from lantern.ui.cards import TEXT_DISPLAY, walk
from lantern.ui.custom_ids import PRESS_MARK, SEPARATOR
from lantern.ui.replies import SOMETHING_WENT_WRONG
from tests.discord.loopback import Loopback
from tests.discord.payloads import ADMINISTRATOR, MODERATOR, Json
from tests.support.contents import changed
from tests.support.wire import Wired, connected, hurried, said, settled
from tests.support.world import World, answer, read

# ---------------------------------------------------------------------- forged presses


def handlers() -> dict[str, list[type]]:
    """Every press of every service, with the kinds of its arguments."""
    found: dict[str, list[type]] = {}
    rooms = (admin, answers)
    names = [each.name for room in rooms for each in pkgutil.iter_modules(room.__path__, f"{room.__name__}.")]
    for module in map(importlib.import_module, names):
        for service in vars(module).values():
            if not (inspect.isclass(service) and service.__module__ == module.__name__):
                continue
            for _, method in inspect.getmembers(service, inspect.isfunction):
                if (name := getattr(method, PRESS_MARK, None)) is not None:
                    hints = get_type_hints(method)
                    found[name] = [hints[each] for each in list(inspect.signature(method).parameters)[2:]]
    return found


PRESSES = handlers()
NUMBERS = ("0", "1", str(2**63 - 1), str(2**63), "9" * 20, "3")
WORDS = (
    "x",
    "twinflame",
    "'; DROP TABLE questions; --",
    "../../etc/passwd",
    "@everyone",
    "\u202egnp.exe\n\x1b[31m",
)
VALUES: tuple[list[str] | None, ...] = (None, [], ["x"], ["9" * 25], ["-1", "x"], ["١٢"])


def forged(name: str) -> Iterator[tuple[str, list[str] | None]]:
    """Custom ids with the right number of wrong arguments, and what might be chosen in such a menu."""
    for number in range(len(VALUES) * 2):
        arguments = []
        for place, kind in enumerate(PRESSES[name]):
            source = NUMBERS if kind is int else WORDS
            arguments.append(source[(number + place * (number // len(VALUES))) % len(source)])
        yield SEPARATOR.join([name, *arguments])[:100], VALUES[(number + number // len(VALUES)) % len(VALUES)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server() -> AsyncIterator[Loopback]:
    async with Loopback() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def wired(server: Loopback, content: Content, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lantern]:
    settings = Settings(database=tmp_path_factory.mktemp("forged") / "lantern.sqlite3", shards=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        hurried(monkeypatch)
        async with connected(server, Wired(settings, content)) as bot:
            yield bot


def everything(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that tells of people or of their choices."""
    with sqlite3.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        names.remove("shared_content")  # what editors wrote, kept a moment after the start
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608


async def test_every_press_is_among_those_forged(simcord_bot: Lantern) -> None:
    assert simcord_bot.presses.kinds() == PRESSES
    assert len(PRESSES) > 40


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", sorted(PRESSES))
async def test_a_forged_press_gets_a_kind_sentence_and_changes_nothing(
    server: Loopback, wired: Lantern, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO)
    for person in (ADMINISTRATOR, MODERATOR):
        asked = await server.slash("topics", person=person)
        await asked.answered()
        assert asked.original is not None
        await wired.services.database.flush()
        before = everything(wired.services.settings.file)
        for custom_id, values in forged(name):
            if name == THREADS and values == []:
                continue  # choosing none is a choice
            message: Json = json.loads(json.dumps(asked.original))
            pressed = await server.press(message, custom_id, values, person=person)
            request = await pressed.answered()
            await settled()
            told = [message for message in server.messages.values() if int(message["id"]) > pressed.id]
            shown = "\n".join([said(pressed.original), *map(said, told), str(request.body)])
            assert SOMETHING_WENT_WRONG.partition("{")[0] not in shown, (custom_id, values)
            assert shown.strip(), (custom_id, values)
            assert not re.search("[\u202a-\u202e\x1b]", shown), (custom_id, values)
        await wired.services.database.flush()
        if name not in (DONT_COUNT_ME, FORGET_CONFIRMED):  # no argument to forge: a press is what it says
            assert everything(wired.services.settings.file) == before
    assert "unforeseen" not in caplog.text
    assert "@everyone" not in caplog.text
    assert "DROP TABLE" not in caplog.text


async def test_where_a_related_question_was_pressed_is_a_topic_or_nothing(tmp_path: Path, content: Content) -> None:
    async with Loopback() as server, connected(server, Wired(Settings(database=tmp_path / "l.db", shards=1), content)):
        asked = await server.slash("twinflame", "runner")
        await asked.answered()
        assert asked.original is not None
        for here in ("'; DROP TABLE questions; --", "hope"):
            await (await server.press(asked.original, f"r:twinflame:{here}:chaser")).answered()
        await settled()
    with sqlite3.connect(tmp_path / "l.db") as connection:
        assert connection.execute("SELECT from_topic FROM questions WHERE source = 'related'").fetchall() == [
            (None,),
            ("hope",),
        ]


# ---------------------------------------------------------------------- what people write

HOSTILE = {
    "mentions": "@everyone @here <@&123456789012345678> <@123456789012345678> <#123456789012345678> why does he run",
    "markdown": "**b** __u__ ~~s~~ ||x|| `c` ```js\nx``` [tap](https://evil.example/x)\n# big\n> q",
    "lines": "why\r\n2026-01-01T00:00:00+0000 ERROR lantern.runtime.client: forged\n\u2028\u2029\x85\x0b\x0c end",
    "control": "\x1b[31mred\x1b]0;title\x07\x00\x08\x7f why",
    "direction": "\u202egnp.exe\u2066\u200f\u061c why does he run",
    "sql": "'); DROP TABLE questions; -- \" OR 1=1 /*",
    "path": "../../../../etc/passwd\\..\\..\\boot.ini /dev/null%2e%2e%2f",
    "yaml": "- !!python/object/apply:os.system ['true']\n? {a: &b [*b]} : |\n  # no\n---\n%TAG ! tag:x",
    "format": "{0.__class__.__init__.__globals__} {reference} %s %(message)s ${HOME} $(id) $x^2$",
    "formula": '=HYPERLINK("https://evil.example";"x") +1 @SUM(A1)',
    "long": "why " * 1_400,
}
ESCAPABLE = re.compile(r"(?<!\\)(?:\\\\)*[`*_~|\[\]<>@]")
"""What means something to Discord and has no backslash before it."""


def unseen(text: str) -> list[str]:
    """Characters that show nothing and do something."""
    return [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in "\n\u200b"]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every line that would reach the log, at the lowest level, as it would be written."""
    lines: list[str] = []
    formatter = LineFormatter()

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend(formatter.format(record).split("\n"))

    keep = Keep()
    for room in ("lantern", "cogs"):
        logging.getLogger(room).addHandler(keep)
        logging.getLogger(room).setLevel(logging.DEBUG)
    yield lines
    for room in ("lantern", "cogs"):
        logging.getLogger(room).removeHandler(keep)
        logging.getLogger(room).setLevel(logging.NOTSET)


def check_what_was_sent(world: World, *named: int) -> None:
    """Every request that carries a message says that it notifies nobody, or exactly the people ``named``."""
    messages = 0
    for entry in world.env.http_requests:
        body: Any = entry.json
        if not isinstance(body, dict):
            continue
        for part in (body, body.get("data"), body.get("message")):
            if isinstance(part, dict) and "components" in part and "allowed_mentions" not in part:
                assert entry.method == "PATCH" or part.get("custom_id"), f"{entry.method} {entry.path} may notify"
            if isinstance(part, dict) and "allowed_mentions" in part:
                messages += 1
                allowed = part["allowed_mentions"]
                assert not set(allowed["parse"]) & {"everyone", "roles", "users"}, entry.path
                assert set(map(int, allowed.get("users", ()))) <= set(named), entry.path
                assert not allowed.get("roles"), entry.path
    assert messages, "nothing was sent"
    assert world.bot.user is not None
    for channel in world.env.backend.messages.values():
        for message in channel.values():
            if message.author_id == world.bot.user.id:
                assert not message.mention_everyone
                assert set(message.ping_user_ids) <= set(named)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_question_in_hostile_words_is_shown_back_and_kept_as_plain_words(
    world: World, told: list[str], name: str
) -> None:
    words = HOSTILE[name]
    asked = await world.maya.slash(world.general, "ask", question=words)
    text = read(answer(asked))

    shown = re.findall(r"^-# You asked: (.*)$", text, re.MULTILINE)
    assert len(shown) <= 1
    for line in shown:
        assert not ESCAPABLE.search(line), line
    assert unseen(text) == []
    check_what_was_sent(world)
    for row in await world.rows("SELECT * FROM misses"):
        assert "\n" not in row["words"]
        assert unseen(row["words"]) == []
        assert len(row["words"]) <= 500
    if not world.services.settings.on_a_server:
        assert await world.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert len(await world.rows()) <= 1
    distinctive = [part for part in re.findall(r"[^\s\x00-\x1f]{6,}", words) if part.isascii()]
    assert not [line for line in told for part in distinctive if part in line]
    assert not [line for line in told if unseen(line)]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_message_in_hostile_words_stays_words_in_the_moderators_menu(
    world: World, told: list[str], name: str
) -> None:
    message = await world.maya.send(world.general, HOSTILE[name][:2_000])
    opened = await world.noor.context_menu(world.general, "Answer this", message)
    heading = next(part["content"] for part in walk(answer(opened).components) if part["type"] == TEXT_DISPLAY)

    first, *quote = heading.split("\n")
    assert world.maya.mention in first
    assert len(quote) <= 1
    for line in quote:
        assert line.startswith("> ")
        assert not re.search(r"(?<!\\)(?:\\\\)*[`*_~|]", line[2:]), line
        assert not re.search(r"@(?:everyone|here|[!&]?\d)", line), line
        assert not re.search(r"(?<!\\)\[[^\]]*\]\(", line), line
    assert unseen(heading) == []
    check_what_was_sent(world)
    assert not [line for line in told if unseen(line) or "evil" in line or "passwd" in line]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_options_of_answer_are_told_back_as_plain_words(world: World, name: str) -> None:
    words = HOSTILE[name]
    for options in ({"topic": words}, {"topic": "twinflame/runner", "message": words}):
        told = await world.noor.slash(world.general, "answer", **options)
        text = read(answer(told))
        assert told.ephemeral
        assert SOMETHING_WENT_WRONG.partition("{")[0] not in text
        assert unseen(text) == []
        assert not re.search(r"@(?:everyone|here|[!&]?\d)", text)
    check_what_was_sent(world)
    assert await world.rows() == await world.rows("SELECT * FROM links") == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_of_members_and_threads_reach_neither_log_nor_rows(
    world: World, told: list[str], name: str
) -> None:
    words = HOSTILE[name][:90]
    mallory = world.guild.add_member(world.env.create_user(words))
    thread = world.thread(words, mallory)
    asked = await mallory.slash(thread, "twinflame runner", show="everyone")
    message = await mallory.send(thread, "hello")
    await world.noor.context_menu(thread, "Answer this", message)
    listed = await world.asha.slash(world.general, "insights top", by="channel")

    assert "## " in read(answer(asked))
    text = read(answer(listed))
    assert SOMETHING_WENT_WRONG.partition("{")[0] not in text
    assert unseen(text) == []
    check_what_was_sent(world)
    (row,) = await world.rows()
    assert words not in map(str, row.values())
    assert not [line for line in told if unseen(line) or words[:20] in line]
    for entry in world.env.http_requests:
        assert all(re.fullmatch(r"[\w.-]+", str(file)) for file in files_of(entry.json)), entry.path


def files_of(body: Any) -> list[str]:
    """The names under which a request uploads files."""
    attachments = (body or {}).get("attachments", ()) if isinstance(body, dict) else ()
    return [each["filename"] for each in attachments if isinstance(each, dict) and "filename" in each]


# ---------------------------------------------------------------------- what editors write


async def test_content_that_names_everyone_notifies_nobody_through_any_door(world: World, tmp_path: Path) -> None:
    loud = f"@everyone @here <@{world.lea.id}> <@&{world.guild.id}> is what this says. "
    content = changed(
        tmp_path / "content", lambda text: text.replace("      In this view", f"      {loud}In this view")
    )
    await world.services.use_content(content)
    runner = content.find("twinflame", "runner")
    assert runner is not None
    loudest = next(topic for topic in content.topics() if "@everyone" in topic.answer)

    private = await world.maya.slash(world.general, f"twinflame {loudest.key}")
    await world.maya.click(answer(private), label="Post here")
    await world.lea.slash(world.thread("a thread"), f"twinflame {loudest.key}", show="everyone")
    message = await world.maya.send(world.general, "hello there")
    linked = await world.noor.slash(
        world.general, "answer", topic=loudest.address, message=message.jump_url, whole=True
    )

    assert "**Posted:**" in read(answer(linked))
    assert sum("@everyone" in read(each) for each in world.seen_by(world.lea)) == 2
    check_what_was_sent(world, world.maya.id)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_file_that_is_refused_is_told_in_lines_that_cannot_be_forged(
    world: World, told: list[str], tmp_path: Path, name: str
) -> None:
    folder = Path(shutil.copytree(PROJECT / "content", tmp_path / "content"))
    (folder / "x.yml").write_text(HOSTILE[name] + '\n"\\u202e\\e[31m": 1\n', encoding="utf-8", errors="replace")
    with pytest.raises(ContentError) as refused:
        lantern_content.load(folder)
    for problem in refused.value.problems:
        logging.getLogger("lantern.runtime.content_watch").error("content not taken: %s", problem)
        assert "\n" not in str(problem)
        assert unseen(str(problem)) == []

    assert len(told) == len(refused.value.problems)
    assert not [line for line in told if unseen(line)]


def test_yaml_that_would_run_code_or_grow_without_end_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    folder = Path(shutil.copytree(PROJECT / "content", tmp_path / "content"))
    bomb = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)
    ])  # fmt: skip
    for text in (f"command: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{target}']]",
                 bomb, "a: &a [*a]"):  # fmt: skip
        (folder / "x.yml").write_text(text, encoding="utf-8")
        with pytest.raises(ContentError):
            lantern_content.load(folder)
    assert not target.exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_yaml_that_is_suggested_to_editors_is_a_list_of_words_and_nothing_else(content: Content, name: str) -> None:
    topic = content.find("twinflame", "runner")
    assert topic is not None
    suggested = as_yaml(topic, [HOSTILE[name], "runs away"])
    read_back = yaml.safe_load("\n".join(line for line in suggested.split("\n") if not line.startswith("#")))
    assert read_back[:2] == [HOSTILE[name], "runs away"]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_export_holds_text_and_no_formula(name: str) -> None:
    rows = [{"words": HOSTILE[name], "asked": 1}]
    with zipfile.ZipFile(io.BytesIO(as_zip({"misses": rows}, about={}))) as archive:
        assert all(re.fullmatch(r"[\w.-]+", each) for each in archive.namelist())
        whole = json.loads(archive.read("lantern.json"))
        listed = list(csv.DictReader(io.StringIO(archive.read("misses.csv").decode(), newline="")))
    assert whole["misses"] == rows
    assert listed[0]["words"].replace("'", "") == HOSTILE[name].replace("'", "")
    assert not re.search(r"(^|[,;|\t\n ])[=+@]", listed[0]["words"])
