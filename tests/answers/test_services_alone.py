"""Every service of answers and admin is made without a client, from what its constructor names, and does its work."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar, get_args, get_type_hints

import discord
import pytest
import pytest_asyncio
from discord import app_commands

from lantern import PROJECT, admin, answers, cli, ui
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
from lantern.answers.giving import Giving, Origin
from lantern.answers.help_card import Help
from lantern.answers.link_menu import LinkMenu
from lantern.answers.linking import NO_MESSAGES, Linking
from lantern.answers.privacy import Privacy
from lantern.answers.privacy_cards import KeptFor
from lantern.answers.recent_words import RecentWords
from lantern.answers.removing import NOT_LANTERNS, Removing
from lantern.answers.thread_answers import ThreadAnswers
from lantern.content.models import Content
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Question, Questions
from lantern.store.weekly_totals import WeeklyTotals
from lantern.ui.cards import text_of
from lantern.ui.refusals import Refused

T = TypeVar("T")

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
MEMBER, OWN, GUILD, CHANNEL = 11, 12, 13, 14

PLAIN: dict[str, Any] = {
    "get_guild": {GUILD: SimpleNamespace(id=GUILD)}.get,
    "now": discord.utils.utcnow,
    "get_own_id": lambda: OWN,
    "registered": tuple,
    "let_go": lambda _interaction_id: None,
    "kept_for": KeptFor(questions=365, misses=90, backups=14),
    "retention_days": 365,
    "question_days": 365,
    "miss_days": 90,
    "quiet_minutes": 15,
    "per_minute": 3,
}
"""What the services take besides one another, by the name of the parameter."""

CLIENTS = (discord.Client, app_commands.CommandTree, discord.state.ConnectionState, discord.http.HTTPClient)

NOT_SERVICES = {
    "lantern.answers.edition.Edition",
    "lantern.answers.flood_limits.Limit",
    "lantern.admin.library_panel.Reporter",
}
"""Made with other things than services: of content, of two numbers, and for one interaction."""


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """All modules of a package."""
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(found.name)


def constructed(package: ModuleType) -> Iterator[type]:
    """The classes of a package that have a constructor of their own; records have none."""
    for module in modules(package):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            own = kind.__module__ == module.__name__ and inspect.isfunction(vars(kind).get("__init__"))
            if own and not is_dataclass(kind):
                yield kind


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def services() -> list[type]:
    """The services of answers and admin."""
    found = [*constructed(answers), *constructed(admin)]
    return [kind for kind in found if name_of(kind) not in NOT_SERVICES]


class Box:
    """Makes each service once, from what the annotations of its constructor name."""

    def __init__(self, *made: object) -> None:
        self._made: dict[Any, Any] = {type(each): each for each in made}

    def get(self, kind: type[T]) -> T:
        if kind not in self._made:
            assert kind.__module__.startswith("lantern."), f"{name_of(kind)} is no part of Lantern"
            hints = get_type_hints(vars(kind)["__init__"])
            parameters = list(inspect.signature(kind).parameters.values())
            self._made[kind] = kind(
                *(self._value(each, hints) for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD),
                **{each.name: self._value(each, hints) for each in parameters if each.kind is each.KEYWORD_ONLY},
            )
        return self._made[kind]  # type: ignore[no-any-return]

    def _value(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> Any:
        if parameter.name in PLAIN:
            return PLAIN[parameter.name]
        return self.get(hints[parameter.name]) if parameter.default is parameter.empty else parameter.default


@pytest_asyncio.fixture
async def box(tmp_path: Path, content: Content) -> AsyncIterator[Box]:
    """Services on an empty database, with the content that is shipped."""
    database = Database(tmp_path / "lantern.sqlite3")
    await database.open()
    made = Box(database, Editions(Edition(content)))
    await made.get(MemberKeys).open()
    yield made
    await database.close()


class Response:
    """What was answered."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def is_done(self) -> bool:
        return bool(self.sent)

    async def send_message(self, *, view: Any, **_options: Any) -> SimpleNamespace:
        self.sent.append(text_of(view.to_components()))
        return SimpleNamespace(message_id=21)


