"""Lantern's program. ``python bot.py --help`` tells what it does."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lantern.runtime.settings import Settings

BAD_SETTINGS = 2


def fail(text: str, status: int = 1) -> int:
    """Say why on standard error, in plain words, and return the exit status."""
    print(text, file=sys.stderr)
    return status


# ---------------------------------------------------------------------- check


def check(settings: Settings, arguments: argparse.Namespace) -> int:
    """Validate content: a line for each article, or every problem found."""
    from lantern.answers import edition as content

    problems, lines = content.check(arguments.file or [settings.content])
    print(*lines, sep="\n", end="\n" if lines else "")
    return fail("\n".join(map(str, problems))) if problems else 0


# ---------------------------------------------------------------------- ask


def ask(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell what questions would find, and why."""
    from lantern.answers import edition as content
    from lantern.cli import ask as ask_lines
    from lantern.content.problems import ContentError
    from lantern.matching.matcher import Matcher
    from lantern.matching.meanings import SemanticUnavailable

    try:
        matcher = Matcher(content.load(settings.content), semantic=settings.semantic)
        ask_lines.answer(matcher, ask_lines.questions(arguments.question), machine=arguments.json)
    except ContentError as error:
        return fail("\n".join(map(str, error.problems)))
    except SemanticUnavailable as error:
        return fail(str(error))
    except BrokenPipeError:
        # Whoever read has read enough; Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


# ---------------------------------------------------------------------- run


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Connect to Discord and stay until told to stop."""
    # Hardly anything made by imports is garbage, and looking for it takes a sixth of the start; `running` looks again.
    gc.disable()
    from lantern.runtime import running

    try:
        running.run(settings, force_sync=arguments.sync)
    except running.CannotRun as error:
        return fail(str(error), error.status)
    return 0


# ---------------------------------------------------------------------- preview


def preview(settings: Settings, arguments: argparse.Namespace) -> int:
    """Open the same bot in a local browser page."""
    try:
        from lantern.preview import page as lantern_preview
    except ImportError as error:
        return fail(
            f"The preview needs the extra `preview` ({error.name} is missing): `make preview` installs it, or "
            f'`python -m pip install -c constraints.txt -e ".[preview]"`.'
        )
    return lantern_preview.open_page(
        settings,
        database=arguments.database,
        place=arguments.place,
        port=arguments.port,
        sample_questions=arguments.sample_questions,
    )


# ---------------------------------------------------------------------- insights


def days_back(text: str) -> int | None:
    """The option ``--days``: a number of days, or ``all`` (None). Raises :class:`argparse.ArgumentTypeError`."""
    if text.casefold() == "all":
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 3_660):
        raise argparse.ArgumentTypeError(f"{text!r} is neither `all` nor a whole number from 1 to 3660")
    return int(text)


def insights(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show what members ask about, as `/insights` does."""
    from lantern.answers import edition as lantern_content
    from lantern.cli import insights as insights_cli
    from lantern.content.problems import ContentError

    try:
        content = lantern_content.load(settings.content)
    except ContentError as error:
        return fail("\n".join(map(str, error.problems)))
    return insights_cli.show(
        settings.database,
        content,
        arguments,
        retention_days=settings.retention_days,
        miss_days=settings.miss_days,
    )


# ---------------------------------------------------------------------- looking after it


