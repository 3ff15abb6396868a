"""One example of a step: found by Z3, made concrete, confirmed by the reference interpreter.

What comes of an example is what the interpreter does. Where a model of Z3 turns out to be none of
real values, as it may for collections, there is no example.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from netfsm.machine.base import NOTHING, Emission, Functions, Order, Result, Snapshot
from netfsm.machine.evaluate import evaluate
from netfsm.machine.interpret import Interpreter, evaluated
from netfsm.machine.layout import Layout
from netfsm.machine.values import fits
from netfsm.prove.asking import Cell
from netfsm.prove.concrete import Concrete
from netfsm.prove.encode import View
from netfsm.prove.questions import Kind, Question, Questions
from netfsm.prove.step import Steps
from netfsm.spec import model
from netfsm.spec.conjuncts import negation
from netfsm.spec.expr import Expr, Op
from netfsm.spec.types import BOOL, INSTANT, Value

__all__ = ["Example", "Sent", "examples_of_state", "situation"]


@frozen
class Sent:
    """An emission of an example: the output or `machine.event` of a signal, and its values."""

    name: str
    kind: str
    values: tuple[tuple[str, Value | None], ...]


@frozen
class Example:
    """One step of a machine: what it holds, what comes, and what the spec makes of it.

    `before` and `after` hold ghosts too. `now` is in microseconds, `inputs` are by the names of
    the spec. `about` is the row that was asked about, `row` the one that is taken, None where a
    completion event is disabled. `says` is the condition that the example shows.

    In a scope the step is that of all its machines: `before` is of the machine to which the event
    comes, `others` are what the others hold before it, `rest` what they hold after; `rows` are all
    rows of the step, machine and row, and `row` is the one that the machine asked about takes.
    """

    id: str
    kind: Kind
    says: str
    about: str
    before: Snapshot
    event: str
    inputs: Mapping[str, Value]
    now: int
    row: str | None
    after: Snapshot
    emissions: tuple[Sent, ...]
    orders: tuple[Order, ...]
    others: tuple[Snapshot, ...] = ()
    rest: tuple[Snapshot, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


def examples_of_state(
    machine: model.Machine, state: str, functions: Functions | None = None
) -> tuple[Example, ...]:
    """The examples of one state's cells, each content once; `functions` are the hands'."""
    steps, questions = Steps(machine), Questions(machine)
    found: dict[tuple[object, ...], Example] = {}
    for event in machine.events:
        rows = machine.cells.get((state, event.name))
        if not isinstance(rows, tuple):
            continue
        cell = Cell(steps, steps.before(state, event))
        maker = _Maker(cell, event, functions or {})
        for question in questions.of_cell(state, rows):
            made = maker.example(question)
            if made is not None:
                found.setdefault(content_of(made), made)
    return tuple(found.values())


def content_of(example: Example) -> tuple[object, ...]:
    """What tells two examples apart: rows are asked about for themselves."""
    held = example.before
    taken = example.about if example.kind == "taken" else ""
    parts = (example.event, example.now, held.key, held.given, held.armed, taken)
    named = (*held.variables.items(), *held.deadlines.items(), *example.inputs.items())
    others = ((*o.variables.items(), o.state, o.armed) for o in example.others)
    return (*parts, *named, *others)


@frozen
class _Maker:
    """Makes the examples of one cell."""

    cell: Cell
    event: model.Event
    functions: Functions
    _views: dict[str, View] = field(init=False, factory=dict[str, View])

    def example(self, question: Question) -> Example | None:
        """The example that shows it; None where nothing does, or Z3 finds none that is real."""
        for way in question.ways:
            found = self.cell.ask(way, self._view(question))
            if found is not None:
                concrete = Concrete(self.cell, found, way)
                made = self._confirmed(question, way, concrete)
                if made is not None:
                    return made
        return None

    def _view(self, question: Question) -> View:
        """What the conditions see: both ends of the row's step, or what is there before one."""
        row, before = question.row, self.cell.before
        if not question.step:
            return before.view
        if row.id not in self._views:
            self._views[row.id] = self.cell.steps.take(before, row).view
        return self._views[row.id]

    def _confirmed(
        self, question: Question, way: tuple[Expr, ...], concrete: Concrete
    ) -> Example | None:
        """What the interpreter does, if all that was asked for holds of real values."""
        cell, event = self.cell, self.event
        named = {name: concrete.named(name) for name in cell.names}
        if not all(fits(kind, named[name]) for name, (kind, _) in cell.names.items()):
            return None
        inputs = {name: named[name] for name, _ in event.inputs}
        before, now = situation(concrete, named), cast(int, named.get("now", 0))
        run = self._placed(before)
        try:
            took = self._taken(run, inputs, now, way)
        except (ArithmeticError, LookupError, TypeError):
            return None  # something is read that has no value there: proofs tell of it
        if took is None:
            return None
        row, (emissions, orders) = took
        return Example(
            id=self._id(question),
            kind=question.kind,
            says=question.says,
            about=question.row.id,
            before=before,
            event=event.name,
            inputs=inputs,
            now=now,
            row=row,
            after=run.snapshot(),
            emissions=tuple(sent_of(each) for each in emissions),
            orders=orders,
        )

    def _taken(
        self, run: Interpreter, inputs: Mapping[str, Value], now: int, way: tuple[Expr, ...]
    ) -> tuple[str | None, Result] | None:
        """The row that is taken and what it gives; None where not all holds that should."""
        if not self._lawful(run, inputs, now):
            return None
        step = run.begun(self.event, inputs, now)
        assert isinstance(step.cell, tuple)  # nothing is asked about impossible cells
        rows = [row for row in step.cell if step.holds(row)]
        if len(rows) > 1 or (not rows and self.event.kind != "completion"):
            return None  # an overlap or a hole: proofs tell of it
        result = step.take(rows[0]) if rows else NOTHING
        if not all(evaluate(each, step.view) for each in way):
            return None
        return rows[0].id if rows else None, result

    def _placed(self, before: Snapshot) -> Interpreter:
        """An interpreter that holds what the example holds before its step."""
        machine = self.cell.steps.machine
        run = Interpreter(
            machine,
            key={part.name: value for part, value in zip(machine.key, before.key, strict=True)},
            given={p.name: value for p, value in zip(machine.given, before.given, strict=True)},
            functions=self.functions,
        )
        run.restore(before)
        return run

    def _lawful(self, run: Interpreter, inputs: Mapping[str, Value], now: int) -> bool:
        """Whether the invariants, what the event assumes and the contracts of choices hold."""
        steps, state = self.cell.steps, self.cell.before.state
        rules = [self.event.assume, *(choice.contract for choice in self.event.choices)]
        asked = [rule for rule in rules if rule is not None and steps.readable(rule, state)]
        asked += [
            rule.holds if rule.when is None else implied(rule.when, rule.holds)
            for rule in steps.machine.properties
            if rule.kind == "invariant" and state in rule.where
        ]
        return all(evaluated(rule, run, inputs, now) for rule in asked)

    def _id(self, question: Question) -> str:
        """`arp.neighbour/INCOMPLETE/incomplete.again/flip-05c1d9`: the row and what it shows."""
        machine, state = self.cell.steps.machine, self.cell.before.state
        told = f"{self.event.name} {question.kind} {question.says}"
        mark = hashlib.sha256(told.encode()).hexdigest()[:6]
        return f"{machine.name}/{state}/{question.row.id}/{question.kind}-{mark}"


def situation(concrete: Concrete, named: Mapping[str, Value]) -> Snapshot:
    """What the machine holds before the step; `named` are the values of all names."""
    machine, before = concrete.cell.steps.machine, concrete.cell.before
    timers = before.was.timers
    armed = frozenset(name for name, timer in timers.items() if concrete.truth(timer.armed))
    return Snapshot(
        machine.name,
        tuple(named[part.name] for part in machine.key),
        tuple(named[part.name] for part in machine.given),
        before.state,
        {variable.name: named.get(variable.name) for variable in machine.variables},
        armed,
        {
            name: cast(int, concrete.of(INSTANT, timers[name].deadline))
            for name in Layout(machine).deadlines
            if name in armed
        },
    )


def implied(when: Expr, holds: Expr) -> Expr:
    return Op("or", (negation(when), holds), BOOL, holds.mark)


def sent_of(emission: Emission) -> Sent:
    """An emission of the runtime as an example holds it."""
    pairs = zip(emission._fields, emission, strict=True)
    return Sent(emission.output, emission.kind, tuple(pairs))
