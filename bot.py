"""Lantern's program. ``python bot.py --help`` tells what it does."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lantern.runtime.settings import Settings

BAD_SETTINGS = 2


def fail(text: str, status: int = 1) -> int:
    """Say why on standard error, in plain words, and return the exit status."""
    print(text, file=sys.stderr)
    return status


def check(settings: Settings, arguments: argparse.Namespace) -> int:
    """Check the content: one line an article, or every problem with file, line and field."""
    from lantern.answers import edition as content

    problems, lines = content.check(arguments.file or [settings.content], helplines=arguments.helplines)
    print(*lines, sep="\n", end="\n" if lines else "")
    return fail("\n".join(map(str, problems))) if problems else 0


def check_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, nargs="*", metavar="FILE", help="only these files (default: all content)")
    command.add_argument("--helplines", action="store_true", help="name each helpline that nobody checked for long")


def ask(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell which topics a question finds and which words counted; needs no Discord."""
    from lantern.answers import edition as content
    from lantern.cli import ask as ask_lines

    try:
        matcher = ask_lines.matcher(content.load(settings.content), settings)
        ask_lines.answer(matcher, ask_lines.questions(arguments.question), machine=arguments.json)
    except BrokenPipeError:
        # Whoever read has read enough; Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


def ask_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    command.add_argument(
        "question", nargs="*", metavar="QUESTION", help="the question (default: one a line from standard input)"
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Connect to Discord and answer there; needs DISCORD_TOKEN."""
    # Hardly anything made by imports is garbage, and looking for it takes a sixth of the start; `running` looks again.
    gc.disable()
    from lantern.runtime import logs, running
    from lantern.runtime.settings import take_secrets_out_of_environment

    take_secrets_out_of_environment()
    logs.wait_for_nobody()
    try:
        running.run(settings, force_sync=arguments.sync)
    except running.CannotRun as error:
        running.end_soon(error.status)
        return fail(str(error), error.status)
    return 0


def run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sync", action="store_true", help="send the commands to Discord even if they did not change")


def preview(settings: Settings, arguments: argparse.Namespace) -> int:
    """Open the bot in your browser, on a Discord of its own; needs no account."""
    try:
        from lantern.preview import page as lantern_preview
    except ImportError as error:
        return fail(
            f"The preview needs the extra `preview` ({error.name} is missing): `make preview` installs it, or "
            "`python -m pip install --require-hashes -r requirements/preview.txt`."
        )
    from lantern.runtime.settings import take_secrets_out_of_environment

    take_secrets_out_of_environment()
    return lantern_preview.open_page(settings, arguments)


def preview_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--in",
        dest="place",
        choices=("general", "thread", "forum"),
        default="general",
        help="the channel or thread that the page shows (default: %(default)s)",
    )
    command.add_argument("--port", type=int, default=None, help="the page's port (default: any that is free)")
    from lantern.runtime.settings import database_of

    command.add_argument(
        "--database", type=database_of, default=None, metavar="FILE", help="a file to keep (default: a temporary one)"
    )
    command.add_argument(
        "--locale",
        default="en-US",
        help="the language that everybody there reads, such as es-ES (default: %(default)s)",
    )
    command.add_argument("--no-browser", action="store_true", help="print the page's address and open no browser")
    command.add_argument(
        "--sample-questions", action="store_true", help="fill the log with an invented half year, to see the figures"
    )


def insights(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show what members ask about, from the database, beside a running bot or not."""
    from lantern.cli import insights as insights_cli

    return insights_cli.show(settings, arguments)


def insights_options(command: argparse.ArgumentParser) -> None:
    from lantern.cli import insights as insights_cli

    insights_cli.add_options(command)


def status(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell how the running bot is; exit status 1 when it is not well."""
    from lantern.cli import status as status_cli

    return status_cli.show(settings, machine=arguments.json)


def status_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object, for programs")


def backup(settings: Settings, arguments: argparse.Namespace) -> int:
    """Copy the database, also while the bot runs, and check the copy."""
    from lantern.cli import backup as backup_cli

    return backup_cli.back_up(settings, arguments.file)


def backup_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to (default: a new file in the backup folder)"
    )


def restore(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put a backup in the database's place, and keep what was there."""
    from lantern.cli import backup as backup_cli

    return backup_cli.restore(settings, arguments.file)


def restore_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="a backup")


def new_key(settings: Settings, arguments: argparse.Namespace) -> int:
    """Begin with a new key of members' codes, where the old one is lost; who was not counted is counted again."""
    from lantern.cli import new_key as new_key_cli

    return new_key_cli.begin(settings, delete_wishes=arguments.delete_wishes)


def new_key_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--delete-wishes", action="store_true", help="do it (default: say what it means, and change nothing)"
    )


def move_database(settings: Settings, arguments: argparse.Namespace) -> int:
    """Copy everything from a SQLite file to a PostgreSQL database, or back, and compare it."""
    from lantern.cli import move as move_cli

    return move_cli.move(settings, arguments.source, arguments.target)


def move_database_options(command: argparse.ArgumentParser) -> None:
    from lantern.runtime.settings import database_of

    command.add_argument("source", type=database_of, metavar="FROM", help="a file, or an address (postgresql://…)")
    command.add_argument("target", type=database_of, metavar="TO", help="the other kind, with nothing in it yet")


COMMANDS: dict[str, tuple[Callable[[Settings, argparse.Namespace], int], Callable[[argparse.ArgumentParser], None]]] = {
    "run": (run, run_options),
    "preview": (preview, preview_options),
    "check": (check, check_options),
    "ask": (ask, ask_options),
    "insights": (insights, insights_options),
    "status": (status, status_options),
    "backup": (backup, backup_options),
    "restore": (restore, restore_options),
    "move-database": (move_database, move_database_options),
    "new-key": (new_key, new_key_options),
}
"""What runs each command, whose docstring is what ``--help`` says of it, and what adds its options."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What the command line says; ends the program where it says nothing that there is."""
    top = argparse.ArgumentParser(
        prog="bot.py",
        description="Lantern answers a spiritual community's recurring questions from an article, on Discord.",
        epilog="Start with `python bot.py preview`: it needs no Discord account. Settings are in docs/settings.md.",
    )
    top.add_argument("--version", action=_ShowVersion, nargs=0, help="show Lantern's version and exit")
    parsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    # Only the command that is named is made, with its options: making all takes 4 ms of a start. None of the options
    # before it takes a value, so it is the first word that is a command.
    named = [argument for argument in arguments if argument in COMMANDS][:1]
    for name in named or COMMANDS:
        run_command, add_options = COMMANDS[name]
        command = parsers.add_parser(name, help=run_command.__doc__, description=run_command.__doc__)
        if named:
            add_options(command)
    return top.parse_args(arguments)


class _ShowVersion(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object, **_options: object) -> None:
        from lantern import __version__

        print(f"Lantern {__version__}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 well, 1 a problem, 2 wrong settings or usage, 3 a refused token."""
    chosen = parsed(sys.argv[1:] if arguments is None else arguments)
    import logging

    from lantern.content.problems import ContentError
    from lantern.runtime import settings as lantern_settings
    from lantern.runtime.settings import SettingsError

    try:
        settings = lantern_settings.load()
    except SettingsError as error:
        return fail("\n".join(error.problems), BAD_SETTINGS)
    logging.captureWarnings(True)
    try:
        return COMMANDS[chosen.command][0](settings, chosen)
    except ContentError as error:
        return fail(str(error))


if __name__ == "__main__":
    sys.exit(main())
