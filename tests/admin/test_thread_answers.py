"""``/thread-answers`` and ``/setup``: where new threads are answered, and what is refused."""

from __future__ import annotations

from tests.support.world import World, answer, deny, press_id, read


async def switch_on(world: World) -> str:
    """Switch it on in #general, and what the administrator reads."""
    return read(answer(await world.asha.slash(world.general, "thread-answers on", channel=world.general)))


async def choose(world: World, *channels: object) -> str:
    """Choose exactly these channels in /setup, and what the administrator reads."""
    checklist = answer(await world.asha.slash(world.general, "setup"))
    await world.asha.click(checklist, custom_id=press_id(checklist, "set-open:threads"))
    told = await world.asha.select(checklist, list(channels), custom_id=press_id(checklist, "set-threads"))
    return read(told.response or checklist)


async def test_on_again_tells_what_has_been_taken_away_since(world: World) -> None:
    await switch_on(world)
    deny(world, world.general, read_message_history=True)

    assert (await switch_on(world)).startswith(
        "Nothing was changed. Lantern needs the permission **Read Message History**"
    )
    assert world.services.guilds.of(world.guild.id).thread_answers == (world.general.id,)


async def test_setup_tells_what_has_been_taken_away_since(world: World) -> None:
    await switch_on(world)
    other = world.guild.create_text_channel("other")
    deny(world, world.general, read_message_history=True)

    assert (await choose(world, world.general, other)).startswith(
        "Nothing was changed. Lantern needs the permission **Read Message History**"
    )
    assert world.services.guilds.of(world.guild.id).thread_answers == (world.general.id,)


async def test_a_channel_in_which_something_is_missing_does_not_keep_others_from_being_added(world: World) -> None:
    other = world.guild.create_text_channel("other")
    await choose(world, other)
    deny(world, other, read_message_history=True)

    assert "From now on, Lantern answers new threads in" in await switch_on(world)
    assert world.services.guilds.of(world.guild.id).thread_answers == (other.id, world.general.id)


async def test_a_channel_that_lantern_does_not_see_is_refused_for_that_first(world: World) -> None:
    deny(world, world.general, view_channel=True)

    assert (await switch_on(world)).startswith(
        "Nothing was changed. Lantern needs the permissions **View Channel** and "
    )
    assert world.services.guilds.of(world.guild.id).thread_answers == ()
