"""A model of Z3 made real in a scope: all machines put where it says, and the whole step taken.

What comes of the example is what the interpreters do; where not all that was asked for holds of
real values, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import cast

from attrs import frozen

from netfsm.errors import NetfsmError
from netfsm.machine.base import NOTHING, Functions, Result, Snapshot
from netfsm.machine.evaluate import evaluate
from netfsm.machine.interpret import Interpreter, Store, Told, evaluated
from netfsm.machine.layout import deadlines_read
from netfsm.machine.values import fits
from netfsm.prove.asking import Cell, Found
from netfsm.prove.concrete import Concrete
from netfsm.prove.example import Example, implied, sent_of
from netfsm.prove.questions import Question
from netfsm.prove.step import Steps
from netfsm.prove.whole import Whole
from netfsm.spec import model
from netfsm.spec.expr import Expr
from netfsm.spec.types import INSTANT, Value

__all__ = ["Asked", "Hands", "Made"]

Hands = Callable[[model.Machine], Functions]
Held = Mapping[str, Snapshot]


@frozen
class Asked:
    """What a step is to show: `question` about `machine` in `state`, by `conditions`.

    `inside`: the row takes a signal in the step of another row.
    """

    question: Question
    conditions: tuple[Expr, ...]
    machine: str
    state: str
    inside: bool

    @property
    def id(self) -> str:
        """`tcp.congestion/SLOW-START/counting.more/taken-03c2f1`: the row and what it shows."""
        question = self.question
        told = f"{question.row.event} {question.kind} {question.says}"
        mark = sha256(told.encode()).hexdigest()[:6]
        return f"{self.machine}/{self.state}/{question.row.id}/{question.kind}-{mark}"


@frozen
class _Came:
    """The event that begins a step."""

    event: model.Event
    inputs: Mapping[str, Value]
    now: int


@frozen
class Made:
    """Makes models of `cell`, where the step begins, into examples of what is asked."""

    whole: Whole
    cell: Cell
    machines: Mapping[str, model.Machine]
    hands: Hands
    asked: Asked

    def example(self, found: Found) -> Example | None:
        """What the step gives, if all that was asked for holds of real values."""
        concrete = Concrete(self.cell, found, () if self.asked.inside else self.asked.conditions)
        named = {name: concrete.named(name) for name in self.cell.names}
        came, held = self._came(named), self._situation(concrete, named)
        if not self._typed(came, held):
            return None
        told: list[Told] = []
        machines = self._placed(held, Store(told=told))
        try:
            took = self._take(machines, told, came)
        except (NetfsmError, ArithmeticError, LookupError, TypeError):
            return None  # something has no value or no row applies: proofs tell of it
        return None if took is None else self._told(came, held, machines, took, told)

    def _told(
        self,
        came: _Came,
        held: Held,
        machines: Mapping[str, Interpreter],
        took: tuple[str | None, Result],
        rows: list[Told],
    ) -> Example:
        mine = self.whole.mine.machine.name
        row, (emissions, orders) = took
        after = {name: each.snapshot() for name, each in machines.items()}
        question = self.asked.question
        return Example(
            id=self.asked.id,
            kind=question.kind,
            says=question.says,
            about=question.row.id,
            before=held[mine],
            event=came.event.name,
            inputs=came.inputs,
            now=came.now,
            row=row,
            after=after[mine],
            emissions=tuple(sent_of(each) for each in emissions),
            orders=orders,
            others=tuple(one for name, one in held.items() if name != mine),
            rest=tuple(one for name, one in after.items() if name != mine),
            rows=tuple((each.machine.name, each.row.id) for each in rows),
        )

    # ---- before the step

    def _came(self, named: Mapping[str, Value]) -> _Came:
        event = self.cell.before.event
        assert event is not None  # an event begins each step
        inputs = {name: named[name] for name, _ in event.inputs}
        return _Came(event, inputs, cast(int, named["now"]))

    def _situation(self, concrete: Concrete, named: Mapping[str, Value]) -> Held:
        """What each machine holds, the one to which the event comes as its cell says."""
        whole, world = self.whole, self.cell.before.held
        assert world is not None  # in a scope it always is there
        states: dict[str, str] = {}
        for name in sorted(whole.steps):
            kind = whole.kind(name)
            number = cast(int, concrete.of(kind, world.states[name]))
            states[name] = kind.member(number) or ""
        return {name: self._held(whole.steps[name], states, concrete, named) for name in states}

    def _held(
        self,
        steps: Steps,
        states: Mapping[str, str],
        concrete: Concrete,
        named: Mapping[str, Value],
    ) -> Snapshot:
        world = self.cell.before.held
        assert world is not None  # in a scope it always is there
        machine = steps.machine
        shared = {variable.name: variable for variable in self.whole.scope.variables}
        timers = {t.name: world.timers[steps.full(t.name)] for t in machine.timers}
        armed = frozenset(t for t, timer in timers.items() if concrete.truth(timer.armed))
        there = [v.name for v in machine.variables if _has(steps, shared.get(v.name, v), states)]
        read = deadlines_read(machine)
        return Snapshot(
            machine.name,
            tuple(named[part.name] for part in machine.key),
            tuple(named[steps.full(part.name)] for part in machine.given),
            states[machine.name],
            {
                v.name: named[steps.full(v.name)] if v.name in there else None
                for v in machine.variables
            },
            armed,
            {
                name: cast(int, concrete.of(INSTANT, timer.deadline))
                for name, timer in timers.items()
                if name in read and name in armed
            },
        )

    def _typed(self, came: _Came, held: Held) -> bool:
        """Whether everything that comes and that is held keeps to its type."""
        pairs = [(kind, came.inputs[name]) for name, kind in came.event.inputs]
        for name, snapshot in held.items():
            variables = self.machines[name].variables
            pairs += [(each.type, snapshot.variables[each.name]) for each in variables]
        return all(fits(kind, value) for kind, value in pairs if value is not None)

    def _placed(self, held: Held, store: Store) -> Mapping[str, Interpreter]:
        found: dict[str, Interpreter] = {}
        for name, snapshot in held.items():
            machine = self.machines[name]
            key = zip((part.name for part in machine.key), snapshot.key, strict=True)
            given = zip((part.name for part in machine.given), snapshot.given, strict=True)
            found[name] = Interpreter(
                machine,
                key=dict(key),
                given=dict(given),
                functions=self.hands(machine),
                scope=store,
            )
        for name, snapshot in held.items():
            found[name].restore(snapshot)
        return found

    # ---- the step

    def _take(
        self, machines: Mapping[str, Interpreter], told: list[Told], came: _Came
    ) -> tuple[str | None, Result] | None:
        """The row of the machine that is asked about, and what the whole step gives."""
        run = machines[self.whole.mine.machine.name]
        if not self._lawful(machines, run, came):
            return None
        step = run.begun(came.event, came.inputs, came.now)
        assert isinstance(step.cell, tuple)  # nothing is asked about impossible cells
        rows = [row for row in step.cell if step.holds(row)]
        if len(rows) > 1 or (not rows and came.event.kind != "completion"):
            return None  # an overlap or a hole: proofs tell of it
        result = step.take(rows[0]) if rows else NOTHING
        row, view = (rows[0].id if rows else None), step.view
        if self.asked.inside:
            here = self._inside(told)
            if here is None:
                return None
            row, view = here.row.id, here.view
        if not all(evaluate(each, view) for each in self.asked.conditions):
            return None
        return row, result

    def _inside(self, told: list[Told]) -> Told | None:
        """The row that takes the signal in the cell that is asked about."""
        wanted = (self.asked.machine, self.asked.question.row.event)
        for each in told:
            if (each.machine.name, each.row.event) == wanted:
                return each if each.before.state == self.asked.state else None
        return None

    def _lawful(self, machines: Mapping[str, Interpreter], run: Interpreter, came: _Came) -> bool:
        """Whether all invariants, what the event assumes and the contracts of choices hold."""
        steps, state = self.whole.mine, self.cell.before.state
        rules = [came.event.assume, *(choice.contract for choice in came.event.choices)]
        asked = [rule for rule in rules if rule is not None and steps.readable(rule, state)]
        if not all(evaluated(rule, run, came.inputs, came.now) for rule in asked):
            return False
        keeper = machines[self.whole.keeper] if self.whole.keeper is not None else None
        if keeper is not None and keeper.ended:
            return True  # nothing has begun
        return all(
            evaluated(_claim(rule), each, {}, came.now)
            for each in machines.values()
            for rule in each.machine.properties
            if rule.kind == "invariant" and each.state in rule.where
        )


def _claim(rule: model.Property) -> Expr:
    return rule.holds if rule.when is None else implied(rule.when, rule.holds)


def _has(steps: Steps, variable: model.Variable, states: Mapping[str, str]) -> bool:
    """Whether a variable has a value where the machines are in `states`.

    Of what is shared only the scope knows in which of its owner's states.
    """
    owner = variable.owner if variable.shared else steps.machine.name
    if variable.states is not None:
        return states[owner] in variable.states
    return variable.shared or states[owner] not in steps.ended or variable.initial is not None
