"""Environment and .env -> Settings.

Every setting is one field of :class:`Settings`; its environment variable is ``LANTERN_`` and the field's name in
capitals. The token alone is called ``DISCORD_TOKEN``, as every Discord library calls it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lantern import PROJECT as PROJECT
from lantern.content.problems import nearest
from lantern.store import private_files
from lantern.store.addresses import is_address, is_misspelt, shown, without_password

TOKEN_VARIABLE = "DISCORD_TOKEN"  # noqa: S105 - the variable's name, not a token
PREFIX = "LANTERN_"


class SettingsError(Exception):
    """Settings that cannot be used. ``problems`` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Kind(NamedTuple):
    """How a setting's text is read: ``read`` gives the value or raises ValueError; ``allowed`` says what it takes."""

    allowed: str
    read: Callable[[str], object]


def one_of(*names: str) -> Kind:
    """One of these names, in capital or small letters."""
    return Kind(f"one of {', '.join(names)}", _choice({name.lower(): name for name in names}))


def whole_number(low: int, high: int) -> Kind:
    """A whole number in digits, from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ValueError
        return int(text)

    return Kind(f"a whole number from {low} to {high}", read)


def database_of(text: str) -> Path | str:
    """A path, or the address of a database on a PostgreSQL server."""
    if is_misspelt(text) or (is_address(text) and "/" not in text.partition("://")[2]):
        raise ValueError
    return text if is_address(text) else Path(text)


ShardIds = tuple[int, ...]
"""Some of the application's shards, in order; empty means all of them."""


def shard_ids_of(text: str) -> tuple[ShardIds, ...]:
    """Sets of shard ids: ``0,2-4; 5-7`` -> ((0, 2, 3, 4), (5, 6, 7))."""
    return tuple(_one_set(part) for part in text.split(";"))


def _one_set(text: str) -> ShardIds:
    ids: list[int] = []
    for part in text.split(","):
        match = SHARD_RANGE.fullmatch(part.strip())
        if match is None:
            raise ValueError
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise ValueError
        ids += range(first, last + 1)
    return tuple(sorted(ids))


def shown_ids(ids: ShardIds) -> str:
    """Shard ids in order as a person writes them: (0, 2, 3, 4) -> ``0,2-4``."""
    runs: list[list[int]] = []
    for each in ids:
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def token_of(text: str) -> str:
    """A token: printable characters in one piece."""
    if not TOKEN_CHARACTERS.fullmatch(text):
        raise ValueError
    return text


