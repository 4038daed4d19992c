"""The server's own choices, as cards: the checklist of /setup, what its buttons open, and /settings show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import discord
from discord import ui

from lantern.admin.digests import WEEKDAYS
from lantern.admin.panels import OVERVIEW
from lantern.store.guilds import HELP_CONTACTS_LIMIT, GuildSettings
from lantern.ui.cards import Card, built, button, rows, small
from lantern.ui.custom_ids import custom_id
from lantern.ui.forms import Form, field
from lantern.ui.permissions import PERMISSIONS
from lantern.ui.safe_text import shortened

OPEN_CONTACTS = "set-open-contacts"
OPEN, ANSWERS, FORM, CONTACTS, CHANNEL = "set-open", "set-answers", "set-form", "set-contacts", "set-channel"
NO_CHANNEL, THREADS, WEEKDAY, HOUR = "set-none", "set-threads", "set-weekday", "set-hour"

SHOWN_CONTACTS = 300

ANSWERABLE = (discord.TextChannel, discord.VoiceChannel, discord.ForumChannel)


class Choice(NamedTuple):
    """A line of the checklist."""

    name: str
    says: str
    done: bool
    label: str
    press_id: str


def missing_permissions(guild: discord.Guild) -> tuple[int, int, dict[str, list[discord.abc.GuildChannel]]]:
    """How many channels there are to answer in, how many lack a permission, and which permission is lacking where."""
    channels = [channel for channel in guild.channels if isinstance(channel, ANSWERABLE)]
    missing: dict[str, list[discord.abc.GuildChannel]] = defaultdict(list)
    for channel in channels:
        have = channel.permissions_for(guild.me)
        for name, permission in PERMISSIONS.items():
            # In a forum nobody sends messages but in its posts; a library's forum is asked for more, by the library.
            if not permission.without or (name == "send_messages" and isinstance(channel, discord.ForumChannel)):
                continue
            if not getattr(have, name):
                missing[name].append(channel)
                if name == "view_channel":
                    # The rest does not matter where Lantern sees nothing.
                    break
    return len(channels), len({channel.id for where in missing.values() for channel in where}), missing


def _named(channel_ids: Sequence[int], most: int) -> str:
    """Channels in one line: a server may have five hundred."""
    names = ", ".join(f"<#{channel_id}>" for channel_id in channel_ids[:most])
    return f"{names} and {len(channel_ids) - most} more" if len(channel_ids) > most else names


def permissions_card(guild: discord.Guild) -> Card:
    """What Lantern may do in each channel, in words."""
    number, affected, missing = missing_permissions(guild)
    lines = [f"In all {number} channels I may do what I need: answer, share, link and reply."]
    if missing:
        lines = [
            f"In {number - affected} of {number} channels I may do all I need. In the others something is missing:",
            *(
                f"- Without **{PERMISSIONS[name].name}** in {_named([channel.id for channel in channels], 15)}: "
                f"{PERMISSIONS[name].without}."
                for name, channels in missing.items()
            ),
            "That may be just what you want. To change it, edit the channel's permissions.",
        ]
    return Card(built(ui.Container(ui.TextDisplay("\n".join(["## Permissions", *lines])), *rows([back()]))))


def choices(
    guild: discord.Guild, chosen: GuildSettings, *, quiet_minutes: int, forum: discord.ForumChannel | None, posts: int
) -> list[Choice]:
    """Every choice of a guild, as it is now.

    ``quiet_minutes`` applies where the guild chose none; ``posts`` is how many topics have a post in the library.
    """
    made = chosen.made
    number, affected, _missing = missing_permissions(guild)
    quiet = chosen.quiet_minutes if chosen.quiet_minutes is not None else quiet_minutes
    return [
        Choice(
            "Permissions",
            f"something is missing in {affected} of {number} channels"
            if affected
            else f"complete in {number} channels",
            not affected,
            "Look",
            custom_id(OPEN, "permissions"),
        ),
        Choice(
            "Answers",
            "seen by everyone, unless a member says otherwise"
            if chosen.answers_public
            else "seen by the asker alone, unless a member says otherwise",
            "answers_public" in made,
            "Make private" if chosen.answers_public else "Make public",
            custom_id(ANSWERS, "private" if chosen.answers_public else "public"),
        ),
        Choice(
            "Quiet window",
            f"an answer that stands in a channel is not posted there again for {quiet} minutes"
            if quiet
            else "none; an answer may be posted again at once",
            "quiet_minutes" in made,
            "Change",
            custom_id(OPEN, "quiet"),
        ),
        Choice(
            "Place to ask people",
            f"<#{chosen.ask_people_channel_id}>, shown when the article has no answer"
            if chosen.ask_people_channel_id
            else "none yet; it is shown when the article has no answer",
            chosen.ask_people_channel_id is not None,
            "Choose",
            custom_id(OPEN, "people"),
        ),
        Choice(
            "Help contacts",
            "yours are shown to members in danger, first of all"
            if chosen.help_contacts
            else "members in danger are shown helplines by country",
            chosen.help_contacts is not None,
            "Write",
            custom_id(OPEN_CONTACTS),
        ),
        Choice(
            "Library",
            f"in {forum.mention}, {posts} posts" if forum else "none; a forum with one post for each question",
            forum is not None,
            "Open",
            custom_id(OPEN, "library"),
        ),
        Choice(
            "Thread answers",
            f"in {_named(chosen.thread_answers, 5)}"
            if chosen.thread_answers
            else "off; a card under new threads whose title clearly asks a question",
            bool(chosen.thread_answers),
            "Choose",
            custom_id(OPEN, "threads"),
        ),
        Choice(
            "Note to moderators",
            f"in <#{chosen.moderators_channel_id}>, when a new thread's title shows danger"
            + ("" if chosen.thread_answers else "; so far in no channel, since thread answers are off")
            if chosen.moderators_channel_id
            else "none; a quiet note when the title of a new thread shows danger",
            chosen.moderators_channel_id is not None,
            "Choose",
            custom_id(OPEN, "moderators"),
        ),
        Choice(
            "Weekly figures",
            f"in <#{chosen.digest_channel_id}>, {WEEKDAYS[chosen.digest_weekday]} at {chosen.digest_hour}:00"
            if chosen.digest_channel_id
            else "off; what members asked about, once a week",
            chosen.digest_channel_id is not None,
            "Choose",
            custom_id(OPEN, "digest"),
        ),
        Choice(
            "Time zone", f"{chosen.time_zone}; a day ends there", "time_zone" in made, "Change", custom_id(OPEN, "zone")
        ),
    ]


def overview(listed: Sequence[Choice], colour: int) -> Card:
    """The checklist, with a button for each choice."""
    done = sum(choice.done for choice in listed)
    head = f"## Setup\nSettled: {done} of {len(listed)}. Members can ask without any of it; change what you like."
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    for choice in listed:
        says = small(choice.says[0].upper() + choice.says[1:])
        text = ui.TextDisplay[Any](f"{'✓' if choice.done else '○'} **{choice.name}**\n{says}")
        parts.append(ui.Section(text, accessory=button(choice.label, choice.press_id)))
    return Card(built(ui.Container(*parts, accent_colour=colour)))


def settings_card(listed: Sequence[Choice], contacts: str | None, who: Sequence[str], colour: int) -> Card:
    """Every choice as a line, and who may use which command."""
    lines = [f"**{choice.name}**: {choice.says}" for choice in listed]
    lines[5:5] = [f"> {line}" for line in shortened(contacts or "", SHOWN_CONTACTS).splitlines()]
    installed = (
        "So it is as installed. Server Settings, Integrations, Lantern shows and changes it for this server, by role "
        "and channel."
    )
    body = ui.Container[Any](
        ui.TextDisplay("\n".join(["## Settings", *lines])),
        ui.Separator(),
        ui.TextDisplay("\n".join(["**Who may use what**", *who])),
        ui.TextDisplay(small(installed)),
        accent_colour=colour,
    )
    return Card(built(body))


def back() -> ui.Button[Any]:
    return button("Back", custom_id(OVERVIEW))


def form(name: str, chosen: GuildSettings) -> Form | None:
    """The form for what is written rather than chosen, or None."""
    match name:
        case "quiet":
            title, label = "Quiet window", "Minutes"
            says = "0 to 1440. An answer that stands is not posted again for so long."
            now = None if chosen.quiet_minutes is None else str(chosen.quiet_minutes)
            box = field(name, label, says, value=now, limit=4, placeholder="Empty: as the operator set it")
        case "contacts":
            title, label = "Help contacts", "Shown to members in danger"
            says = "They come first of all: a helpline, and who of your team may be written to."
            box = field(name, label, says, value=chosen.help_contacts, limit=HELP_CONTACTS_LIMIT, long=True)
        case "zone":
            title = label = "Time zone"
            says = "Such as Europe/London, America/New_York or Asia/Kolkata. It applies from now on."
            box = field(name, label, says, value=chosen.time_zone, limit=64)
        case _:
            return None
    return Form(title, custom_id(CONTACTS) if name == "contacts" else custom_id(FORM, name), box)


def channel_card(name: str, chosen: GuildSettings) -> Card:
    """A channel to choose: where to ask people, where moderators are told, or where the weekly figures go."""
    if name == "people":
        title, current = "Place to ask people", chosen.ask_people_channel_id
        says = "When the article does not answer a question, I show members this place, and it stands in /help."
        kinds = [discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.news]
    elif name == "moderators":
        title, current = "Note to moderators", chosen.moderators_channel_id
        says = (
            "When the title of a new thread shows that somebody may be in danger, I post a note there: a link, "
            "nobody's words, no ping. I look at titles only where **Thread answers** are on. Choose a channel that "
            "moderators alone see."
        )
        kinds = [discord.ChannelType.text]
    else:
        title, current = "Weekly figures", chosen.digest_channel_id
        says = "Once a week I post there what members asked about: numbers and topics, nobody's words or names."
        kinds = [discord.ChannelType.text, discord.ChannelType.news]
    select = ui.ChannelSelect[Any](
        custom_id=custom_id(CHANNEL, name),
        channel_types=kinds,
        placeholder="Choose a channel",
        default_values=_selected(current),
    )
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"## {title}\n{says}"), ui.ActionRow(select)]
    if name == "digest":
        parts += [
            ui.ActionRow(_options(WEEKDAY, WEEKDAYS, chosen.digest_weekday, "Day")),
            ui.ActionRow(_options(HOUR, [f"{hour}:00" for hour in range(24)], chosen.digest_hour, "Hour")),
            ui.TextDisplay(small(f"Day and hour in the time zone {chosen.time_zone}.")),
        ]
    buttons = [button("Nowhere", custom_id(NO_CHANNEL, name))] if current else []
    return Card(built(ui.Container(*parts, *rows([*buttons, back()]))))


def _options(press_name: str, labels: Sequence[str], current: int, placeholder: str) -> ui.Select[Any]:
    menu: ui.Select[Any] = ui.Select(custom_id=custom_id(press_name), placeholder=placeholder)
    for number, label in enumerate(labels):
        menu.add_option(label=label, value=str(number), default=number == current)
    return menu


def threads_card(chosen: GuildSettings) -> Card:
    """The channels in which new threads may be answered, all at once."""
    select = ui.ChannelSelect[Any](
        custom_id=custom_id(THREADS),
        channel_types=[discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.news],
        placeholder="Choose channels and forums",
        min_values=0,
        max_values=25,
        default_values=_selected(*chosen.thread_answers),
    )
    says = (
        "## Thread answers\nWhen a member opens a thread there and its title clearly asks one of the questions, I wait "
        "two minutes for people and then post one short card, pinging nobody. The opener can send it away."
    )
    return Card(built(ui.Container(ui.TextDisplay(says), ui.ActionRow(select), *rows([back()]))))


def _selected(*channel_ids: int | None) -> list[discord.SelectDefaultValue]:
    """Channels that a menu shows as chosen."""
    kind = discord.SelectDefaultValueType.channel
    return [discord.SelectDefaultValue(id=channel_id, type=kind) for channel_id in channel_ids if channel_id]
