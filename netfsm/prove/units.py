"""What of a machine is proved by itself: each of its cells, and what is left.

A unit has obligations of its own and terms of its own, so that its answers hang on nothing but what
`Hangs.on` names. That is how one changed row has only its cell proved again, and how the cells of
one machine are proved in several processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, frozen

from netfsm.machine.layout import Layout
from netfsm.machine.scope import told_inside
from netfsm.prove.answer import LIMIT, PATIENT, SILENT, Answer, Asker, Obligation
from netfsm.prove.causes import Causes
from netfsm.prove.code import Code
from netfsm.prove.content import Content, content
from netfsm.prove.heard import Told
from netfsm.prove.numbers import Encoding
from netfsm.prove.obligations import Obligations
from netfsm.prove.properties import Claims
from netfsm.prove.python_text import Text
from netfsm.prove.python_values import types_of
from netfsm.prove.receivers import receivers
from netfsm.prove.step import Steps
from netfsm.prove.whole import Sides, Whole, has_all, state_kinds
from netfsm.prove.witness import Witnesses
from netfsm.spec import model
from netfsm.spec.findings import Mark
from netfsm.spec.frozen import FrozenMap

Machines = Mapping[str, model.Machine]


@frozen
class Unit:
    """The cell of a state and an event; without a state what is said of the machine as a whole."""

    state: str = ""
    event: str = ""


WHOLE = Unit()


def units_of(machine: model.Machine) -> tuple[Unit, ...]:
    """Every unit, in the order in which a spec is read; also cells that have no rows."""
    cells = [Unit(s.name, e.name) for s in machine.states for e in machine.events]
    return (WHOLE, *cells)


def weight(machine: model.Machine, unit: Unit) -> int:
    """About how many obligations a unit has."""
    rows = rows_of(machine, unit)
    properties = len(machine.properties)
    if unit == WHOLE:
        return 3 + properties
    pairs = len(rows) * (len(rows) - 1) // 2
    writes = sum(len(row.assigns) + 3 * len(row.emissions) for row in rows)
    return 2 + len(rows) * (8 + properties // 2) + writes + pairs // 4


def rows_of(machine: model.Machine, unit: Unit) -> tuple[model.Row, ...]:
    """The rows of the unit's cell."""
    cell = machine.cells.get((unit.state, unit.event))
    return cell if isinstance(cell, tuple) else ()


class Prover:
    """Proves units of one machine; `source` is the Python that should run it, None for no code.

    `machines` are those that it may signal to, by name; `encoding` is how numbers are put to Z3.
    """

    def __init__(
        self, machine: model.Machine, machines: Machines, source: str | None, encoding: Encoding
    ) -> None:
        self._encoding: Encoding = encoding
        self._limit = LIMIT if encoding == "int" else PATIENT
        self._machine = machine
        self._machines = {**machines, machine.name: machine}
        self._source = source
        self._layout = Layout(machine)
        self._sides = Sides(self._machines, encoding)

    def prove(self, unit: Unit) -> tuple[Answer, ...]:
        """Every obligation of `unit`, answered; of what is refuted a case, and its cause."""
        steps = Steps(self._machine, self._encoding)
        kinds = {}
        if has_all(self._machine, self._machines):
            kinds = state_kinds(Whole(steps, self._machines, self._sides))
        causes = Causes(Asker(steps.theory, Witnesses(steps, kinds), self._limit))
        return causes.answers(self._obligations(steps, unit))

    def answers(self, unit: Unit) -> Iterator[Answer]:
        """The verdicts alone, each put to Z3 as it is asked for."""
        steps = Steps(self._machine, self._encoding)
        if has_all(self._machine, self._machines):
            Whole(steps, self._machines, self._sides)
        asker = Asker(steps.theory, SILENT, self._limit)
        yield from map(asker.answer, self._obligations(steps, unit))

    def _obligations(self, steps: Steps, unit: Unit) -> Iterator[Obligation]:
        basis = Obligations(steps)
        code = None if self._source is None else Code(basis, self._source, self._layout)
        if unit == WHOLE:
            yield from basis.whole()
            if code is not None:
                yield from code.whole()
            return
        event = self._machine.event(unit.event)
        yield from basis.cell(unit.state, event)
        yield from Claims(basis, self._machines).cell(unit.state, event)
        yield from Told(basis, self._machines).cell(unit.state, event)
        if code is not None:
            yield from code.cell(unit.state, event)


# ---- what answers hang on


