"""The checklist of a server's choices, as its administrator goes through it, and what others notice."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from lantern.ui.cards import walk
from tests.support.world import Shown, World, answer, buttons, components_of, deny, hide, press_id, read

STRING_SELECT, CHANNEL_SELECT = 3, 8
"""Discord's reference, Component Types."""


async def setup(world: World) -> simcord.ResponseMessage:
    """The checklist."""
    return answer(await world.asha.slash(world.general, "setup"))


async def settings(world: World) -> str:
    """What `/settings show` says."""
    return read(answer(await world.asha.slash(world.general, "settings show")))


async def fill_in(world: World, checklist: Shown, custom_id: str, name: str, text: str) -> simcord.InteractionResult:
    """Press a button of the checklist and send the form it opens."""
    shown = await world.asha.click(checklist, custom_id=press_id(checklist, custom_id))
    assert shown.modal is not None
    return await world.asha.submit_modal(shown, {name: text})


async def test_only_who_may_manage_the_server_has_setup_and_sees_it_alone(world: World) -> None:
    for person in (world.maya, world.noor):
        assert not {"setup", "settings show"} & set(person.available_commands(world.general))
    assert {"setup", "settings show"} <= set(world.asha.available_commands(world.general))

    assert (await setup(world)).ephemeral
    assert world.seen_by(world.lea) == []


async def test_the_checklist_has_a_button_for_each_choice(world: World) -> None:
    checklist = await setup(world)

    assert buttons(checklist) == [
        "Look",
        "Make public",
        "Change",
        "Choose",
        "Write",
        "Open",
        "Choose",
        "Choose",
        "Choose",
        "Change",
        "Choose",
    ]
    assert "Done: 1 of 11" in read(checklist)
    assert read(checklist).count("○") == 10


async def test_answers_by_default_are_switched_with_one_press_and_apply_at_once(world: World) -> None:
    checklist = await setup(world)

    await world.asha.click(checklist, label="Make public")

    assert "Make private" in buttons(checklist)
    assert "✓ **Answers**\n-# Everyone in the channel" in read(checklist)
    await world.maya.slash(world.general, "twinflame runner")
    assert len(world.seen_by(world.lea)) == 1
    await world.restart()
    await world.asha.click(checklist, label="Make private")
    await world.maya.slash(world.general, "twinflame hope")
    assert len(world.seen_by(world.lea)) == 1
    assert "**Answers**: Only the member who asked sees them" in await settings(world)


async def test_the_quiet_window_is_written_and_applies(world: World) -> None:
    checklist = await setup(world)

    await fill_in(world, checklist, "set-open:quiet", "quiet", "0")

    assert "✓ **Quiet window**\n-# None" in read(checklist)
    for _ in range(2):
        await world.maya.slash(world.general, "twinflame runner", show="everyone")
    assert len(world.seen_by(world.lea)) == 2
    await fill_in(world, checklist, "set-open:quiet", "quiet", "")
    assert "for 10 minutes" in read(checklist)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("quiet", "soon", "a whole number of minutes from 0 to 1440"),
        ("quiet", "9999", "a whole number of minutes from 0 to 1440"),
        ("zone", "Mars/Olympus", "Write one such as Europe/London"),
    ],
)
async def test_what_is_not_allowed_is_told_in_a_sentence_and_changes_nothing(
    world: World, name: str, text: str, says: str
) -> None:
    checklist = await setup(world)
    before = await settings(world)

    shown = read(checklist)

    told = answer(await fill_in(world, checklist, f"set-open:{name}", name, text))

    assert told.ephemeral
    assert read(told).startswith("**Not saved.**")
    assert says in read(told)
    assert read(checklist) == shown
    assert await settings(world) == before


async def test_the_time_zone_decides_which_day_it_is(world: World) -> None:
    checklist = await setup(world)

    await fill_in(world, checklist, "set-open:zone", "zone", "america/new york")
    await world.maya.slash(world.general, "twinflame runner")

    assert "America/New_York. The figures count days by it." in read(checklist)
    assert [row["day"] for row in await world.rows()] == [20251231]


