"""A driver that spoils what passes through another, in both directions, repeatably."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Literal

from netfsm.drivers.base import Wrapper
from netfsm.drivers.faults import Faults, Judge, Passage
from netfsm.stack.driver import Capability, Driver, Rows
from netfsm.wire.checksum import Octets
from netfsm.wire.cutter import whole_frames
from netfsm.wire.offload import Arrival

__all__ = ["Faulty"]

Way = Literal["in", "out"]


class Faulty(Wrapper):
    """`inner` behind a bad link: `Faulty(Tap("tap0"), loss=0.01, seed=1)`.

    The link is as bare as a bad cable: it offers none of the help that `inner` has, so that each
    packet has a fate of its own and each checksum is whole and is verified.

    `fates` counts what became of the frames of each direction: `("out", "lost")`. A frame that is
    held has a deadline, which `deadline` tells; `cut = True` lets nothing pass until it is False.
    """

    def __init__(self, inner: Driver, faults: Faults | None = None, /, **rates: float) -> None:
        super().__init__(inner, Capability(0))
        self.faults = faults if faults is not None else Faults(**rates)  # type: ignore[arg-type]  # Faults holds its own types
        self.fates: Counter[tuple[Way, str]] = Counter()
        self._judge = Judge(self.faults)
        self._held: list[tuple[int, int, Way, bytes]] = []
        self._arrived: deque[bytes] = deque()
        self._serial = 0
        self._now = 0

    @property
    def cut(self) -> bool:
        """True while nothing passes."""
        return self._judge.cut

    @cut.setter
    def cut(self, is_cut: bool) -> None:
        self._judge.cut = is_cut

    def advance(self, now: int) -> None:
        """Let go what was held until now."""
        self._now = max(self._now, now)
        self.inner.advance(now)
        while self._held and self._held[0][0] <= now:
            _, _, way, frame = heappop(self._held)
            self._let_go(way, frame)

    def receive(self) -> Sequence[Octets]:
        """What came through: frames of the inner driver and those that were held."""
        for one in self.inner.receive():
            if isinstance(one, Arrival):
                for frame in whole_frames(one.octets, one.offload):
                    self._pass("in", frame)
            else:
                self._pass("in", one)
        if not self._arrived:
            return ()
        frames = tuple(self._arrived)
        self._arrived.clear()
        return frames

    def told(self, rows: Sequence[Rows]) -> None:
        """Not handed on: what arrives here is not, frame by frame, what arrived there."""

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:
        """Send a frame, if chance lets it pass."""
        self._pass("out", frame, rows)

    def deadline(self) -> int | None:
        """When the first held frame is due, or the inner driver's deadline."""
        if self._arrived:
            return 0
        times = [at for at in (self.inner.deadline(), self._next_held()) if at is not None]
        return min(times, default=None)

    def _next_held(self) -> int | None:
        return self._held[0][0] if self._held else None

    def _pass(self, way: Way, frame: Octets, rows: Rows = ()) -> None:
        for passage in self._judge.judge(frame, self._now):
            self.fates[way, passage.fate] += 1
            if passage.fate in ("lost", "cut"):
                continue
            if passage.due <= self._now:
                self._let_go(way, passage.frame, rows)
            else:
                self._hold(way, passage)

    def _hold(self, way: Way, passage: Passage) -> None:
        self._serial += 1
        heappush(self._held, (passage.due, self._serial, way, passage.frame))

    def _let_go(self, way: Way, frame: bytes, rows: Rows = ()) -> None:
        if way == "in":
            self._arrived.append(frame)
        else:
            self.inner.transmit(frame, rows)