def interaction(**values: Any) -> Any:
    """What a service looks at in an interaction in a direct message."""
    nobody = discord.Permissions.none()
    usual = {
        "id": 20,
        "user": SimpleNamespace(id=MEMBER),
        "guild_id": None,
        "channel_id": CHANNEL,
        "channel": None,
        "created_at": NOW,
        "locale": discord.Locale.british_english,
        "permissions": nobody,
        "app_permissions": nobody,
        "response": Response(),
    }
    return SimpleNamespace(**usual | values)


# ---------------------------------------------------------------------- without a client


@pytest.mark.parametrize("kind", services(), ids=name_of)
async def test_every_service_is_made_without_a_client(box: Box, kind: type) -> None:
    assert isinstance(box.get(kind), kind)


def parts(annotation: Any) -> Iterator[Any]:
    """An annotation and all that stands inside it."""
    yield annotation
    for part in [*get_args(annotation), getattr(annotation, "__origin__", None)]:
        for inner in part if isinstance(part, list) else [part]:
            if inner is not None and inner is not annotation:
                yield from parts(inner)


def clients_taken(kind: type) -> list[str]:
    """Parameters of a constructor that hand it a client, or what holds one."""
    hints = get_type_hints(vars(kind)["__init__"])
    return [
        name
        for name, annotation in hints.items()
        if any(inspect.isclass(part) and issubclass(part, CLIENTS) for part in parts(annotation))
    ]


def test_no_constructor_takes_a_client() -> None:
    taken = [
        f"{name_of(kind)}: {', '.join(found)}"
        for package in (ui, answers, admin, cli)
        for kind in constructed(package)
        if (found := clients_taken(kind))
    ]
    assert not taken, "\n".join(taken)


class TakesClients:
    """Has each kind of annotation that hands over a client."""

    def __init__(
        self,
        bot: discord.AutoShardedClient,
        maybe: discord.Client | None,
        tree: app_commands.CommandTree[Any],
        later: Callable[[], discord.Client],
        told: Callable[[discord.Client], None],
        guild: discord.Guild,
        get_guild: Callable[[int], discord.Guild | None],
    ) -> None: ...


def test_a_client_is_found_wherever_it_stands_in_an_annotation() -> None:
    assert clients_taken(TakesClients) == ["bot", "maybe", "tree", "later", "told"]


def clients_used(text: str) -> list[str]:
    """Where a module's text asks something of a client: ``bot.x``, ``self._bot.x``, ``interaction.client``."""
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and (_is_client(node.value) or node.attr == "client")
    ]


def _is_client(node: ast.expr) -> bool:
    names = ("bot", "_bot", "client", "_client")
    if isinstance(node, ast.Attribute):
        return node.attr in names and isinstance(node.value, ast.Name) and node.value.id == "self"
    return isinstance(node, ast.Name) and node.id in names


def test_nothing_outside_runtime_and_preview_asks_a_client() -> None:
    folder = PROJECT / "lantern"
    used = [
        f"{file.relative_to(PROJECT)}:{found}"
        for file in sorted(folder.rglob("*.py"))
        if file.relative_to(folder).parts[0] not in ("runtime", "preview")
        for found in clients_used(file.read_text(encoding="utf-8"))
    ]
    assert not used, "\n".join(used)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bot.services.editions.current.content", 1),
        ("self._bot.guilds", 1),
        ("self.bot.guilds", 1),
        ("interaction.client", 1),
        ("interaction.client.user", 1),
        ("def f(bot):\n    return bot.get_guild(1)", 1),
        ("member.bot", 0),
        ("'the bot.'  # bot.services.editions.current.content", 0),
    ],
)
def test_what_asks_a_client_is_found(text: str, found: int) -> None:
    assert len(clients_used(text)) == found


