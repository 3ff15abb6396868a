"""Examples of the machines of a scope: what all of them hold, one event, the whole step.

A row whose event comes from outside is asked about where it begins a step; a row that takes a
signal inside the scope is asked about in the steps of its senders, one after the other, until one
takes it. Everything else is as for a machine that shares nothing (`netfsm.prove.example`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from attrs import define, field, frozen

from netfsm.prove.asking import Cell
from netfsm.prove.example import Example, content_of
from netfsm.prove.example_whole import Asked, Hands, Made
from netfsm.prove.hands_said import Said
from netfsm.prove.heard import through
from netfsm.prove.questions import Question, Questions
from netfsm.prove.solver import Term
from netfsm.prove.step import Before, Steps, Taken
from netfsm.prove.whole import HeardCell, Sides, Whole
from netfsm.spec import model

__all__ = ["Scope", "examples_in_scope", "why_not_taken"]

_TRIES: Final = 12
"""Models that are asked for until the hands say what the model says."""

Lack = Literal["model", "hands", "real"]
_SAYS: Final[Mapping[Lack, str]] = {
    "model": "Z3 finds no step that takes it",
    "hands": f"in {_TRIES} steps that Z3 finds the hands do not say what it needs",
    "real": "the step that Z3 finds for it takes another row",
}
"""Why there is no example, what is nearest to one last."""


@define
class Scope:
    """All machines of a scope, as Z3 and the interpreter take their steps.

    `edges` is the most that is asked about the edges of one row, None for all; with 0 it is asked
    about nothing but that rows are taken.
    """

    machines: Mapping[str, model.Machine]
    hands: Hands
    edges: int | None = None
    _wholes: dict[str, Whole] = field(init=False, factory=dict[str, Whole])
    _cells: dict[tuple[str, str, str], _Begun] = field(
        init=False, factory=dict[tuple[str, str, str], "_Begun"]
    )

    def whole(self, machine: str) -> Whole:
        """The scope where a step begins with `machine`."""
        if machine not in self._wholes:
            steps = Steps(self.machines[machine])
            self._wholes[machine] = Whole(steps, self.machines, Sides(self.machines, "int"))
        return self._wholes[machine]

    def begun(self, machine: str, state: str, event: str) -> _Begun:
        """Where `event` comes to `machine` in `state`."""
        key = (machine, state, event)
        if key not in self._cells:
            whole = self.whole(machine)
            steps = whole.mine
            cell = Cell(steps, steps.before(state, self.machines[machine].event(event)))
            self._cells[key] = _Begun(self, whole, cell)
        return self._cells[key]


def examples_in_scope(scope: Scope, machine: model.Machine, state: str) -> tuple[Example, ...]:
    """The examples of one state's cells of `machine`, each content once."""
    questions = Questions(machine)
    found: dict[tuple[object, ...], Example] = {}
    for event in machine.events:
        rows = machine.cells.get((state, event.name))
        if not isinstance(rows, tuple):
            continue
        ways = _Ways(scope, machine, state, event)
        asked = questions.of_cell(state, rows, edges=scope.edges != 0)
        for question in _chosen(asked, scope.edges):
            made = ways.example(question)
            if made is not None:
                found.setdefault((*content_of(made), made.about), made)
    return tuple(found.values())


def why_not_taken(scope: Scope, machine: model.Machine, state: str, event: str, row: str) -> str:
    """Why no example takes a row, as `examples_in_scope` looks for one; "" where one does."""
    cell = machine.cells[state, event]
    assert isinstance(cell, tuple)  # a row is asked about
    ways = _Ways(scope, machine, state, machine.event(event))
    for question in Questions(machine).of_cell(state, cell, edges=False):
        if question.row.id == row and question.kind == "taken":
            return "" if ways.example(question) else _SAYS[ways.lack]
    raise KeyError(row)


def _chosen(questions: Iterator[Question], edges: int | None) -> Iterator[Question]:
    """All rows, leaves and flips; of the edges of each row no more than `edges`, spread."""
    asked = list(questions)
    of: dict[str, list[Question]] = {}
    for each in asked:
        if each.kind in ("guard", "step"):
            of.setdefault(each.row.id, []).append(each)
    kept = {id(each) for all_of in of.values() for each in _spread(all_of, edges)}
    yield from (e for e in asked if e.kind not in ("guard", "step") or id(e) in kept)


