"""What the step of a row has to show of the machines that it signals inside the scope.

The cell that takes a signal is judged where it stands: with what the sender brings and has stored,
and in every state that the receiver may be in. Exclusive and covering guards, cells that are called
impossible, ranges, timers and what the receiver claims of its rows are the sender's to show; each
is one obligation of the sending row, its parts named after the receiver's rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, field

from netfsm.prove.answer import Obligation, Part
from netfsm.prove.obligations import Obligations, typed
from netfsm.prove.properties import Claims
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.step import Before, Steps, Taken
from netfsm.prove.whole import Heard, HeardCell, Whole
from netfsm.spec import model

Machines = Mapping[str, model.Machine]

_WHAT: Final = {
    "PROOF-ASSUME": ("", "is brought what it assumes"),
    "PROOF-POSSIBLE": ("/possible", "does not reach a cell that is called impossible"),
    "PROOF-HOLE": ("/covering", "has some row that applies"),
    "PROOF-OVERLAP": ("/exclusive", "has at most one row that applies"),
    "PROOF-NATURAL": ("/natural", "never subtracts below zero"),
    "PROOF-EMPTY": ("/not_empty", "takes nothing from an empty queue"),
    "PROOF-ABSENT": ("/has_value", "reads only what has a value"),
    "PROOF-RANGE": ("/in_range", "stores and emits what keeps to its type"),
    "PROOF-TIMER": ("/timers", "leaves no timer running that its target does not handle"),
    "PROOF-PROPERTY": ("/properties", "does what is claimed of it"),
}


class Told:
    """Makes the obligations of one machine's rows about what they signal inside the scope."""

    def __init__(self, basis: Obligations, machines: Machines) -> None:
        self._basis = basis
        self._steps = basis.steps
        self._machines = machines
        self._judges: dict[str, tuple[Obligations, Claims]] = {}

    def cell(self, state: str, event: model.Event) -> Iterator[Obligation]:
        """Every signal inside the scope of every row of a cell, where its event begins a step."""
        cell = self._basis.machine.cells.get((state, event.name))
        if not isinstance(cell, tuple) or self._steps.told_inside(event):
            return
        before = self._steps.before(state, event)
        for row in cell:
            taken = self._basis.take(before, row)
            for heard in taken.heard:
                yield from self._heard(before, taken, heard, self._basis.name(state, row, ""))

    def _heard(self, before: Before, top: Taken, heard: Heard, base: str) -> Iterator[Obligation]:
        """What holds of one signal; `base` names the row that sends it."""
        found = _Parts(heard)
        found.add("PROOF-ASSUME", *self._expected(heard))
        name = f"{base}signal/{heard.number}/{heard.event.name}"
        for cell in heard.cells:
            self._cell(heard, cell, found)
        where = f"{heard.receiver.machine.name}.{heard.event.name}, which {top.row.id} signals,"
        for code, parts in found.parts.items():
            what, says = _WHAT[code]
            yield Obligation(
                name + what,
                code,
                heard.sent.emission.mark,
                f"{where} {says}",
                (*before.assume, top.guard),
                tuple(parts),
                view=before.view,
            )
        for cell in heard.cells:
            for taken in cell.taken:
                inner = f"{name}/{cell.before.state}/{taken.row.id}/"
                for each in taken.heard:
                    yield from self._heard(before, top, each, inner)

    def _expected(self, heard: Heard) -> Iterator[Part]:
        event, receiver = heard.event, heard.receiver
        yield from typed(receiver, event, heard.sent)
        for cell in heard.cells:
            state = cell.before.state
            if event.assume is not None and receiver.readable(event.assume, state):
                goal = z3.Implies(cell.at, receiver.encode(event.assume, cell.before.view))
                yield Part(f"its assumption in {state}", heard.sent.emission.mark, goal)

    def _cell(self, heard: Heard, cell: HeardCell, found: _Parts) -> None:
        state = cell.before.state
        if isinstance(cell.cell, model.Impossible):
            says = f"in {state} ({cell.cell.reason})"
            found.add("PROOF-POSSIBLE", Part(says, cell.cell.mark, z3.Not(cell.at)))
            return
        guards = [each.guard for each in cell.taken]
        rows = [each.row for each in cell.taken]
        some = Part(f"in {state}", rows[0].mark, z3.Implies(cell.at, disj(guards)))
        found.add("PROOF-HOLE", some)
        for b, row in enumerate(rows):
            for a in range(b):
                goal = z3.Not(z3.And(cell.at, guards[a], guards[b]))
                says = f"{rows[a].id} and {row.id} apply at once"
                found.add("PROOF-OVERLAP", Part(says, row.mark, goal))
        basis, claims = self._judge(heard.receiver)
        for taken in cell.taken:
            for each in (*basis.inner(cell.before, taken), *claims.of_row(cell.before, taken)):
                when = conj([cell.at, *each.assume])
                for part in each.parts:
                    says = f"{each.rule}: {part.says}" if part.says else each.rule
                    goal = z3.Implies(when, part.goal)
                    found.add(each.code, Part(says, part.mark, goal))

    def _judge(self, steps: Steps) -> tuple[Obligations, Claims]:
        name = steps.machine.name
        if name not in self._judges:
            basis = Obligations(steps)
            self._judges[name] = basis, Claims(basis, self._machines)
        return self._judges[name]


@define
class _Parts:
    """The parts of the obligations of one signal, by their code."""

    heard: Heard
    parts: dict[str, list[Part]] = field(factory=dict[str, list[Part]])

    def add(self, code: str, *parts: Part) -> None:
        """Take up parts, each of them where the signal is sent."""
        for part in parts:
            goal = z3.Implies(conj(list(self.heard.path)), part.goal)
            self.parts.setdefault(code, []).append(Part(part.says, part.mark, goal))


# ---- rows that are taken inside the steps of others


def where_taken(basis: Obligations, before: Before, taken: Taken) -> Obligation:
    """That some step of another machine takes a row whose event comes inside steps."""
    whole = basis.steps.whole
    assert whole is not None  # only in a scope is an event told inside a step
    row = taken.row
    cases = list(_cases(whole, before, row))
    return Obligation(
        basis.name(before.state, row, "can_be_taken"),
        "PROOF-DEAD-ROW",
        row.mark,
        f"{row.id} can be taken in {before.state} by what another machine signals",
        (),
        (Part("", row.mark, disj(cases)),),
        taken=True,
        view=before.view,
    )


def _cases(whole: Whole, before: Before, row: model.Row) -> Iterator[Term]:
    """For each step that may hold the row: that it is taken there."""
    name = whole.mine.machine.name
    for other in whole.sides.others(whole):
        for taken, known in other.senders(name, row.event):
            cells = (cell for heard in through(taken) for cell in heard.cells)
            for cell in cells:
                for inner in cell.taken:
                    if inner.row is row and cell.before.state == before.state:
                        terms = [*known, taken.guard, *cell.before.path, inner.guard]
                        yield conj([*terms, *other.mine.theory.facts])


def through(taken: Taken) -> Iterator[Heard]:
    """Every signal inside the scope that a row's step holds."""
    for heard in taken.heard:
        yield heard
        for cell in heard.cells:
            for inner in cell.taken:
                yield from through(inner)
