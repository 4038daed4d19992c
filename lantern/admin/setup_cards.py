"""The server's own choices, as cards: the checklist of /setup, what its buttons open, and /settings show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import discord
from discord import ui

from lantern.admin.panels import OVERVIEW
from lantern.languages.formats import listed, weekday
from lantern.languages.translation import LANGUAGES, _, language_of, ngettext
from lantern.store.guilds import HELP_CONTACTS_LIMIT, QUIET_MINUTES_LIMIT, GuildSettings
from lantern.ui.cards import Card, built, button, rows, small
from lantern.ui.custom_ids import custom_id
from lantern.ui.forms import Form, field
from lantern.ui.permissions import PERMISSIONS, name_of
from lantern.ui.safe_text import shortened

OPEN_CONTACTS = "set-open-contacts"
OPEN, ANSWERS, FORM, CONTACTS, CHANNEL = "set-open", "set-answers", "set-form", "set-contacts", "set-channel"
NO_CHANNEL, THREADS, WEEKDAY, HOUR = "set-none", "set-threads", "set-weekday", "set-hour"
LANGUAGE, AS_IN_DISCORD = "set-language", "discord"

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
    names, left = [f"<#{channel_id}>" for channel_id in channel_ids[:most]], len(channel_ids) - most
    if left <= 0:
        return listed(names)
    # Translators: a list of channels, shortened.
    sentence = ngettext("{channels} and {number} more", "{channels} and {number} more", left)
    return sentence.format(channels=", ".join(names), number=left)


def permissions_card(guild: discord.Guild) -> Card:
    """What Lantern may do in each channel, in words."""
    number, affected, missing = missing_permissions(guild)
    lines = [_("## Permissions")]
    if missing:
        some = ngettext(
            "Lantern can do all it needs to in {complete} of {number} channel. In the others, something is missing:",
            "Lantern can do all it needs to in {complete} of {number} channels. In the others, something is missing:",
            number,
        )
        lines += [
            some.format(complete=number - affected, number=number),
            *(
                "- "
                + _(PERMISSIONS[name].without).format(
                    permission=name_of(name), channels=_named([channel.id for channel in channels], 15)
                )
                for name, channels in missing.items()
            ),
            _("That may be just what you want. If it is not, edit the permissions of these channels."),
        ]
    else:
        everywhere = ngettext(
            "Lantern can do all it needs to in {number} channel: answer, share, post and reply.",
            "Lantern can do all it needs to in all {number} channels: answer, share, post and reply.",
            number,
        )
        lines.append(everywhere.format(number=number))
    return Card(built(ui.Container(ui.TextDisplay("\n".join(lines)), *rows([back()]))))


def choices(
    guild: discord.Guild, chosen: GuildSettings, *, quiet_minutes: int, forum: discord.ForumChannel | None, posts: int
) -> list[Choice]:
    """Every choice of a guild, as it is now.

    ``quiet_minutes`` applies where the guild chose none; ``posts`` is how many topics have a post in the library.
    """
    made, spoken = chosen.made, chosen.language or language_of(guild.preferred_locale.value)
    number, affected, _missing = missing_permissions(guild)
    quiet = chosen.quiet_minutes if chosen.quiet_minutes is not None else quiet_minutes
    return [
        Choice(
            _("Permissions"),
            ngettext(
                "Something is missing in {affected} of {number} channel.",
                "Something is missing in {affected} of {number} channels.",
                number,
            ).format(affected=affected, number=number)
            if affected
            else ngettext(
                "Lantern can do all it needs to in {number} channel.",
                "Lantern can do all it needs to in {number} channels.",
                number,
            ).format(number=number),
            not affected,
            # Translators: button: see which permissions are missing where.
            _("Look"),
            custom_id(OPEN, "permissions"),
        ),
        Choice(
            _("Answers"),
            _("Everyone in the channel sees them, unless the member chooses otherwise.")
            if chosen.answers_public
            else _("Only the member who asked sees them, unless they choose otherwise."),
            "answers_public" in made,
            # Translators: button: answers are then seen by the member who asked alone.
            _("Make private")
            if chosen.answers_public
            # Translators: button: answers are then seen by everyone in the channel.
            else _("Make public"),
            custom_id(ANSWERS, "private" if chosen.answers_public else "public"),
        ),
        Choice(
            _("Quiet window"),
            ngettext(
                "The same answer is not posted in a channel again for {number} minute.",
                "The same answer is not posted in a channel again for {number} minutes.",
                quiet,
            ).format(number=quiet)
            if quiet
            else _("None: the same answer may be posted again at any time."),
            "quiet_minutes" in made,
            _("Change"),
            custom_id(OPEN, "quiet"),
        ),
        Choice(
            _("Where to ask people"),
            _("{channel}, shown when Lantern has no answer.").format(channel=f"<#{chosen.ask_people_channel_id}>")
            if chosen.ask_people_channel_id
            else _("No channel yet. Lantern shows it to members when it has no answer."),
            chosen.ask_people_channel_id is not None,
            # Translators: button: choose a channel.
            _("Choose"),
            custom_id(OPEN, "people"),
        ),
        Choice(
            _("Help contacts"),
            _("Members in danger see your contacts first.")
            if chosen.help_contacts
            else _("Members in danger see helplines by country. You can add contacts of your own."),
            chosen.help_contacts is not None,
            # Translators: button: write your help contacts.
            _("Write"),
            custom_id(OPEN_CONTACTS),
        ),
        Choice(
            _("Library"),
            ngettext("In {forum}: {number} post.", "In {forum}: {number} posts.", posts).format(
                forum=forum.mention, number=posts
            )
            if forum
            else _("None yet. It is a forum with one post for each topic."),
            forum is not None,
            # Translators: button: open the library's panel.
            _("Open"),
            custom_id(OPEN, "library"),
        ),
        Choice(
            _("Thread answers"),
            _("On in {channels}.").format(channels=_named(chosen.thread_answers, 5))
            if chosen.thread_answers
            else _("Off. Lantern can answer new threads whose title clearly asks one of its questions."),
            bool(chosen.thread_answers),
            _("Choose"),
            custom_id(OPEN, "threads"),
        ),
        Choice(
            _("Note to moderators"),
            _moderators(chosen),
            chosen.moderators_channel_id is not None,
            _("Choose"),
            custom_id(OPEN, "moderators"),
        ),
        Choice(
            _("Weekly figures"),
            # Translators: a channel, a weekday and a time of day.
            _("In {channel}: {weekday}, {time}.").format(
                channel=f"<#{chosen.digest_channel_id}>",
                weekday=weekday(chosen.digest_weekday),
                time=_hour(chosen.digest_hour),
            )
            if chosen.digest_channel_id
            else _("Off. Once a week, Lantern can post what members asked about."),
            chosen.digest_channel_id is not None,
            _("Choose"),
            custom_id(OPEN, "digest"),
        ),
        Choice(
            _("Time zone"),
            _("{time_zone}. The figures count days by it.").format(time_zone=chosen.time_zone),
            "time_zone" in made,
            _("Change"),
            custom_id(OPEN, "zone"),
        ),
        Choice(
            _("Language"),
            _("{language}. It is used for everything that everybody here can see.").format(language=LANGUAGES[spoken]),
            chosen.language is not None,
            _("Choose"),
            custom_id(OPEN, "language"),
        ),
    ]


def _moderators(chosen: GuildSettings) -> str:
    """Where moderators are told of danger, and why that comes to nothing while no titles are read."""
    if not chosen.moderators_channel_id:
        return _("Off. Lantern can tell moderators when the title of a new thread shows danger.")
    channel = f"<#{chosen.moderators_channel_id}>"
    if not chosen.thread_answers:
        return _("In {channel}. But thread answers are off, so Lantern reads no titles and posts no notes.").format(
            channel=channel
        )
    return _("In {channel}, when the title of a new thread shows danger.").format(channel=channel)


def overview(checklist: Sequence[Choice], colour: int) -> Card:
    """The checklist, with a button for each choice."""
    done = sum(choice.done for choice in checklist)
    head = _(
        "## Setup\nDone: {done} of {number}. Lantern already works without any of these, so change only what you like."
    ).format(done=done, number=len(checklist))
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    for choice in checklist:
        text = ui.TextDisplay[Any](f"{'✓' if choice.done else '○'} **{choice.name}**\n{small(choice.says)}")
        parts.append(ui.Section(text, accessory=button(choice.label, choice.press_id)))
    return Card(built(ui.Container(*parts, accent_colour=colour)))


def settings_card(checklist: Sequence[Choice], contacts: str | None, who: Sequence[str], colour: int) -> Card:
    """Every choice as a line, and who may use which command."""
    lines = [_("## Settings")]
    for choice in checklist:
        # Translators: a line of a list: the name of a setting, and what was chosen for it
        lines.append(_("**{name}**: {says}").format(name=choice.name, says=choice.says))
        if choice.press_id == custom_id(OPEN_CONTACTS):
            lines += [f"> {line}" for line in shortened(contacts or "", SHOWN_CONTACTS).splitlines()]
    installed = _(
        "These are Lantern's defaults. You can see and change them for this server, by role and channel, in Server "
        "Settings, Integrations, Lantern."
    )
    body = ui.Container[Any](
        ui.TextDisplay("\n".join(lines)),
        ui.Separator(),
        ui.TextDisplay("\n".join([_("**Who may use what**"), *who])),
        ui.TextDisplay(small(installed)),
        accent_colour=colour,
    )
    return Card(built(body))


def back() -> ui.Button[Any]:
    return button(_("Back"), custom_id(OVERVIEW))


def form(name: str, chosen: GuildSettings) -> Form | None:
    """The form for what is written rather than chosen, or None."""
    match name:
        case "quiet":
            title, label = _("Quiet window"), _("Minutes")
            # Translators: at most 100 characters.
            says = _("From 0 to {limit}. The same answer is not posted again for that long.").format(
                limit=QUIET_MINUTES_LIMIT
            )
            now = None if chosen.quiet_minutes is None else str(chosen.quiet_minutes)
            box = field(name, label, says, value=now, limit=4, placeholder=_("Leave empty for the usual time"))
        case "contacts":
            title, label = _("Help contacts"), _("Shown to members in danger")
            # Translators: at most 100 characters.
            says = _("Members see these first: a helpline, or who on your team to write to.")
            box = field(name, label, says, value=chosen.help_contacts, limit=HELP_CONTACTS_LIMIT, long=True)
        case "zone":
            title = label = _("Time zone")
            # Translators: at most 100 characters.
            says = _("For example Europe/London or Asia/Kolkata. It applies from now on.")
            box = field(name, label, says, value=chosen.time_zone, limit=64)
        case _:
            return None
    return Form(title, custom_id(CONTACTS) if name == "contacts" else custom_id(FORM, name), box)


def channel_card(name: str, chosen: GuildSettings) -> Card:
    """A channel to choose: where to ask people, where moderators are told, or where the weekly figures go."""
    if name == "people":
        title, current = _("Where to ask people"), chosen.ask_people_channel_id
        says = _("When Lantern has no answer to a question, it sends members to this channel. `/help` names it, too.")
        kinds = [discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.news]
    elif name == "moderators":
        title, current = _("Note to moderators"), chosen.moderators_channel_id
        says = _(
            "When the title of a new thread shows that somebody may be in danger, Lantern posts a note in this "
            "channel: a link, nobody's words, no ping. It reads titles only where **Thread answers** are on. Choose a "
            "channel that only moderators can see."
        )
        kinds = [discord.ChannelType.text]
    else:
        title, current = _("Weekly figures"), chosen.digest_channel_id
        says = _(
            "Once a week, Lantern posts in this channel what members asked about: numbers and topics, nobody's words "
            "or names."
        )
        kinds = [discord.ChannelType.text, discord.ChannelType.news]
    select = ui.ChannelSelect[Any](
        custom_id=custom_id(CHANNEL, name),
        channel_types=kinds,
        placeholder=_("Choose a channel"),
        default_values=_selected(current),
    )
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"## {title}\n{says}"), ui.ActionRow(select)]
    if name == "digest":
        parts += [
            ui.ActionRow(_options(WEEKDAY, [weekday(day) for day in range(7)], chosen.digest_weekday, _("Day"))),
            ui.ActionRow(_options(HOUR, [_hour(hour) for hour in range(24)], chosen.digest_hour, _("Hour"))),
            ui.TextDisplay(small(_("Day and hour in the time zone {time_zone}.").format(time_zone=chosen.time_zone))),
        ]
    buttons = [button(_("No channel"), custom_id(NO_CHANNEL, name))] if current else []
    return Card(built(ui.Container(*parts, *rows([*buttons, back()]))))


def _hour(hour: int) -> str:
    """A full hour, as all of Lantern's languages write it."""
    return f"{hour}:00"


