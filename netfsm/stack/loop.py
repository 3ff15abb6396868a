"""A plain shell: one thread, `selectors`, the monotonic clock."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic_ns
from typing import Final

from netfsm.stack.driver import Driver
from netfsm.stack.pump import OnReport, Pump, attached, ignore
from netfsm.stack.stack import Stack

__all__ = ["Loop", "microseconds"]

LONGEST_WAIT: Final = 3600.0
OTHER: Final = "also "
Others = Callable[[], Mapping[str, tuple[int, Callable[[], None]]]]


def microseconds() -> int:
    """What the monotonic clock says."""
    return monotonic_ns() // 1000


class Loop:
    """A stack on real drivers: `Loop(stack, {"eth0": Tap("tap0")}).run()`.

    Without `drivers`, those that are attached already. The stack's clock goes on from where it
    stands when `run` begins. `on_report` gets each report of the stack, and `driver.gone` where a
    link was taken away; it may command the stack. The drivers stay open: who made them closes them.
    """

    def __init__(
        self,
        stack: Stack,
        drivers: Mapping[str, Driver] | None = None,
        on_report: OnReport = ignore,
        *,
        clock: Callable[[], int] = microseconds,
    ) -> None:
        self.stack = stack
        self._pump = Pump(stack, attached(stack) if drivers is None else drivers, on_report)
        self._clock = clock
        self._stopped = False
        self._asleep, self._waker = socket.socketpair()
        self._asleep.setblocking(False)
        self._waker.setblocking(False)
        self._watched: dict[str, int] = {}
        self._others: Others = dict

    def also(self, others: Others) -> None:
        """Watch further descriptors: `others` tells which, and what to call for each."""
        self._others = others

    def stop(self) -> None:
        """Let `run` return after the turn that is under way. Safe in a signal handler."""
        self._stopped = True
        with suppress(OSError):  # full: it wakes up anyway
            self._waker.send(b"!")

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Move the stack until `stop` is called, or `until` says so after a turn."""
        origin = self._clock() - self.stack.clock.now
        with selectors.DefaultSelector() as selector:
            selector.register(self._asleep, selectors.EVENT_READ, "")
            self._watched.clear()
            ready: set[str] | None = None
            while not self._stopped:
                following = self._pump.turn(self._clock() - origin, ready)
                if until is not None and until():
                    return
                self._watch(selector)
                ready = self._wait(selector, following, origin)
                self._serve(ready)
        self._stopped = False
        self._drain()

    def _serve(self, ready: set[str]) -> None:
        """Call those of the others whose descriptor is readable."""
        for name in sorted(ready):
            found = self._others().get(name.removeprefix(OTHER))
            if name.startswith(OTHER) and found is not None:
                found[1]()

    def close(self) -> None:
        """Give back the loop's own descriptors."""
        self._asleep.close()
        self._waker.close()

    def _wait(
        self, selector: selectors.BaseSelector, following: int | None, origin: int
    ) -> set[str]:
        if following is None:
            patience = LONGEST_WAIT
        else:
            patience = min((following + origin - self._clock()) / 1e6, LONGEST_WAIT)
        return {key.data for key, _ in selector.select(max(patience, 0.0))}

    def _watch(self, selector: selectors.BaseSelector) -> None:
        """Keep the selector's list that of the drivers and the others: they come and go."""
        wanted = self._pump.descriptors()
        wanted |= {f"{OTHER}{name}": number for name, (number, _) in self._others().items()}
        if wanted == self._watched:
            return
        for name, number in self._watched.items():
            if wanted.get(name) != number:
                selector.unregister(number)
        for name, number in wanted.items():
            if self._watched.get(name) != number:
                selector.register(number, selectors.EVENT_READ, name)
        self._watched = wanted

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while self._asleep.recv(64):
                pass
