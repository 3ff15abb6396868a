"""A subject beside the model: every step is taken by both, and everything they give is compared.

The row that must be taken is found from the guards on the snapshot, apart from both. What is found
wrong is a list of `Problem`s, not an exception, so that a walk can be told whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from attrs import define, evolve, field, frozen

from netfsm.conformance.contracts import contracted
from netfsm.conformance.crew import Crew, Members, Row, crew_of
from netfsm.conformance.inputs import Calls
from netfsm.conformance.subjects import Maker, Setting, first_setting
from netfsm.conformance.view import Inputs, Sight
from netfsm.errors import NetfsmError
from netfsm.machine.base import Emission, Order, Result, Snapshot
from netfsm.machine.interpret import Told
from netfsm.spec import model
from netfsm.spec.findings import Mark
from netfsm.spec.types import Value

__all__ = ["Code", "Move", "Pair", "Problem", "Taken", "differences", "shown", "word"]

Code = Literal[
    "NOT-TAKEN", "ROW", "STATE", "VARIABLE", "TIMER", "EMISSION", "ORDER", "PROPERTY", "RAISED",
    "CELL", "RANK", "VECTOR", "ROUND-TRIP", "REFUSAL", "WIRE", "LEFT-OVER", "OUT-OF-TYPE",
]  # fmt: skip


@frozen
class Problem:
    """One thing that a spec wants and a subject does otherwise. `wanted` and `got` are words."""

    code: Code
    subject: str
    wanted: str
    got: str
    mark: Mark
    refs: tuple[model.Ref, ...] = ()


@frozen
class Move:
    """One event of a walk: what comes, when (microseconds), and to which machine of a scope."""

    event: str
    inputs: Inputs
    now: int
    machine: str = ""


@frozen
class Taken:
    """A move and what came of it. `row` is None where a completion event was disabled.

    In a scope `own` are the emissions of the row itself, `inner` the rows of other machines that
    the step held, `held` is what all machines hold afterwards; `gone` says that the instance ended.
    """

    machine: model.Machine
    move: Move
    before: Snapshot
    after: Snapshot
    row: model.Row | None
    emissions: tuple[Emission, ...]
    orders: tuple[Order, ...]
    problems: tuple[Problem, ...]
    own: tuple[Emission, ...]
    inner: tuple[Taken, ...] = ()
    held: Mapping[str, Snapshot] = field(factory=dict[str, Snapshot])
    gone: bool = False


@define
class Pair:
    """A subject and its model, in step; without `make` the model alone.

    In a scope both are all its machines together. `deadlines` are those of the timers that were
    ordered; timers have names of their own in the whole scope.
    """

    machine: model.Machine
    calls: Calls
    setting: Setting
    make: Maker | None
    constants: Mapping[str, Value] = field(factory=dict[str, Value])
    subject: Crew | None = field(init=False)
    reference: Members = field(init=False)
    deadlines: dict[str, int] = field(init=False, factory=dict[str, int])
    now: int = field(init=False, default=0)
    broken: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        """Make both instances."""
        self.constants = {c.name: c.value for c in self.machine.constants} | dict(self.constants)
        if len(self.calls.kin) > 1 and not self.setting.others:
            self.setting = evolve(first_setting(self.machine, self.calls.kin), key=self.setting.key)
        self._begin()

    def _begin(self) -> None:
        name = self.machine.name
        self.subject = crew_of(self.make(self.machine, self.setting), name) if self.make else None
        self.reference = Members(self.calls.kin, self.setting)
        self.deadlines = {}

    @property
    def held(self) -> Snapshot:
        """What the model holds."""
        return self.reference.snapshot_of(self.machine.name)

    def named(self, machine: str) -> model.Machine:
        """The machine of that name; this one where there is no name."""
        return self.calls.of(machine or self.machine.name).machine

    def places(self) -> Iterator[tuple[model.Machine, Snapshot, Calls]]:
        """The machines to which events may come now, with what they hold."""
        for name, held in self.reference.held.items():
            if not self.reference.gone or name == self.reference.keeper:
                yield self.named(name), held, self.calls.of(name)

    def sight(
        self, before: Snapshot, inputs: Inputs | None = None, machine: model.Machine | None = None
    ) -> Sight:
        """The machine before an event, as expressions see it."""
        machine = machine or self.named(before.machine)
        constants = self.constants
        if machine is not self.machine:
            constants = {c.name: c.value for c in machine.constants}
        functions = contracted(machine)
        return Sight(machine, constants, before, inputs or {}, self.now, functions=functions)

    def take(self, event: str, inputs: Inputs, now: int | None = None, machine: str = "") -> Taken:
        """Take one event on both and compare all that can be seen."""
        self.now = self.now if now is None else now
        spec = self.named(machine)
        declared = spec.event(event)
        move = Move(event, inputs, self.now, machine)
        before = self.reference.snapshot_of(spec.name)
        row = self._row(spec, before, declared, inputs)
        arguments = self.calls.of(spec.name).arguments(declared, inputs, self.now)
        rows: list[Told] = []
        wanted = _attempt(self._asked(spec.name, rows), event, arguments)
        held = self.reference.held
        gone = len(held) > 1 and self.reference.gone
        told = wanted if isinstance(wanted, tuple) else ((), ())
        self._keep_time(event, told[1])
        step = _Step(spec, declared, row, before, held, wanted, tuple(rows))
        if self.subject is None:
            problems = step.cell_problems()
        else:
            got = _attempt(partial(self.subject.step_of, spec.name), event, arguments)
            problems = tuple(step.compared(self.subject, got))
        self.broken = self.broken or bool(problems)
        taken = Taken(
            spec,
            move,
            before,
            held[spec.name],
            row,
            told[0],
            told[1],
            problems,
            rows[0].emissions if rows else told[0],
            tuple(self._inner(each) for each in rows[1:]),
            held,
            gone,
        )
        if gone and not self.broken:
            self._begin()  # the next instance of a scope begins anew
        return taken

    def _asked(self, machine: str, rows: list[Told]) -> Callable[..., Result | None]:
        """A step of the model that leaves its rows in `rows`."""

        def step(event: str, **arguments: Any) -> Result | None:
            result, told = self.reference.told(machine, event, **arguments)
            rows.extend(told)
            return result

        return step

    def _inner(self, told: Told) -> Taken:
        """A row that the step of another machine held."""
        after = told.after or told.before
        move = Move(told.row.event, told.inputs, self.now, told.machine.name)
        return Taken(
            told.machine,
            move,
            told.before,
            after,
            told.row,
            told.emissions,
            told.orders,
            (),
            told.emissions,
        )

    def settle(self) -> Iterator[Taken]:
        """Try the completion events until none is enabled, those after a row first."""
        for when in ("row", "batch"):
            pending = [
                (machine.name if len(self.calls.kin) > 1 else "", event.name)
                for machine in self.calls.kin
                for event in machine.events
                if event.kind == "completion" and event.after == when
            ]
            quiet = 0
            while quiet < len(pending) and not self.broken and not self._over:
                machine, event = pending[quiet]
                taken = self.take(event, {}, machine=machine)
                quiet = quiet + 1 if taken.row is None else 0
                yield taken

    @property
    def _over(self) -> bool:
        """True where an instance of a scope is not there: nothing is to be completed."""
        return len(self.calls.kin) > 1 and self.reference.gone

    def due(self) -> tuple[str, int] | None:
        """The timer that fires next, and when; None where none runs."""
        if not self.deadlines:
            return None
        name = min(self.deadlines, key=lambda timer: (self.deadlines[timer], timer))
        return name, self.deadlines[name]

    def owner(self, timer: str) -> str:
        """The machine whose event a timer is, "" where there is one machine."""
        if len(self.calls.kin) == 1:
            return ""
        return next(m.name for m in self.calls.kin if any(e.name == timer for e in m.events))

    def restore(self, held: Mapping[str, Snapshot], deadlines: Mapping[str, int]) -> None:
        """Let the model become what `held` says; a subject cannot be sent back."""
        self.reference.restore(held)
        self.deadlines = dict(deadlines)

    def _row(
        self, machine: model.Machine, before: Snapshot, event: model.Event, inputs: Inputs
    ) -> model.Row | None:
        cell = machine.cells.get((before.state, event.name), ())
        if isinstance(cell, model.Impossible):
            return None
        sight = self.sight(before, inputs, machine)
        true = [row for row in cell if row.guard is None or sight.value(row.guard)]
        return true[0] if len(true) == 1 else None

    def _keep_time(self, event: str, orders: tuple[Order, ...]) -> None:
        self.deadlines.pop(event, None)
        for timer, after in orders:
            if after is None:
                self.deadlines.pop(timer, None)
            else:
                self.deadlines[timer] = self.now + after


@frozen
class _Step:
    """One step of the model, which a subject is held against.

    `held` is what each machine of the scope holds after it, `told` the rows that it held.
    """

    machine: model.Machine
    event: model.Event
    row: model.Row | None
    before: Snapshot
    held: Mapping[str, Snapshot]
    wanted: Result | BaseException | None
    told: tuple[Told, ...]

    def problem(self, code: Code, want: object, have: object) -> Problem:
        row = self.row
        cell = f"{self.machine.name}/{self.before.state}/{self.event.name}"
        mark = row.mark if row is not None else self.event.mark
        refs = row.refs if row is not None else ()
        return Problem(code, cell, str(want), str(have), mark, refs)

    def cell_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the spec itself: no row applies, or several."""
        if isinstance(self.wanted, BaseException):
            return (self.problem("CELL", "one row of the cell applies", self.wanted),)
        return ()

    def compared(self, subject: Crew, got: Result | BaseException | None) -> Iterator[Problem]:
        """Everything in which `subject`, which gave `got`, is not as the model."""
        wanted, row = self.wanted, self.row
        if isinstance(wanted, BaseException):
            yield from self.cell_problems()
            return
        if isinstance(got, BaseException):
            yield self.problem("RAISED", _result(wanted), f"{type(got).__name__}: {got}")
            return
        rows = subject.rows
        if rows and row is not None:
            yield from self._rows(row, rows)
        if (wanted is None) != (got is None):
            yield self.problem("ROW", _result(wanted), _result(got))
        for name, after in self.held.items():
            for code, want, have in differences(after, subject.snapshot_of(name)):
                yield self.problem(code, want, have)
        if wanted is not None and got is not None:
            yield from self._given(wanted, got)

    def _rows(self, row: model.Row, rows: tuple[Row, ...]) -> Iterator[Problem]:
        """The first row is told by the guards, those of other machines by the model."""
        wanted = [row.id, *(each.row.id for each in self.told[1:])]
        have = [row_id for _, row_id in rows]
        if wanted != have:
            yield self.problem("ROW", f"row {', '.join(wanted)}", f"row {', '.join(have)}")

    def _given(self, wanted: Result, got: Result) -> Iterator[Problem]:
        want = [shown(emission) for emission in wanted[0]]
        have = [shown(emission) for emission in got[0]]
        if want != have:
            told = "; ".join(want) or "nothing"
            yield self.problem("EMISSION", told, "; ".join(have) or "nothing")
        if sorted(wanted[1], key=str) != sorted(got[1], key=str):
            yield self.problem("ORDER", _orders(wanted[1]), _orders(got[1]))