async def test_the_place_to_ask_people_is_chosen_and_shown_in_help(world: World) -> None:
    people = world.guild.create_text_channel("ask-people")
    checklist = await setup(world)

    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:people"))
    assert "## Where to ask people" in read(checklist)
    await world.asha.select(checklist, [people], custom_id=press_id(checklist, "set-channel:people"))

    assert f"✓ **Where to ask people**\n-# {people.mention}" in read(checklist)
    assert people.mention in read(answer(await world.maya.slash(world.general, "help")))
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:people"))
    await world.asha.click(checklist, label="No channel")
    assert people.mention not in read(answer(await world.maya.slash(world.general, "help")))


def lost(world: World) -> None:
    """Asha may not manage the server any more."""
    world.env.backend.guilds[world.guild.id].members[world.asha.id].role_ids.clear()


async def test_who_opened_the_checklist_goes_on_in_it_for_a_quarter_of_an_hour(world: World) -> None:
    checklist, form = await setup(world), await setup(world)
    quiet = await world.asha.click(form, custom_id=press_id(form, "set-open:quiet"))
    lost(world)

    await world.env.advance_time(14 * 60)
    await world.asha.click(checklist, label="Make public")
    assert "Make private" in buttons(checklist)
    before = world.services.guilds.of(world.guild.id)
    assert before.answers_public
    await world.env.advance_time(2 * 60)

    pressed = await world.asha.click(checklist, label="Make private")
    sent = await world.asha.submit_modal(quiet, {"quiet": "0"})
    for told in (pressed, sent):
        assert told.ephemeral
        assert read(answer(told)) == (
            "You need **Manage Server** here for this, unless you opened this panel yourself in the last 15 minutes. "
            "Nothing was changed. You can open it again with `/setup`, if this server lets you."
        )
    assert world.services.guilds.of(world.guild.id) == before


async def test_whom_members_in_danger_are_shown_asks_for_the_permission_itself(world: World) -> None:
    checklist, other = await setup(world), await setup(world)
    shown = await world.asha.click(other, custom_id=press_id(other, "set-open-contacts"))
    lost(world)

    opened = await world.asha.click(checklist, custom_id=press_id(checklist, "set-open-contacts"))
    sent = await world.asha.submit_modal(shown, {"contacts": "Call 0900 666 666"})
    await world.env.advance_time(16 * 60)
    later = await world.asha.click(checklist, custom_id=press_id(checklist, "set-open-contacts"))

    for told in (opened, sent, later):
        assert told.ephemeral
        assert "need **Manage Server** in this server for this, even if you opened" in read(answer(told))
    assert world.services.guilds.of(world.guild.id).help_contacts is None


@pytest.mark.parametrize("name", ["people", "threads", "library"])
async def test_a_channel_that_was_just_deleted_is_said_to_be_gone(world: World, name: str) -> None:
    make = world.guild.create_forum_channel if name == "library" else world.guild.create_text_channel
    gone = make("gone")
    checklist = await setup(world)
    await world.asha.click(checklist, custom_id=press_id(checklist, f"set-open:{name}"))
    menu = {"people": "set-channel:people", "threads": "set-threads", "library": "lib-forum"}[name]
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    guild._channels.pop(gone.id)

    told = await world.asha.select(checklist, [gone], custom_id=press_id(checklist, menu))

    assert told.ephemeral
    assert read(answer(told)) == "That channel is gone. Nothing was changed. Please choose another."


async def test_help_contacts_are_written_kept_and_taken_away(world: World) -> None:
    checklist = await setup(world)

    await fill_in(world, checklist, "set-open-contacts", "contacts", "Emergency: 112\nWrite to Noor")

    assert world.services.guilds.of(world.guild.id).help_contacts == "Emergency: 112\nWrite to Noor"
    assert "> Emergency: 112\n> Write to Noor" in await settings(world)
    await world.restart()
    shown = await world.asha.click(checklist, custom_id=press_id(checklist, "set-open-contacts"))
    assert "Write to Noor" in str(shown.modal), "what is there can be changed rather than written anew"
    await world.asha.submit_modal(shown, {"contacts": ""})
    assert world.services.guilds.of(world.guild.id).help_contacts is None


