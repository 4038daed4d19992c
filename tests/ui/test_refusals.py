"""What people read when Lantern or discord.py says no: a sentence that helps, and never that something went wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import discord
import pytest
import simcord
from discord import app_commands
from discord.ext import commands

from lantern.ui.cards import Card, built, button
from lantern.ui.custom_ids import custom_id, press
from lantern.ui.forms import Form, field
from lantern.ui.refusals import Refused, sentence_for
from tests.support.world import World, answer, buttons, deny, read

Callback = Callable[..., Coroutine[Any, Any, None]]


def callback() -> Callback:
    """What the command does where nothing refuses it; new for each test, since decorators write on it."""

    async def done(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Done.", ephemeral=True)

    return done


async def told(
    world: World, does: Callback, *, by: simcord.MemberActor | None = None, times: int = 1, **options: Any
) -> str:
    """Put a command on the running bot, let somebody use it so often, and return what they read at last, privately."""
    world.bot.tree.add_command(app_commands.Command(name="example", description="An example", callback=does))
    await world.bot.tree.sync()
    for _ in range(times):
        result = await (by or world.maya).slash(world.general, "example", **options)
    assert result.ephemeral
    said = read(answer(result))
    assert "went wrong" not in said
    assert "reference" not in said
    return said


def refused_by(world: World) -> list[str]:
    """What discord.py or Lantern refused with; once it is looked at, SimCord does not fail the test for it."""
    return [type(getattr(error, "original", error)).__name__ for error in world.env.errors]


async def test_a_cooldown_says_how_long_to_wait(world: World) -> None:
    # The decorator is used here: made once for a class, its buckets would be those of the test before.
    said = await told(world, app_commands.checks.cooldown(1, 60)(callback()), times=2)

    assert said == "You have just used this very often. Please try again in 60 seconds."
    assert refused_by(world) == ["CommandOnCooldown"]


async def test_after_the_cooldown_it_works_again(world: World) -> None:
    await told(world, app_commands.checks.cooldown(1, 60)(callback()), times=2)

    await world.env.advance_time(61)

    assert read(answer(await world.maya.slash(world.general, "example"))) == "Done."
    assert refused_by(world) == ["CommandOnCooldown"]


@pytest.mark.parametrize(("left", "said"), [(0.2, "in one second."), (1.0, "in one second."), (1.2, "in 2 seconds.")])
def test_the_seconds_of_a_cooldown_are_whole_and_never_too_few(left: float, said: str) -> None:
    sentence = sentence_for(app_commands.CommandOnCooldown(app_commands.Cooldown(1, 60), left))

    assert sentence is not None
    assert sentence.endswith(said)


async def test_a_permission_that_the_member_lacks_is_named_as_discord_names_it(world: World) -> None:
    said = await told(world, app_commands.checks.has_permissions(manage_guild=True, manage_messages=True)(callback()))

    assert said == "You need **Manage Server** and **Manage Messages** in this server for this."
    assert refused_by(world) == ["MissingPermissions"]


async def test_a_permission_that_lantern_lacks_is_named_and_who_can_give_it(world: World) -> None:
    deny(world, world.general, send_messages=True)

    said = await told(world, app_commands.checks.bot_has_permissions(send_messages=True)(callback()))

    assert said == "Lantern needs **Send Messages** here for this. An administrator can allow it."
    assert refused_by(world) == ["BotMissingPermissions"]


async def test_a_check_that_fails_says_who_decides(world: World) -> None:
    said = await told(world, app_commands.check(lambda _interaction: False)(callback()))

    assert said == "You cannot use this here. This server's administrators decide who can."
    assert refused_by(world) == ["CheckFailure"]


async def test_a_role_that_is_asked_for_and_missing_is_such_a_check(world: World) -> None:
    said = await told(world, app_commands.checks.has_role("Elder")(callback()))

    assert said == "You cannot use this here. This server's administrators decide who can."
    assert refused_by(world) == ["MissingRole"]


async def test_what_needs_a_server_says_so(world: World) -> None:
    # What discord.py's checks for roles raise in a direct message.
    def in_a_server(_interaction: discord.Interaction) -> NoReturn:
        raise app_commands.NoPrivateMessage

    said = await told(world, app_commands.check(in_a_server)(callback()))

    assert said == "This works in a server, not in direct messages."
    assert refused_by(world) == ["NoPrivateMessage"]


async def test_a_command_that_is_gone_or_takes_other_values_now_has_changed(world: World) -> None:
    """Discord still offers what Lantern sent it last."""
    assert await told(world, callback()) == "Done."

    async def other(interaction: discord.Interaction, number: int) -> None: ...

    other.__annotations__ |= {"interaction": discord.Interaction, "number": int}
    changed: app_commands.Command[Any, ..., None]
    changed = app_commands.Command(name="example", description="An example", callback=other)
    for now in ([changed], []):
        world.bot.tree.remove_command("example")
        for command in now:
            world.bot.tree.add_command(command)
        said = read(answer(await world.maya.slash(world.general, "example")))

        assert said == "This command has just changed. Type `/` and choose it again, or use `/topics`."
    assert refused_by(world) == ["CommandSignatureMismatch", "CommandNotFound"]


async def test_a_check_of_lanterns_own_says_its_own_sentence(world: World) -> None:
    def not_today(_interaction: discord.Interaction) -> NoReturn:
        raise Refused("Not today.")

    said = await told(world, app_commands.check(not_today)(callback()))

    assert said == "Not today."


class Even(app_commands.Transformer):
    """Takes even numbers; it refuses negative ones itself, and discord.py those that it raises over."""

    async def transform(self, _interaction: discord.Interaction, value: str, /) -> int:
        if value.startswith("-"):
            raise Refused("Choose a number above zero.")
        if int(value) % 2:
            raise ValueError(value)
        return int(value)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("2", "2"),
        ("3", "Lantern could not read one of the values. Choose it from the list that appears while you type."),
        ("-2", "Choose a number above zero."),
    ],
)
async def test_a_value_that_cannot_be_read_is_said(world: World, number: str, said: str) -> None:
    async def example(interaction: discord.Interaction, number: app_commands.Transform[int, Even]) -> None:
        await interaction.response.send_message(str(number), ephemeral=True)

    # discord.py looks a callback's annotations up among the globals of its module.
    example.__annotations__["number"] = app_commands.Transform[int, Even]

    assert await told(world, example, number=number) == said
    assert refused_by(world) == (["TransformerError"] if number == "3" else [])


async def test_a_command_that_is_refused_after_it_was_acknowledged_is_answered_all_the_same(world: World) -> None:
    async def example(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        raise Refused("This was not possible.")

    assert await told(world, example) == "This was not possible."


class Panel(commands.Cog):
    """A panel with a button that is refused, at once or after it was acknowledged, and one that opens a form."""

    @app_commands.command(description="An example")
    async def panel(self, interaction: discord.Interaction) -> None:
        choices = [button(label, custom_id("example", label)) for label in ("now", "later", "form")]
        await interaction.response.send_message(view=Card(built(discord.ui.ActionRow(*choices))), ephemeral=True)

    @press("example")
    async def pressed(self, interaction: discord.Interaction, which: str) -> None:
        if which == "form":
            name = field("name", "Name", "Any name", value=None, limit=20)
            await interaction.response.send_modal(Form("An example", custom_id("example-form"), name))
            return
        if which == "later":
            await interaction.response.defer()
        raise Refused(f"Not {which}.")

    @press("example-form")
    async def sent(self, _interaction: discord.Interaction) -> None:
        raise Refused("That name is taken.")


@pytest.fixture
async def panel(world: World) -> simcord.ResponseMessage:
    """The panel, as Maya opened it."""
    panel = Panel()
    await world.bot.add_cog(panel)
    world.bot.presses.add(panel)
    await world.bot.tree.sync()
    return answer(await world.maya.slash(world.general, "panel"))


def panel_now(world: World, panel: simcord.ResponseMessage) -> discord.Message:
    """The panel as it stands now."""
    (found,) = [message for message in world.seen_by(world.maya) if message.id == panel.id]
    return found


@pytest.mark.parametrize("which", ["now", "later"])
async def test_a_press_that_is_refused_says_so_privately_and_leaves_the_panel(
    world: World, panel: simcord.ResponseMessage, which: str
) -> None:
    result = await world.maya.click(panel, label=which)

    last = world.seen_by(world.maya)[-1]
    assert read(last) == f"Not {which}."
    assert last.flags.ephemeral
    assert not result.modal
    assert buttons(panel_now(world, panel)) == ["now", "later", "form"]
    assert world.seen_by(world.lea) == []


async def test_a_form_that_is_refused_says_so_privately_and_leaves_the_panel(
    world: World, panel: simcord.ResponseMessage
) -> None:
    opened = await world.maya.click(panel, label="form")

    result = await world.maya.submit_modal(opened, {"name": "Maya"})

    assert read(answer(result)) == "That name is taken."
    assert result.ephemeral
    assert buttons(panel_now(world, panel)) == ["now", "later", "form"]
    assert world.seen_by(world.lea) == []
