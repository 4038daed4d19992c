"""Forms to fill in (modals), answered as every other press: by their custom id, with nothing kept per form."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui


class Form(ui.Modal):
    """A form that is ready to be shown; it calls itself finished so that discord.py stores nothing for it."""

    def __init__(self, title: str, press_id: str, *fields: ui.Label[Any]) -> None:
        super().__init__(title=title, custom_id=press_id, timeout=None)
        for field in fields:
            self.add_item(field)

    def is_finished(self) -> bool:
        return True


def field(
    name: str,
    label: str,
    description: str,
    *,
    value: str | None,
    limit: int,
    long: bool = False,
    placeholder: str | None = None,
) -> ui.Label[Any]:
    """One text to write; may be left empty. ``limit`` is in characters."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    control = ui.TextInput[Any](
        custom_id=name, style=style, default=value, max_length=limit, required=False, placeholder=placeholder
    )
    return ui.Label(text=label, description=description, component=control)


def written(interaction: discord.Interaction) -> dict[str, str]:
    """What was written in a form that was sent, by the fields' names, without blanks around it."""
    texts = {}
    data: Any = interaction.data or {}
    for part in data.get("components", ()):
        for control in (*part.get("components", ()), part.get("component") or {}):
            if isinstance(control.get("value"), str):
                texts[str(control.get("custom_id"))] = control["value"].strip()
    return texts