async def test_the_library_is_published_from_the_checklist(world: World) -> None:
    forum = world.guild.create_forum_channel("library")
    checklist = await setup(world)

    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:library"))
    assert "Back" in buttons(checklist)
    await world.asha.select(checklist, [forum], custom_id=press_id(checklist, "lib-forum"))

    assert "15 posts made" in read(checklist)
    await world.asha.click(checklist, label="Show the library")
    assert "14 of 14" in read(checklist)
    assert f"**Library**: In {forum.mention}: 14 posts." in await settings(world)


async def test_thread_answers_are_chosen_all_at_once(world: World) -> None:
    help_forum = world.guild.create_forum_channel("help-forum")
    checklist = await setup(world)

    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:threads"))
    await world.asha.select(checklist, [world.general, help_forum], custom_id=press_id(checklist, "set-threads"))

    assert f"✓ **Thread answers**\n-# On in {world.general.mention} and {help_forum.mention}." in read(checklist)
    assert world.services.guilds.of(world.guild.id).thread_answers == (world.general.id, help_forum.id)


async def test_thread_answers_are_refused_where_a_permission_is_missing(world: World) -> None:
    deny(world, world.general, read_message_history=True)
    checklist = await setup(world)

    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:threads"))
    told = answer(await world.asha.select(checklist, [world.general], custom_id=press_id(checklist, "set-threads")))

    assert told.ephemeral
    assert f"Lantern needs the permission **Read Message History** in {world.general.mention}" in read(told)
    assert world.services.guilds.of(world.guild.id).thread_answers == ()


async def test_the_weekly_figures_have_a_place_a_day_and_an_hour(world: World) -> None:
    checklist = await setup(world)
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:digest"))

    await world.asha.select(checklist, [world.general], custom_id=press_id(checklist, "set-channel:digest"))
    await world.asha.select(checklist, ["4"], custom_id=press_id(checklist, "set-weekday"))
    await world.asha.select(checklist, ["9"], custom_id=press_id(checklist, "set-hour"))
    await world.asha.click(checklist, label="Back")

    assert f"In {world.general.mention}: Friday, 9:00." in read(checklist)
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:digest"))
    await world.asha.click(checklist, label="No channel")
    assert "○ **Weekly figures**\n-# Off" in read(checklist)


@pytest.mark.parametrize("last", ["channel", "weekday", "hour"])
async def test_choosing_when_and_where_the_figures_come_posts_nothing_late(world: World, last: str) -> None:
    """Thursday at midnight is chosen, which has just begun: the next one, in a week, is the first.

    Before the last choice the latest time was another, some days ago.
    """
    checklist = await setup(world)
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:digest"))
    choices: dict[str, list[Any]] = {"channel": [world.general], "weekday": ["3"], "hour": ["0"]}
    for choice in [each for each in choices if each != last] + [last]:
        custom_id = "set-channel:digest" if choice == "channel" else f"set-{choice}"
        await world.asha.select(checklist, choices[choice], custom_id=press_id(checklist, custom_id))

    await world.env.advance_time(6 * 60)
    assert world.seen_by(world.lea) == []

    world.env.backend.advance_clock(7 * 24 * 3_600)
    await world.services.periodic.run("digests")
    await world.services.periodic.run("digests")
    (posted,) = world.seen_by(world.lea)
    assert "1 week, 29 Dec 2025" in read(posted)
    assert "Late" not in read(posted)


def chosen_in_menus(message: Shown) -> dict[str, list[str]]:
    """What each menu shows as chosen: its custom id to channel ids or values."""
    menus = [part for part in walk(components_of(message)) if part["type"] in (STRING_SELECT, CHANNEL_SELECT)]
    return {
        menu["custom_id"].rpartition(":")[0]: [
            *(str(each["id"]) for each in menu.get("default_values", [])),
            *(each["value"] for each in menu.get("options", []) if each.get("default")),
        ]
        for menu in menus
    }