# ---------------------------------------------------------------------- answers, at work


async def test_giving_answers_and_records(box: Box) -> None:
    asked = interaction()

    await box.get(Giving).give_named(asked, "twinflame", "runner", "topics")

    topic = box.get(Editions).current.content.find("twinflame", "runner")
    assert topic is not None
    assert topic.title in asked.response.sent[0]
    await box.get(Database).flush()
    assert await box.get(Questions).askers_of(21) == [box.get(MemberKeys).of(MEMBER)]


@pytest.mark.parametrize(("guild_id", "known"), [(GUILD, True), (GUILD + 1, False), (None, False)])
async def test_giving_tells_guilds_of_ours_from_others(box: Box, guild_id: int | None, known: bool) -> None:
    origin = box.get(Giving).origin(interaction(guild_id=guild_id))

    assert origin == (Origin(guild_id, CHANNEL) if known else Origin(None, None))


async def test_asking_suggests_and_knows_danger(box: Box) -> None:
    asking = box.get(Asking)

    assert "twinflame/runner" in [choice.value for choice in await asking.suggest(interaction(), "runner")]
    assert await asking.care_of(None, "i want to die") == "self_harm"
    assert await asking.care_of(None, "is he the runner?") is None


async def test_linking_says_where_nothing_can_be_posted_and_remembers_moderators(box: Box) -> None:
    linking = box.get(Linking)

    assert linking.why_not(object(), discord.Permissions.all(), reply=False) == NO_MESSAGES
    assert linking.met(SimpleNamespace(id=MEMBER)) == box.get(MemberKeys).of(MEMBER)


async def test_the_link_menu_suggests_every_topic_before_anything_is_typed(box: Box) -> None:
    topics = [topic.address for topic in box.get(Editions).current.content.topics()]

    assert [choice.value for choice in await box.get(LinkMenu).suggest(interaction(), "")] == topics[:25]


async def test_removing_leaves_other_peoples_messages(box: Box) -> None:
    theirs: Any = SimpleNamespace(author=SimpleNamespace(id=MEMBER))

    with pytest.raises(Refused) as refused:
        await box.get(Removing).remove(interaction(), theirs)

    assert str(refused.value) == NOT_LANTERNS


async def test_where_no_messages_stand_nothing_is_removed(box: Box) -> None:
    async def defer(**_options: Any) -> None: ...

    asked = interaction(permissions=discord.Permissions.all(), response=SimpleNamespace(defer=defer))
    flags, metadata = SimpleNamespace(ephemeral=False), SimpleNamespace(user=SimpleNamespace(id=MEMBER))
    mine: Any = SimpleNamespace(author=SimpleNamespace(id=OWN), flags=flags, interaction_metadata=metadata)

    with pytest.raises(Refused) as refused:
        await box.get(Removing).remove(asked, mine)

    assert str(refused.value) == NO_MESSAGES


async def test_thread_answers_know_what_a_title_asks(box: Box) -> None:
    threads = box.get(ThreadAnswers)

    topic = await threads.topic_for("Why does my twin flame run away from me?", 1)
    assert topic is not None
    assert topic.key == "runner"
    assert await threads.topic_for("hello", 1) is None


async def test_privacy_shows_what_is_kept(box: Box) -> None:
    asked = interaction()

    await box.get(Privacy).show(asked)

    assert "None of your questions is on record." in asked.response.sent[0]


async def test_help_names_the_first_article(box: Box) -> None:
    asked = interaction()

    await box.get(Help).show(asked)

    assert "`/twinflame " in asked.response.sent[0]


def test_flood_limits_remember_what_stands() -> None:
    flood_limits = Box().get(FloodLimits)
    flood_limits.posted(CHANNEL, "twinflame/runner", 0, GUILD, 30)

    standing = flood_limits.standing(CHANNEL, "twinflame/runner", 60_000)
    assert standing is not None
    assert standing.jump_url == f"https://discord.com/channels/{GUILD}/{CHANNEL}/30"


