"""Environment and .env -> Settings.

Every setting is one field of :class:`Settings`; its environment variable is ``LANTERN_`` and the field's name in
capitals. The token alone is called ``DISCORD_TOKEN``, as every Discord library calls it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from lantern import PROJECT as PROJECT
from lantern.content.rules import Before, Between

TOKEN_VARIABLE = "DISCORD_TOKEN"  # noqa: S105 - the variable's name, not a token
PREFIX = "LANTERN_"


class SettingsError(Exception):
    """Settings that cannot be used. ``problems`` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

    def __reduce__(self) -> tuple[Any, ...]:
        return SettingsError, (self.problems,)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator chooses. The descriptions are the README's settings table (a test compares them).

    `load` holds every value to what stands here; whoever makes one by hand is trusted.
    """

    discord_token: str | None = field(
        default=None,
        repr=False,
        metadata={"description": "The bot's token, from Discord's developer portal. Only `run` needs it."},
    )
    database: Path = field(
        default=Path("data/lantern.sqlite3"),
        metadata={"description": "The SQLite file. A relative path counts from the project's folder."},
    )
    content: Path = field(
        default=Path("content"),
        metadata={"description": "The folder with the articles. A relative path counts from the project's folder."},
    )
    backup_folder: Path | None = field(
        default=None,
        metadata={
            "description": "Where daily backups go; empty is the folder `backups` beside the SQLite file. A relative "
            "path counts from the project's folder."
        },
    )
    backup_keep: Annotated[int, Between(0, 365)] = field(
        default=7,
        metadata={
            "description": "How many daily backups are kept; 0 makes none. What a member deletes is in them for so "
            "many days."
        },
    )
    log_format: Annotated[Literal["text", "json"], Before(_lower)] = field(
        default="text",
        metadata={
            "description": "A line an event to read (`text`), or one JSON object a line for collectors (`json`)."
        },
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Before(_upper)] = field(
        default="INFO", metadata={"description": "How much the log tells."}
    )
    shards: Annotated[int, Between(1, 1000)] | None = field(
        default=None,
        metadata={"description": "How many shards to open; empty asks Discord, which is right for almost everyone."},
    )
    quiet_minutes: Annotated[int, Between(0, 1440)] = field(
        default=10,
        metadata={"description": "A topic that stands publicly in a channel is not posted there again for so long."},
    )
    public_per_minute: Annotated[int, Between(1, 60)] = field(
        default=5,
        metadata={"description": "How many public cards one member may cause in a minute; the next ones are private."},
    )
    miss_days: Annotated[int, Between(1, 3650)] = field(
        default=90, metadata={"description": "How many days the words of a question that found no answer are kept."}
    )
    retention_days: Annotated[int, Between(1, 3650)] = field(
        default=180, metadata={"description": "How many days single questions are kept; daily totals stay."}
    )
    semantic: bool = field(
        default=False,
        metadata={"description": "Match by meaning too; needs the extra `semantic` and about 150 MB of memory."},
    )

    def __post_init__(self) -> None:
        # Not from the working directory: a service, a container and a shell start elsewhere and mean the same file.
        for name in ("database", "content", "backup_folder"):
            path: Path | None = getattr(self, name)
            if path is not None:
                object.__setattr__(self, name, PROJECT / path.expanduser())

    @property
    def backups(self) -> Path:
        """The folder with the daily backups."""
        return self.backup_folder or self.database.parent / "backups"


def defined() -> dict[str, Field[Any]]:
    """Every setting by its name, with its default and, in the metadata, its ``description``."""
    return {each.name: each for each in fields(Settings)}


def variable(field: str) -> str:
    """The environment variable of a field: ``database`` -> ``LANTERN_DATABASE``."""
    return TOKEN_VARIABLE if field == "discord_token" else PREFIX + field.upper()


@cache
def _shape() -> Any:
    # Only whoever reads settings needs pydantic; the running bot is given those that another process read.
    from pydantic import TypeAdapter

    return TypeAdapter(Settings)


def _allowed(field: str) -> str:
    """What a field takes, in words, from its own definition, so that the two cannot part."""
    schema = _shape().json_schema()["properties"][field]
    options = schema.get("anyOf", [schema])
    first = options[0]
    if "enum" in first:
        return "one of " + ", ".join(first["enum"])
    if first.get("type") == "integer":
        low, high = first.get("minimum"), first.get("maximum")
        return f"a whole number from {low} to {high}"
    if first.get("type") == "boolean":
        return "true or false"
    return "a path" if first.get("format") == "path" else str(defined()[field].metadata["description"])


def _sentence(field: str, value: object) -> str:
    shown = "(hidden)" if field == "discord_token" else repr(value)
    return f"{variable(field)} is {shown}; allowed is {_allowed(field)}."


def _written_in(dotenv: Path) -> dict[str, str | None]:
    if not dotenv.exists():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(dotenv)


def load(environment: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Read the settings from ``environment`` (default: the process's) over ``dotenv`` (default: the project's .env).

    An empty value counts as not set, so that a line can stay in .env without a value.

    Raises
    ------
    SettingsError
        A name is unknown or a value is not allowed; all of them are named.
    """
    environment = os.environ if environment is None else environment
    merged = {**_written_in(dotenv or PROJECT / ".env"), **environment}
    known = {variable(name): name for name in defined()}
    problems = []
    values: dict[str, str] = {}
    for name, value in merged.items():
        if name in known:
            if value and value.strip():
                values[known[name]] = value.strip()
        elif name.startswith(PREFIX):
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))
    from pydantic import ValidationError

    try:
        settings: Settings = _shape().validate_python(values)
    except ValidationError as error:
        fields = dict.fromkeys(str(item["loc"][0]) for item in error.errors())
        problems += [_sentence(field, values.get(field)) for field in fields]
    if problems:
        raise SettingsError(problems)
    return settings