def _spread(found: list[Question], most: int | None) -> list[Question]:
    """No more than `most`, not only the first."""
    if most is None:
        return found
    return found[:: -(-len(found) // most)]


# ---- how a cell is reached


@frozen
class _Way:
    """One way to a cell: the step that begins, what leads on, and who then looks at conditions.

    `heard` is None where the cell itself begins the step.
    """

    begun: _Begun
    path: tuple[Term, ...]
    looks: Steps
    before: Before
    heard: HeardCell | None = None

    def terms(self, asked: Asked) -> list[Term]:
        """What is to be true so that the step shows what is asked."""
        view = self.before.view
        if asked.question.step:
            view = self._taken(asked.question.row).view
        return [*self.path, *(self.looks.encode(each, view) for each in asked.conditions)]

    def _taken(self, row: model.Row) -> Taken:
        if self.heard is None:
            return self.begun.take(row)
        return next(taken for taken in self.heard.taken if taken.row is row)


@define
class _Ways:
    """Asks about the rows of one cell, by the way that led to it last before all others."""

    scope: Scope
    machine: model.Machine
    state: str
    event: model.Event
    lack: Lack = field(init=False, default="model")
    _known: list[_Way] = field(init=False, factory=list[_Way])
    _more: Iterator[_Way] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._more = self._all()

    def example(self, question: Question) -> Example | None:
        """The example that shows `question`; what is no row's own is asked where a row was."""
        for way in self._known:
            made = self._by(way, question)
            if made is not None:
                self._known.remove(way)
                self._known.insert(0, way)
                return made
        if question.kind != "taken":
            return None
        for way in self._more:
            self._known.append(way)
            made = self._by(way, question)
            if made is not None:
                return made
        return None

    def _by(self, way: _Way, question: Question) -> Example | None:
        for conditions in question.ways:
            inside = way.heard is not None
            asked = Asked(question, conditions, self.machine.name, self.state, inside)
            made = way.begun.example(way, asked)
            if isinstance(made, Example):
                return made
            self.lack = max(self.lack, made, key=list(_SAYS).index)
        return None

    def _all(self) -> Iterator[_Way]:
        name, event = self.machine.name, self.event.name
        if not self.scope.whole(name).inside(event):
            begun = self.scope.begun(name, self.state, event)
            yield _Way(begun, (), begun.cell.steps, begun.cell.before)
            return
        for sender in sorted(self.scope.machines, key=lambda other: (other == name, other)):
            for taken, _ in self.scope.whole(sender).senders(name, event):
                begun = self.scope.begun(sender, taken.view.state, taken.row.event)
                for heard in through(taken):
                    for cell in heard.cells:
                        here = heard.receiver.machine.name == name and heard.event is self.event
                        if here and cell.before.state == self.state:
                            path = (taken.guard, *cell.before.path)
                            yield _Way(begun, path, heard.receiver, cell.before, cell)


# ---- one step that begins


@define
class _Begun:
    """The cell in which a step begins, asked for models of the whole step."""

    scope: Scope
    whole: Whole
    cell: Cell
    said: Said = field(init=False)
    _taken: dict[str, Taken] = field(init=False, factory=dict[str, Taken])

    def __attrs_post_init__(self) -> None:
        hands = {
            function.name: (function, self.scope.hands(machine)[function.name])
            for machine in self.scope.machines.values()
            for function in machine.functions
        }
        self.said = Said(self.whole.mine.theory, hands)
        self.said.look(list(self.cell.before.assume))

    def take(self, row: model.Row) -> Taken:
        """The step of `row`, once."""
        if row.id not in self._taken:
            self._taken[row.id] = self.cell.steps.take(self.cell.before, row)
        return self._taken[row.id]

    def example(self, way: _Way, asked: Asked) -> Example | Lack:
        """What the interpreters do in a model in which the hands say what they say.

        Where a model lets a function say something else, the next is asked for with the same
        arguments and what the hands say of them; where that can't be, with what they say alone.
        """
        terms = way.terms(asked)
        self.said.look(terms)
        pins: list[Term] = []
        for _ in range(_TRIES):
            found = self.cell.ask_terms([*terms, *pins])
            if found is None and not pins:
                return "model"
            lies = () if found is None else self.said.lies(found)
            if found is not None and not lies:
                scope = self.scope
                made = Made(self.whole, self.cell, scope.machines, scope.hands, asked)
                return made.example(found) or "real"
            self.cell.learn([lie.fact for lie in lies])
            pins = [*pins, *(lie.asked for lie in lies)] if lies else []
        return "hands"
