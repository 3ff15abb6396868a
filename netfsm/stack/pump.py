"""A stack and its drivers, moved one turn at a time; a shell decides when the next turn is.

The same for every shell: frames are read, the stack is stepped, what it gives is handed out. A
traced stack takes one frame a step, so that each frame has its own rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeGuard

from attrs import define, field

from netfsm.errors import TargetError
from netfsm.stack.driver import Driver, Rows
from netfsm.stack.interface import Port
from netfsm.stack.messages import Frame, Input, Lend, LinkChange, Output, Report, Taken, Transmit
from netfsm.stack.stack import Stack
from netfsm.wire.offload import Arrival, Received

OnReport = Callable[[Report], None]


def ignore(_: Report) -> None:
    """Nobody wants to know."""


def attached(stack: Stack) -> dict[str, Driver]:
    """The drivers that the stack's interfaces were made of, by interface."""
    return {name: port for name, port in stack.ports.items() if _is_driver(port)}


def _is_driver(port: Port) -> TypeGuard[Driver]:
    return hasattr(port, "receive")


@define(eq=False)
class Pump:
    """`drivers` by the names of their interfaces; those that the stack lacks are attached.

    `on_report` gets what the stack reports, and `driver.gone` when a driver's link was taken away.
    A driver that is gone is left alone, and its interface is down; `gone` says why.
    """

    stack: Stack
    drivers: Mapping[str, Driver]
    on_report: OnReport = ignore
    gone: dict[str, str] = field(factory=dict[str, str])
    _open: set[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the interfaces that are missing."""
        self._open = {name for name, one in self.drivers.items() if one.fileno() is not None}
        for name, driver in self.drivers.items():
            if name not in self.stack.interfaces:
                self.stack.attach(driver, name)

    def descriptors(self) -> dict[str, int]:
        """The descriptors of the drivers that have one and are not gone, by interface."""
        found = {name: one.fileno() for name, one in self.drivers.items() if name not in self.gone}
        return {name: number for name, number in found.items() if number is not None}

    def turn(self, now: int, ready: Collection[str] | None = None) -> int | None:
        """Move everything to `now`; the time of the next turn, None where nothing is due.

        `ready` are the interfaces whose descriptor is readable; None asks them all.
        """
        step = self._traced if self.stack.traced else self._plain
        for output in step(now, ready):
            if type(output) is Transmit:
                self._transmit(output)
            elif type(output) is Report:
                self.on_report(output)
        return self._next(now)

    def _plain(self, now: int, ready: Collection[str] | None) -> Sequence[Output]:
        inputs = self._lent()
        for name in self.drivers:
            for one in self._read(name, now, ready):
                inputs.append(_frame(name, one))  # the fastest form for a few
        if self.gone:
            inputs += self._taken_away()
        return self.stack.step(now, inputs)[0]

    def _traced(self, now: int, ready: Collection[str] | None) -> Sequence[Output]:
        found = list(self.stack.step(now, [*self._lent(), *self._taken_away()])[0])
        for name, driver in self.drivers.items():
            frames = self._read(name, now, ready)
            rows: list[Rows] = []
            for one in frames:
                outputs, _ = self.stack.step(now, [_frame(name, one)])
                rows.append(tuple(f"{o.machine}/{o.row}" for o in outputs if type(o) is Taken))
                found += outputs
            if frames:
                driver.told(rows)
        return found

    def _lent(self) -> list[Input]:
        """Free buffers that drivers have of their own."""
        open_ = ((name, one) for name, one in self.drivers.items() if name not in self.gone)
        return [Lend(name, buffer) for name, driver in open_ for buffer in driver.lend()]

    def _read(self, name: str, now: int, ready: Collection[str] | None) -> Sequence[Received]:
        if name in self.gone:
            return ()
        driver = self.drivers[name]
        try:
            driver.advance(now)
            if ready is not None and name not in ready and not _is_due(driver, now):
                return ()
            frames = driver.receive()
        except TargetError as error:
            self._lose(name, str(error))
            return ()
        if not frames and name in self._open and driver.fileno() is None:
            self._lose(name, "the other end is gone")
        return frames

    def _transmit(self, output: Transmit) -> None:
        driver = self.drivers.get(output.interface)
        if driver is None or output.interface in self.gone:
            return
        try:
            driver.launch(output.buffer, output.rows)
        except TargetError as error:
            self._lose(output.interface, str(error))

    def _lose(self, name: str, why: str) -> None:
        self.gone[name] = why
        self.on_report(Report("driver.gone", {"interface": name, "why": why}))

    def _taken_away(self) -> list[Input]:
        """Links that must go down because their driver is gone."""
        up = (name for name in self.gone if self.stack.interface(name).up)
        return [LinkChange(name, up=False) for name in up]

    def _next(self, now: int) -> int | None:
        if self.stack.pending or (self.gone and self._taken_away()):
            return now
        first = self.stack.clock.next_deadline()
        for name, driver in self.drivers.items():
            at = None if name in self.gone else driver.deadline()
            if at is not None and (first is None or at < first):
                first = at
        return first


def _frame(interface: str, received: Received) -> Frame:
    if isinstance(received, Arrival):
        return Frame(interface, received.octets, received.offload)
    return Frame(interface, received)


def _is_due(driver: Driver, now: int) -> bool:
    at = driver.deadline()
    return at is not None and at <= now
