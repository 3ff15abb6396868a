"""Timers in virtual time.

Deadlines are lazy: arming again only writes a number, and the queue is corrected when the old
place comes up. So a timer that is restarted with every packet costs almost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from attrs import define, field


@define(eq=False)
class Alarm:
    """One timer: `deadline` in microseconds, None while it is stopped; `fire` is what it does."""

    fire: Callable[[], None]
    deadline: int | None = None
    queued: int | None = None


@define
class Clock:
    """The time of the last step, and the alarms that are set. Never reads a clock itself."""

    now: int = 0
    _queue: list[tuple[int, int, Alarm]] = field(factory=list[tuple[int, int, Alarm]])
    _serial: int = 0

    def arm(self, alarm: Alarm, after: int) -> None:
        """Let `alarm` fire `after` microseconds from now, whatever it was set to."""
        deadline = self.now + after
        alarm.deadline = deadline
        if alarm.queued is None or alarm.queued > deadline:
            self._push(alarm, deadline)

    def stop(self, alarm: Alarm) -> None:
        """Let `alarm` not fire."""
        alarm.deadline = None

    def next_deadline(self) -> int | None:
        """When the first alarm is due, None where none is set."""
        queue = self._queue
        while queue:
            at, _, alarm = queue[0]
            if alarm.queued == at and alarm.deadline == at:
                return at
            heappop(queue)
            if alarm.queued == at:
                alarm.queued = None
                if alarm.deadline is not None:
                    self._push(alarm, alarm.deadline)
        return None

    def run_due(self, now: int) -> None:
        """Move to `now`, firing what is due on the way at its own time, in order of deadlines."""
        while (at := self.next_deadline()) is not None and at <= now:
            _, _, alarm = heappop(self._queue)
            alarm.queued = alarm.deadline = None
            self.now = max(self.now, at)
            alarm.fire()
        self.now = max(self.now, now)

    def armed(self) -> tuple[Alarm, ...]:
        """The alarms that are set, in order of their deadlines."""
        live = {id(alarm): alarm for _, _, alarm in self._queue if alarm.deadline is not None}
        return tuple(sorted(live.values(), key=lambda alarm: alarm.deadline or 0))

    def _push(self, alarm: Alarm, deadline: int) -> None:
        self._serial += 1
        alarm.queued = deadline
        heappush(self._queue, (deadline, self._serial, alarm))
