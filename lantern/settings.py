"""Environment and .env -> Settings.

Every setting is one field of :class:`Settings`; its environment variable is ``LANTERN_`` and the field's name in
capitals. The token alone is called ``DISCORD_TOKEN``, as every Discord library calls it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

PROJECT = Path(__file__).resolve().parents[1]
TOKEN_VARIABLE = "DISCORD_TOKEN"  # noqa: S105 - the variable's name, not a token
PREFIX = "LANTERN_"


class SettingsError(Exception):
    """Settings that cannot be used. ``problems`` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """What the operator chooses. The descriptions are the README's settings table (a test compares them)."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    discord_token: SecretStr | None = Field(
        None, description="The bot's token, from Discord's developer portal. Only `run` needs it."
    )
    database: Path = Field(
        Path("data/lantern.sqlite3"),
        description="The SQLite file. A relative path counts from the project's folder.",
    )
    content: Path = Field(
        Path("content"), description="The folder with the articles. A relative path counts from the project's folder."
    )
    backup_folder: Path | None = Field(
        None,
        description="Where daily backups go; empty is the folder `backups` beside the SQLite file. A relative path "
        "counts from the project's folder.",
    )
    backup_keep: int = Field(
        7,
        ge=0,
        le=365,
        description="How many daily backups are kept; 0 makes none. What a member deletes is in them for so many days.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="A line an event to read (`text`), or one JSON object a line for collectors (`json`)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much the log tells.")
    shards: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How many shards to open; empty asks Discord, which is right for almost everyone.",
    )
    quiet_minutes: int = Field(
        10,
        ge=0,
        le=1440,
        description="A topic that stands publicly in a channel is not posted there again for so long.",
    )
    public_per_minute: int = Field(
        5, ge=1, le=60, description="How many public cards one member may cause in a minute; the next ones are private."
    )
    miss_days: int = Field(
        90, ge=1, le=3650, description="How many days the words of a question that found no answer are kept."
    )
    retention_days: int = Field(
        180, ge=1, le=3650, description="How many days single questions are kept; daily totals stay."
    )
    semantic: bool = Field(
        False, description="Match by meaning too; needs the extra `semantic` and about 150 MB of memory."
    )

    @field_validator("database", "content", "backup_folder")
    @classmethod
    def _from_the_project_folder(cls, value: Path | None) -> Path | None:
        # Not from the working directory: a service, a container and a shell start elsewhere and mean the same file.
        return None if value is None else PROJECT / value.expanduser()

    @property
    def backups(self) -> Path:
        """The folder with the daily backups."""
        return self.backup_folder or self.database.parent / "backups"

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("log_format", mode="before")
    @classmethod
    def _any_case_too(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


def variable(field: str) -> str:
    """The environment variable of a field: ``database`` -> ``LANTERN_DATABASE``."""
    return TOKEN_VARIABLE if field == "discord_token" else PREFIX + field.upper()


def _allowed(field: str) -> str:
    """What a field takes, in words, from its own definition, so that the two cannot part."""
    info = Settings.model_fields[field]
    schema = Settings.model_json_schema()["properties"][field]
    options = schema.get("anyOf", [schema])
    first = options[0]
    if "enum" in first:
        return "one of " + ", ".join(first["enum"])
    if first.get("type") == "integer":
        low, high = first.get("minimum"), first.get("maximum")
        return f"a whole number from {low} to {high}"
    if first.get("type") == "boolean":
        return "true or false"
    return "a path" if first.get("format") == "path" else (info.description or "text")


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
    known = {variable(field): field for field in Settings.model_fields}
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
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        fields = dict.fromkeys(str(item["loc"][0]) for item in error.errors())
        problems += [_sentence(field, values.get(field)) for field in fields]
    if problems:
        raise SettingsError(problems)
    return settings
