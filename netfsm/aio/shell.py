"""A stack on an event loop: `async with running(stack, {"eth0": Tap("tap0")}): ...`.

The stack turns on the event loop's own thread and clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from netfsm.stack.driver import Driver
from netfsm.stack.messages import Report
from netfsm.stack.pump import OnReport, Pump, attached, ignore
from netfsm.stack.stack import Stack

__all__ = ["STOPPED", "Running", "running", "running_of"]

STOPPED = Report("aio.stopped", {})
"""What those who watch sockets are told when the stack does not run any more."""


@asynccontextmanager
async def running(
    stack: Stack, drivers: Mapping[str, Driver] | None = None, on_report: OnReport = ignore
) -> AsyncGenerator[Running]:
    """Let a stack run beside the body of the with-block.

    `drivers` are those that are attached already where nothing is said. An exception of a driver
    or of a strict stack ends the running and is raised at the end of the block, or by `stopped`.
    The drivers stay open: who made them closes them.
    """
    pump = Pump(stack, attached(stack) if drivers is None else drivers, on_report)
    found = Running(pump, asyncio.get_running_loop())
    found.start()
    try:
        yield found
    finally:
        found.stop()
    found.check()


class Running:
    """A stack at work on an event loop; made by `running`."""

    def __init__(self, pump: Pump, loop: asyncio.AbstractEventLoop) -> None:
        self.stack = pump.stack
        self._pump = pump
        self._loop = loop
        self._origin = _now(loop) - pump.stack.clock.now
        self._watched: dict[str, int] = {}
        self._timer: asyncio.Handle | None = None
        self._turning = False
        self._failure: Exception | None = None
        self._over: asyncio.Future[None] = loop.create_future()
        self._waiters: dict[asyncio.Future[Report], Callable[[Report], bool]] = {}
        self._watchers: dict[object, Callable[[Report], None]] = {}
        self._told, pump.on_report = pump.on_report, self._report

    def start(self) -> None:
        """Turn now, and from now on whenever there is a reason to."""
        self.stack.on_change = self._soon
        for driver in self._pump.drivers.values():
            driver.on_arrival(self._soon)
        self._turn(None)

    def stop(self) -> None:
        """Turn no more. Stopping twice is harmless."""
        self.stack.on_change = None
        for driver in self._pump.drivers.values():
            driver.on_arrival(None)
        if self._timer is not None:
            self._timer.cancel()
        for number in self._watched.values():
            self._loop.remove_reader(number)
        self._watched = {}
        for waiter in self._waiters:
            waiter.cancel()
        for call in list(self._watchers.values()):
            call(STOPPED)
        if not self._over.done():
            self._over.set_result(None)

    def check(self) -> None:
        """Raise what ended the running, if anything did."""
        if self._failure is not None:
            raise self._failure

    async def stopped(self) -> None:
        """Wait for `stop`; raises what ended the running."""
        await asyncio.shield(self._over)
        self.check()

    async def report(self, wanted: Callable[[Report], bool]) -> Report:
        """Wait for the next report that `wanted` says yes to. CancelledError where the run ends."""
        waiter: asyncio.Future[Report] = self._loop.create_future()
        self._waiters[waiter] = wanted
        try:
            return await waiter
        finally:
            self._waiters.pop(waiter, None)

    def watch(self, socket: int, call: Callable[[Report], None]) -> None:
        """Have `call` called with each report of TCP on a socket, and with STOPPED at the end."""
        self._watchers[socket] = call

    def unwatch(self, socket: int) -> None:
        """Call nobody any more. Doing so twice is harmless."""
        self._watchers.pop(socket, None)

    def _report(self, report: Report) -> None:
        if self._watchers and report.name.startswith("tcp."):
            call = self._watchers.get(report.data.get("socket"))
            if call is not None:
                call(report)
        for waiter, wanted in list(self._waiters.items()):
            if not waiter.done() and wanted(report):
                waiter.set_result(report)
        self._told(report)

    def _soon(self) -> None:
        """Somebody has changed the stack: take a turn when the event loop is free."""
        if not self._turning:
            self._turn_at(_now(self._loop))

    def _turn(self, ready: tuple[str, ...] | None) -> None:
        self._turning = True
        try:
            following = self._pump.turn(_now(self._loop) - self._origin, ready)
        except Exception as error:  # noqa: BLE001  # it is raised where the user waits
            self._failure = error
            self.stop()
            return
        finally:
            self._turning = False
        self._watch()
        self._turn_at(None if following is None else following + self._origin)

    def _turn_at(self, time: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if time is not None:
            self._timer = self._loop.call_at(time / 1e6, self._turn, ())

    def _watch(self) -> None:
        """Keep the event loop's readers those of the drivers: links come and go."""
        wanted = self._pump.descriptors()
        if wanted == self._watched:
            return
        for name, number in self._watched.items():
            if wanted.get(name) != number:
                self._loop.remove_reader(number)
        for name, number in wanted.items():
            if self._watched.get(name) != number:
                self._loop.add_reader(number, partial(self._turn, (name,)))
        self._watched = wanted


def running_of(stack: Stack) -> Running:
    """What runs a stack: who is told of its changes. RuntimeError where nothing runs it here."""
    found = getattr(stack.on_change, "__self__", None)
    if isinstance(found, Running):
        return found
    raise RuntimeError("the stack does not run: use it inside `async with running(stack)`")


def _now(loop: asyncio.AbstractEventLoop) -> int:
    return round(loop.time() * 1e6)
