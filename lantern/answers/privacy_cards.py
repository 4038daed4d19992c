"""What members read about themselves: the card of /privacy, its second question, and the file to take away."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, NamedTuple

import discord
import orjson
from discord import ui

from lantern.content.models import Content
from lantern.languages.translation import LANGUAGES, N_, _
from lantern.store.members import FORGOTTEN_DAYS, KEY_DAYS, AskedQuestion, Kept
from lantern.ui.cards import Card, built, button, moment
from lantern.ui.custom_ids import custom_id

DOWNLOAD = "privacy-download"
FORGET_ME = "privacy-forget"
FORGET_CONFIRMED = "privacy-forget-yes"
BACK = "privacy-back"
DONT_COUNT_ME = "privacy-stop"
COUNT_ME = "privacy-count"

FILE_NAME = "lantern-privacy.json"

WHAT_IS_NOTED = """\
the time, the server and channel (not in direct messages, nor where I am not a member), the topic, how you asked and \
from where you came to it, whether all could see it, the number of the answer's message, your Discord language and \
whether you moderate there; and when you press **Helpful** and do not moderate there, or put an answer under \
somebody's message, that. A code stands for you, not your name or Discord id."""

WHILE_COUNTED = f"""\
## What I keep about you
Each time you get an answer, I note {WHAT_IS_NOTED}

**Your words** are never kept with you. When I find no answer, the words alone may be kept for {{miss_days}} days, so \
that editors can write one; you are told so, and can refuse.

**After {KEY_DAYS} days** your code is taken off each note, **after {{retention_days}} days** the note is deleted. \
Totals for topics and channels stay, with nobody in them."""

WHILE_UNCOUNTED = """\
## What I keep about you
**You are not counted**, since {since}. Nothing new is noted about you, and answers work as before. This wish is kept \
under a code that stands for you, until you press **Count me**."""

NOTED_BEFORE = f"""\
**From before** there are notes: {WHAT_IS_NOTED} Your code is taken off each after {KEY_DAYS} days, or at \
once when you press **Forget me**; after {{retention_days}} days it is deleted."""

# Translators: {language} is the name of a language in itself.
LANGUAGE_CHOSEN = N_("You chose to be answered in {language}. That is kept under your code until you change it.")
# Translators: in a list of what is forgotten.
LANGUAGE_GOES = N_("your choice of a language, which is deleted")

FORGOTTEN = "**Done.** None of the notes I kept leads to you any more."
FORGOTTEN_SOON = (
    "**Done.** None of the notes I kept leads to you any more. My storage is busy just now; as soon as it is free, the "
    "last traces in it are overwritten, too."
)
STOPPED = "**Done.** From now on I note nothing about you."
COUNTED_AGAIN = "**Done.** From now on your questions are counted again."
ALREADY_NOTHING = "There is nothing to forget: none of my notes leads to you."

SECOND_QUESTION = """\
## Forget you?
I take your code off {what}, at once. It cannot be undone, and afterwards nobody can tell that they were yours.

