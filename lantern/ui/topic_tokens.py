"""Topics in custom ids: eight characters each, the same in every content that has the topic.

Three names of 32 characters and an id would not fit into the 100 characters of a custom id.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from lantern.content.models import Content, Topic

OFFERED_MAX: Final = 5
"""Topics that one part of a custom id names: with an id, a name and one token more they have 76 characters of 100."""


def token(topic: Topic) -> str:
    """Eight characters that name a topic: 40 bits, two of a thousand share one with probability 5e-7."""
    digest = hashlib.blake2b(topic.address.encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()


def tokens(topics: Iterable[Topic]) -> str:
    """Topics as one part of a custom id, `OFFERED_MAX` at most."""
    return ".".join(token(topic) for topic in list(topics)[:OFFERED_MAX])


class TopicTokens:
    """The topics of one content by their tokens."""

    def __init__(self, content: Content) -> None:
        self._topics = {token(topic): topic for topic in content.topics()}

    def topics(self, part: str) -> list[Topic]:
        """The topics that a part of a custom id names and that the content still has, in their order."""
        return [topic for name in part.split(".")[:OFFERED_MAX] if (topic := self._topics.get(name)) is not None]