def differences(after: Snapshot, have: Snapshot) -> Iterator[tuple[Code, str, str]]:
    """In what `have` is not `after`: a code, what is wanted, what is there."""
    if have.state != after.state:
        yield "STATE", f"state {after.state}", f"state {have.state}"
    for name, value in after.variables.items():
        other = have.variables.get(name)
        if other != value or isinstance(other, bool) != isinstance(value, bool):
            yield "VARIABLE", f"{name} = {word(value)}", word(other)
    if have.armed != after.armed:
        yield "TIMER", _timers(after.armed), _timers(have.armed)
    elif have.deadlines != after.deadlines:
        yield "TIMER", _deadlines(after), _deadlines(have)


def shown(emission: Emission) -> str:
    """An emission as words: `arp(op=1, tpa=c0000201)`."""
    named: Any = emission
    fields = zip(named._fields, emission, strict=True)
    told = ", ".join(f"{name}={word(value)}" for name, value in fields if value is not None)
    return f"{named.output}({told})"


def word(value: object) -> str:
    """A value as words: octets in hexadecimal."""
    return value.hex() if isinstance(value, bytes) else repr(value)


def _attempt(
    step: Callable[..., Result | None], event: str, arguments: Mapping[str, Any]
) -> Result | BaseException | None:
    try:
        return step(event, **arguments)
    except NetfsmError as error:
        return error
    except Exception as error:  # noqa: BLE001  # whatever a subject raises is a finding, and told
        return error


def _orders(orders: tuple[Order, ...]) -> str:
    told = [f"{timer} stop" if after is None else f"{timer} {after} us" for timer, after in orders]
    return ", ".join(told) or "no timer orders"


def _timers(armed: frozenset[str]) -> str:
    return f"running: {', '.join(sorted(armed)) or 'none'}"


def _deadlines(held: Snapshot) -> str:
    told = (f"{timer} at {when} us" for timer, when in sorted(held.deadlines.items()))
    return f"due: {', '.join(told) or 'none'}"


def _result(result: Result | BaseException | None) -> str:
    if result is None:
        return "the event is disabled"
    if isinstance(result, BaseException):
        return str(result)
    return "; ".join(shown(emission) for emission in result[0]) or "a step that emits nothing"
