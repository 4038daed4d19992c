"""What the bot is made of: every service, made once from what it uses, and all periodic work.

Nothing else makes services, and none of them knows the client: what they need of it (a guild by its id, the bot's own
id, a direct message to the owner) is handed to them here.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import discord
from discord.ext import commands

from lantern.admin.digests import Digests
from lantern.admin.insights_panel import InsightsPanel
from lantern.admin.library import Library
from lantern.admin.library_panel import LibraryPanel
from lantern.admin.reports import Reports
from lantern.admin.setup import Setup
from lantern.admin.thread_answers import ThreadAnswersPanel
from lantern.admin.welcome import Welcome
from lantern.answers.asking import Asking
from lantern.answers.edition import Edition, Editions
from lantern.answers.flood_limits import FloodLimits
from lantern.answers.giving import Giving
from lantern.answers.help_card import Help
from lantern.answers.link_menu import LinkMenu
from lantern.answers.linking import Linking
from lantern.answers.own_language import OwnLanguage
from lantern.answers.privacy import Privacy
from lantern.answers.privacy_cards import KeptFor
from lantern.answers.reading import Reading
from lantern.answers.removing import Removing
from lantern.answers.thread_answers import ThreadAnswers
from lantern.content.models import Content
from lantern.runtime.announcements import Announcements
from lantern.runtime.article_commands import ArticleCommands
from lantern.runtime.command_sync import CommandSync
from lantern.runtime.command_translator import CommandTranslator
from lantern.runtime.content_sharing import ContentSharing
from lantern.runtime.content_watch import EVERY as CONTENT_EVERY
from lantern.runtime.content_watch import ContentWatch
from lantern.runtime.discord_time import DiscordTime
from lantern.runtime.heartbeat import Heartbeat
from lantern.runtime.meaning_loading import MeaningLoader
from lantern.runtime.notices import Notices
from lantern.runtime.periodic import Periodic, Routine
from lantern.runtime.settings import Settings
from lantern.runtime.shards import Shards
from lantern.runtime.upkeep import Upkeep
from lantern.store import backups, private_files
from lantern.store.addresses import shown
from lantern.store.backups import FileLock
from lantern.store.database import Database, DatabaseError
from lantern.store.digests import DigestWeeks
from lantern.store.guilds import Guilds
from lantern.store.key_file import WrongKeyError
from lantern.store.library_posts import LibraryPosts
from lantern.store.links import Links
from lantern.store.member_keys import MemberKeys
from lantern.store.member_languages import MemberLanguages
from lantern.store.members import Members
from lantern.store.misses import Misses
from lantern.store.most_asked import MostAsked
from lantern.store.owner_notices import OwnerNotices
from lantern.store.questions import Questions
from lantern.store.retention import Retention
from lantern.store.sent_commands import SentCommands
from lantern.store.shared_content import SharedContent
from lantern.store.times import MINUTE, milliseconds
from lantern.store.turns import Turns
from lantern.store.waiting_rows import WaitingRows
from lantern.store.weekly_totals import WeeklyTotals
from lantern.store.welcomes import Welcomes
from lantern.ui.command_list import CommandList
from lantern.ui.custom_ids import Presses
from lantern.ui.discord_errors import FAILED, in_log
from lantern.ui.rights import Rights
from lantern.ui.whose_language import reader_language

log = logging.getLogger(__name__)

UPKEEP = timedelta(seconds=5)
NO_FOLDER = "a file has its name, or a link that leads nowhere"
LOCKED_SECONDS = 10.0
"""How long a start waits for a database that is there and cannot be used."""
NOT_READ = (
    "The database {where} cannot be used ({error}). If another program has locked it, end that one or wait for it; "
    "otherwise look at the disk and the rights on it."
)
STATE_IN_USE = "Another Lantern keeps what is its own in {state}. Give this one a folder with LANTERN_STATE_FOLDER."


class Services:
    """All services of one bot. Only what is made here is handed parts of the client."""

    def __init__(self, settings: Settings, content: Content, bot: commands.AutoShardedBot) -> None:
        self.settings = settings
        self._bot = bot
        self.discord_time = discord_time = DiscordTime()
        self._in_doubt = False
        self.editions = editions = Editions(Edition(content))
        self.meaning = MeaningLoader(editions, settings.vectors)
        self.commands = CommandList(lambda: bot.tree.get_commands())
        self.under_way: set[int] = set()
        """Interactions that are being answered; the bot finishes them before it stops."""

        def get_own_id() -> int | None:
            return bot.user.id if bot.user is not None else None

        def get_guild(guild_id: int) -> discord.Guild | None:
            return bot.get_guild(guild_id)

        # The database and its rows.
        self._state_lock = FileLock(settings.heartbeat)
        self.database = Database(settings.database, backup_folder=settings.backups, now=discord_time.now)
        self.shards = Shards(settings, changed=lambda: self._standby.run_soon("heartbeat"))
        self.waiting_rows = WaitingRows(self.database, settings.waiting_rows)
        self.member_keys = member_keys = MemberKeys(self.database, settings.key)
        self.presses = Presses()
        self.rights = rights = Rights(self.presses, member_keys, get_guild)
        self.questions = questions = Questions(self.database, member_keys)
        self.links = Links(self.database)
        self.misses = Misses(self.database)
        self.most_asked = MostAsked(self.database)
        self.member_languages = MemberLanguages(self.database)

        async def forget_in_memory(member_key: int) -> None:
            self.links.forget_moderator(member_key)
            await self.member_languages.read(member_key)

        self.members = Members(self.database, member_keys, forget_in_memory=forget_in_memory)
        self.guilds = guilds = Guilds(self.database)
        self.library_posts = LibraryPosts(self.database)
        self.weekly_totals = WeeklyTotals(self.database, guilds)
        self.retention = Retention(self.database, question_days=settings.retention_days, miss_days=settings.miss_days)

        # Answers to members and moderators.
        self.flood_limits = FloodLimits(quiet_minutes=settings.quiet_minutes, per_minute=settings.public_per_minute)
        self.giving = Giving(editions, guilds, questions, member_keys, self.library_posts, self.flood_limits, get_guild)
        self.reading = reading = Reading(editions)
        self.asking = Asking(
            editions,
            reading,
            self.giving,
            guilds,
            self.misses,
            self.member_keys,
            self.most_asked,
            miss_days=settings.miss_days,
        )
        self.linking = Linking(
            editions,
            guilds,
            self.questions,
            self.links,
            self.member_keys,
            self.library_posts,
            self.flood_limits,
            get_guild,
        )
        self.link_menu = LinkMenu(
            editions,
            reading,
            guilds,
            self.asking,
            self.giving,
            self.linking,
            member_keys,
            rights,
            self.commands,
            get_own_id,
        )
        self.removing = Removing(self.database, self.linking, self.questions, self.links, self.member_keys, get_own_id)
        self.thread_answers = ThreadAnswers(
            reading, guilds, self.questions, self.misses, self.linking, member_keys, get_guild, now=discord_time.now
        )
        kept_for = KeptFor(settings.retention_days, settings.miss_days, settings.backup_keep)
        self.privacy = Privacy(editions, self.members, self.member_keys, kept_for)
        self.own_language = OwnLanguage(self.member_languages, member_keys)
        self.help_card = Help(editions, guilds, self.commands, get_guild)

        # What administrators see and switch on.
        self.welcome = Welcome(editions, guilds, Welcomes(self.database), self.commands, now=discord_time.now)
        self.reports = Reports(self.database, editions, guilds)
        self.insights_panel = InsightsPanel(editions, guilds, self.reports, rights, miss_days=settings.miss_days)
        self.digests = Digests(guilds, DigestWeeks(self.database), self.reports, self.commands)
        self.library = Library(editions, guilds, self.library_posts, self.commands, get_guild)
        self.library_panel = LibraryPanel(
            editions, self.library, self.library_posts, rights, self.commands, self.under_way.discard
        )
        self.thread_answers_panel = ThreadAnswersPanel(guilds, self.commands)
        panels = self.library_panel, self.thread_answers_panel
        self.setup = Setup(
            editions,
            guilds,
            self.library,
            self.digests,
            *panels,
            rights,
            self.commands,
            quiet_minutes=settings.quiet_minutes,
        )

        members = (self.asking, self.giving, self.link_menu, self.privacy, self.thread_answers)
        for pressed in (*members, self.insights_panel, self.library_panel, self.setup):
            self.presses.add(pressed)

        # The process.
        self.article_commands = ArticleCommands(bot.tree, editions, self.giving)
        self.command_translator = CommandTranslator(editions)
        self.command_sync = CommandSync(
            bot.tree,
            SentCommands(self.database),
            self.commands,
            are_complete=self._all_texts_are_read,
        )
        self.notices = Notices(
            OwnerNotices(self.database),
            bot,
            now=discord_time.now,
            several=settings.on_a_server,
            has_first_shard=lambda: bot.shard_ids is None or 0 in bot.shard_ids,
        )
        dispatch_refused = partial(bot.dispatch, "content_refused")
        self.content_watch = ContentWatch(
            settings.content, editions, self.notices, use=self.use_content, refused=dispatch_refused
        )
        turns = Turns(self.database)
        shared_content = SharedContent(self.database, of_all=settings.share_content != "no")
        self.content_sharing = ContentSharing(settings, shared_content, self.content_watch, editions)
        self.upkeep = Upkeep(
            settings,
            self.database,
            guilds,
            self.retention,
            turns,
            self.notices,
            read_again=self._read_again,
            now=discord_time.now,
        )
        self.heartbeat = Heartbeat(
            settings, bot, editions, self.database, self.content_watch, self.upkeep, self.shards, discord_time
        )
        self.announcements = Announcements(
            {
                "guild": guilds.read,
                "library": self.library_posts.read,
                "wish": self.members.read_wish,
                "language": self.member_languages.read,
                "forgotten": self.members.hear_forgotten,
                "commands": lambda _application_id: self.command_sync.read(),
                "content": lambda _id: self.content_sharing.take(),
            }
        )
        self.database.listen(self.announcements.hear)
        self.periodic = Periodic(self._routines(), date=discord_time.agreed)
        self._standby = Periodic([Routine("heartbeat", UPKEEP, self.heartbeat.beat)])
        """What a process does that waits for its shards."""

    def _routines(self) -> list[Routine]:
        """All periodic work: what, how often, and what a failure means beyond a line in the log and the next try."""
        minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
        upkeep = self.upkeep

        async def post_digests(now: datetime) -> None:
            # What they tell of; where that fails, they wait.
            await self.periodic.run("weekly totals")
            await self.digests.post_due(list(self._bot.guilds), now)

        def mix_words() -> Awaitable[None]:
            return self.misses.mix(self.discord_time.now())

        def keep_library() -> Awaitable[None]:
            return self.library.keep_current(list(self._bot.guilds))

        return [
            # Answers go on while the database fails; rows wait in memory, and the owner is told after a minute.
            Routine("database", UPKEEP, upkeep.look_at_database),
            Routine("announcements", UPKEEP, self.announcements.again),
            Routine("old entries", UPKEEP, self._forget_old_entries),
            Routine("clock", UPKEEP, self._mind_the_clock),
            Routine("state folder", UPKEEP, self._keep_state_folder),
            # Rows that were kept over a stop are not read a second time.
            Routine("waiting rows", UPKEEP, self._let_waiting_rows_go),
            # Until this machine's clock and Discord's agree, what is `by_the_date` is put off.
            Routine("discord time", minute, self._compare_clocks),
            # A heartbeat that is a minute old is how `status` knows that the bot hangs.
            Routine("heartbeat", UPKEEP, self.heartbeat.beat),
            # Content that is refused is told to the owner; the last good one stays in use.
            Routine("content", CONTENT_EVERY, self.content_sharing.look),
            Routine("disk", minute, upkeep.look_at_disk, at_start=False),
            # A backup that fails is told to the owner and tried again in an hour.
            # Whole, because a copy that is begun is checked, and takes the place of the oldest.
            Routine("backups", minute, upkeep.look_at_backups, at_start=False, whole=True, by_the_date=True),
            # Until Discord takes the new commands, those of the last time still work.
            # Nobody waits for that, at the start neither.
            Routine("commands", minute, self.command_sync.again),
            # As often as words are held in memory: what stands in order until then is not older. At the start, because
            # who is killed does not do it at the stop.
            Routine("mixing", timedelta(minutes=15), mix_words),
            # Until it can be read again, the list of the last time stays.
            Routine("most asked", hour, self.most_asked.refresh, by_the_date=True),
            # Until a week is decided, the figures end with the one before, and its digest waits.
            # Whole, so that digests wait for a run that is under way.
            Routine("weekly totals", timedelta(minutes=5), self.weekly_totals.decide_due, whole=True, by_the_date=True),
            # A thread whose card is refused gets none.
            Routine("threads", timedelta(seconds=1), self.thread_answers.answer_due),
            # A digest that Discord may have taken is not sent again; one that waits for the database comes late.
            # Whole, because a week that is claimed is not posted again.
            Routine("digests", timedelta(minutes=5), post_digests, when_ready=True, whole=True, by_the_date=True),
            # A library that stopped half-way goes on at the next run.
            Routine("library", hour, keep_library, when_ready=True),
            # What cannot be deleted today is due tomorrow.
            Routine("retention", day, self._delete_old, when_ready=True, by_the_date=True),
        ]

    # ------------------------------------------------------------------ start and stop

    async def open(self) -> bool:
        """Open the database and, on a server, wait for this process's shards. False where it is told to stop before.

        Raises :class:`lantern.store.database.DatabaseError` where the database or the state folder cannot be used.
        """
        settings = self.settings
        state = settings.state
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            why = NO_FOLDER if isinstance(error, FileExistsError) else error
            its_own = settings.on_a_server or settings.state_folder is not None
            setting = "LANTERN_STATE_FOLDER" if its_own else "LANTERN_DATABASE"
            raise DatabaseError(f"The folder {state} cannot be made ({why}). Check {setting}.") from error
        # A file of SQLite has such a lock of its own.
        if self.settings.on_a_server and not self._state_lock.take():
            raise DatabaseError(STATE_IN_USE.format(state=state))
        await asyncio.to_thread(self._close_files_to_others)
        if (left := await asyncio.to_thread(backups.left_over, settings.backups, settings.backup_keep)) is not None:
            log.warning("%s", left)
        # How long rows waited, and which cards still stand, is told by it.
        await self.discord_time.look()
        await self.database.open(alone=True)
        if self.settings.on_a_server and not await self._wait_for_shards():
            return False
        if not self.database.keeps_nothing:  # or `_read_again` does it, when the operator has decided
            await self.waiting_rows.bring_back(self.discord_time.now())
            await self._read_at_start()
        await asyncio.to_thread(self.waiting_rows.reserve)
        return True

    def _close_files_to_others(self) -> None:
        """Take from others what rights they have on what is left from before: a start, a copy, an older version."""
        settings = self.settings
        name = settings.locked.name.removesuffix(".status.json")
        folders = {settings.state, settings.locked.parent}
        with suppress(OSError):
            beside = [path for folder in folders for path in folder.iterdir() if path.name.lstrip(".").startswith(name)]
            private_files.close_to_others([*beside, *backups.all_in(settings.backups)])

    async def _read_at_start(self) -> None:
        """Read the database; one that is locked for a moment, say while it is copied, is waited for."""
        loop = asyncio.get_running_loop()
        given_up = loop.time() + LOCKED_SECONDS
        while True:
            try:
                await self.read_database()
                return
            except WrongKeyError:
                raise
            except DatabaseError as error:
                if loop.time() > given_up:
                    where = shown(self.settings.database)
                    raise DatabaseError(NOT_READ.format(where=where, error=error)) from error
                log.warning("the database cannot be used (%s); it is tried again for %.0f s", error, LOCKED_SECONDS)
            await asyncio.sleep(1)

    async def _wait_for_shards(self) -> bool:
        self._standby.start()
        try:
            taken = await self.shards.take()
        finally:
            self._standby.stop()
        if taken and self.shards.waited:
            # A newer program may have brought the tables further meanwhile.
            await self.database.close()
            await self.database.open(alone=True)
        return taken

    async def read_database(self) -> None:
        """Take over into memory what the file holds. Raises :class:`lantern.store.database.DatabaseError`."""
        await self.member_keys.open()
        # Before anyone can ask: who does not want to be counted must not be, from the first answer on.
        await self.members.open()
        await self.member_languages.open()
        await self.guilds.open()
        await self.library_posts.open()
        since = milliseconds(self.discord_time.now()) - self._longest_window()
        standing = await self.questions.standing_cards(since) + await self.links.standing_wholes(since)
        self.flood_limits.refill(sorted(standing, key=lambda card: card.public_at))
        await self.notices.open()

    async def _read_again(self) -> None:
        # With another key than this database's, wishes and rows would be nobody's.
        await self.member_keys.open()
        if not self.settings.on_a_server:
            # Another file may have come to stand in the database's place. On a server a wish may have been taken back
            # in another process meanwhile.
            await self.members.keep_wishes(milliseconds(self.discord_time.now()))
            await self.member_languages.keep_choices()
            await self.waiting_rows.bring_back(self.discord_time.now())
        await self.read_database()

    async def close(self) -> None:
        """Write what waits, into the database or into a file, and close. Twice does nothing more."""
        self._standby.stop()
        self.meaning.stop()
        await self.database.close(lambda: self.misses.mix(self.discord_time.now()))
        # Not in a thread: all of them may be waiting for a disk.
        self.waiting_rows.keep()
        # Now that all is written: who waits for them reads it.
        await self.shards.close()
        self.heartbeat.stop()
        self._state_lock.release()

    def _all_texts_are_read(self) -> bool:
        """Whether the content's translations were read, or refused."""
        return self.editions.original.content.translations is not None or bool(self.content_watch.problems)

    async def use_content(self, content: Content) -> None:
        """Answer from ``content`` from now on, and send Discord the commands it asks for.

        Cards posted before keep working: their presses name a topic, which is looked up when pressed. When it is done,
        ``content_changed`` is dispatched with the content before, which the preview hears.
        """
        before = self.editions.original
        edition = Edition(content)
        await asyncio.to_thread(edition.prepare, before)
        self.editions.original = edition
        self.meaning.follow()
        self.article_commands.load()
        if self._bot.application_id is not None:
            # Before the login, this is content that another process gave; the start sends the commands.
            await self.command_sync.send()
        self.periodic.run_soon("library")
        self._bot.dispatch("content_changed", before.content)

    # ------------------------------------------------------------------ routines that need a moment or the guilds

    def language(self, interaction: discord.Interaction) -> str:
        """The language in which whoever typed or pressed is answered."""
        return reader_language(self.member_languages, self.member_keys, interaction)

    def _longest_window(self) -> int:
        """How far the rules against flooding look back in any guild, in milliseconds."""
        return max(self.settings.quiet_minutes, 1, self.guilds.longest_quiet_minutes()) * MINUTE

    async def _forget_old_entries(self) -> None:
        now = milliseconds(self.discord_time.now())
        self.asking.forget_old(now, every=UPKEEP // timedelta(milliseconds=1))
        self.flood_limits.forget_old(now, keep_minutes=self._longest_window() // MINUTE)

    async def _keep_state_folder(self) -> None:
        """On a server: make the folder again where it was deleted, and take its lock again."""
        if self._state_lock.is_deleted:
            self.settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._state_lock.take():
                log.error("%s", STATE_IN_USE.format(state=self.settings.state))
                self._state_lock.release()

    async def _let_waiting_rows_go(self) -> None:
        self.waiting_rows.let_go()

    async def _mind_the_clock(self) -> None:
        if not self.periodic.mind_the_clock("clock"):
            self.periodic.catch_up()

    async def _compare_clocks(self) -> None:
        """Tell the owner when this machine's clock is wrong, and when it is right again."""
        # What Discord's time was counted on with may have stood still, on a machine that slept.
        await self.discord_time.look()
        doubt = self.discord_time.doubt()
        here = f"{platform.node()}: " if self.settings.on_a_server else ""
        if doubt is None:
            await self.notices.over("clock", f"{here}This machine's clock and Discord's agree again.")
        else:
            if not self._in_doubt:
                log.warning("%s", doubt)
            await self.notices.tell("clock", f"{here}{doubt}")
        self._in_doubt = doubt is not None

    async def _delete_old(self, now: datetime) -> None:
        """Discord is asked which guilds there are: discord.py keeps one that was left during an outage."""
        async with self.database.lock("retention") as mine:
            if not mine:
                log.info("another process deletes what has had its time")
                return
            # While rows have their members' keys; where that fails, what has had its time goes all the same.
            await self.periodic.run("weekly totals")
            await self.upkeep.delete_old(await self._guilds_present(), now)

    async def _guilds_present(self) -> list[int] | None:
        """The guilds that the bot is in, of all shards; None where that is not known."""
        try:
            return [guild.id async for guild in self._bot.fetch_guilds(limit=None, with_counts=False)]
        except FAILED as error:
            if self._bot.shard_ids is not None and len(self._bot.shard_ids) < (self._bot.shard_count or 1):
                log.warning("Discord did not list the servers (%s); they are compared tomorrow", in_log(error))
                return None
            log.warning("Discord did not list the servers (%s); the bot goes by those it knows", in_log(error))
            return [guild.id for guild in self._bot.guilds]
