"""Files sent to Discord."""

from __future__ import annotations

from typing import Any

import discord


class Upload(discord.File):
    """A file whose place in the message is named as Discord's API document has it.

    The document types an attachment's id as a snowflake, which is text; discord.py sends a number, as an example of the
    reference does. Discord takes both.
    """

    def to_dict(self, index: int) -> dict[str, Any]:
        """How the file is announced beside its bytes."""
        return {**super().to_dict(index), "id": str(index)}
