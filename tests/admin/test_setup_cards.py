"""What `/setup` and `/settings` show of a server's choices, card by card."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from lantern.admin import setup_cards
from lantern.languages.translation import speaking
from lantern.store.guilds import GuildSettings
from lantern.ui.cards import Card, walk
from tests.support.catalogs import Say
from tests.support.world import World

NONE = GuildSettings()
MADE = GuildSettings(
    answers_public=True,
    quiet_minutes=0,
    time_zone="Asia/Kolkata",
    ask_people_channel_id=5,
    help_contacts="112",
    thread_answers=tuple(range(1, 8)),
    moderators_channel_id=8,
    digest_channel_id=6,
    digest_weekday=6,
    digest_hour=9,
    language="hi",
    made=frozenset({"answers_public", "quiet_minutes", "time_zone"}),
)


def texts(card: Card) -> list[str]:
    return [part["content"] for part in walk(card.components) if part["type"] == 10]


def pressed(card: Card) -> dict[str, str]:
    """Each button: its label to its custom id."""
    return {part["label"]: part["custom_id"] for part in walk(card.components) if part["type"] == 2}


async def listed(world: World, chosen: GuildSettings, **more: Any) -> list[setup_cards.Choice]:
    """The checklist of the usual world's guild."""
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    return setup_cards.choices(guild, chosen, **{"quiet_minutes": 10, "forum": None, "posts": 0} | more)


async def test_what_was_never_chosen_is_told_as_it_is(world: World) -> None:
    choices = await listed(world, NONE)

    assert [choice.done for choice in choices] == [True, *[False] * 10]
    assert [choice.label for choice in choices[1:3]] == ["Make public", "Change"]
    says = {choice.name: choice.says for choice in choices}
    assert says["Permissions"] == "Lantern can do all it needs to in 1 channel."
    assert says["Answers"].startswith("Only the member who asked")
    assert "for 10 minutes" in says["Quiet window"]
    assert says["Where to ask people"].startswith("No channel yet.")
    assert says["Help contacts"].startswith("Members in danger see helplines by country")
    assert says["Library"].startswith("None yet.")
    assert says["Thread answers"].startswith("Off.")
    assert says["Note to moderators"].startswith("Off.")
    assert says["Weekly figures"].startswith("Off.")
    assert says["Time zone"] == "UTC. The figures count days by it."
    assert says["Language"] == "English. It is used for everything that everybody here can see."
    assert [choice.press_id for choice in choices] == [
        "set-open:permissions",
        "set-answers:public",
        *(f"set-open:{name}" for name in ("quiet", "people")),
        "set-open-contacts",
        *(f"set-open:{name}" for name in ("library", "threads", "moderators", "digest", "zone", "language")),
    ]


async def test_what_was_chosen_is_told_as_it_was_chosen(world: World) -> None:
    forum: Any = SimpleNamespace(mention="<#9>")

    choices = await listed(world, MADE, forum=forum, posts=14)

    assert all(choice.done for choice in choices)
    assert (choices[1].label, choices[1].press_id) == ("Make private", "set-answers:private")
    says = {choice.name: choice.says for choice in choices}
    assert says["Answers"].startswith("Everyone in the channel")
    assert says["Quiet window"].startswith("None:")
    assert says["Where to ask people"].startswith("<#5>, ")
    assert says["Help contacts"].startswith("Members in danger see your contacts")
    assert says["Library"] == "In <#9>: 14 posts."
    assert says["Thread answers"] == "On in <#1>, <#2>, <#3>, <#4>, <#5> and 2 more."
    assert says["Note to moderators"] == "In <#8>, when the title of a new thread shows danger."
    assert says["Weekly figures"] == "In <#6>: Sunday, 9:00."
    assert says["Time zone"] == "Asia/Kolkata. The figures count days by it."
    assert says["Language"] == "हिन्दी. It is used for everything that everybody here can see."
    five = await listed(world, MADE._replace(thread_answers=(1, 2, 3, 4, 5), quiet_minutes=7))
    assert five[6].says == "On in <#1>, <#2>, <#3>, <#4> and <#5>."
    assert "for 7 minutes" in five[2].says


def choice(number: int, *, done: bool) -> setup_cards.Choice:
    return setup_cards.Choice(f"Choice {number}", "Says something.", done, "Press", f"set-open:{number}")


def test_the_checklist_says_how_much_is_done_with_a_button_beside_each_choice() -> None:
    card = setup_cards.overview([choice(1, done=True), choice(2, done=False)], 0x123456)

    (container,) = card.components
    assert container["accent_color"] == 0x123456
    assert texts(card)[0].startswith("## Setup\nDone: 1 of 2.")
    assert texts(card)[1:] == ["✓ **Choice 1**\n-# Says something.", "○ **Choice 2**\n-# Says something."]
    assert [part["accessory"]["custom_id"] for part in container["components"][1:]] == ["set-open:1", "set-open:2"]


