"""/insights and /digest as administrators use them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from lantern.admin.insights_panel import CANNOT_WRITE
from lantern.figures import charts, wording
from lantern.figures.wording import NO_WEEK_YET
from lantern.preview.simcord_gaps import reads
from lantern.store.links import INSERT_LINKS, Link
from lantern.store.misses import KEEP_CORRECTIONS, Correction
from lantern.store.questions import add_questions
from lantern.store.rows import as_parameter
from lantern.store.times import local_day, milliseconds
from tests.support.catalogs import Say
from tests.support.contents import content_with
from tests.support.reliability import tried
from tests.support.reports import NEW_YEAR, Drawn, decided, later, pictures_of, put_asks, put_miss
from tests.support.rows import question
from tests.support.world import World, answer, buttons, components_of, options, press_id, read

# ---------------------------------------------------------------------- who may


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("insights top", {}),
    ("insights trend", {"topic": "twinflame/runner"}),
    ("insights gaps", {}),
    ("insights helped", {}),
    ("insights export", {}),
    ("digest show", {}),
    ("digest now", {}),
    ("digest off", {}),
]


@pytest.mark.parametrize(("command", "given"), COMMANDS, ids=[command for command, _ in COMMANDS])
async def test_administrators_see_it_alone_and_members_have_no_such_command(
    world: World, drawn: Drawn, command: str, given: dict[str, Any]
) -> None:
    for person in (world.maya, world.noor):
        with pytest.raises(simcord.SetupError, match=r"(?i)permission"):
            await person.slash(world.general, command, **given)

    answered = await world.asha.slash(world.general, command, **given)

    assert answered.ephemeral
    assert read(answered.response)
    assert world.seen_by(world.maya) == []


@pytest.mark.parametrize(("command", "given"), COMMANDS[:5], ids=[command for command, _ in COMMANDS[:5]])
async def test_before_the_first_week_is_over_it_says_when_figures_come(
    world: World, drawn: Drawn, command: str, given: dict[str, Any]
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await put_miss(world, 1, "secret words", ago=0)

    answered = await world.asha.slash(world.general, command, **given)

    assert read(answer(answered)) == NO_WEEK_YET.format(monday="5 Jan 2026")


@pytest.mark.parametrize(("command", "given"), COMMANDS[:5], ids=[command for command, _ in COMMANDS[:5]])
async def test_weeks_in_which_nobody_asked_are_said_in_words(
    world: World, drawn: Drawn, command: str, given: dict[str, Any]
) -> None:
    await put_asks(world, ("runner", 200))

    answered = await world.asha.slash(world.general, command, **given)

    assert {
        "insights top": "Nobody asked in this time.",
        "insights trend": "Nobody asked in this time.",
        "insights gaps": "Every question found an answer.",
        "insights helped": "Nobody asked in this time.",
        "insights export": "## Export",
    }[command] in read(answered.response)
    assert drawn.pictures == []


# ---------------------------------------------------------------------- top


async def test_top_shows_the_picture_with_a_description_that_says_the_same(world: World, drawn: Drawn) -> None:
    await put_asks(world, *[("runner", 5)] * 4, *[("runner", 40)] * 2, *[("hope", 4)] * 1, ("chaser", 200), ("hope", 3))

    answered = await world.asha.slash(world.general, "insights top")

    assert read(answered.response) == (
        "## What members ask about\n4 weeks, 1–28 Dec 2025\n"
        "Members asked 5 times. In the 4 weeks before: 2. Fewer than five members asked."
    )
    (picture,) = drawn.pictures
    assert isinstance(picture, charts.Bars)
    assert [(bar.label, bar.now, bar.before, bar.says) for bar in picture.bars] == [
        ("The runner", 4, 2, "2 more"),
        ("Hope", 1, 0, "1 more"),
    ]
    assert answered.response is not None
    assert pictures_of(answered.response) == ["top-topic.png"]
    (gallery,) = [part for part in components_of(answered.response)[0]["components"] if part["type"] == 12]
    assert "1. The runner 4 · 2 more" in gallery["items"][0]["description"]


async def test_after_three_weeks_off_it_tells_what_was_asked_before(world: World, drawn: Drawn) -> None:
    people = [world.maya, world.lea]
    people += [world.guild.add_member(world.env.create_user(f"member{number}")) for number in range(4)]
    for person in people:
        await person.slash(world.general, "twinflame runner")
    await world.noor.slash(world.general, "twinflame hope")
    await world.bot.close()
    world.env.backend.advance_clock(3 * 7 * 86_400)
    await world.restart()
    world.services.reports.charts = drawn
    await world.env.advance_time(5)

    answered = await world.asha.slash(world.general, "insights top", by="channel")

    assert "4 weeks, 22 Dec 2025\u2009–\u200918 Jan 2026" in read(answered.response)
    assert "Members asked 6 times. In the 4 weeks before: 0. At least 5 different members asked." in read(
        answered.response
    )
    assert labels_of(drawn.pictures[-1]) == ["#general"]
    tried(
        "The process",
        "off for three weeks, over the end of a week of figures",
        saw="administrators: the figures of the weeks before, as if it had never been off",
        lost="nothing: each week is decided at the next start",
    )


async def test_a_picture_that_cannot_be_drawn_is_left_out(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5))
    drawn.fails = True

    answered = await world.asha.slash(world.general, "insights top")

    assert "1. **The runner** 1" in read(answered.response)
    assert "Whole weeks, Monday to Sunday." in read(answered.response)
    assert answered.response is not None
    assert pictures_of(answered.response) == []


async def test_the_picture_is_really_drawn(world: World) -> None:
    await put_asks(world, ("runner", 5))

    answered = await world.asha.slash(world.general, "insights top")

    assert answered.response is not None
    assert pictures_of(answered.response) == ["top-topic.png"]


async def test_sharing_posts_it_for_all_without_a_button(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5), ("hope", 20))
    answered = await world.asha.slash(world.general, "insights top", period=1)
    await world.asha.click(answer(answered), label="Post here")

    (seen,) = world.seen_by(world.maya)
    assert "1 week, 22–28 Dec 2025\nMembers asked once." in read(seen)
    assert pictures_of(seen) == ["top-topic.png"]
    assert buttons(seen) == []
    assert "Posted here: " in read(answered.response)
    assert "Post here" not in buttons(answered.response)
    assert len(drawn.pictures) == 2, "one for the command, and one for both messages of the share"


async def test_who_cannot_write_in_a_channel_shares_nothing_there(world: World, drawn: Drawn) -> None:
    silent = world.guild.create_text_channel(
        "news", overwrites={world.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    await put_asks(world, ("runner", 5))
    answered = await world.asha.slash(silent, "insights top", period=1)

    pressed = await world.asha.click(answer(answered), label="Post here")

    assert pressed.ephemeral
    assert read(answer(pressed)) == CANNOT_WRITE
    assert world.seen_by(world.maya, silent) == []


@pytest.mark.parametrize(
    ("command", "given"), [("insights top", {}), ("insights trend", {"topic": "twinflame/union"})], ids=["top", "trend"]
)
async def test_what_is_shared_names_topics_as_the_server_does(
    world: World, drawn: Drawn, command: str, given: dict[str, Any]
) -> None:
    await put_asks(world, *[("union", 5)] * 6)
    reads(world.asha, "de")
    await world.services.guilds.change(world.guild.id, language="es")
    answered = await world.asha.slash(world.general, command, **given)

    drawn.pictures.clear()
    await world.asha.click(answer(answered), label="Hier posten")

    (seen,) = world.seen_by(world.maya)
    spanish, german = (
        world.services.editions.original.in_language(code).content.find("twinflame", "union") for code in ("es", "de")
    )
    assert spanish is not None
    assert german is not None
    all_see, kept = (str(components_of(shown)) for shown in (seen, answer(answered)))
    assert spanish.title in all_see + str(drawn.pictures[0])
    assert german.title not in all_see + str(drawn.pictures[0])
    # Whoever shared it reads on in their own.
    assert german.title in kept + str(drawn.pictures[1])
    assert spanish.title not in kept + str(drawn.pictures[1])


async def test_a_share_tells_the_days_it_showed_also_after_a_restart(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5))
    answered = await world.asha.slash(world.general, "insights top", period=1)
    await world.restart()
    world.services.reports.charts = drawn
    await put_asks(world, ("hope", -9))
    await later(world, 240)

    await world.asha.click(answer(answered), label="Post here")

    (seen,) = world.seen_by(world.maya)
    assert "1 week, 22–28 Dec 2025" in read(seen)
    assert "Hope" not in read(seen)


async def put_in_channels(world: World, *channels: tuple[int, int | None]) -> None:
    """In each channel, or thread and its parent, six members ask."""
    rows = []
    for place, (channel, parent) in enumerate(channels):
        for member in range(6):
            moment = NEW_YEAR - timedelta(days=5)
            row = question(
                20_000 + 100 * place + member,
                asked_at=milliseconds(moment),
                day=local_day(moment),
                guild_id=world.guild.id,
                channel_id=channel,
                parent_id=parent,
                message_id=100 * place + member,
                topic="hope",
                member_key=member,
            )
            rows.append(row)
    await world.services.database.change(add_questions, rows)
    await decided(world)


def labels_of(picture: object) -> list[str]:
    assert isinstance(picture, charts.Bars)
    return [bar.label for bar in picture.bars]


async def test_channels_are_named_only_where_all_can_see_them(world: World, drawn: Drawn) -> None:
    everyone = world.guild.default_role
    hidden = world.guild.create_text_channel(
        "team-room", overwrites={everyone: discord.PermissionOverwrite(view_channel=False)}
    )
    thread = world.thread("Is he the runner?")
    old_thread = world.thread("From before threads were folded")
    gone = 999
    await put_in_channels(
        world, (hidden.id, None), (thread.id, world.general.id), (old_thread.id, None), (gone, None), (998, gone)
    )

    answered = await world.asha.slash(world.general, "insights top", by="channel")
    own = drawn.pictures[-1]
    await world.asha.click(answer(answered), label="Post here")

    shared = drawn.pictures[-2]
    assert sorted(labels_of(own)) == ["#general", "Channels you cannot see", "Deleted channels"]
    assert sorted(labels_of(shared)) == [
        "#general",
        "Channels that not everyone here can see",
        "Deleted channels",
    ]
    assert isinstance(shared, charts.Bars)
    assert [bar.now for bar in shared.bars] == [12, 12, 6]
    (seen,) = [message for message in world.seen_by(world.maya) if "Where members ask" in read(message)]
    for secret in (str(hidden.id), "team-room", "Is he the runner?", str(thread.id)):
        assert secret not in json.dumps(components_of(seen)) + read(answered.response)


async def test_fewer_than_five_members_in_a_channel_are_told_with_others(world: World, drawn: Drawn) -> None:
    await put_asks(world, *[("runner", 5)] * 7, channel=world.general.id, members=4)

    await world.asha.slash(world.general, "insights top", by="channel")

    assert labels_of(drawn.pictures[-1]) == ["All other channels"]
    assert drawn.pictures[-1].footer.endswith(wording.FIVE_IN_CHANNEL)


async def test_rooms_with_the_same_door_name_each_other(world: World, drawn: Drawn) -> None:
    door: Any = {
        world.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        world.asha: discord.PermissionOverwrite(view_channel=True),
    }
    drawn.fails = True
    rooms = [world.guild.create_text_channel(name, overwrites=door) for name in ("team-room", "team-notes")]
    await put_in_channels(world, (rooms[0].id, None))

    answered = await world.asha.slash(rooms[1], "insights top", by="channel")
    await world.asha.click(answer(answered), label="Post here")

    for picture in drawn.pictures:
        assert labels_of(picture) == ["#team-room"]
    shared = world.seen_by(world.asha, rooms[1])[-1]
    assert f"1. **{rooms[0].mention}** 6" in read(shared)


async def test_a_channel_that_its_reader_cannot_see_is_named_nowhere(world: World, drawn: Drawn) -> None:
    hidden = world.guild.create_text_channel(
        "owners", overwrites={world.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    )
    thread = world.env.backend.create_thread(hidden.id, "Among us", world.maya.id)
    open_thread = world.thread("From before threads were folded")
    await put_in_channels(
        world,
        *((hidden.id, None), (thread.id, hidden.id), (thread.id, None), (999, None)),
        *((world.general.id, None), (open_thread.id, None)),
    )

    answered = await world.asha.slash(world.general, "insights top", by="channel")
    exported = await world.asha.slash(world.general, "insights export")

    (picture,) = drawn.pictures
    assert isinstance(picture, charts.Bars)
    assert ("Channels you cannot see", 18) in [(bar.label, bar.now) for bar in picture.bars]
    (attachment,) = answer(exported).attachments
    with zipfile.ZipFile(io.BytesIO(await attachment.read())) as archive:
        held = "".join(archive.read(name).decode() for name in archive.namelist())
        rows = json.loads(archive.read("lantern.json"))["channels"]
    assert [(row["channel"], row["asks"]) for row in rows] == [(str(world.general.id), 12), ("", 24)]
    for secret in (str(hidden.id), str(thread.id), str(open_thread.id), "999", "owners", "Among us"):
        assert secret not in read(answered.response) + held


async def test_what_is_asked_in_a_thread_is_counted_in_its_channel(world: World, drawn: Drawn) -> None:
    thread = world.thread("Is he the runner?")
    await world.maya.slash(thread, "twinflame runner")
    await world.maya.slash(world.general, "twinflame runner")

    rows = await world.rows("SELECT channel_id, parent_id FROM questions ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [(thread.id, world.general.id), (world.general.id, None)]


# ---------------------------------------------------------------------- trend


async def test_trend_tells_one_topic(world: World, drawn: Drawn) -> None:
    await put_asks(world, *[("runner", 5)] * 4, *[("runner", 100)] * 2, ("hope", 5))

    answered = await world.asha.slash(world.general, "insights trend", topic="twinflame/runner")

    said = read(answered.response)
    assert "\nMembers asked 4 times. In the 13 weeks before: 2.\n" in said
    assert "Busiest week: 22–28 Dec 2025 (4)" in said
    assert "- 22–28 Dec 2025: 4" not in said, "the picture shows it"
    (picture,) = drawn.pictures
    assert isinstance(picture, charts.Trend)
    assert (len(picture.days), sum(picture.values)) == (13, 4)
    await world.asha.click(answer(answered), label="Post here")
    assert "## The runner" in read(world.seen_by(world.maya)[-1])


@pytest.mark.parametrize(
    ("given", "columns", "says"),
    [
        ({}, 13, "13 weeks, "),
        ({"period": 1}, 1, "1 week, "),
        ({"by": "day"}, 91, "13 weeks, "),
        ({"period": 0}, 14, "All so far: 14 weeks, "),
        ({"period": 0, "by": "day"}, 98, "All so far: 14 weeks, "),
    ],
)
async def test_a_trend_is_of_the_weeks_that_were_chosen(
    world: World, drawn: Drawn, given: dict[str, Any], columns: int, says: str
) -> None:
    await put_asks(world, ("runner", 5), ("runner", 100))

    answered = await world.asha.slash(world.general, "insights trend", topic="twinflame/runner", **given)

    assert says in read(answered.response)
    (picture,) = drawn.pictures
    assert isinstance(picture, charts.Trend)
    assert len(picture.days) == columns


async def test_topics_are_offered_by_what_stands_in_title_question_or_name(world: World, tmp_path: Path) -> None:
    panel = world.services.insights_panel
    topics = list(world.content.topics())

    assert [choice.value for choice in panel.suggest_topics("  ")] == [topic.address for topic in topics]
    assert [choice.value for choice in panel.suggest_topics(" TWINFLAME/HOPE ")] == ["twinflame/hope"]
    assert panel.suggest_topics(topics[0].question.upper())[0].value == topics[0].address
    assert panel.suggest_topics("no such words") == []
    assert panel.suggest_topics("")[0].name == f"{topics[0].title}: {topics[0].question}"[:100]
    await world.restart(content=content_with(tmp_path, *(f"other{number}" for number in range(12))))
    assert len(world.services.insights_panel.suggest_topics("")) == 25


async def test_topics_are_offered_with_the_colon_of_the_readers_language(world: World, say: Say) -> None:
    say("fr", {"{title}: {question}": "{title} : {question}"})
    reads(world.asha, "fr")
    union = world.services.editions.original.in_language("fr").content.find("twinflame", "union")
    assert union is not None

    offered = [
        await world.asha.autocomplete(world.general, command, "topic", union.title)
        for command in ("insights trend", "answer")
    ]

    for choices in offered:
        assert f"{union.title} : {union.question}"[:100] in [choice["name"] for choice in choices]


async def test_trend_offers_topics_and_refuses_others(world: World, drawn: Drawn) -> None:
    offered = await world.asha.autocomplete(world.general, "insights trend", "topic", "chaser")
    assert {choice["value"] for choice in offered} >= {"twinflame/chaser", "twinflame/readings"}

    answered = await world.asha.slash(world.general, "insights trend", topic="no/such")
    assert answered.ephemeral
    assert "no such topic" in read(answer(answered))


# ---------------------------------------------------------------------- gaps


async def test_gaps_lists_groups_and_one_group_has_keywords(world: World, drawn: Drawn) -> None:
    for number, words in enumerate(["kundalini awakening hurts", "my kundalini awakening", "kundalini awakening help"]):
        await put_miss(world, 700 + number, words, "mission", ago=number + 5)
    await put_miss(world, 800, "what is **mercury** <@123> retrograde", ago=4)
    await decided(world)

    answered = await world.asha.slash(world.general, "insights gaps")

    said = read(answered.response)
    assert "4 questions found no answer. Similar ones are together in 2 groups." in said
    assert "**mercury**" not in said
    assert "last in the week of 22 Dec 2025" in said
    assert "<t:" not in said
    assert options(answered.response) == ["700", "800"]
    assert said.index("kundalini") < said.index("mercury")

    # All are of one week, and nothing tells in which order they came.
    await world.asha.click(answer(answered), label="Newest first")
    assert options(answered.response) == ["700", "800"]

    listed = answer(answered)
    opened = await world.asha.select(listed, ["700"], custom_id=press_id(listed, "in-gap:newest"))
    assert opened.ephemeral
    assert "Asked 3 times" in read(opened.response)
    assert "kundalini awakening" in read(opened.response)
    assert "# write the question in your own words" in read(opened.response)
    assert "3 of 3" in read(opened.response)


async def test_a_group_that_was_deleted_meanwhile_is_said(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5))
    await put_miss(world, 700, "kundalini awakening", ago=5)
    answered = await world.asha.slash(world.general, "insights gaps")
    await world.services.database.execute("DELETE FROM misses")

    listed = answer(answered)
    opened = await world.asha.select(listed, ["700"], custom_id=press_id(listed, "in-gap:most"))

    assert "That group is gone" in read(opened.response)


async def test_corrections_stand_beside_the_gaps(world: World, drawn: Drawn) -> None:
    corrections = [
        Correction(
            id=number,
            day=local_day(NEW_YEAR - timedelta(days=5)),
            guild_id=world.guild.id,
            article="twinflame",
            topic="runner",
            wanted_article="twinflame",
            wanted_topic="hope",
            came_from="ask",
        )
        for number in range(5)
    ]
    await world.services.database.execute(KEEP_CORRECTIONS, as_parameter(corrections))
    await put_asks(world, ("runner", 200))

    answered = await world.asha.slash(world.general, "insights gaps")

    assert "5 times, members got **The runner** but wanted **Hope**." in read(answered.response)


# ---------------------------------------------------------------------- helped and export


async def test_helped_says_what_was_counted(world: World, drawn: Drawn) -> None:
    link = Link(
        id=9,
        linked_at=milliseconds(NEW_YEAR - timedelta(days=5)),
        guild_id=world.guild.id,
        channel_id=5,
        message_id=6,
        article="twinflame",
        topic="runner",
        member_key=5,
        automatic=False,
        notify=True,
        whole=False,
    )
    await world.services.database.execute(INSERT_LINKS, as_parameter([link]))
    asks = [("runner", ago) for ago in (4, 4.4, 5.8) for _ in range(5)]
    await put_asks(world, *asks, members=5)

    answered = await world.asha.slash(world.general, "insights helped")

    assert "- **The runner** · asked again: 5\n" in read(answered.response)
    assert "\n13 weeks, 29 Sept\u2009–\u200928 Dec 2025\n" in read(answered.response)
    assert "### Review first" in read(answered.response)


async def test_export_is_a_zip(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5), ("hope", 50))

    answered = await world.asha.slash(world.general, "insights export")

    assert answered.response is not None
    (attachment,) = answered.response.attachments
    assert attachment.filename == "lantern-20251110-20251228.zip"


async def test_an_export_too_large_for_discord_names_the_command_line(
    world: World, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def export(*_: object) -> bytes:
        return b"x" * 30_000_000

    await put_asks(world, ("runner", 5))
    monkeypatch.setattr(world.services.reports, "export", export)

    answered = await world.asha.slash(world.general, "insights export")

    assert f"python bot.py insights export --guild {world.guild.id}" in read(answered.response)
    assert "The export has 30.0 MB, and Discord takes 26 MB here." in read(answered.response)
    assert answered.response is not None
    assert answered.response.attachments == []
