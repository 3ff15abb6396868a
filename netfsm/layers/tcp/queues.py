"""The octets of a connection: what waits to be sent, and what has come.

Both count octets from the first one of the stream, which is 0 whatever its sequence number is. The
specs say which octets are sent, taken, held and let go; nothing is decided here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from netfsm.wire.checksum import Octets

__all__ = ["ReceiveBuffer", "SendQueue"]

_SMALL = 4096
"""Octets below which a piece is put together with the one before it."""
_REMEMBERED = 8
"""Runs of held text that are told first (RFC 2018 §4)."""


class SendQueue:
    """Text from the first octet that is not acknowledged to the last that the user gave."""

    __slots__ = ("_ends", "_pieces", "begin", "end")

    def __init__(self) -> None:
        self.begin = 0
        self.end = 0
        self._pieces: list[bytearray | bytes] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        """Octets that are kept."""
        return self.end - self.begin

    def append(self, data: Octets) -> None:
        """Put `data` behind what is there, in a copy."""
        if not len(data):
            return
        self.end += len(data)
        if self._pieces and isinstance(self._pieces[-1], bytearray):
            last = self._pieces[-1]
            if len(last) + len(data) <= _SMALL:
                last += data
                self._ends[-1] = self.end
                return
        self._pieces.append(bytearray(data) if len(data) < _SMALL else bytes(data))
        self._ends.append(self.end)

    def slices(self, begin: int, count: int) -> list[bytes | memoryview]:
        """`count` octets from place `begin` on, in as few pieces as they lie in."""
        found: list[bytes | memoryview] = []
        index = bisect_right(self._ends, begin)
        while count > 0:
            piece = self._pieces[index]
            start = self._ends[index] - len(piece)
            offset = begin - start
            take = min(count, len(piece) - offset)
            part = memoryview(piece)[offset : offset + take]
            # a view of a bytearray would keep it from growing
            found.append(bytes(part) if isinstance(piece, bytearray) else part)
            begin, count, index = begin + take, count - take, index + 1
        return found

    def release(self, upto: int) -> None:
        """Let go of all before place `upto`; beyond the end there is nothing to let go."""
        self.begin = min(max(upto, self.begin), self.end)
        gone = bisect_right(self._ends, self.begin)
        if gone:
            del self._pieces[:gone]
            del self._ends[:gone]


class ReceiveBuffer:
    """Text in order that waits for the user, and text that came too early.

    `next` is the place of the first octet that has not come in order.
    """

    __slots__ = ("_held", "_recent", "next", "ready", "waiting")

    def __init__(self) -> None:
        self.next = 0
        self.ready: deque[memoryview] = deque()
        self.waiting = 0
        self._held: list[tuple[int, memoryview]] = []  # apart, in order of their places
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)

    @property
    def holds(self) -> bool:
        """Whether text is held that came too early."""
        return bool(self._held)

    @property
    def held_octets(self) -> int:
        """Octets that came too early."""
        return sum(len(view) for _, view in self._held)

    def hold(self, place: int, text: memoryview) -> None:
        """Keep `text`; what was held before stays as it came first."""
        self._recent.appendleft(place)
        begin, end = place, place + len(text)
        kept: list[tuple[int, memoryview]] = []
        for start, view in self._held:
            stop = start + len(view)
            if stop <= begin or start >= end:
                continue
            if begin < start:
                kept.append((begin, text[begin - place : start - place]))
            begin = max(begin, stop)
        if begin < end:
            kept.append((begin, text[begin - place :]))
        self._held = sorted([*self._held, *kept], key=lambda one: one[0])

    def follows(self, place: int) -> int:
        """How many octets are held without a gap from `place` on."""
        end = place
        for start, view in self._held:
            if start > end:
                break
            end = max(end, start + len(view))
        return end - place

    def take(self, text: memoryview, count: int) -> None:
        """`text`, which begins at `next`, and what was held behind it: `count` octets."""
        end = self.next + count
        part = text[:count]
        if len(part):
            self.ready.append(part)
        self.next += len(part)
        held: list[tuple[int, memoryview]] = []
        for start, view in self._held:
            stop = start + len(view)
            if start <= self.next < stop and self.next < end:
                part = view[self.next - start : end - start]
                self.ready.append(part)
                self.next += len(part)
            if stop > end:
                held.append((start, view) if start >= end else (end, view[end - start :]))
        self._held = held
        self.waiting += count

    def read(self, count: int) -> bytes:
        """The first `count` octets that wait, at most."""
        parts: list[memoryview] = []
        left = min(count, self.waiting)
        self.waiting -= left
        while left:
            part = self.ready.popleft()
            if len(part) > left:
                self.ready.appendleft(part[left:])
                part = part[:left]
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def runs(self) -> list[tuple[int, int]]:
        """The runs that are held, begin and end: first that with the newest text (RFC 2018 §4)."""
        whole: list[list[int]] = []
        for start, view in self._held:
            if whole and whole[-1][1] == start:
                whole[-1][1] += len(view)
            else:
                whole.append([start, start + len(view)])
        found: dict[int, tuple[int, int]] = {}
        for place in self._recent:
            for start, stop in whole:
                if start <= place < stop:
                    found.setdefault(start, (start, stop))
        for start, stop in whole:
            found.setdefault(start, (start, stop))
        return list(found.values())
