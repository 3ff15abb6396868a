"""Short walks that take every row of a machine.

Breadth first over what the model holds: states with the values of variables and the timers that
run, situations of a new kind before those that are like one seen. In each, every row of the state
that may be taken is taken, with one witness and with as many more as may lead elsewhere. The first
walk that takes a row is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, evolve, field, frozen

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Move, Pair, Taken
from netfsm.conformance.placed import Begin, place
from netfsm.conformance.properties import broken_properties
from netfsm.conformance.situation import Situation, exact, kind_of
from netfsm.conformance.subjects import Maker, Setting, settings
from netfsm.conformance.view import Inputs
from netfsm.conformance.witness import find_inputs, variants
from netfsm.spec import model

__all__ = ["Spot", "Tour", "Walk", "judged", "plan_tour", "run_walk", "spots"]

LIMIT: Final = 1500
"""Situations that are looked at before the rows that are left count as not reached."""


@frozen(order=True)
class Spot:
    """A row in one of its cells: what a tour has to take."""

    row: str
    event: str
    state: str

    def name(self, machine: model.Machine) -> str:
        """`incomplete.again`, with event and state where the row has several."""
        same = [row for row in machine.rows if row.id == self.row]
        event = f":{self.event}" if len({row.event for row in same}) > 1 else ""
        states = {state for row in same for state in row.states}
        return f"{self.row}{event}@{self.state}" if len(states) > 1 else f"{self.row}{event}"


@frozen
class Walk:
    """Moves of one setting, from the initial state or from where `begin` puts it.

    In a tour the last one takes the spot.
    """

    setting: Setting
    moves: tuple[Move, ...]
    begin: Begin | None = None


@frozen
class Tour:
    """A walk for each spot that was reached, and those that were not.

    `faults` are walks whose last move meets a cell of which not exactly one row applies.
    """

    walks: Mapping[Spot, Walk]
    faults: Mapping[Spot, Walk]
    missed: tuple[Spot, ...]


def spots(machine: model.Machine) -> tuple[Spot, ...]:
    """Every row in every state whose cell holds it, in the order of the spec."""
    return tuple(Spot(row.id, row.event, state) for row in machine.rows for state in row.states)


def plan_tour(machine: model.Machine, calls: Calls, *, limit: int = LIMIT) -> Tour:
    """The shortest walks; each setting of `settings` is searched until nothing is left."""
    left = dict.fromkeys(spots(machine))
    walks: dict[Spot, Walk] = {}
    faults: dict[Spot, Walk] = {}
    for setting in settings(machine):
        if not left:
            break
        search = _Search(machine, calls, setting, left, walks, faults, limit)
        search.run()
    return Tour(walks, faults, tuple(left))


def run_walk(machine: model.Machine, calls: Calls, walk: Walk, make: Maker) -> Iterator[Taken]:
    """The walk on a subject made by `make` beside the model, properties asked of every step."""
    pair = Pair(machine, calls, walk.setting, make)
    problems = place(pair, walk.begin) if walk.begin is not None else ()
    for move in walk.moves:
        taken = judged(pair, pair.take(move.event, move.inputs, move.now))
        yield evolve(taken, problems=(*problems, *taken.problems))
        problems = ()
        if not pair.broken:
            yield from (judged(pair, taken) for taken in pair.settle())
        if pair.broken:
            return


def judged(pair: Pair, taken: Taken) -> Taken:
    """`taken` with the properties that it breaks among its problems."""
    broken = tuple(broken_properties(pair.sight(taken.before), taken))
    return evolve(taken, problems=(*taken.problems, *broken)) if broken else taken


@define
class _Search:
    machine: model.Machine
    calls: Calls
    setting: Setting
    left: dict[Spot, None]
    walks: dict[Spot, Walk]
    faults: dict[Spot, Walk]
    limit: int
    pair: Pair = field(init=False)
    hints: dict[tuple[str, str], Inputs] = field(init=False, factory=dict[tuple[str, str], Inputs])

    def __attrs_post_init__(self) -> None:
        self.pair = Pair(self.machine, self.calls, self.setting, None)

    def run(self) -> None:
        """Search until every spot is taken or nothing new is found."""
        begin = Situation(self.pair.held, 0, {}, ())
        new, alike = deque([begin]), deque[Situation]()
        seen, kinds = {exact(begin, self.machine)}, {kind_of(begin, self.machine)}
        for _ in range(self.limit):
            if not self.left or not (new or alike):
                return
            for found in self._successors((new or alike).popleft()):
                key, kind = exact(found, self.machine), kind_of(found, self.machine)
                if key in seen:
                    continue
                (alike if kind in kinds else new).append(found)
                seen.add(key)
                kinds.add(kind)

    def _successors(self, here: Situation) -> Iterator[Situation]:
        for event in self.machine.events:
            cell = self.machine.cells.get((here.held.state, event.name), ())
            if isinstance(cell, model.Impossible) or event.kind == "completion":
                continue
            for now in self._times(event, here):
                for row in cell:
                    yield from self._by(row, here, now)

    def _times(self, event: model.Event, here: Situation) -> Iterator[int]:
        """When the event may come: a timer's when it is due, others at once or beside a timer."""
        if event.kind == "timer":
            if event.name in here.held.armed:
                yield max(here.now, here.deadlines.get(event.name, here.now))
            return
        yield here.now
        due = min(here.deadlines.values(), default=here.now)
        if self.machine.uses_now and due > here.now:
            yield due

    def _by(self, row: model.Row, here: Situation, now: int) -> Iterator[Situation]:
        self.pair.now = now
        sight = self.pair.sight(here.held)
        hint = self.hints.get((row.id, row.event))
        inputs = find_inputs(row, sight, self.calls, hint=hint)
        if inputs is None:
            return
        self.hints[row.id, row.event] = inputs
        spot = Spot(row.id, row.event, here.held.state)
        for chosen in variants(row, sight, self.calls, inputs):
            self.pair.restore(here.held, here.deadlines)
            taken = self.pair.take(row.event, chosen, now)
            if taken.problems:
                self.faults.setdefault(spot, Walk(self.setting, (*here.moves, taken.move)))
                continue
            moves = (*here.moves, taken.move)
            for step in (taken, *self.pair.settle()):
                if step.row is not None:
                    self._note(Spot(step.row.id, step.row.event, step.before.state), moves)
            yield Situation(self.pair.held, now, dict(self.pair.deadlines), moves)

    def _note(self, spot: Spot, moves: tuple[Move, ...]) -> None:
        if spot in self.left:
            del self.left[spot]
            self.walks[spot] = Walk(self.setting, moves)
