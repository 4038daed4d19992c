"""What /help says: a few lines for members, and those of moderators and administrators for those alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import discord
from discord import ui

from lantern.answers.edition import Editions
from lantern.answers.giving import GetGuild
from lantern.content.models import Content
from lantern.languages.formats import listed
from lantern.languages.translation import N_, _
from lantern.store.guilds import Guilds
from lantern.ui.cards import Card, built
from lantern.ui.command_list import CommandList
from lantern.ui.replies import send


class HelpLine(NamedTuple):
    """One line of help. ``message_command`` ones are in a message's Apps menu and cannot be tapped."""

    command: str
    says: str
    message_command: bool = False


FOR_MEMBERS = (
    HelpLine("ask", N_("Ask in your own words. Only you see the answer.")),
    HelpLine("topics", N_("See every question and choose one.")),
    HelpLine("language", N_("Choose the language in which Lantern answers you.")),
    HelpLine("privacy", N_("See what Lantern keeps about you, download it, or delete it.")),
)
IN_SERVERS = (
    HelpLine(
        N_("Remove this answer"),
        N_("Press and hold an answer that you shared, then **Apps**. Moderators can remove any answer."),
        message_command=True,
    ),
)
FOR_MODERATORS = (
    HelpLine(
        N_("Answer this"),
        N_("Press and hold a message, then **Apps**, to post the right answer under it."),
        message_command=True,
    ),
    HelpLine("answer", N_("The same, typed: choose a topic, and who or what to answer.")),
)
FOR_ADMINISTRATORS = (
    HelpLine("setup", N_("Go through this server's choices, one by one. `/settings show` lists them.")),
    HelpLine("insights top", N_("What members ask about most. `gaps`, `helped`, `trend` and `export` show more.")),
    HelpLine("library publish", N_("Keep a forum with one post for each topic.")),
    HelpLine("thread-answers on", N_("Offer an answer when the title of a new thread clearly asks a question.")),
    HelpLine("digest on", N_("Have the weekly figures posted in a channel.")),
)


class Help:
    """Answers ``/help``, with the commands that exist and that this person may use here."""

    def __init__(self, editions: Editions, guilds: Guilds, commands: CommandList, get_guild: GetGuild) -> None:
        self._editions = editions
        self._guilds = guilds
        self._commands = commands
        self._get_guild = get_guild

    async def show(self, interaction: discord.Interaction) -> None:
        """Help for whoever asks."""
        await send(interaction, self._card(interaction))

    def _card(self, interaction: discord.Interaction) -> Card:
        articles = self._articles(self._editions.current.content)
        # In a server that the bot is not in, a member has brought their own commands along, and no others are there.
        in_guild = interaction.guild_id is not None and self._get_guild(interaction.guild_id) is not None
        for_members = (*FOR_MEMBERS, *(IN_SERVERS if in_guild else ()))
        parts: list[ui.Item[Any]] = [
            ui.TextDisplay(
                _(
                    "## Lantern\nLantern explains what an article says. It is one view, and you are free to see it "
                    "differently."
                )
            ),
            ui.TextDisplay("\n".join([articles, *self._lines(for_members)])),
        ]
        if people := self._guilds.of(interaction.guild_id).ask_people_channel_id:
            # Translators: {channel} is a channel's name, which one can tap.
            parts.append(ui.TextDisplay(_("To ask people instead: {channel}").format(channel=f"<#{people}>")))
        for title, lines, may in (
            (_("For moderators"), FOR_MODERATORS, interaction.permissions.manage_messages),
            (_("For administrators"), FOR_ADMINISTRATORS, interaction.permissions.manage_guild),
        ):
            if in_guild and may and (shown := self._lines(lines)):
                parts += [ui.Separator(), ui.TextDisplay("\n".join([f"**{title}**", *shown]))]
        return Card(built(ui.Container(*parts)))

    def _articles(self, content: Content) -> str:
        """One line for the articles together: the first topic of the first can be tapped, the rest is in /topics."""
        first = content.articles[0]
        command = self._commands.mention(f"{first.command} {first.topics[0].key}")
        says = _("Read one answer. Each question has a command like this.")
        if others := listed(f"`/{article.command}`" for article in content.articles[1:4]):
            says += " " + _("Other articles: {commands}.").format(commands=others)
        return f"{command} {says}"

    def _lines(self, lines: tuple[HelpLine, ...]) -> list[str]:
        known = self._commands.names()
        mention = self._commands.mention
        return [
            f"{f'**{_(line.command)}**' if line.message_command else mention(line.command)} {_(line.says)}"
            for line in lines
            if (line.command if line.message_command else line.command.split()[0]) in known
        ]
