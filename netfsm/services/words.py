"""What the small services say, whatever carries it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

__all__ = ["LINE", "Clock", "daytime", "pattern"]

Clock = Callable[[], int]
"""The time of day in microseconds since 1970."""
LINE: Final = 74
"""Octets of a line of chargen (RFC 864)."""
_PRINTABLE: Final = bytes(range(32, 127))


def pattern(first: int, lines: int) -> bytes:
    """Lines of 72 printing characters, each begun one further on than the one before it."""
    ring = _PRINTABLE * 2
    starts = ((first + line) % len(_PRINTABLE) for line in range(lines))
    return b"".join(ring[start : start + LINE - 2] + b"\r\n" for start in starts)


def daytime(now: int) -> bytes:
    """The date and the time in words; `now` in microseconds since 1970."""
    moment = datetime.fromtimestamp(now // 1_000_000, UTC)
    return moment.strftime("%A, %B %d, %Y %X-UTC\r\n").encode()