async def test_moderators_are_told_in_a_channel_that_not_everybody_sees(world: World) -> None:
    hidden = world.guild.create_text_channel("moderators")
    checklist = await setup(world)
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:moderators"))
    assert "a link, nobody's words, no ping" in read(checklist)

    async def choose(channel: simcord.ChannelHandle) -> str:
        chosen = await world.asha.select(checklist, [channel], custom_id=press_id(checklist, "set-channel:moderators"))
        return read(chosen.followups[-1] if chosen.followups else chosen.response)

    assert await choose(hidden) == (
        f"Everyone can see {hidden.mention}, and a note there says which thread it is about. Nothing was changed. "
        "Please choose a channel that only moderators can see."
    )
    assert world.services.guilds.of(world.guild.id).moderators_channel_id is None
    hide(world, hidden)
    deny(world, hidden, send_messages=True, view_channel=True)
    assert (await choose(hidden)).startswith(
        f"Lantern cannot post in {hidden.mention}. It needs the permissions **View Channel**"
    )

    hide(world, hidden)
    await choose(hidden)

    assert world.services.guilds.of(world.guild.id).moderators_channel_id == hidden.id
    assert f"✓ **Note to moderators**\n-# In {hidden.mention}. But thread" in read(checklist)
    await world.services.guilds.change(world.guild.id, thread_answers=(world.general.id,))
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:moderators"))
    await world.asha.click(checklist, label="No channel")
    assert world.services.guilds.of(world.guild.id).moderators_channel_id is None


async def test_menus_show_what_is_chosen(world: World) -> None:
    people, figures = world.guild.create_text_channel("people"), world.guild.create_text_channel("figures")
    checklist = await setup(world)

    async def opened(name: str) -> dict[str, list[str]]:
        await world.asha.click(checklist, custom_id=press_id(checklist, f"set-open:{name}"))
        found = chosen_in_menus(checklist)
        await world.asha.click(checklist, label="Back")
        return found

    assert await opened("people") == {"set-channel:people": []}
    assert await opened("digest") == {"set-channel:digest": [], "set-weekday": ["0"], "set-hour": ["18"]}
    assert await opened("threads") == {"set-threads": []}

    await world.services.guilds.change(
        world.guild.id,
        ask_people_channel_id=people.id,
        digest_channel_id=figures.id,
        digest_weekday=4,
        digest_hour=21,
        thread_answers=(world.general.id, people.id),
    )

    assert await opened("people") == {"set-channel:people": [str(people.id)]}
    assert await opened("digest") == {
        "set-channel:digest": [str(figures.id)],
        "set-weekday": ["4"],
        "set-hour": ["21"],
    }
    assert await opened("threads") == {"set-threads": [str(world.general.id), str(people.id)]}


async def test_a_forum_counts_as_a_channel_in_which_nobody_writes_but_in_its_posts(world: World) -> None:
    hidden, silent = world.guild.create_forum_channel("hidden"), world.guild.create_forum_channel("silent")
    deny(world, silent, send_messages=True)
    checklist = await setup(world)
    assert "✓ **Permissions**\n-# Lantern can do all it needs to in 3 channels" in read(checklist)

    deny(world, hidden, view_channel=True)
    await world.asha.click(checklist, label="Look")
    assert "Lantern can do all it needs to in 2 of 3 channels. In the others, something is missing:" in read(checklist)
    (line,) = [line for line in read(checklist).splitlines() if line.startswith("- ")]
    assert line.startswith(f"- Without **View Channel** in {hidden.mention}, ")
    await world.asha.click(checklist, label="Back")
    assert "○ **Permissions**\n-# Something is missing in 1 of 3 channels" in read(checklist)


async def test_another_time_zone_posts_no_figures_late(world: World) -> None:
    """Thursday at one is an hour away in London and four and a half hours ago in India: the next one is the first."""
    checklist = await setup(world)
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:digest"))
    for custom_id, choice in {"set-channel:digest": world.general, "set-weekday": "3", "set-hour": "1"}.items():
        await world.asha.select(checklist, [choice], custom_id=press_id(checklist, custom_id))
    await world.asha.click(checklist, label="Back")

    await fill_in(world, checklist, "set-open:zone", "zone", "Asia/Kolkata")
    await world.services.periodic.run("digests")
    assert world.seen_by(world.lea) == []

    world.env.backend.advance_clock(7 * 24 * 3_600)
    await world.services.periodic.run("digests")
    (posted,) = world.seen_by(world.lea)
    assert "1 week, 29 Dec 2025" in read(posted)


