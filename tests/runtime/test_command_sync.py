"""Commands are sent to Discord when they changed, and only then."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord import app_commands

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content import models as articles
from lantern.runtime.settings import Settings
from lantern.ui import cards
from tests.support.catalogs import Say
from tests.support.world import World, answer, read


def syncs(world: World) -> int:
    """How often the commands were sent in this world."""
    return sum(request.method == "PUT" and request.path.endswith("/commands") for request in world.env.http_requests)


async def test_a_restart_sends_nothing_and_the_commands_and_their_ids_are_still_there(world: World) -> None:
    assert syncs(world) == 1
    ids = world.services.commands.ids

    await world.restart()

    assert syncs(world) == 1
    assert world.services.commands.ids == ids
    assert f"</topics:{ids['topics']}>" in read(answer(await world.maya.slash(world.general, "help")))


async def test_changed_content_is_sent(world: World) -> None:
    article = world.content.articles[0]
    fewer = replace(article, topics=article.topics[:3])
    changed = articles.Content((fewer,), world.content.care)

    await world.restart(content=changed)

    assert syncs(world) == 2
    assert "twinflame hope" not in world.maya.available_commands(world.general)


async def test_sync_can_be_forced(world: World) -> None:
    await world.services.database.close()
    fresh = type(world.bot)(world.services.settings, world.content, force_sync=True)
    await world.env.restart_bot(fresh)
    world.bot = fresh

    assert syncs(world) == 2


async def test_commands_that_discord_refuses_are_no_reason_not_to_start(world: World) -> None:
    await world.services.database.execute("UPDATE synced_commands SET payload_hash = 'other'")
    world.env.inject_error("PUT", "/applications/*/commands", status=400, code=50035)

    await world.restart()

    assert world.services.commands.ids
    assert answer(await world.maya.slash(world.general, "twinflame runner")).ephemeral


async def test_every_own_command_is_reserved_and_no_article_can_take_its_name(world: World) -> None:
    own = {command.name for command in world.bot.tree.get_commands(type=discord.AppCommandType.chat_input)}
    own -= {article.command for article in world.content.articles}

    assert own <= articles.RESERVED_COMMANDS


async def test_everyones_commands_work_everywhere_and_all_others_in_guilds_alone(world: World) -> None:
    for command in world.bot.tree.get_commands():
        payload = command.to_dict(world.bot.tree)
        everyones = command.name in {"twinflame", "topics", "help", "ask", "privacy", "language"}
        assert payload["integration_types"] == ([0, 1] if everyones else [0]), command.name
        assert payload["contexts"] == ([0, 1, 2] if everyones else [0]), command.name


async def test_a_groups_length_is_counted_as_discord_counts_it(world: World, say: Say) -> None:
    (group,) = (command for command in world.bot.tree.get_commands() if command.name == "twinflame")
    assert isinstance(group, app_commands.Group)

    def texts(node: object) -> int:
        if isinstance(node, dict):
            own = sum(
                max(map(len, (str(node[key]), *(node.get(f"{key}_localizations") or {}).values())))
                for key in ("name", "description", "value")
                if node.get(key)
            )
            return own + sum(texts(node[key]) for key in ("options", "choices") if node.get(key))
        return sum(map(texts, node)) if isinstance(node, list) else 0

    article, translator = world.content.articles[0], world.bot.tree.translator
    assert translator is not None
    sent = await group.get_translated_payload(world.bot.tree, translator)
    of_content = cards.command_length(article)
    assert texts(group.to_dict(world.bot.tree)) < of_content == texts(sent) <= cards.COMMAND_TEXT

    # Of each text the longest counts, whichever language it is in.
    say("es", {"Who sees the answer": "Quién puede ver la respuesta", "everyone": "todo el mundo"})
    say("hi", {"Who sees the answer": "जवाब", "everyone": "सब लोग, जो यहाँ हैं"})
    sent = await group.get_translated_payload(world.bot.tree, translator)
    assert of_content < cards.command_length(article) == texts(sent) <= cards.COMMAND_TEXT


async def test_commands_are_sent_once_all_their_texts_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    sync = world.services.command_sync
    say("es", {"Who sees the answer": "Quién ve la respuesta"})
    with monkeypatch.context() as patch:
        patch.setattr(sync, "_are_complete", lambda: False)
        await sync.send()
        await sync.again()
        assert syncs(world) == 1, "without the texts that are not read yet nothing is sent"

    await sync.again()
    await sync.again()

    assert syncs(world) == 2


async def test_a_start_reads_the_translations_of_the_content_and_sends_once(
    world: World, content_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = lantern_content.load(content_folder, translations=False)
    await world.services.database.execute("UPDATE synced_commands SET payload_hash = 'other'")

    await world.restart(content=without)

    assert world.content.translations, "they are read once the bot is there"
    assert syncs(world) == 2
    described = world.env.backend.commands[None]["twinflame", 1]["description_localizations"]
    assert described["es-419"] == (world.content.translations or {})["es"][0].title
    await world.restart(content=without)
    assert syncs(world) == 2


async def test_where_a_translation_is_refused_commands_are_sent_without_it(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(PROJECT / "content", folder)
    (folder / "es" / "twinflame.yml").write_text("command: twinflame\n")
    without = lantern_content.load(folder, translations=False)
    await world.services.database.execute("UPDATE synced_commands SET payload_hash = 'other'")
    await world.services.database.execute("DELETE FROM shared_content")
    settings = replace(world.services.settings, content=folder)
    await world.bot.close()
    world.bot = type(world.bot)(settings, without)
    await world.env.restart_bot(world.bot)
    assert "es" not in (world.content.translations or {})

    await world.env.advance_time(61)

    assert syncs(world) == 2


async def test_a_restart_with_the_same_translations_sends_nothing(world: World, say: Say) -> None:
    say("es", {"Who sees the answer": "Quién ve la respuesta"})
    await world.restart()
    assert syncs(world) == 2, "a translation that changed is sent"

    await world.restart()

    assert syncs(world) == 2


def test_only_the_guilds_intent_is_asked_for(content: articles.Content, settings: Settings) -> None:
    from lantern.runtime.client import Lantern

    assert Lantern(settings, content).intents == discord.Intents(guilds=True)
    assert (PROJECT / "content").is_dir()
