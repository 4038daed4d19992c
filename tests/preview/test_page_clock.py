"""The preview's clock ticks while people press: neither may stop the other."""

from __future__ import annotations

import asyncio

from lantern.content.models import Content
from lantern.preview import page as preview
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings


async def test_a_press_during_a_tick_waits_and_arrives(settings: Settings, content: Content) -> None:
    bot = Lantern(settings, content)
    try:
        async with preview.world_of(bot, check_errors=False) as env:
            furnished = preview.furnish(env)
            page_of = env.preview(furnished.places["general"], viewers=furnished.people, layout="channel")
            async with page_of as page:
                opened = page._open_page(None, None)
                ticking = preview._let_presses_wait(page)

                async def tick() -> None:
                    async with ticking:
                        await env.advance_time(1)

                under_way = asyncio.create_task(tick())
                await asyncio.sleep(0)
                press = {
                    "protocol_version": 3,
                    "sequence": 1,
                    "request_id": "a",
                    "generation": opened.generation,
                    "bot_generation": 1,
                    "published_revision": 1,
                    "kind": "refresh",
                }
                # Without waiting, SimCord raises "operation overlaps active advance_time" here.
                told = await page._action(opened.id, press)
                await under_way

        assert told["settlement"] == "settled"
        assert not told["rejected"]
    finally:
        await bot.close()
