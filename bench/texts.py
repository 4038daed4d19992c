"""How long a text holds the event loop, at every door: python -m bench.texts

The bot, connected to the loopback Discord in this process, is sent the longest texts that Discord lets anybody type,
each the worst for something that reads it, and then texts thrown together at random. For every one the longest turn of
the event loop is taken, the least of some tries, since another program may have had the processor in between. Ends with
status 1 where one is longer than five milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from lantern import PROJECT
from lantern.answers import edition
from lantern.runtime.settings import Settings
from lantern.store.masking import masked
from tests.discord.doors import DOORS, turns
from tests.discord.loopback import Loopback
from tests.support.long_texts import long_texts, thrown_together
from tests.support.wire import Wired, connected, settled

LIMIT = 0.005
TRIES = 15
SHOWN = 12


async def measured(seconds: float, seed: int) -> list[tuple[float, str, str]]:
    """The longest turn for each door and text: seconds, door, text; the texts at random for so many seconds."""
    content = edition.load(PROJECT / "content")
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=Path(folder) / "lantern.sqlite3", shards=1)
        async with Loopback() as server, connected(server, Wired(settings, content)) as bot:
            matcher = bot.services.editions.current.matcher
            masked("")
            known = sorted(matcher._care._words | set(matcher._indexes[0].surface))

            async def longest(door: str, text: str) -> float:
                least = float("inf")
                for _ in range(TRIES):
                    with turns(calls=False) as found:
                        asked = await DOORS[door](server, text)
                        await asked.answered()
                        await settled()
                    least = min(least, found.most)
                    if least < LIMIT / 2:
                        break
                return least

            await longest("/ask", "is my twin flame the runner")
            rows = [
                (await longest(door, text), door, name)
                for name, text in long_texts(known, seed).items()
                for door in DOORS
            ]
            loop = asyncio.get_running_loop()
            until = loop.time() + seconds
            while loop.time() < until:
                text = thrown_together(known, dice)
                rows.append((await longest(dice.choice(list(DOORS)), text), "at random", repr(text[:60])))
            return sorted(rows, reverse=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="How long a text holds the event loop, at every door.")
    parser.add_argument("--seconds", type=float, default=60, help="how long texts are thrown together at random (60)")
    parser.add_argument("--seed", type=int, default=1, help="another number gives other texts (1)")
    arguments = parser.parse_args()
    rows = asyncio.run(measured(arguments.seconds, arguments.seed))
    for took, door, text in rows[:SHOWN]:
        print(f"{1_000 * took:6.2f} ms  {door}: {text}")
    print(f"{len(rows):,} texts and doors; {sum(took > LIMIT for took, *_ in rows):,} over {1_000 * LIMIT:.0f} ms")
    return int(rows[0][0] > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
