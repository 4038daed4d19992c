"""The local Discord: the same bot, in a browser page on this machine, with no account and no token.

SimCord plays Discord in memory and shows one channel as a page on 127.0.0.1. This module furnishes that world: a guild
with people, a channel in which somebody has asked something, a thread and a forum.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import discord
import simcord
import simcord.preview

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content.models import Content
from lantern.content.problems import Problem
from lantern.preview import simcord_gaps
from lantern.preview.redraw import redraw
from lantern.runtime import logs
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store import private_files
from lantern.store.database import DatabaseError

TICK_SECONDS = 1.0

VECTORS = PROJECT / "build" / "preview.vectors.npz"
SQLITE_START = b"SQLite format 3\0"
"""The first bytes of every SQLite database: its file format, 1.3.1."""


class World(NamedTuple):
    """What the preview's guild is made of."""

    places: dict[str, simcord.ChannelHandle]
    people: tuple[simcord.MemberActor, ...]


def open_page(settings: Settings, arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C and return the exit status; what stands in the way is said in one line.

    ``arguments`` are the options of ``bot.py preview``. Raises :class:`lantern.content.problems.ContentError`.
    """
    if arguments.sample_questions and arguments.database is not None:
        print("--sample-questions are invented, and never go into a database that is kept.", file=sys.stderr)
        return 2
    if arguments.database is not None and (said := _no_database(arguments.database)):
        print(said, file=sys.stderr)
        return 2
    if arguments.database is not None and (refusal := private_files.refusal_of_root(arguments.database)) is not None:
        print(refusal, file=sys.stderr)
        return 1
    logs.set_up("WARNING" if settings.log_level == "INFO" else settings.log_level, settings.log_format)
    try:
        content = lantern_content.load(settings.content)
        with contextlib.ExitStack() as stack:
            database = arguments.database
            if database is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lantern-preview-"))
                database = Path(folder) / "lantern.sqlite3"
            key_file = database.with_suffix(".key")
            settings = replace(settings, database=database, key_file=key_file, shards=1, backup_keep=0)
            return asyncio.run(_serve(settings, content, arguments))
    except DatabaseError as error:
        print(error, file=sys.stderr)
    except simcord.SetupError as error:
        print(_in_words(error, arguments.port), file=sys.stderr)
    except KeyboardInterrupt:
        print("\nThe preview is closed.")
        return 0
    return 1


def _no_database(path: Path | str) -> str | None:
    """Why this is not opened: the store would take any other file for a damaged database, and rename it."""
    if isinstance(path, str):
        return (
            "The preview keeps what it shows in a file: it has people and servers of its own, who are not to be among "
            "those of a real database. Name a file, or leave --database out."
        )
    with contextlib.suppress(OSError), path.open("rb") as file:
        start = file.read(len(SQLITE_START))
        return None if start in (b"", SQLITE_START) else f"{path} is not an SQLite database. Nothing in it was changed."
    return None


def _in_words(error: simcord.SetupError, port: int | None) -> str:
    if "could not bind" in str(error):
        return f"Port {port} is in use: choose another with --port, or leave --port out to get a free one."
    return (
        f"The preview could not open ({error}). `make preview` installs what it needs, or "
        "`python -m pip install --require-hashes -r requirements/preview.txt`."
    )


async def _serve(settings: Settings, content: Content, arguments: argparse.Namespace) -> int:
    bot = Lantern(settings, content)
    world = world_of(bot, check_errors=False)
    stopped = asyncio.Event()
    _stop_on_signals(stopped)
    try:
        async with world as env:
            simcord_gaps.leave_refusals_out(env)
            simcord_gaps.everybody_reads(env, arguments.locale)
            furnished = furnish(env)
            asked = await seed(furnished)
            if settings.semantic:
                _begin_meaning(bot)
            invented = await _fill(env, bot, content, furnished) if arguments.sample_questions else ""
            async with env.preview(
                furnished.places[arguments.place],
                viewers=furnished.people,
                layout="channel",
                width=1280,
                height=800,
                port=arguments.port,
            ) as page:
                print(_what_to_try(page.url, arguments.place, content, asked.jump_url), flush=True)
                if not arguments.no_browser:
                    _open_browser(page.url)
                ticking = asyncio.create_task(_keep_time(env, _follow_content(bot, env), page, _let_presses_wait(page)))
                if invented:
                    print(invented, flush=True)
                tasks = [ticking, asyncio.create_task(page.wait_closed()), asyncio.create_task(stopped.wait())]
                await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        # SimCord never closes the bot, and the database's thread would keep this process alive.
        await bot.close()
    print("The preview is closed.")
    return 0


def _begin_meaning(bot: Lantern) -> None:
    """Its vectors are kept for the next preview: the first time they take seconds, half a minute where it is busy."""
    with contextlib.suppress(OSError):
        VECTORS.parent.mkdir(exist_ok=True)
    if not VECTORS.exists():
        print("For the first half minute questions are understood by their words alone, then by their meaning.")
    bot.services.meaning.path = VECTORS
    bot.services.meaning.start()


def _open_browser(url: str) -> None:
    """Show the page in this machine's browser, if it has one with windows.

    A browser of the terminal (lynx, w3m) would take over this terminal, and does not run the page's scripts.
    """
    if sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))):
        # In a thread that nobody waits for: some browsers end only when they are closed.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


async def _fill(env: simcord.Env, bot: Lantern, content: Content, world: World) -> str:
    """An invented half year, and a message that says so beside the figures. Returns a line for the terminal."""
    from lantern.preview import sample_questions

    channels = [place.id for place in world.places.values()]
    questions, misses = await sample_questions.fill(
        bot.services.database, content, guild_id=world.people[0].guild.id, channels=channels, until=env.now()
    )
    await bot.services.weekly_totals.decide_due(env.now())
    await world.people[1].send(world.places["general"], sample_questions.NOTICE)
    return f"\n{sample_questions.NOTICE} {questions:,} questions, {misses} of them without an answer."


def _stop_on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loops have no such method; there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)


def _let_presses_wait(page: simcord.Preview) -> asyncio.Lock:
    """A lock that presses on the page wait for.

    SimCord refuses one that overlaps a tick of its clock, and the page then takes no further one: "Action outcome
    uncertain".
    """
    ticking = asyncio.Lock()
    act = page._action

    async def act_between_ticks(context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with ticking:
            pass
        return await act(context_id, body)

    page._action = act_between_ticks  # type: ignore[method-assign]
    return ticking


async def _keep_time(env: simcord.Env, redrawn: asyncio.Event, page: simcord.Preview, ticking: asyncio.Lock) -> None:
    """Let the local Discord's clock follow this machine's, so that windows end and the bot's loops run."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        behind = (datetime.now(UTC) - env.now()).total_seconds()
        # A press is under way: the next tick makes up for this one.
        with contextlib.suppress(simcord.SetupError, TimeoutError):
            async with ticking:
                if behind > 0:
                    await env.advance_time(behind)
                if redrawn.is_set():
                    await page.refresh()
                    redrawn.clear()


def _follow_content(bot: Lantern, env: simcord.Env) -> asyncio.Event:
    """Draw cards anew and tell the terminal when content changes; the event says that the page is to show it."""
    redrawn = asyncio.Event()
    # The terminal is told in plain words below, without the log's time and level.
    logging.getLogger("lantern.runtime.content_watch").setLevel(logging.CRITICAL)
    # The application's owner is the bot itself here, and cannot write to itself.
    logging.getLogger("lantern.runtime.notices").setLevel(logging.ERROR)

    async def on_content_changed(before: Content) -> None:
        after = bot.services.editions.original.content
        count = redraw(env, before, after)
        redrawn.set()
        cards = "1 card on the page was" if count == 1 else f"{count} cards on the page were"
        print(f"The content changed: {cards} drawn anew.", *after.left_out, sep="\n  ", flush=True)

    async def on_content_refused(problems: tuple[Problem, ...]) -> None:
        print("The content changed, but not into something that can be used; the page keeps the last good one:")
        print(*(f"  {problem}" for problem in problems), sep="\n", flush=True)

    bot.add_listener(on_content_changed)
    bot.add_listener(on_content_refused)
    return redrawn


def furnish(env: simcord.Env) -> World:
    """A guild, its channels and three people to switch between."""
    guild = env.create_guild("Twin Flame Circle")
    moderates = discord.Permissions(manage_messages=True, manage_threads=True)
    moderators = guild.create_role("Moderators", permissions=moderates)
    administrators = guild.create_role("Administrators", permissions=discord.Permissions(administrator=True))
    member = guild.add_member(env.create_user("maya", global_name="Maya (member)"))
    moderator = guild.add_member(env.create_user("noor", global_name="Noor (moderator)"), roles=[moderators])
    administrator = guild.add_member(
        env.create_user("asha", global_name="Asha (administrator)"), roles=[administrators]
    )
    general = guild.create_text_channel("general", topic="Talk about anything here.")
    forum = guild.create_forum_channel("library")
    thread = env.backend.create_thread(general.id, "Is he the runner?", member.id)
    places = {"general": general, "thread": simcord.ChannelHandle(env, guild, thread), "forum": forum}
    return World(places, (member, moderator, administrator))


async def seed(world: World) -> discord.Message:
    """Somebody has asked something already, so that there is a message to answer; it is returned."""
    member, moderator, _ = world.people
    await moderator.send(world.places["general"], "Welcome. Type / to see what Lantern can tell you.")
    asks = "He was so sure about us, and since spring he answers once a week. Is he the runner??"
    return await member.send(world.places["thread"], asks)


def _what_to_try(url: str, place: str, content: Content, asked: str) -> str:
    first = content.articles[0]
    lines = [
        f"Lantern is open in {place}: {url}",
        "The address is good for this run only, and only on this machine. Ctrl-C closes it.",
        "Type a command, take it from the list with Enter, and send it with the arrow.",
        "",
        f"Try first:  /{first.command} {first.topics[0].key}   then press a related question, and Post here",
        "            /ask why does he keep pulling away from me     in a member's own words",
        "            /ask i do not want to live                     what someone in danger is shown",
        "            /topics                  every question in a menu",
        "            /help                    what you may do (switch the viewer, top left, to a moderator)",
        "            /setup                   the server's choices (switch to the administrator)",
    ]
    # The page has no menu on messages, where moderators find "Answer this".
    if place == "thread":
        lines += [
            "",
            "As the moderator, put an answer under the member's message, then press Read as the member:",
            f"            /answer topic: {first.topics[0].title}   message: {asked}",
        ]
    else:
        lines.append("            /answer                  as the moderator (--in thread: under a message)")
    return "\n".join(lines)


def world_of(bot: Lantern, **options: Any) -> simcord.run:
    """A local Discord at today's date with the bot under its own name, for the page and for its tests."""
    simcord_gaps.fill()
    world = simcord.run(bot, **options)
    backend = world._env.backend
    # SimCord's clock starts at New Year 2026; moved before the bot starts, no loop of the bot runs for the gap.
    backend.advance_clock((datetime.now(UTC) - backend.clock.now()).total_seconds())
    backend.bot_user.name = backend.bot_user.global_name = "Lantern"
    return world