def test_all_settings_are_lines_with_the_contacts_under_theirs_and_who_may_use_what() -> None:
    choices = [choice(number, done=True) for number in range(9)]
    choices[4] = choices[4]._replace(press_id=setup_cards.OPEN_CONTACTS)

    card = setup_cards.settings_card(choices, "Call 112\nor Noor", ["Everyone: `/ask`"], 0x123456)

    (container,) = card.components
    assert container["accent_color"] == 0x123456
    assert [part["type"] for part in container["components"]] == [10, 14, 10, 10]
    lines = texts(card)[0].splitlines()
    assert lines[0] == "## Settings"
    assert lines[5:9] == ["**Choice 4**: Says something.", "> Call 112", "> or Noor", "**Choice 5**: Says something."]
    assert texts(card)[1] == "**Who may use what**\nEveryone: `/ask`"
    without = setup_cards.settings_card(choices, None, [], 0)
    assert len(texts(without)[0].splitlines()) == 10
    long = texts(setup_cards.settings_card(choices, "x" * 301, [], 0))[0].splitlines()
    assert long[6] == "> " + "x" * 299 + "…"


@pytest.mark.parametrize(
    ("name", "chosen", "value", "limit", "long"),
    [
        ("quiet", NONE, None, 4, False),
        ("quiet", MADE, "0", 4, False),
        ("contacts", NONE, None, 800, True),
        ("contacts", MADE, "112", 800, True),
        ("zone", NONE, "UTC", 64, False),
        ("zone", MADE, "Asia/Kolkata", 64, False),
    ],
)
def test_a_form_holds_what_is_there_and_has_room_for_what_is_allowed(
    name: str, chosen: GuildSettings, value: str | None, limit: int, long: bool
) -> None:
    form = setup_cards.form(name, chosen)

    assert form is not None
    assert form.to_dict()["custom_id"] == ("set-contacts" if name == "contacts" else f"set-form:{name}")
    assert form.is_finished()
    (label,) = form.to_dict()["components"]
    box: dict[str, Any] = label["component"]
    assert (box["custom_id"], box.get("value"), box["max_length"]) == (name, value, limit)
    assert box["required"] is False
    assert box["style"] == (2 if long else 1)
    assert bool(box.get("placeholder")) == (name == "quiet")
    assert label["label"]
    assert label["description"]


def test_what_is_not_written_has_no_form() -> None:
    assert setup_cards.form("people", NONE) is None


@pytest.mark.parametrize(("name", "kinds"), [("people", [0, 15, 5]), ("digest", [0, 5])])
def test_a_channel_is_chosen_of_the_kinds_that_will_do_or_given_up(name: str, kinds: list[int]) -> None:
    free, taken = setup_cards.channel_card(name, NONE), setup_cards.channel_card(name, MADE)

    (menu,) = [part for part in walk(free.components) if part["type"] == 8]
    assert (menu["custom_id"], menu["channel_types"]) == (f"set-channel:{name}", kinds)
    assert pressed(free) == {"Back": "set"}
    assert pressed(taken) == {"No channel": f"set-none:{name}", "Back": "set"}
    times = [part["custom_id"] for part in walk(free.components) if part["type"] == 3]
    assert times == (["set-weekday", "set-hour"] if name == "digest" else [])


def test_the_weekly_figures_offer_every_day_and_every_hour() -> None:
    card = setup_cards.channel_card("digest", MADE)

    days, hours = ([*part["options"]] for part in walk(card.components) if part["type"] == 3)
    assert (len(days), len(hours)) == (7, 24)
    assert [(each["label"], each["value"]) for each in days][::6] == [("Monday", "0"), ("Sunday", "6")]
    assert [(each["label"], each["value"]) for each in hours][::23] == [("0:00", "0"), ("23:00", "23")]
    assert [each["label"] for each in (*days, *hours) if each["default"]] == ["Sunday", "9:00"]
    assert "-# Day and hour in the time zone Asia/Kolkata." in texts(card)


def test_up_to_twenty_five_channels_are_chosen_for_thread_answers_or_none() -> None:
    (menu,) = [part for part in walk(setup_cards.threads_card(MADE).components) if part["type"] == 8]

    assert (menu["custom_id"], menu["min_values"], menu["max_values"]) == ("set-threads", 0, 25)
    assert menu["channel_types"] == [0, 15, 5]
    assert [each["id"] for each in menu["default_values"]] == list(range(1, 8))
    assert pressed(setup_cards.threads_card(NONE)) == {"Back": "set"}


async def test_voice_channels_count_and_categories_do_not(world: World) -> None:
    world.guild.create_voice_channel("voice")
    world.guild.create_category("category")
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    assert any(isinstance(channel, discord.CategoryChannel) for channel in guild.channels)

    assert setup_cards.missing_permissions(guild) == (2, 0, {})


def test_a_line_of_the_settings_has_the_colon_of_its_language(say: Say) -> None:
    say("fr", {"**{name}**: {says}": "**{name}** : {says}"})

    with speaking("fr"):
        card = setup_cards.settings_card([choice(1, done=True)], None, [], 0)

    assert texts(card)[0].splitlines()[1] == "**Choice 1** : Says something."