**What stays**
- The notes without you, until they are {retention_days} days old: time, channel, topic. And the totals.
- Answers that you posted for all stay in their channels. Where you asked openly, Discord itself shows your name there.
- That you pressed this, under your code, for {forgotten_days} days: a note still on its way is kept without it, too.
- {backups}{wish}"""

BACKUPS = (
    "Backups of my notes from before, for {days} days. Whoever runs this bot may keep copies of their own; ask them."
)
NO_BACKUPS = "Backups of my notes from before, if whoever runs this bot makes any; ask them."
NOTED_AGAIN = "\n\nYour next questions are noted again, unless you also press **Don't count me**."
WISH_STAYS = "\n- Your wish not to be counted, until you press **Count me**."

HANDED_OVER = f"Everything that I keep with your code, as a file. Notes older than {KEY_DAYS} days have it no more."

HOW = {
    "slash": "by its command",
    "topics": "from the list",
    "related": "as a related question",
    "ask": "in your own words",
    "read": "under a linked answer",
}


class KeptFor(NamedTuple):
    """How long rows are kept, in days, as the operator set it. ``backups`` is 0 where the bot makes none."""

    questions: int
    misses: int
    backups: int


def kept_card(
    content: Content, kept: Kept, kept_for: KeptFor, *, guild_id: int | None, above: str | None = None
) -> Card:
    """What is kept about whoever asks, and what they can do about it; ``above`` says what they have just done.

    ``guild_id`` is where they ask now: channels of other servers cannot be shown there.
    """
    parts: list[ui.Item[Any]] = [ui.TextDisplay(above), ui.Separator()] if above else []
    days = {"miss_days": kept_for.misses, "retention_days": kept_for.questions}
    if kept.uncounted_since is None:
        parts.append(ui.TextDisplay(WHILE_COUNTED.format(**days)))
        counting = button("Don't count me", custom_id(DONT_COUNT_ME))
    else:
        parts.append(ui.TextDisplay(WHILE_UNCOUNTED.format(since=moment(kept.uncounted_since, "D"))))
        if kept.anything:
            parts += [ui.Separator(), ui.TextDisplay(NOTED_BEFORE.format(**days))]
        counting = button("Count me", custom_id(COUNT_ME))
    parts += [ui.Separator(), ui.TextDisplay(_kept_now(content, kept, guild_id))]
    if kept.language is not None:
        parts.append(ui.TextDisplay(_(LANGUAGE_CHOSEN).format(language=LANGUAGES.get(kept.language, kept.language))))
    choices = ui.ActionRow(
        button("Download", custom_id(DOWNLOAD), discord.ButtonStyle.primary),
        button("Forget me", custom_id(FORGET_ME), discord.ButtonStyle.danger),
        counting,
    )
    return Card(built(ui.Container(*parts, choices)))


def second_question(kept: Kept, kept_for: KeptFor) -> Card:
    """Before forgetting: what it does, and what it cannot do."""
    text = SECOND_QUESTION.format(
        what=_what_is_forgotten(kept),
        retention_days=kept_for.questions,
        forgotten_days=FORGOTTEN_DAYS,
        backups=BACKUPS.format(days=kept_for.backups) if kept_for.backups else NO_BACKUPS,
        wish=NOTED_AGAIN if kept.uncounted_since is None else WISH_STAYS,
    )
    choices = ui.ActionRow(
        button("Yes, forget me", custom_id(FORGET_CONFIRMED), discord.ButtonStyle.danger),
        button("Back", custom_id(BACK)),
    )
    return Card(built(ui.Container(ui.TextDisplay(text), choices)))


def handed_over(file: discord.File) -> Card:
    """The message that carries the file."""
    return Card(built(ui.TextDisplay(HANDED_OVER), ui.File(file)))


def file_of(rows: dict[str, list[dict[str, Any]]], *, made_at: datetime, limit: int) -> discord.File:
    """A member's rows as JSON, readable by people and programs; zipped when Discord takes no file of that size.

    ``limit`` is in bytes (Discord's reference, Interaction Object, ``attachment_size_limit``).
    """
    document = {"made_at": made_at.astimezone(UTC).isoformat(timespec="seconds"), **rows}
    data = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    if len(data) <= limit:
        return discord.File(io.BytesIO(data), FILE_NAME)
    packed = io.BytesIO()
    import zipfile  # half a megabyte that most bots never need

    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE_NAME, data)
    packed.seek(0)
    return discord.File(packed, f"{FILE_NAME}.zip")


def _kept_now(content: Content, kept: Kept, guild_id: int | None) -> str:
    others = [_counted(kept.helpful, "time that you pressed Helpful", "times that you pressed Helpful")]
    others.append(_counted(kept.links, "answer that you put under a message", "answers that you put under messages"))
    besides = " and ".join(filter(None, others))
    also = f" Besides: {besides}." if besides else ""
    if not kept.questions:
        return f"**None of your questions are kept.**{also}"
    counted = "One of your questions is" if kept.questions == 1 else f"{kept.questions} of your questions are"
    latest = " The latest:" if kept.questions > len(kept.latest) else ""
    lines = [_line(content, question, guild_id) for question in kept.latest]
    return "\n".join([f"**{counted} kept.**{also}{latest}", *lines])


def _line(content: Content, question: AskedQuestion, guild_id: int | None) -> str:
    topic = content.find(question.article, question.topic)
    title = topic.title if topic is not None else question.topic
    if question.guild_id is None:
        where = "in direct messages or where I am not a member"
    elif question.guild_id == guild_id:
        where = f"in <#{question.channel_id}>"
    else:
        where = "in another server"
    shown = ", shown to all" if question.public else ""
    return (
        f"- **{title}**, {HOW.get(question.source, question.source)}, {where}{shown}: {moment(question.asked_at, 'f')}"
    )


def _what_is_forgotten(kept: Kept) -> str:
    """What would be forgotten, such as "12 questions and one note that an answer helped"."""
    counted = [
        _counted(kept.questions, "question", "questions"),
        _counted(kept.helpful, "note that an answer helped", "notes that an answer helped"),
        _counted(kept.links, "answer that you put under a message", "answers that you put under messages"),
    ]
    if kept.language is not None:
        counted.append(_(LANGUAGE_GOES))
    *first, last = filter(None, counted)
    return f"{', '.join(first)} and {last}" if first else last


def _counted(number: int, one: str, many: str) -> str:
    return "" if not number else f"one {one}" if number == 1 else f"{number} {many}"