def status(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell how the running bot is; 1 when it is unhealthy or not running."""
    import json

    from lantern.runtime import status as lantern_status

    now = datetime.now(UTC)
    found = lantern_status.read(lantern_status.path_for(settings.database))
    if arguments.json:
        print(json.dumps(lantern_status.as_json(found, now)))
    else:
        print(lantern_status.in_words(found, now))
    return 1 if lantern_status.problems(found, now) else 0


def backup(settings: Settings, arguments: argparse.Namespace) -> int:
    """Copy the database to a file, whether or not the bot runs, and check the copy."""
    from lantern.store import backups

    target: Path = arguments.file or backups.backup_path(settings.backups, datetime.now(UTC))
    if target.is_dir():
        target = backups.backup_path(target, datetime.now(UTC))
    try:
        backups.back_up(settings.database, target)
    except backups.BackupError as error:
        return fail(str(error))
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, checked")
    return 0


def restore(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put a backup in the database's place; the bot must not be running."""
    from lantern.store import backups
    from lantern.store.database import Database

    newest_version = Database(settings.database).newest_version
    try:
        kept = backups.restore(arguments.file, settings.database, newest_version, datetime.now(UTC))
    except backups.BackupError as error:
        return fail(str(error))
    print(f"{settings.database} is now {arguments.file}.")
    if kept is not None:
        print(
            f"What was there before is kept as {kept}. Members' choices and deletions made since the backup are in it."
        )
    return 0


# ---------------------------------------------------------------------- the command line


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="bot.py",
        description="Lantern answers a spiritual community's recurring questions from an article, on Discord.",
        epilog="Start with `python bot.py preview`: it needs no Discord account. Settings are in docs/settings.md.",
    )
    top.add_argument("--version", action=_ShowVersion, nargs=0, help="show Lantern's version and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")

    def add(name: str, does: Callable[..., int], help_text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_text, description=help_text)
        command.set_defaults(does=does)
        return command

    running = add("run", run, "Connect to Discord and answer there; needs DISCORD_TOKEN.")
    running.add_argument("--sync", action="store_true", help="send the commands to Discord even if they did not change")

    previewing = add("preview", preview, "Open the bot in your browser, on a Discord of its own; needs no account.")
    previewing.add_argument(
        "--in",
        dest="place",
        choices=("general", "thread", "forum"),
        default="general",
        help="the channel or thread that the page shows (default: %(default)s)",
    )
    previewing.add_argument("--port", type=int, default=None, help="the page's port (default: any that is free)")
    previewing.add_argument("--database", type=Path, default=None, help="a database to keep (default: a temporary one)")
    previewing.add_argument(
        "--sample-questions", action="store_true", help="fill the log with an invented half year, to see the figures"
    )

    checking = add(
        "check", check, "Check the content: one line an article, or every problem with file, line and field."
    )
    checking.add_argument("file", type=Path, nargs="*", metavar="FILE", help="only these files (default: all content)")

    asking = add("ask", ask, "Tell which topics a question finds and which words counted; needs no Discord.")
    asking.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    asking.add_argument(
        "question", nargs="*", metavar="QUESTION", help="the question (default: one a line from standard input)"
    )

    figuring = add("insights", insights, "Show what members ask about, from the database, beside a running bot or not.")
    figuring.add_argument(
        "figures",
        nargs="?",
        choices=("top", "trend", "gaps", "helped", "digest", "export"),
        default="top",
        help="which figures (default: %(default)s)",
    )
    figuring.add_argument("--guild", type=int, help="one server's id (default: all, and direct messages)")
    figuring.add_argument("--days", type=days_back, default=30, help="how far back, or `all` (default: %(default)s)")
    figuring.add_argument(
        "--by",
        choices=("topic", "article", "channel", "source", "day", "week"),
        help="top: topic, article, channel or source; trend: day or week",
    )
    figuring.add_argument("--topic", metavar="ARTICLE/TOPIC", help="trend: which topic, such as twinflame/runner")
    figuring.add_argument("--group", type=int, metavar="N", help="gaps: one group, and keywords for it to paste")
    how = figuring.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="JSON, for programs")
    how.add_argument("--csv", action="store_true", help="CSV, for spreadsheets")
    how.add_argument("--png", type=Path, metavar="FILE", help="write the picture (top, trend, digest)")
    figuring.add_argument(
        "--out", type=Path, default=Path("lantern-export.zip"), metavar="FILE", help="export: the file to write"
    )

    telling = add("status", status, "Tell how the running bot is; exit status 1 when it is not well.")
    telling.add_argument("--json", action="store_true", help="one JSON object, for programs")

    backing = add("backup", backup, "Copy the database, also while the bot runs, and check the copy.")
    backing.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to (default: a new file in the backup folder)"
    )

    restoring = add("restore", restore, "Put a backup in the database's place, and keep what was there.")
    restoring.add_argument("file", type=Path, metavar="FILE", help="a backup")
    return top


class _ShowVersion(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object, **_options: object) -> None:
        from lantern import __version__

        print(f"Lantern {__version__}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 well, 1 a problem, 2 wrong settings or usage, 3 a refused token."""
    chosen = parser().parse_args(arguments)
    import logging

    from lantern.runtime import settings as lantern_settings
    from lantern.runtime.settings import SettingsError

    try:
        settings = lantern_settings.load()
    except SettingsError as error:
        return fail("\n".join(error.problems), BAD_SETTINGS)
    logging.captureWarnings(True)
    does: Callable[[Settings, argparse.Namespace], int] = chosen.does
    return does(settings, chosen)


if __name__ == "__main__":
    sys.exit(main())
