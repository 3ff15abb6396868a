"""Shortest walks that take every row of a machine.

Breadth first over what the model holds: states with the values of variables and the timers that
run. In each situation every row of the state that may be taken is taken, with one witness, and
with as many more as may lead elsewhere. The first walk that takes a row is its shortest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, evolve, field, frozen

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Move, Pair, Taken
from netfsm.conformance.properties import broken_properties
from netfsm.conformance.subjects import Maker, Setting, settings
from netfsm.conformance.view import Inputs
from netfsm.conformance.witness import find_inputs, variants
from netfsm.machine.base import Snapshot
from netfsm.spec import model
from netfsm.spec.types import Instant, Value

__all__ = ["Spot", "Tour", "Walk", "judged", "plan_tour", "run_walk", "spots"]

LIMIT: Final = 4000
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
    """Moves from the initial state of one setting; the last one takes the spot."""

    setting: Setting
    moves: tuple[Move, ...]


@frozen
class Tour:
    """A walk for each spot that was reached, and those that were not."""

    walks: Mapping[Spot, Walk]
    missed: tuple[Spot, ...]


def spots(machine: model.Machine) -> tuple[Spot, ...]:
    """Every row in every state whose cell holds it, in the order of the spec."""
    return tuple(Spot(row.id, row.event, state) for row in machine.rows for state in row.states)


def plan_tour(machine: model.Machine, calls: Calls, *, limit: int = LIMIT) -> Tour:
    """The shortest walks; each setting of `settings` is searched until nothing is left."""
    left = dict.fromkeys(spots(machine))
    walks: dict[Spot, Walk] = {}
    for setting in settings(machine):
        if not left:
            break
        search = _Search(machine, calls, setting, left, walks, limit)
        search.run()
    return Tour(walks, tuple(left))


def run_walk(machine: model.Machine, calls: Calls, walk: Walk, make: Maker) -> Iterator[Taken]:
    """The walk on a subject made by `make` beside the model, properties asked of every step."""
    pair = Pair(machine, calls, walk.setting, make)
    for move in walk.moves:
        yield judged(pair, pair.take(move.event, move.inputs, move.now))
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
    limit: int
    pair: Pair = field(init=False)
    hints: dict[tuple[str, str], Inputs] = field(init=False, factory=dict[tuple[str, str], Inputs])

    def __attrs_post_init__(self) -> None:
        self.pair = Pair(self.machine, self.calls, self.setting, None)

    def run(self) -> None:
        """Search until every spot is taken or nothing new is found."""
        begin = _Situation(self.pair.held, 0, {}, ())
        waiting = deque([begin])
        seen = {_key(begin, self.machine)}
        looked = 0
        while waiting and self.left and looked < self.limit:
            here = waiting.popleft()
            looked += 1
            for found in self._successors(here):
                key = _key(found, self.machine)
                if key not in seen:
                    seen.add(key)
                    waiting.append(found)

    def _successors(self, here: _Situation) -> Iterator[_Situation]:
        for event in self.machine.events:
            cell = self.machine.cells.get((here.held.state, event.name), ())
            if isinstance(cell, model.Impossible) or event.kind == "completion":
                continue
            now = here.now
            if event.kind == "timer":
                if event.name not in here.held.armed:
                    continue
                now = max(now, here.deadlines.get(event.name, now))
            for row in cell:
                yield from self._by(row, here, now)

    def _by(self, row: model.Row, here: _Situation, now: int) -> Iterator[_Situation]:
        self.pair.now = now
        sight = self.pair.sight(here.held)
        hint = self.hints.get((row.id, row.event))
        inputs = find_inputs(row, sight, self.calls, hint=hint)
        if inputs is None:
            return
        self.hints[row.id, row.event] = inputs
        for chosen in variants(row, sight, self.calls, inputs):
            self.pair.restore(here.held, here.deadlines)
            taken = self.pair.take(row.event, chosen, now)
            if taken.problems:
                continue
            moves = (*here.moves, taken.move)
            for step in (taken, *self.pair.settle()):
                if step.row is not None:
                    self._note(Spot(step.row.id, step.row.event, step.before.state), moves)
            yield _Situation(self.pair.held, now, dict(self.pair.deadlines), moves)

    def _note(self, spot: Spot, moves: tuple[Move, ...]) -> None:
        if spot in self.left:
            del self.left[spot]
            self.walks[spot] = Walk(self.setting, moves)


@frozen
class _Situation:
    held: Snapshot
    now: int
    deadlines: Mapping[str, int]
    moves: tuple[Move, ...]


def _key(here: _Situation, machine: model.Machine) -> tuple[object, ...]:
    """What tells two situations apart: time counts only as a distance from now."""
    instants = {v.name for v in machine.variables if isinstance(v.type, Instant)}

    def relative(name: str, value: Value | None) -> Value | None:
        if name in instants and isinstance(value, int):
            return here.now - value
        return value

    held = here.held
    values = tuple(relative(name, value) for name, value in held.variables.items())
    due = tuple(sorted((name, when - here.now) for name, when in held.deadlines.items()))
    return (held.state, values, held.armed, due)
