"""The guild that the preview shows: its people, its places, and what was said there before."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import discord

from lantern.content.models import Content
from lantern.preview import page as preview
from lantern.preview.sample_questions import NOTICE
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from tests.support.programs import Preview
from tests.support.world import answer, buttons, read

TRIED = ("manage_messages", "manage_threads", "manage_guild")


async def test_a_member_a_moderator_and_an_administrator_have_something_to_answer(
    settings: Settings, content: Content
) -> None:
    bot = Lantern(settings, content)
    try:
        async with preview.world_of(bot, check_errors=False) as env:
            furnished = preview.furnish(env)
            asked = await preview.seed(furnished)
            member, moderator, administrator = furnished.people
            general, thread, forum = (furnished.places[name] for name in ("general", "thread", "forum"))

            assert abs(datetime.now(UTC) - env.now()).total_seconds() < 3_600, "its clock is this machine's"
            assert bot.user is not None
            assert (bot.user.name, bot.user.global_name) == ("Lantern", "Lantern")
            may = [
                discord.Permissions(env.backend.compute_permissions(member.guild.id, person.id))
                for person in furnished.people
            ]
            assert [[getattr(each, flag) for flag in TRIED] for each in may] == [
                [False, False, False],
                [True, True, False],
                [True, True, True],
            ]
            assert [person.user.global_name for person in furnished.people] == [
                "Maya (member)",
                "Noor (moderator)",
                "Asha (administrator)",
            ]
            assert list(furnished.places) == ["general", "thread", "forum"]
            assert (asked.author.id, asked.channel.id) == (member.id, thread.id)
            assert general.history()[-1].author.id == moderator.id
            shown = await moderator.context_menu(thread, "Answer this", asked)
            assert "Why does my twin flame run away from me?" in buttons(answer(shown))
            assert "## Setup" in read(answer(await administrator.slash(general, "setup")))
            published = await administrator.slash(general, "library publish", forum=forum)
            assert "15 posts made" in read(answer(published))
    finally:
        await bot.close()


def test_in_a_thread_the_moderators_part_is_tried_too() -> None:
    preview = Preview("--no-browser", "--in", "thread")
    try:
        line = preview.line("            /answer")
    finally:
        preview.stop()

    assert line.startswith("            /answer topic: The runner   message: https://discord.com/channels/")
    assert "Lantern is open in thread: http://" in preview.printed


def test_invented_questions_are_said_to_be_invented() -> None:
    preview = Preview("--no-browser", "--sample-questions")
    try:
        answer_line, notice = preview.line("            /answer"), preview.line(NOTICE)
    finally:
        preview.stop()

    assert "as the moderator" in answer_line
    assert re.search(r"[12],\d{3} questions, \d+ of them without an answer\.", notice)
