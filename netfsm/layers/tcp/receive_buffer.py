"""What came and was not received yet: text in order, and runs of text that came too early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import define, field

from netfsm.layers.tcp.text import keep
from netfsm.wire.checksum import Octets

__all__ = ["ReceiveBuffer"]

SPACE: Final = 0xFFFFFFFF


@define(eq=False)
class Run:
    """Text without a hole, from the sequence number `start` to before `end`.

    `age` is larger the later something was added.
    """

    start: int
    end: int
    age: int
    pieces: list[Octets] = field(factory=list[Octets])


class ReceiveBuffer:
    """Text of one connection. `number` is the sequence number of the next octet in order.

    What was held first stays where a later segment disagrees. Runs are in order and touch nowhere,
    and all of them lie ahead of `number`.
    """

    __slots__ = ("_age", "_ready", "_runs", "number", "unread")

    def __init__(self) -> None:
        self.number = 0
        self.unread = 0
        self._age = 0
        self._ready: list[Octets] = []
        self._runs: list[Run] = []

    # ---- text that came too early

    @property
    def holds(self) -> bool:
        """Whether text is held."""
        return bool(self._runs)

    @property
    def octets(self) -> int:
        """What is kept, in order and too early."""
        return self.unread + sum((run.end - run.start) & SPACE for run in self._runs)

    def hold(self, number: int, text: Octets, most: int) -> bool:
        """Keep `text`, whose first octet has that number and comes too early.

        False, and it is not kept, where it would be a run of its own beyond the `most`.
        """
        self._age += 1
        if not text:
            return True
        start = self._ahead(number)
        end = start + len(text)
        first = last = 0
        for run in self._runs:
            if self._ahead(run.end) < start:
                first += 1
            if self._ahead(run.start) <= end:
                last += 1
        if first == last and len(self._runs) >= most:
            return False
        self._runs[first:last] = [self._joined(self._runs[first:last], start, text)]
        return True

    def _joined(self, touched: Sequence[Run], start: int, text: Octets) -> Run:
        """One run of all that a text touches and the text in between."""
        if len(touched) == 1 and self._ahead(touched[0].end) == start:
            run = touched[0]
            keep(run.pieces, text)
            run.end = (run.end + len(text)) & SPACE
            run.age = self._age
            return run
        begin, end = start, start + len(text)
        pieces: list[Octets] = []
        at = begin
        for run in touched:
            run_start = self._ahead(run.start)
            if run_start > at:
                keep(pieces, text[at - start : run_start - start])
            begin = min(begin, run_start)
            pieces += run.pieces
            at = self._ahead(run.end)
        if at < end:
            keep(pieces, text[at - start :])
        end = max(end, at)
        number = self.number
        return Run((number + begin) & SPACE, (number + end) & SPACE, self._age, pieces)

    def follows(self, number: int) -> int:
        """How many octets are held that come right at that sequence number."""
        at = self._ahead(number)
        for run in self._runs:
            if self._ahead(run.start) <= at < self._ahead(run.end):
                return (run.end - number) & SPACE
        return 0

    def blocks(self, most: int) -> list[tuple[int, int]]:
        """Start and end of at most so many runs, that with the newest segment first (RFC 2018)."""
        newest = sorted(self._runs, key=lambda run: -run.age)
        return [(run.start, run.end) for run in newest[:most]]

    def _ahead(self, number: int) -> int:
        return (number - self.number) & SPACE

    # ---- text in order

    def take(self, text: Octets, count: int) -> None:
        """Move `count` octets into order: from runs where they are held, from `text` elsewhere.

        The first octet of `text` has the number that is next.
        """
        if not self._runs:
            keep(self._ready, text[:count])
        else:
            self._merge(text, count)
        self.number = (self.number + count) & SPACE
        self.unread += count

    def _merge(self, text: Octets, count: int) -> None:
        at = 0
        while at < count:
            run = self._runs[0] if self._runs else None
            start = count if run is None else min(self._ahead(run.start), count)
            if run is None or start > at:
                keep(self._ready, text[at:start])
                at = start
                continue
            self._runs.pop(0)
            at = self._take_run(run, at, count)

    def _take_run(self, run: Run, at: int, count: int) -> int:
        """Take of a run what lies from `at` to before `count`; where that ends."""
        place = self._ahead(run.start)
        for piece in run.pieces:
            part = memoryview(piece)[max(at - place, 0) : max(count - place, 0)]
            if part:
                keep(self._ready, part)
            place += len(piece)
        return min(place, count)

    def receive(self, count: int) -> bytes:
        """The oldest `count` octets in order, or fewer where they are not there."""
        count = min(count, self.unread)
        self.unread -= count
        taken: list[Octets] = []
        index = 0
        ready = self._ready
        while count:
            piece = ready[index]
            if len(piece) > count:
                taken.append(memoryview(piece)[:count])
                ready[index] = memoryview(piece)[count:]
                break
            taken.append(piece)
            count -= len(piece)
            index += 1
        del ready[:index]
        return taken[0] if len(taken) == 1 and isinstance(taken[0], bytes) else b"".join(taken)

    def forget(self) -> None:
        """Let go of what is held: nothing comes before it any more."""
        self._runs.clear()
