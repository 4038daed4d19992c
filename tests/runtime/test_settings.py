"""Settings are texts, each turned into what its field says in one plain way, or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.runtime import settings
from lantern.runtime import settings as lantern_settings
from lantern.runtime.settings import Settings, SettingsError
from tests.support.programs import run


def load(**environment: str) -> Settings:
    return settings.load(environment, Path(os.devnull))


@pytest.mark.parametrize("text", ["true", "t", "yes", "y", "on", "1", "TRUE", "Yes", " on "])
def test_these_switch_on(text: str) -> None:
    assert load(LANTERN_SEMANTIC=text).semantic is True


@pytest.mark.parametrize("text", ["false", "f", "no", "n", "off", "0", "FALSE", "No", " off "])
def test_these_switch_off(text: str) -> None:
    assert load(LANTERN_SEMANTIC=text).semantic is False


@pytest.mark.parametrize("text", ["2", "-1", "1.0", "enable", "yes please", "None", "wahr", "[]"])
def test_nothing_else_switches(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_SEMANTIC=text)
    assert caught.value.problems == [f"LANTERN_SEMANTIC is {text!r}; allowed is true or false."]


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), (" 365 ", 365)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert load(LANTERN_BACKUP_KEEP=text).backup_keep == number


@pytest.mark.parametrize("text", ["366", "-1", "1.0", "1e2", "1_0", "0x7", "true", "٧", "seven", "7 days", "9" * 5000])
def test_nothing_else_is_a_number(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_BACKUP_KEEP=text)
    assert caught.value.problems == [f"LANTERN_BACKUP_KEEP is {text!r}; allowed is a whole number from 0 to 365."]


@pytest.mark.parametrize("text", ["json", "JSON", "Json"])
def test_names_are_taken_in_capitals_and_without(text: str) -> None:
    assert load(LANTERN_LOG_FORMAT=text).log_format == "json"
    assert load(LANTERN_LOG_LEVEL="Warning").log_level == "WARNING"


def test_an_empty_value_is_not_set() -> None:
    assert load(LANTERN_SHARDS="", LANTERN_DATABASE="  ", LANTERN_SEMANTIC="") == Settings()


@pytest.mark.parametrize("token", ["a b", "a\nb", "a\tb", "a\x00b", "ä", "\ud800"])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(DISCORD_TOKEN=token)
    assert [each.partition(";")[0] for each in refused.value.problems] == ["DISCORD_TOKEN is no token"]
    assert load(DISCORD_TOKEN=" a.b-c_d \n").discord_token == "a.b-c_d"


def test_paths_and_the_token_are_taken_as_they_are() -> None:
    read = load(LANTERN_DATABASE="/srv/1", LANTERN_BACKUP_FOLDER="~/b", DISCORD_TOKEN="0")
    assert (read.database, read.backup_folder, read.discord_token) == (Path("/srv/1"), Path.home() / "b", "0")
    assert load(LANTERN_CONTENT="no").content == PROJECT / "no"


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_SHARDS="many", LANTERN_MISS_DAYS="0", LANTERN_LOG_LEVL="INFO", DISCORD_TOKEN="secret")
    assert caught.value.problems == [
        "LANTERN_SHARDS is 'many'; allowed is a whole number from 1 to 1000.",
        "LANTERN_MISS_DAYS is '0'; allowed is a whole number from 1 to 3650.",
        "LANTERN_LOG_LEVL is not a setting; did you mean LANTERN_LOG_LEVEL?",
    ]
    assert str(caught.value).splitlines() == caught.value.problems


SERVER = "postgresql:///lantern"


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("0-3", ((0, 1, 2, 3),)),
        ("7", ((7,),)),
        ("5, 0, 2 - 3", ((0, 2, 3, 5),)),
        ("0-1; 4-5;7", ((0, 1), (4, 5), (7,))),
    ],
)
def test_shard_ids_are_ranges_and_a_standby_has_several_sets(text: str, sets: tuple[tuple[int, ...], ...]) -> None:
    assert load(LANTERN_SHARD_IDS=text, LANTERN_SHARDS="8", LANTERN_DATABASE=SERVER).shard_ids == sets


@pytest.mark.parametrize("text", ["3-0", "0-", "-3", "a", "0 1", "0;", ";", ",", "0,,1", "1.0", "0-3-5", "٣", "1000"])
def test_nothing_else_is_shard_ids(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_SHARD_IDS=text, LANTERN_SHARDS="8", LANTERN_DATABASE=SERVER)
    assert caught.value.problems == [
        f"LANTERN_SHARD_IDS is {text!r}; allowed is shard ids such as 0-3 or 0,2-5, and for a standby several such "
        f"sets with ; between them."
    ]


def test_shard_ids_go_together_with_their_number_and_the_database() -> None:
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_SHARD_IDS="0-1")
    assert caught.value.problems == [
        "LANTERN_SHARD_IDS needs a PostgreSQL address in LANTERN_DATABASE: one SQLite file has one process.",
        "LANTERN_SHARD_IDS needs LANTERN_SHARDS: how many shards all processes have together.",
    ]
    with pytest.raises(SettingsError) as caught:
        load(LANTERN_SHARD_IDS="0-2; 2, 4", LANTERN_SHARDS="4", LANTERN_DATABASE=SERVER)
    assert caught.value.problems == [
        "LANTERN_SHARD_IDS names shard 2 more than once.",
        "LANTERN_SHARD_IDS names shard 4; with LANTERN_SHARDS=4 the ids are 0 to 3.",
    ]


@pytest.mark.parametrize(("ids", "text"), [((0,), "0"), ((0, 1), "0-1"), ((0, 2, 3, 4, 6), "0,2-4,6"), ((), "")])
def test_shard_ids_are_shown_as_they_are_written(ids: tuple[int, ...], text: str) -> None:
    assert settings.shown_ids(ids) == text


FREE = {"discord_token", "database", "state_folder", "content", "backup_folder", "key_file"}
"""Settings that take any text or path."""


def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed() -> None:
    ended = run("check", LANTERN_LOG_LEVEL="loud", LANTERN_QUIET_MINUTES="-1", LANTERN_DATABSE="x")

    assert ended.returncode == 2
    told = ended.stderr.strip().splitlines()
    assert "LANTERN_LOG_LEVEL is 'LOUD'; allowed is one of DEBUG, INFO, WARNING, ERROR." in told or (
        "LANTERN_LOG_LEVEL is 'loud'; allowed is one of DEBUG, INFO, WARNING, ERROR." in told
    )
    assert "LANTERN_QUIET_MINUTES is '-1'; allowed is a whole number from 0 to 1440." in told
    assert "LANTERN_DATABSE is not a setting; did you mean LANTERN_DATABASE?" in told


def test_settings_come_from_the_environment_over_the_dotenv_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("LANTERN_QUIET_MINUTES=3\nLANTERN_LOG_LEVEL=debug\nDISCORD_TOKEN=abc\nLANTERN_SHARDS=\n")

    read = lantern_settings.load({"LANTERN_QUIET_MINUTES": "7"}, dotenv)

    assert (read.quiet_minutes, read.log_level, read.shards) == (7, "DEBUG", None)
    assert read.discord_token is not None
    assert "abc" not in repr(read)


def test_relative_paths_count_from_the_project_and_not_from_where_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().database == PROJECT / "data" / "lantern.sqlite3"
    assert Settings().content == PROJECT / "content"


@pytest.mark.parametrize("field", sorted(set(lantern_settings.defined()) - FREE))
def test_every_setting_says_what_is_allowed(field: str) -> None:
    with pytest.raises(SettingsError) as caught:
        lantern_settings.load({lantern_settings.variable(field): "?"}, Path(os.devnull))
    (problem,) = caught.value.problems
    assert problem.startswith(f"{lantern_settings.variable(field)} is ")
    assert "allowed is" in problem
