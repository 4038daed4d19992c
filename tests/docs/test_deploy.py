"""What is deployed with: every setting in it exists, every shard has one process, and no secret stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lantern import PROJECT
from lantern.answers import moderators_page
from lantern.runtime import settings
from lantern.runtime.running import BAD_SETTINGS, BAD_TOKEN
from lantern.runtime.settings import Settings

CLUSTER: dict[str, Any] = yaml.safe_load((PROJECT / "compose.cluster.yaml").read_text(encoding="utf-8"))
PROCESSES = ("first", "second", "standby")
UNITS = ("lantern.service", "lantern@.service")


def unit(name: str) -> str:
    return (PROJECT / "deploy" / name).read_text(encoding="utf-8")


def settings_of(process: str, tmp_path: Path) -> Settings:
    """What a process of the cluster is told; every name and value is checked, as at its start."""
    return settings.load(CLUSTER["services"][process]["environment"], dotenv=tmp_path / "none")


def test_each_shard_of_the_cluster_has_one_process_and_the_standby_has_all_sets(tmp_path: Path) -> None:
    found = {process: settings_of(process, tmp_path) for process in PROCESSES}

    assert {each.shards for each in found.values()} == {4}
    sets = [found[process].shard_ids for process in ("first", "second")]
    assert sets == [((0, 1),), ((2, 3),)]
    assert found["standby"].shard_ids == ((0, 1), (2, 3))
    assert {each.database for each in found.values()} == {"postgresql://lantern@postgres/lantern"}


def test_all_that_is_written_goes_to_the_volume_whatever_env_says() -> None:
    single = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))["services"]["lantern"][
        "environment"
    ]
    for chosen in (single, *(CLUSTER["services"][process]["environment"] for process in PROCESSES)):
        assert chosen["LANTERN_STATE_FOLDER"] == "/data"
        assert chosen["LANTERN_BACKUP_FOLDER"] == "/data/backups"
        assert chosen["LANTERN_DATABASE"].startswith(("/data/", "postgresql://"))
        assert chosen["LANTERN_CONTENT"] == "/app/content"


def test_the_page_for_moderators_is_in_the_image() -> None:
    pages = moderators_page.FILE.with_name("moderators*.md").relative_to(PROJECT).as_posix()
    assert f"COPY {pages} docs/\n" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def test_each_process_of_the_cluster_has_a_volume_of_its_own() -> None:
    for process in PROCESSES:
        assert f"{process}:/data" in CLUSTER["services"][process]["volumes"]
    assert set(CLUSTER["volumes"]) == {"postgres", "key", *PROCESSES}


def test_all_processes_of_the_cluster_have_one_key_and_no_backup_has_it(tmp_path: Path) -> None:
    for process in PROCESSES:
        found = settings_of(process, tmp_path)
        assert found.key == Path("/key/lantern.key")
        assert not found.backups.is_relative_to("/key")
        assert "key:/key" in CLUSTER["services"][process]["volumes"]
    assert "--mode=0700 /data /key\n" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    several = unit("lantern@.service")
    assert "Environment=LANTERN_KEY_FILE=/var/lib/lantern-key/lantern.key\n" in several
    assert "StateDirectory=lantern-%i lantern-key\n" in several


def test_no_secret_stands_in_the_file_for_the_cluster() -> None:
    postgres = CLUSTER["services"]["postgres"]["environment"]
    assert postgres["POSTGRES_PASSWORD"].startswith("${PGPASSWORD:?")
    for process in PROCESSES:
        assert not {"DISCORD_TOKEN", "PGPASSWORD"} & set(CLUSTER["services"][process]["environment"])
        assert CLUSTER["services"][process]["env_file"] == ".env"


def test_the_server_is_not_newer_than_the_programs_of_the_image() -> None:
    """Debian 12 has PostgreSQL 15's."""
    assert CLUSTER["services"]["postgres"]["image"] == "postgres:15-bookworm"
    assert "FROM python:3.11-slim-bookworm\n" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_names_settings_that_exist(name: str) -> None:
    named = set(re.findall(r"\bLANTERN_[A-Z_]+\b", unit(name)))
    assert named <= {settings.variable(field) for field in settings.defined()}


def test_both_units_may_do_the_same() -> None:
    first, second = (re.split(r"\n# What it may not do\..*\n", unit(name))[1] for name in UNITS)
    assert first == second


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_never_given_up_but_for_what_trying_again_does_not_help(name: str) -> None:
    """systemd's manual, systemd.unit and systemd.service: without the first, five failures in ten seconds end it."""
    lines = unit(name).splitlines()
    assert "StartLimitIntervalSec=0" in lines[lines.index("[Unit]") : lines.index("[Service]")]
    assert "Restart=on-failure" in lines
    assert f"RestartPreventExitStatus={BAD_SETTINGS} {BAD_TOKEN}" in lines