class Hangs:
    """Tells what the answers of each unit of a machine hang on, as a hash and its marks."""

    def __init__(
        self, machine: model.Machine, machines: Machines, source: str, encoding: Encoding
    ) -> None:
        self._encoding = encoding
        self._machine = machine
        self._machines = machines
        self._text = Text(source)
        self._layout = Layout(machine)
        self._named: dict[str, object] = {let.name: let for let in machine.lets}
        self._named |= {each.name: each for each in machine.functions}
        self._named |= {each.name: each for each in machine.constants}
        self._known: dict[int, Content] = {}
        self._head = content(self._common())

    def _common(self) -> tuple[object, ...]:
        """What every unit may look at, whatever its rows say."""
        machine = self._machine
        completions = {event.name for event in machine.events if event.kind == "completion"}
        tried = [
            key
            for key, cell in machine.cells.items()
            if key[1] in completions and isinstance(cell, tuple)
        ]
        states = [(state.name, state.absent, state.final) for state in machine.states]
        fields = (machine.given, machine.instances, machine.variables, machine.timers)
        kinds = tuple(dict.fromkeys(types_of(machine)))
        deadlines = sorted(self._layout.deadlines)
        return (
            (machine.name, machine.initial, machine.uses_now, machine.mark, self._encoding),
            (states, fields, machine.outputs, kinds, tried, deadlines),
        )

    def on(self, unit: Unit) -> tuple[str, tuple[Mark, ...]]:
        """The hash of everything that the answers of `unit` hang on, and the marks in it."""
        parts = [self._head, *self._of(unit)]
        parts += self._reached(parts)
        text = self._code(unit)
        found = hashlib.sha256(f"{unit.state}\0{unit.event}\0{text}\0".encode())
        for part in parts:
            found.update(part.digest)
        return found.hexdigest(), tuple(mark for part in parts for mark in part.marks)

    def _of(self, unit: Unit) -> Iterator[Content]:
        """The event, the rows and the properties of a unit; of other machines everything."""
        machine = self._machine
        told = machine.shares is not None and unit.event in told_inside(machine, self._machines)
        yield from self._of_scope(unit, whole=told or unit == WHOLE)
        if unit == WHOLE:
            yield from map(self._content, (*machine.properties, *machine.functions))
            return
        event = machine.event(unit.event)
        near = [each for each in machine.events if each.kind == event.kind == "completion"]
        yield from map(self._content, near or [event])
        cell = machine.cells.get((unit.state, unit.event))
        if isinstance(cell, model.Impossible):
            yield self._content(cell)
        rows = rows_of(machine, unit)
        yield from map(self._content, rows)
        ends = {unit.state, *(row.to for row in rows if row.to is not None)}
        for rule in machine.properties:
            if ends & {*rule.where} and (rule.kind == "invariant" or unit.state in rule.where):
                yield self._content(rule)
        for name in receivers(rows, self._machines):
            yield _whole(self._machines[name])

    def _of_scope(self, unit: Unit, *, whole: bool) -> Iterator[Content]:
        """The scope, and of its machines what they hold and keep; with `whole` all of them."""
        machine = self._machine
        if machine.shares is None:
            return
        yield content((machine.shares, whole))
        near = receivers(rows_of(machine, unit), self._machines)
        for name in machine.shares.machines:
            each = machine if name == machine.name else self._machines.get(name)
            if each is not None and (whole or name not in (machine.name, *near)):
                yield _whole(each if whole else _face(each))

    def _reached(self, parts: Iterable[Content]) -> list[Content]:
        """The lets, functions and constants that `parts` name, and those that these name."""
        found: dict[str, Content] = {}
        pending = [word for part in parts for word in sorted(part.words)]
        while pending:
            word = pending.pop()
            if word in self._named and word not in found:
                found[word] = self._content(self._named[word])
                pending += found[word].words
        return [found[word] for word in sorted(found)]

    def _content(self, part: object) -> Content:
        if id(part) not in self._known:
            self._known[id(part)] = content(part)
        return self._known[id(part)]

    def _code(self, unit: Unit) -> str:
        """The text that runs the unit."""
        if unit == WHOLE:
            return self._text.reached("__init__") + self._text.reached("eviction_rank")
        method, index = self._layout.method(unit.event), self._layout.states[unit.state]
        return self._text.reached(method, index)


def _face(machine: model.Machine) -> model.Machine:
    """What a step of another machine looks at, where it signals nothing to this one."""
    rules = tuple(rule for rule in machine.properties if rule.kind == "invariant")
    return evolve(
        machine,
        rows=(),
        impossibles=(),
        cells=FrozenMap[tuple[str, str], model.Cell]({}),
        decides=(),
        outputs=(),
        properties=rules,
        digest="",
    )


def _whole(machine: model.Machine) -> Content:
    """Another machine, with the places of its text, since they are not followed from here."""
    found = content(machine)
    text = found.digest + repr(found.marks).encode()
    return Content(hashlib.sha256(text).digest(), (), frozenset())