def test_recent_words_are_handed_out_once() -> None:
    words = Box().get(RecentWords)
    words.put(20, MEMBER, "is he the runner?", 0)

    assert (words.take(20, MEMBER, 1), words.take(20, MEMBER, 1)) == ("is he the runner?", None)


# ---------------------------------------------------------------------- admin, at work


async def test_welcome_greets_a_guild_once_for_each_invitation(box: Box) -> None:
    sent: list[str] = []

    async def send(*, view: Any, **_options: Any) -> None:
        sent.append(text_of(view.to_components()))

    me = SimpleNamespace(joined_at=discord.utils.utcnow())
    guild: Any = SimpleNamespace(id=GUILD, me=me)
    all_of_them = discord.Permissions.all()
    guild.system_channel = SimpleNamespace(guild=guild, permissions_for=lambda _member: all_of_them, send=send)

    for _ in range(2):
        await box.get(Welcome).greet(guild)

    assert len(sent) == 1


async def test_reports_count_what_was_asked(box: Box) -> None:
    question = Question(
        asked_at=int(NOW.timestamp() * 1000),
        day=20261103,
        interaction_id=20,
        guild_id=GUILD,
        channel_id=CHANNEL,
        message_id=21,
        article="twinflame",
        topic="runner",
        source="slash",
        by_moderator=False,
        locale="en-GB",
        member_key=MEMBER,
    )
    box.get(Questions).record(question)
    await box.get(Database).flush()
    reports = box.get(Reports)

    later = NOW + timedelta(days=7)
    await box.get(WeeklyTotals).decide_due(later)

    figures = reports.figures(GUILD, later)

    period = await figures.period(1)
    assert period is not None
    assert (await figures.top("topic", period)).total == 1


async def test_the_insights_panel_suggests_topics(box: Box) -> None:
    assert "twinflame/runner" in [choice.value for choice in box.get(InsightsPanel).suggest_topics("runner")]


async def test_digests_are_off_at_first_and_switched_off(box: Box) -> None:
    guild: Any = SimpleNamespace(id=GUILD, get_channel=lambda _channel_id: None)
    asked = interaction(guild=guild, guild_id=GUILD)
    await box.get(Guilds).change(GUILD, digest_channel_id=CHANNEL)

    await box.get(Digests).off(asked)

    assert asked.response.sent == ["The digest is off. Nothing will be posted."]
    assert box.get(Guilds).of(GUILD).digest_channel_id is None


async def test_the_library_forgets_a_forum_that_is_gone(box: Box) -> None:
    library = box.get(Library)
    assert not library.is_stale(GUILD)
    await box.get(Guilds).change(GUILD, library_forum_id=CHANNEL)
    assert library.is_stale(GUILD)

    await library.forget_forum(GUILD, CHANNEL)

    assert not library.is_stale(GUILD)


async def test_the_librarys_panel_says_that_there_is_none(box: Box) -> None:
    guild: Any = SimpleNamespace(id=GUILD, get_channel=lambda _channel_id: None, me=None)

    card = box.get(LibraryPanel).panel(guild)

    assert "forum" in text_of(card.to_components())


async def test_thread_answers_are_switched_off(box: Box) -> None:
    await box.get(Guilds).change(GUILD, thread_answers=(CHANNEL,))

    await box.get(ThreadAnswersPanel).choose(GUILD, [])

    assert box.get(Guilds).of(GUILD).thread_answers == ()


async def test_setup_forgets_a_channel_that_is_gone(box: Box) -> None:
    await box.get(Guilds).change(GUILD, ask_people_channel_id=CHANNEL)
    channel: Any = SimpleNamespace(id=CHANNEL, guild=SimpleNamespace(id=GUILD))

    await box.get(Setup).forget_channel(channel)

    assert box.get(Guilds).of(GUILD).ask_people_channel_id is None
