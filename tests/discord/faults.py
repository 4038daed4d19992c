"""How Discord lets a request down: faults planned for the next requests, and rate limits that are really kept.

Headers and bodies are from Discord's reference, "Rate Limits" and "Opcodes and Status Codes".
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

from tests.discord.payloads import Json


@dataclass(frozen=True)
class Fault:
    """One way in which Discord lets a request down.

    `done` says whether Discord carried the request out before failing, which is what makes repeating it dangerous.
    `wait` delays by seconds, or until the event is set. `reset` cuts the connection instead of answering.
    """

    status: int | None = None
    body: Json | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float | asyncio.Event | None = None
    reset: bool = False
    done: bool = False

    @classmethod
    def error(cls, status: int, *, done: bool = False) -> Self:
        """Return a 500, 502, 503 or 504 with the HTML that Discord's front sends."""
        return cls(status, f"<html><title>{status}</title></html>", done=done)

    @classmethod
    def refused(cls, status: int, code: int, message: str) -> Self:
        """Return a refusal in Discord's own words, such as 403, 50013, "Missing Permissions"."""
        return cls(status, {"message": message, "code": code})

    @classmethod
    def rate_limited(cls, retry_after: float, *, everywhere: bool = False) -> Self:
        """Return a 429 with `retry_after` in seconds, of the route's bucket or, with `everywhere`, the global one."""
        body: Json = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
        scope = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"} if everywhere else {}
        headers = {"X-RateLimit-Scope": "user", "X-RateLimit-Reset-After": f"{retry_after:.3f}"}
        return cls(429, body, headers | {"Retry-After": str(int(retry_after) + 1)} | scope)

    @classmethod
    def slow(cls, wait: float | asyncio.Event) -> Self:
        """Return an ordinary answer that comes late: after so many seconds, or when the event is set."""
        return cls(wait=wait)

    @classmethod
    def cut(cls, *, done: bool = False) -> Self:
        """Return a connection reset in place of an answer."""
        return cls(reset=True, done=done)


class Faults:
    """What is planned to go wrong, and the limits kept. The server asks it before it answers a request.

    In both, method "*" is any, and a pattern is such as /channels/*/messages.
    """

    def __init__(self) -> None:
        self._planned: list[tuple[str, str, Iterator[Fault]]] = []
        self._limits: list[tuple[str, str, int, float]] = []
        self._buckets: dict[tuple[str, str], tuple[int, float]] = {}  # how many are left, and until when

    def fail(self, method: str, pattern: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` requests that match fail so; faults are used in the order planned.

        The gateway's own handshake is GET /gateway.
        """
        self._planned.append((method, pattern, itertools.repeat(fault, times)))

    def limit(self, method: str, pattern: str, count: int, per: float) -> None:
        """Keep a real rate limit from now on: `count` requests in `per` seconds on each path that matches."""
        self._limits.append((method, pattern, count, per))

    def heal(self) -> None:
        """Forget planned faults and limits."""
        self._planned.clear()
        self._limits.clear()
        self._buckets.clear()

    def next_fault(self, method: str, path: str) -> Fault | None:
        """Return the fault planned for this request, used up once more; None where there is none."""
        planned = (faults for wanted, pattern, faults in self._planned if _fits(wanted, pattern, method, path))
        return next(itertools.chain.from_iterable(planned), None)

    def count(self, method: str, path: str) -> tuple[Fault | None, dict[str, str]]:
        """Count this request against its limit. Return a 429 if it is one too many, and the headers of its bucket."""
        for wanted, pattern, allowed, per in self._limits:
            if not _fits(wanted, pattern, method, path):
                continue
            now = time.perf_counter()
            left, resets = self._buckets.get((wanted, path), (0, 0.0))
            left, resets = (left - 1, resets) if now < resets else (allowed - 1, now + per)
            self._buckets[wanted, path] = left, resets
            headers = {
                "X-RateLimit-Bucket": re.sub(r"\W", "", wanted + pattern),
                "X-RateLimit-Limit": str(allowed),
                "X-RateLimit-Remaining": str(max(0, left)),
                "X-RateLimit-Reset": f"{time.time() + resets - now:.3f}",
                "X-RateLimit-Reset-After": f"{resets - now:.3f}",
            }
            return (Fault.rate_limited(resets - now) if left < 0 else None), headers
        return None, {}


def _fits(wanted: str, pattern: str, method: str, path: str) -> bool:
    return wanted in ("*", method) and fnmatchcase(path, pattern)