async def test_permissions_are_told_channel_by_channel_in_words(world: World) -> None:
    checklist = await setup(world)
    await world.asha.click(checklist, label="Look")
    assert "Lantern can do all it needs to in 1 channel:" in read(checklist)

    quiet, hidden = world.guild.create_text_channel("quiet"), world.guild.create_text_channel("hidden")
    deny(world, quiet, send_messages=True)
    deny(world, hidden, view_channel=True, send_messages=True)
    await world.asha.click(checklist, label="Back")
    assert "○ **Permissions**\n-# Something is missing in 2 of 3 channels" in read(checklist)
    await world.asha.click(checklist, label="Look")

    assert f"- Without **Send Messages** in {quiet.mention}, members still get private answers" in read(checklist)
    assert f"- Without **View Channel** in {hidden.mention}, members still get private answers there" in read(checklist)


async def test_of_many_channels_without_a_permission_fifteen_are_named(world: World) -> None:
    closed = [world.guild.create_text_channel(f"closed-{number}") for number in range(17)]
    for channel in closed:
        deny(world, channel, send_messages=True)
    checklist = await setup(world)
    await world.asha.click(checklist, label="Look")

    (line,) = [line for line in read(checklist).splitlines() if "Without **Send Messages**" in line]
    assert line.count("<#") == 15
    assert " and 2 more, " in line


async def test_settings_show_tells_who_may_use_what(world: World) -> None:
    text = await settings(world)

    lines = {line.partition(": ")[0]: line.partition(": ")[2] for line in text.splitlines()}
    assert {"`/twinflame`", "`/topics`", "`/help`", "`/ask`"} <= set(lines["Everyone"].split(", "))
    assert {"`/setup`", "`/library`", "`/settings`"} <= set(lines["Whoever has Manage Server"].split(", "))
    assert "`/answer`" in lines["Whoever has Manage Messages"]
    assert "**Answer this**" in lines["Whoever has Manage Messages"]


async def test_an_old_checklist_works_after_a_restart(world: World) -> None:
    checklist = await setup(world)
    await world.restart()

    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:people"))
    await world.asha.click(checklist, label="Back")

    assert "## Setup" in read(checklist)


async def test_a_chosen_channel_that_is_deleted_is_chosen_no_more(world: World) -> None:
    gone, stays = world.guild.create_text_channel("gone"), world.guild.create_text_channel("stays")
    await world.services.guilds.change(
        world.guild.id,
        ask_people_channel_id=gone.id,
        digest_channel_id=stays.id,
        thread_answers=(gone.id, stays.id),
    )

    world.env.backend.delete_channel(gone.id)
    await world.env.settle()
    await world.restart()

    now = world.services.guilds.of(world.guild.id)
    assert (now.ask_people_channel_id, now.digest_channel_id, now.thread_answers) == (None, stays.id, (stays.id,))
    assert "To ask people" not in read(answer(await world.maya.slash(world.general, "help")))


async def test_the_language_of_what_all_see_is_chosen_in_a_menu_and_taken_back(world: World) -> None:
    world.env.backend.edit_guild(world.guild.id, {"preferred_locale": "fr"})
    await world.env.settle()
    shown = answer(await world.asha.slash(world.general, "setup"))
    assert "Français. It is used for everything" in read(shown)

    for chosen, kept, said in (("es", "es", "Español. It is used"), ("discord", None, "Français. It is used")):
        await world.asha.click(shown, custom_id=press_id(shown, "set-open:language"))
        assert "As in Discord: Français" in str(components_of(shown))
        await world.asha.select(shown, [chosen], custom_id=press_id(shown, "set-language"))

        assert world.services.guilds.of(world.guild.id).language == kept
        assert said in read(shown)
    assert "Français. It is used for everything" in read(answer(await world.asha.slash(world.general, "settings show")))
