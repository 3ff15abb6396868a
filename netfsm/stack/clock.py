"""Timers in virtual time.

Deadlines are lazy: arming again only writes a number, and the queue is corrected when the old
place comes up. So a timer that is restarted with every packet costs almost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from attrs import define, field

_MANY: Final = 64


@define(eq=False)
class Alarm:
    """One timer: `deadline` in microseconds, None while it is stopped.

    `place` is where it stands in the clock's queue, at its deadline or before it. A kind of alarm
    says what it does.
    """

    deadline: int | None = None
    place: Place | None = None

    def fire(self) -> None:
        """Do what it was set for."""
        raise NotImplementedError

    def rest(self) -> None:
        """It is not set, and the clock knows nothing of it any more."""


Place = tuple[int, int, Alarm]


def _fire(alarm: Alarm) -> None:
    alarm.fire()


@define
class Clock:
    """The time of the last step, and the alarms that are set. Never reads a clock itself."""

    now: int = 0
    _queue: list[Place] = field(factory=list[Place])
    _serial: int = 0
    _dead: int = 0

    def arm(self, alarm: Alarm, after: int) -> None:
        """Let `alarm` fire `after` microseconds from now, whatever it was set to."""
        deadline = self.now + after
        place = alarm.place
        if place is None:
            self._push(alarm, deadline)
        elif place[0] > deadline:
            self._dead += alarm.deadline is not None
            self._push(alarm, deadline)
        elif alarm.deadline is None:
            self._dead -= 1
        alarm.deadline = deadline

    def stop(self, alarm: Alarm) -> None:
        """Let `alarm` not fire."""
        if alarm.deadline is not None:
            alarm.deadline = None
            self._dead += 1
            if self._dead > _MANY and 2 * self._dead > len(self._queue):
                self._sweep()

    def next_deadline(self) -> int | None:
        """When the first alarm is due, None where none is set."""
        queue = self._queue
        while queue:
            place = queue[0]
            at, _, alarm = place
            if alarm.place is place and alarm.deadline == at:
                return at
            heappop(queue)
            if alarm.place is place and alarm.deadline is not None:
                self._push(alarm, alarm.deadline)
            else:
                self._forget(place)
        return None

    def run_due(self, now: int, fire: Callable[[Alarm], None] = _fire) -> None:
        """Move to `now`, and `fire` what is due on the way at its own time, earliest first."""
        while (at := self.next_deadline()) is not None and at <= now:
            _, _, alarm = heappop(self._queue)
            alarm.place = alarm.deadline = None
            self.now = max(self.now, at)
            fire(alarm)
            if alarm.place is None:
                alarm.rest()
        self.now = max(self.now, now)

    def armed(self) -> tuple[Alarm, ...]:
        """The alarms that are set, in order of their deadlines."""
        live = {id(alarm): alarm for _, _, alarm in self._queue if alarm.deadline is not None}
        return tuple(sorted(live.values(), key=lambda alarm: alarm.deadline or 0))

    def __len__(self) -> int:
        """Places in the queue, those of stopped alarms included: memory, not meaning."""
        return len(self._queue)

    def _push(self, alarm: Alarm, deadline: int) -> None:
        self._serial += 1
        alarm.place = (deadline, self._serial, alarm)
        heappush(self._queue, alarm.place)

    def _forget(self, place: Place) -> None:
        """A place that is of no use has left the queue."""
        self._dead -= 1
        alarm = place[2]
        if alarm.place is place:
            alarm.place = None
            alarm.rest()

    def _sweep(self) -> None:
        """Take every place of no use out, so that memory follows the alarms that are set."""
        kept: list[Place] = []
        for place in self._queue:
            alarm = place[2]
            if alarm.place is place and alarm.deadline is not None:
                kept.append(place)
            else:
                self._forget(place)
        heapify(kept)
        self._queue = kept
