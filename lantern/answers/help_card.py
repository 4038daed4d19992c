"""What /help says: four lines for members, and those of moderators and administrators for those alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import discord
from discord import ui

from lantern.answers.edition import Editions
from lantern.answers.giving import GetGuild
from lantern.content.models import Content
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
    HelpLine("ask", "Ask in your own words. Only you see the answer."),
    HelpLine("topics", "See all questions and choose one."),
    HelpLine("privacy", "See what is kept about you, take it with you, or delete it."),
)
FOR_MODERATORS = (
    HelpLine("Answer this", "Long-press a message, then Apps: link the right answer under it.", message_command=True),
    HelpLine("answer", "The same, typed: choose a topic, and whom or what to answer."),
    HelpLine(
        "Remove this answer", "Long-press one of my messages, then Apps: take it back.", message_command=True
    ),
)
FOR_ADMINISTRATORS = (
    HelpLine("setup", "Go through this server's choices, one by one; `/settings show` lists them."),
    HelpLine("insights top", "What members ask about most; `gaps`, `helped`, `trend` and `export` tell more."),
    HelpLine("library publish", "Keep a forum with one post for each topic."),
    HelpLine("thread-answers on", "Let me offer an answer when a thread's title clearly asks one."),
    HelpLine("digest on", "Have the figures posted once a week."),
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
        parts: list[ui.Item[Any]] = [
            ui.TextDisplay(
                "## Lantern\nI explain what an article says. It is one view, and you are free to see it differently."
            ),
            ui.TextDisplay("\n".join([articles, *self._lines(FOR_MEMBERS)])),
        ]
        if people := self._guilds.of(interaction.guild_id).ask_people_channel_id:
            parts.append(ui.TextDisplay(f"To ask people rather than me: <#{people}>"))
        # In a server that the bot is not in, a member has brought their own commands along, and no others are there.
        in_guild = interaction.guild_id is not None and self._get_guild(interaction.guild_id) is not None
        for title, lines, may in (
            ("For moderators", FOR_MODERATORS, interaction.permissions.manage_messages),
            ("For administrators", FOR_ADMINISTRATORS, interaction.permissions.manage_guild),
        ):
            if in_guild and may and (shown := self._lines(lines)):
                parts += [ui.Separator(), ui.TextDisplay("\n".join([f"**{title}**", *shown]))]
        return Card(built(ui.Container(*parts)))

    def _articles(self, content: Content) -> str:
        """One line for the articles together: the first topic of the first can be tapped, the rest is in /topics."""
        first = content.articles[0]
        others = ", ".join(f"`/{article.command}`" for article in content.articles[1:4])
        more = f" Other articles: {others}." if others else ""
        command = self._commands.mention(f"{first.command} {first.topics[0].key}")
        return f"{command} Read one explanation; each question is a command.{more}"

    def _lines(self, lines: tuple[HelpLine, ...]) -> list[str]:
        known = self._commands.names()
        mention = self._commands.mention
        return [
            f"**{line.command}** {line.says}" if line.message_command else f"{mention(line.command)} {line.says}"
            for line in lines
            if (line.command if line.message_command else line.command.split()[0]) in known
        ]