def _options(press_name: str, labels: Sequence[str], current: int, placeholder: str) -> ui.Select[Any]:
    menu: ui.Select[Any] = ui.Select(custom_id=custom_id(press_name), placeholder=placeholder)
    for number, label in enumerate(labels):
        menu.add_option(label=label, value=str(number), default=number == current)
    return menu


def language_card(guild: discord.Guild, chosen: GuildSettings) -> Card:
    """The language of what everybody sees."""
    menu: ui.Select[Any] = ui.Select(custom_id=custom_id(LANGUAGE))
    for code, name in LANGUAGES.items():
        menu.add_option(label=name, value=code, default=code == chosen.language)
    # Translators: one of a menu's options, below the languages: the one that the server has in Discord's own settings.
    own = _("As in Discord: {language}").format(language=LANGUAGES[language_of(guild.preferred_locale.value)])
    menu.add_option(label=own, value=AS_IN_DISCORD, default=chosen.language is None)
    says = _(
        "## Language\nWhat everybody sees is in this language: shared answers, answers under messages, the library and "
        "the weekly figures. The posts of the library follow within an hour.\nWhat only one person sees is in the "
        "language of their Discord, or the one that they chose with `/language`."
    )
    return Card(built(ui.Container(ui.TextDisplay(says), ui.ActionRow(menu), *rows([back()]))))


def threads_card(chosen: GuildSettings) -> Card:
    """The channels in which new threads may be answered, all at once."""
    select = ui.ChannelSelect[Any](
        custom_id=custom_id(THREADS),
        channel_types=[discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.news],
        placeholder=_("Choose channels and forums"),
        min_values=0,
        max_values=25,
        default_values=_selected(*chosen.thread_answers),
    )
    says = _(
        "## Thread answers\nWhen a member opens a thread in one of these channels and its title clearly asks one of "
        "the questions, Lantern waits two minutes so that people can answer first, then posts one short card. It "
        "notifies nobody, and whoever opened the thread can remove it."
    )
    return Card(built(ui.Container(ui.TextDisplay(says), ui.ActionRow(select), *rows([back()]))))


def _selected(*channel_ids: int | None) -> list[discord.SelectDefaultValue]:
    """Channels that a menu shows as chosen."""
    kind = discord.SelectDefaultValueType.channel
    return [discord.SelectDefaultValue(id=channel_id, type=kind) for channel_id in channel_ids if channel_id]
