"""What members read about themselves: the card of /privacy, its second question, and the file to take away."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, NamedTuple

import discord
import orjson
from discord import ui

from lantern.content.models import Content
from lantern.languages.formats import number
from lantern.languages.translation import LANGUAGES, N_, _, ngettext
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

HEADING = N_("## What Lantern keeps about you")
WHILE_COUNTED = N_("For each answer that you get, Lantern keeps a record.")
# Translators: {since} is a date.
WHILE_UNCOUNTED = N_(
    "**You are not counted**, since {since}. Lantern makes no new record of you, and answers work as before. This "
    "wish is kept under a code that stands for you, until you press **Count me**. A language that you choose with "
    "`/language` is kept under that code, too."
)
FROM_BEFORE = N_("**From before** there are still records of you.")
A_RECORD = N_(
    "**In a record:**\n"
    "- when you asked, and in which server and channel (in direct messages and in servers without Lantern, no place "
    "is kept)\n"
    "- the topic, how you asked, and which answer led you there\n"
    "- whether everyone could see the answer, and the number of its message\n"
    "- your Discord language, and whether you moderate there\n\n"
    "Pressing **Helpful** makes one too, unless you moderate there. So does posting an answer under somebody's "
    "message. A code stands for you, not your name or Discord ID."
)
# Translators: {days} is a number, such as 35.
CODE_GOES = N_("**After {days} days** your code is taken off each record.")
CODE_GOES_SOONER = N_(
    "**After {days} days** your code is taken off each record, or at once when you press **Forget me**."
)
TOTALS_STAY = N_("Totals for topics and channels stay, with nobody in them.")
# Translators: {language} is the name of a language in itself.
LANGUAGE_CHOSEN = N_("You chose to be answered in {language}.")
LANGUAGE_UNKNOWN = N_("You chose a language that this Lantern does not know yet.")
# Translators: it is the choice of a language, told of in the sentence before.
LANGUAGE_KEPT = N_(
    "It is kept under your code until you choose **As in Discord** with `/language`, or press **Forget me**."
)

FORGOTTEN = N_("**Done.** No record leads to you any more.")
FORGOTTEN_SOON = N_(
    "**Done.** No record leads to you any more. Lantern is busy right now and overwrites the last traces as soon as "
    "it can."
)
STOPPED = N_("**Done.** From now on Lantern makes no record of you.")
COUNTED_AGAIN = N_("**Done.** From now on you are counted again.")
ALREADY_NOTHING = N_("There is nothing to forget: no record leads to you.")

FORGET_YOU = N_(
    "## Forget you?\n"
    "This cannot be undone, and afterwards nobody can tell that these records were yours. Your code is taken off "
    "them at once:"
)
FORGET_YOUR_CHOICE = N_("## Forget you?\nThis cannot be undone.")
LANGUAGE_GOES = N_("Your choice of a language is deleted.")
WHAT_STAYS = N_("**What stays**")
# Translators: one of the things that stay after somebody was forgotten, and so are those that follow.
POSTED_STAYS = N_(
    "Answers that you posted for everyone stay in their channels. Where you asked for all to see, Discord itself "
    "shows your name."
)
PRESSED_STAYS = N_(
    "For {days} days, under your code, that you pressed this. So a record that is only now being saved loses your "
    "code too."
)
BACKUPS_MAY_STAY = N_("Backups from before, if whoever runs Lantern makes any: ask them.")
WISH_STAYS = N_("Your wish not to be counted, until you press **Count me**.")
RECORDED_AGAIN = N_("Your next questions are recorded again, unless you also press **Don't count me**.")

HANDED_OVER = N_(
    "Everything that Lantern keeps under your code, in one file. Records older than {days} days have it no more."
)

HOW = {
    # Translators: how a question was asked. A label in a list, and so are those that follow.
    "slash": N_("by command"),
    "topics": N_("from the list"),
    "related": N_("as a related question"),
    "ask": N_("in your own words"),
    "read": N_("under a posted answer"),
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
    heading, a_record, deleted = _(HEADING), _(A_RECORD), _record_deleted(kept_for.questions)
    if kept.uncounted_since is None:
        about = f"{_(WHILE_COUNTED)}\n{a_record}"
        how_long = f"{_(CODE_GOES).format(days=KEY_DAYS)} {deleted} {_(TOTALS_STAY)}"
        parts.append(ui.TextDisplay("\n\n".join([f"{heading}\n{about}", _your_words(kept_for.misses), how_long])))
        counting = button(_("Don't count me"), custom_id(DONT_COUNT_ME))
    else:
        since = _(WHILE_UNCOUNTED).format(since=moment(kept.uncounted_since, "D"))
        parts.append(ui.TextDisplay(f"{heading}\n{since}"))
        if kept.records:
            about = f"{_(FROM_BEFORE)}\n{a_record}"
            how_long = f"{_(CODE_GOES_SOONER).format(days=KEY_DAYS)} {deleted}"
            parts += [ui.Separator(), ui.TextDisplay(f"{about}\n\n{how_long}")]
        counting = button(_("Count me"), custom_id(COUNT_ME))
    parts += [ui.Separator(), ui.TextDisplay(_kept_now(content, kept, guild_id))]
    if kept.language is not None:
        known = LANGUAGES.get(kept.language)
        chosen = _(LANGUAGE_UNKNOWN) if known is None else _(LANGUAGE_CHOSEN).format(language=known)
        parts.append(ui.TextDisplay(f"{chosen} {_(LANGUAGE_KEPT)}"))
    choices = ui.ActionRow(
        button(_("Download"), custom_id(DOWNLOAD), discord.ButtonStyle.primary),
        button(_("Forget me"), custom_id(FORGET_ME), discord.ButtonStyle.danger),
        counting,
    )
    return Card(built(ui.Container(*parts, choices)))


def second_question(kept: Kept, kept_for: KeptFor) -> Card:
    """Before forgetting: what it does, and what it cannot do."""
    counted = kept.uncounted_since is None
    forgotten = ["\n- ".join([_(FORGET_YOU), *_what_is_forgotten(kept)]) if kept.records else _(FORGET_YOUR_CHOICE)]
    if kept.language is not None:
        forgotten.append(_(LANGUAGE_GOES))
    stays = [
        *([_records_stay(kept_for.questions)] if kept.records else []),
        _(POSTED_STAYS),
        _(PRESSED_STAYS).format(days=FORGOTTEN_DAYS),
        _backups_stay(kept_for.backups) if kept_for.backups else _(BACKUPS_MAY_STAY),
        *([] if counted else [_(WISH_STAYS)]),
    ]
    text = "\n\n".join([*forgotten, "\n- ".join([_(WHAT_STAYS), *stays])])
    if counted:
        text += f"\n\n{_(RECORDED_AGAIN)}"
    choices = ui.ActionRow(
        button(_("Yes, forget me"), custom_id(FORGET_CONFIRMED), discord.ButtonStyle.danger),
        button(_("Back"), custom_id(BACK)),
    )
    return Card(built(ui.Container(ui.TextDisplay(text), choices)))


def handed_over(file: discord.File) -> Card:
    """The message that carries the file."""
    return Card(built(ui.TextDisplay(_(HANDED_OVER).format(days=KEY_DAYS)), ui.File(file)))


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


def _your_words(days: int) -> str:
    return ngettext(
        "**Your words** are never kept with you. When Lantern finds no answer, it may keep the words alone for one "
        "day, so that editors can write one. It tells you so, and you can refuse.",
        "**Your words** are never kept with you. When Lantern finds no answer, it may keep the words alone for "
        "{days} days, so that editors can write one. It tells you so, and you can refuse.",
        days,
    ).format(days=days)


def _record_deleted(days: int) -> str:
    return ngettext(
        "**After one day** the record is deleted.", "**After {days} days** the record is deleted.", days
    ).format(days=days)


def _records_stay(days: int) -> str:
    return ngettext(
        "The records without you, until they are one day old: time, channel and topic. And the totals.",
        "The records without you, until they are {days} days old: time, channel and topic. And the totals.",
        days,
    ).format(days=days)


def _backups_stay(days: int) -> str:
    return ngettext(
        "Backups from before, for one day. Whoever runs Lantern may keep copies of their own: ask them.",
        "Backups from before, for {days} days. Whoever runs Lantern may keep copies of their own: ask them.",
        days,
    ).format(days=days)


def _kept_now(content: Content, kept: Kept, guild_id: int | None) -> str:
    said = [_questions_kept(kept.questions)]
    if kept.helpful:
        presses = ngettext("You pressed **Helpful** once.", "You pressed **Helpful** {number} times.", kept.helpful)
        said.append(presses.format(number=number(kept.helpful)))
    if kept.links:
        posts = ngettext(
            "You posted one answer under a message.", "You posted {number} answers under messages.", kept.links
        )
        said.append(posts.format(number=number(kept.links)))
    if kept.questions > len(kept.latest):
        # Translators: questions follow, a line each.
        said.append(_("The latest:"))
    return "\n".join([" ".join(said), *(_line(content, question, guild_id) for question in kept.latest)])


def _questions_kept(questions: int) -> str:
    if not questions:
        return _("**None of your questions is on record.**")
    return ngettext(
        "**One of your questions is on record.**", "**{number} of your questions are on record.**", questions
    ).format(number=number(questions))


def _line(content: Content, question: AskedQuestion, guild_id: int | None) -> str:
    """A question as labels: its topic, how and where it was asked, and when."""
    topic = content.find(question.article, question.topic)
    title = topic.title if topic is not None else question.topic
    how = _(HOW[question.source]) if question.source in HOW else question.source
    if question.guild_id is None:
        # Translators: where a question was asked. A label in a list, and so are the next two.
        where = _("in direct messages, or where Lantern is not a member")
    elif question.guild_id == guild_id:
        where = f"<#{question.channel_id}>"
    else:
        where = _("in another server")
    public = [_("shown to everyone")] if question.public else []
    return f"- {' · '.join([f'**{title}**', how, where, *public, moment(question.asked_at, 'f')])}"


def _what_is_forgotten(kept: Kept) -> list[str]:
    """The records that would be forgotten, such as "12 questions" and "one press of Helpful"."""
    # Translators: records that are about to lose their member's code, in a list; so are the next two.
    questions = ngettext("one question", "{number} questions", kept.questions)
    helpful = ngettext("one press of **Helpful**", "{number} presses of **Helpful**", kept.helpful)
    links = ngettext(
        "one answer that you posted under a message", "{number} answers that you posted under messages", kept.links
    )
    counted = [(questions, kept.questions), (helpful, kept.helpful), (links, kept.links)]
    return [said.format(number=number(count)) for said, count in counted if count]