def _choice(values: Mapping[str, object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        if text.lower() not in values:
            raise ValueError
        return values[text.lower()]

    return read


TOKEN_CHARACTERS = re.compile(r"[!-~]+")
TOKEN = Kind("a text in one piece, without spaces, line breaks or accents: copy it again", token_of)
SHARD_RANGE = re.compile(r"([0-9]{1,3})(?: *- *([0-9]{1,3}))?")
SHARD_IDS = Kind(
    "shard ids such as 0-3 or 0,2-5, and for a standby several such sets with ; between them", shard_ids_of
)
PATH = Kind("a path", Path)
DATABASE = Kind("a path, or an address such as postgresql://lantern@host/lantern", database_of)
ON, OFF = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")
SWITCH = Kind("true or false", _choice(dict.fromkeys(ON, True) | dict.fromkeys(OFF, False)))


def _setting(default: object, kind: Kind, description: str, *, repr: bool = True) -> Any:
    return field(default=default, repr=repr, metadata={"kind": kind, "description": description})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator chooses. The descriptions are the table in docs/settings.md (a test compares them).

    `load` makes one of texts, each held to the field's kind; one made by hand is not checked.
    """

    discord_token: str | None = _setting(
        None, TOKEN, "The bot's token, from Discord's developer portal. Only `run` needs it.", repr=False
    )
    database: Path | str = _setting(
        Path("data/lantern.sqlite3"),
        DATABASE,
        "The SQLite file, or the address of a database on a PostgreSQL server ([scale.md](scale.md)). A relative path "
        "counts from the project's folder.",
        repr=False,
    )
    state_folder: Path | None = _setting(
        None,
        PATH,
        "What belongs to this process alone, such as its heartbeat; empty is the SQLite file's folder, or `data` with "
        "PostgreSQL. A relative path counts from the project's folder.",
    )
    key_file: Path | None = _setting(
        None,
        PATH,
        "The key that members' codes are made with, in no backup: keep a copy of it elsewhere. Empty is `lantern.key` "
        "in the state folder (its name is the SQLite file's); the same file for all processes of one database. A "
        "relative path counts from the project's folder.",
    )
    content: Path = _setting(
        Path("content"), PATH, "The folder with the articles. A relative path counts from the project's folder."
    )
    share_content: Literal["no", "give", "take"] = _setting(
        "no",
        one_of("no", "give", "take"),
        "With several processes on one database: the one that says `give` answers from its folder and gives that "
        "content to those that say `take`. `no` reads its own folder.",
    )
    backup_folder: Path | None = _setting(
        None,
        PATH,
        "Where daily backups go; empty is the folder `backups` beside the SQLite file, or in the state folder with "
        "PostgreSQL. A relative path counts from the project's folder.",
    )
    backup_keep: int = _setting(
        7,
        whole_number(0, 365),
        "How many daily backups are kept; what a member deletes is in them for so many days. 0 makes none, and leaves "
        "those from before for you to remove: the log at the start and `bot.py status` name them.",
    )
    log_format: Literal["text", "json"] = _setting(
        "text",
        one_of("text", "json"),
        "A line an event to read (`text`), or one JSON object a line for collectors (`json`).",
    )
    log_level: str = _setting("INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "How much the log tells.")
    shards: int | None = _setting(
        None, whole_number(1, 1000), "How many shards to open; empty asks Discord, which is right for almost everyone."
    )
    shard_ids: tuple[ShardIds, ...] | None = _setting(
        None,
        SHARD_IDS,
        "Which of the `LANTERN_SHARDS` this process has, such as `0-3` or `0,2-5`, for several processes on one "
        "PostgreSQL database ([scale.md](scale.md)); empty is all. A standby may name several sets, such as "
        "`0-3; 4-7`: it takes the first that falls free.",
    )
    quiet_minutes: int = _setting(
        10, whole_number(0, 1440), "A topic that stands publicly in a channel is not posted there again for so long."
    )
    public_per_minute: int = _setting(
        5, whole_number(1, 60), "How many public cards one member may cause in a minute; the next ones are private."
    )
    miss_days: int = _setting(
        90, whole_number(1, 3650), "How many days the words of a question that found no answer are kept."
    )
    retention_days: int = _setting(
        180, whole_number(1, 3650), "How many days single questions are kept; daily totals stay."
    )
    semantic: bool = _setting(
        True,
        SWITCH,
        "Match by meaning too, in any language, where a sentence encoder is installed (`requirements/semantic.txt`): "
        "that takes some 35 MB of memory, 70 after the first start, on Windows and on Macs with Intel 140. "
        "`false` matches by words alone.",
    )

    def __post_init__(self) -> None:
        # Not from the working directory: a service, a container and a shell start elsewhere and mean the same file.
        for name in ("database", "state_folder", "key_file", "content", "backup_folder"):
            path: Path | str | None = getattr(self, name)
            if isinstance(path, Path):
                object.__setattr__(self, name, PROJECT / path.expanduser())

    @property
    def backups(self) -> Path:
        """The folder with the daily backups."""
        return self.backup_folder or (self.state if self.on_a_server else self.file.parent) / "backups"

    @property
    def on_a_server(self) -> bool:
        """Whether the database is on a PostgreSQL server."""
        return not isinstance(self.database, Path)

    @property
    def file(self) -> Path:
        """The SQLite file. Not to be asked for when the database is on a server."""
        assert isinstance(self.database, Path)
        return self.database

    @property
    def state(self) -> Path:
        """The folder with what belongs to this process alone."""
        return self.state_folder or (PROJECT / "data" if self.on_a_server else self.file.parent)

    @property
    def key(self) -> Path:
        """The file with the key of members' codes."""
        return self.key_file or self.state / ("lantern.key" if self.on_a_server else f"{self.file.stem}.key")

    @property
    def heartbeat(self) -> Path:
        """The file with the running bot's heartbeat, which `bot.py status` reads."""
        return self.state / f"{'lantern' if self.on_a_server else self.file.name}.status.json"

    @property
    def locked(self) -> Path:
        """The file whose lock a running bot has."""
        return self.heartbeat if self.on_a_server else self.file

    @property
    def waiting_rows(self) -> Path:
        """The file with rows that could not be written before the bot stopped."""
        return self.state / f"{'lantern' if self.on_a_server else self.file.name}.waiting.jsonl"

    @property
    def vectors(self) -> Path:
        """The file with the vectors of the content, which can be made again at any time."""
        return self.state / f"{'lantern' if self.on_a_server else self.file.name}.vectors.npz"

    @property
    def secrets(self) -> list[str]:
        """What no line of the log may show: the token, and the password of the database."""
        secrets = [self.discord_token]
        if isinstance(self.database, str):
            with contextlib.suppress(ValueError):
                secrets.append(without_password(self.database)[1])
        return [secret for secret in secrets if secret]


def defined() -> dict[str, Field[Any]]:
    """Every setting by its name, with its default and, in the metadata, its ``kind`` and ``description``."""
    return {each.name: each for each in fields(Settings)}


def variable(field: str) -> str:
    """The environment variable of a field: ``database`` -> ``LANTERN_DATABASE``."""
    return TOKEN_VARIABLE if field == "discord_token" else PREFIX + field.upper()


def load(environment: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Read the settings from ``environment`` (default: the process's) over ``dotenv`` (default: the project's .env).

    An empty value counts as not set, so that a line can stay in .env without a value. Raises :class:`SettingsError`,
    which names every name that is unknown and every value that is not allowed.
    """
    environment = os.environ if environment is None else environment
    dotenv = dotenv or PROJECT / ".env"
    written: dict[str, str | None] = {}
    if dotenv.exists():
        from dotenv import dotenv_values

        written = dotenv_values(dotenv)
    names = {variable(name): name for name in defined()}
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, text in {**written, **environment}.items():
        if name in names:
            if text and text.strip():
                kind: Kind = defined()[names[name]].metadata["kind"]
                try:
                    values[names[name]] = kind.read(text.strip())
                except ValueError:
                    text = text.strip()
                    # What was meant for an address is not repeated: it may have a password in it.
                    says = "cannot be read as an address" if is_misspelt(text) else f"is {shown(text)!r}"
                    if name == TOKEN_VARIABLE:
                        says = "is no token"
                    problems.append(f"{name} {says}; allowed is {kind.allowed}.")
        elif name.startswith(PREFIX):
            near = nearest(name, names)
            problems.append(f"{name} is not a setting" + (f"; did you mean {near}?" if near else "."))
    if problems:
        raise SettingsError(problems)
    settings = Settings(**values)
    if problems := _problems_of_shards(settings):
        raise SettingsError(problems)
    return settings


def take_secrets_out_of_environment() -> None:
    """Once they are read: no process that this one starts has the token, or an address with a password in it."""
    for name in (TOKEN_VARIABLE, variable("database")):
        os.environ.pop(name, None)


def open_to_others(dotenv: Path | None = None) -> str | None:
    """That others can read .env (default: the project's), and what closes it to them; None where nobody else can."""
    dotenv = dotenv or PROJECT / ".env"
    try:
        mode = dotenv.stat().st_mode
    except OSError:
        return None
    if sys.platform == "win32" or not mode & private_files.OTHERS:
        return None
    return f"{dotenv} can be read by others on this machine, and so can the bot's token: `chmod 600 {dotenv}`"


def _problems_of_shards(settings: Settings) -> list[str]:
    """What is wrong with the shards' ids beside the other settings, a sentence each."""
    if settings.shard_ids is None:
        return []
    problems = []
    if not settings.on_a_server:
        problems.append(
            "LANTERN_SHARD_IDS needs a PostgreSQL address in LANTERN_DATABASE: one SQLite file has one process."
        )
    if settings.shards is None:
        problems.append("LANTERN_SHARD_IDS needs LANTERN_SHARDS: how many shards all processes have together.")
    ids = [each for one in settings.shard_ids for each in one]
    for each in sorted(set(ids)):
        if ids.count(each) > 1:
            problems.append(f"LANTERN_SHARD_IDS names shard {each} more than once.")
        if settings.shards is not None and each >= settings.shards:
            problems.append(
                f"LANTERN_SHARD_IDS names shard {each}; with LANTERN_SHARDS={settings.shards} the ids are 0 to "
                f"{settings.shards - 1}."
            )
    return problems
