"""Short walks that take every row of a machine.

Breadth first over what the model holds: states with the values of variables and the timers that
run, situations of a new kind before those that are like one seen. In each, every row of the state
that may be taken is taken, with one witness and with as many more as may lead elsewhere. The first
walk that takes a row is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sized
from typing import Final, cast

from attrs import define, evolve, field, frozen

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Move, Pair, Taken
from netfsm.conformance.placed import Begin, place
from netfsm.conformance.properties import broken_in_scope, broken_properties
from netfsm.conformance.random_moves import any_inputs
from netfsm.conformance.situation import Situation, exact, kind_of
from netfsm.conformance.subjects import Maker, Setting, settings
from netfsm.conformance.view import Inputs
from netfsm.conformance.witness import find_inputs, variants
from netfsm.machine.base import Snapshot
from netfsm.spec import model

__all__ = [
    "Spot",
    "Tour",
    "Walk",
    "judged",
    "plan_tour",
    "plan_tours",
    "run_walk",
    "spots",
    "stops",
]

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


QUIET: Final = 12
"""Timers of a scope that fire one after the other while nothing else comes."""


AGAIN: Final = 300
"""Times that an event comes again and again: what a full count leads to lies deep, too."""


Stop = tuple[str, Spot]
"""A spot and its machine."""


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
    """A walk for each spot of a machine that was reached, and those that were not.

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
    return plan_tours(machine, calls, limit=limit)[machine.name]


def plan_tours(machine: model.Machine, calls: Calls, *, limit: int = LIMIT) -> dict[str, Tour]:
    """A tour for each machine of the scope of `machine`, found in one search; else for itself."""
    left = dict.fromkeys((each.name, spot) for each in calls.kin for spot in spots(each))
    walks: dict[Stop, Walk] = {}
    faults: dict[Stop, Walk] = {}
    for setting in settings(machine, calls.kin):
        if not left:
            break
        most = limit * len(calls.kin)
        search = _Search(machine, calls, setting, left, walks, faults, most)
        search.run()
    return {each.name: _tour_of(each.name, walks, faults, left) for each in calls.kin}


def _tour_of(
    name: str,
    walks: Mapping[Stop, Walk],
    faults: Mapping[Stop, Walk],
    left: Mapping[Stop, None],
) -> Tour:
    return Tour(
        {spot: walk for (machine, spot), walk in walks.items() if machine == name},
        {spot: walk for (machine, spot), walk in faults.items() if machine == name},
        tuple(spot for machine, spot in left if machine == name),
    )


def stops(taken: Taken) -> Iterator[Stop]:
    """The rows that a step took, in which machine and state."""
    for each in (taken, *taken.inner):
        if each.row is not None:
            spot = Spot(each.row.id, each.row.event, each.before.state)
            yield each.machine.name, spot


def run_walk(machine: model.Machine, calls: Calls, walk: Walk, make: Maker) -> Iterator[Taken]:
    """The walk on a subject made by `make` beside the model, properties asked of every step."""
    pair = Pair(machine, calls, walk.setting, make)
    problems = place(pair, walk.begin) if walk.begin is not None else ()
    for move in walk.moves:
        taken = judged(pair, pair.take(move.event, move.inputs, move.now, move.machine))
        yield evolve(taken, problems=(*problems, *taken.problems))
        problems = ()
        if not pair.broken:
            yield from (judged(pair, taken) for taken in pair.settle())
        if pair.broken:
            return


def judged(pair: Pair, taken: Taken) -> Taken:
    """`taken` with the properties that it breaks among its problems."""
    broken = (
        *broken_properties(pair.sight(taken.before), taken),
        *broken_in_scope(pair, taken),
    )
    return evolve(taken, problems=(*taken.problems, *broken)) if broken else taken


@define
class _Search:
    machine: model.Machine
    calls: Calls
    setting: Setting
    left: dict[Stop, None]
    walks: dict[Stop, Walk]
    faults: dict[Stop, Walk]
    limit: int
    pair: Pair = field(init=False)
    hints: dict[Stop, Inputs] = field(init=False, factory=dict[Stop, Inputs])

    def __attrs_post_init__(self) -> None:
        self.pair = Pair(self.machine, self.calls, self.setting, None)

    def run(self) -> None:
        """Search until every spot is taken or nothing new is found."""
        begin = Situation(self.pair.reference.held, 0, {}, ())
        hot, new, alike = deque[Situation](), deque([begin]), deque[Situation]()
        kin = self.calls.kin
        seen, kinds = {exact(begin, kin)}, {kind_of(begin, kin)}
        first: dict[str, Situation] = {}
        for turn in range(self.limit):
            while hot and not self._hot(hot[0]):
                new.append(hot.popleft())
            queue = hot or new or alike
            if not self.left or not queue:
                break
            for found in self._successors(_fullest(queue) if turn % 2 else queue.popleft()):
                key, kind = exact(found, kin), kind_of(found, kin)
                if key in seen:
                    continue
                fresh = hot if self._hot(found) else new
                (alike if kind in kinds else fresh).append(found)
                first.setdefault(found.moves[-1].event, found)
                seen.add(key)
                kinds.add(kind)

        for each in first.values():
            self._again(each)

    def _hot(self, here: Situation) -> bool:
        """In a scope: whether some machine is in a state of which rows are left."""
        states = {(name, held.state) for name, held in here.held.items()}
        return len(states) > 1 and any((name, spot.state) in states for name, spot in self.left)

    def _quiet(self, here: Situation) -> Iterator[Situation]:
        """Let nothing but timers come, one after the other: what retries lead to lies deep."""
        self.pair.restore(here.held, here.deadlines)
        moves = here.moves
        for _ in range(QUIET):
            due = self.pair.due()
            if due is None or not self.left:
                return
            name, now = due
            owner = self.pair.owner(name)
            self.pair.now = max(now, here.now)
            inputs = any_inputs(self.pair, name, 0, owner)
            if inputs is None:
                return
            taken = self.pair.take(name, inputs, self.pair.now, owner)
            moves = (*moves, taken.move)
            if taken.problems:
                self.pair.broken = False
                return
            for step in (taken, *self.pair.settle()):
                for each in stops(step):
                    self._note(each, moves)
            held, deadlines = self.pair.reference.held, dict(self.pair.deadlines)
            yield Situation(held, self.pair.now, deadlines, moves)

    def _again(self, here: Situation) -> None:
        """Let the event that led here come again and again, as long as it changes something."""
        if not here.moves or not self.left:
            return
        self.pair.restore(here.held, here.deadlines)
        self.pair.now = here.now
        move, moves = here.moves[-1], here.moves
        for _ in range(AGAIN):
            held = self.pair.reference.held
            taken = self.pair.take(move.event, move.inputs, here.now, move.machine)
            moves = (*moves, taken.move)
            if taken.problems or taken.gone:
                self.pair.broken = False
                return
            for step in (taken, *self.pair.settle()):
                for each in stops(step):
                    self._note(each, moves)
            if not self.left or held == self.pair.reference.held:
                return

    def _successors(self, here: Situation) -> Iterator[Situation]:
        if len(here.held) > 1:
            yield from self._quiet(here)
        self.pair.restore(here.held, here.deadlines)
        for machine, held, calls in tuple(self.pair.places()):
            for event in machine.events:
                cell = machine.cells.get((held.state, event.name), ())
                inside = event.kind == "completion" or event.name in calls.inside
                if isinstance(cell, model.Impossible) or inside:
                    continue
                for now in self._times(machine, event, here):
                    for row in cell:
                        yield from self._by(row, held, calls, here, now)

    def _times(self, machine: model.Machine, event: model.Event, here: Situation) -> Iterator[int]:
        """When the event may come: a timer's when it is due, others at once or beside a timer."""
        if event.kind == "timer":
            if event.name in here.held[machine.name].armed:
                yield max(here.now, here.deadlines.get(event.name, here.now))
            return
        yield here.now
        due = min(here.deadlines.values(), default=here.now)
        if machine.uses_now and due > here.now:
            yield due

    def _by(
        self, row: model.Row, held: Snapshot, calls: Calls, here: Situation, now: int
    ) -> Iterator[Situation]:
        self.pair.now = now
        sight = self.pair.sight(held)
        name = held.machine
        hinted = (name, Spot(row.id, row.event, ""))
        inputs = find_inputs(row, sight, calls, hint=self.hints.get(hinted))
        if inputs is None:
            return
        self.hints[hinted] = inputs
        stop = (name, Spot(row.id, row.event, held.state))
        for chosen in variants(row, sight, calls, inputs):
            self.pair.restore(here.held, here.deadlines)
            taken = self.pair.take(row.event, chosen, now, name if len(here.held) > 1 else "")
            if taken.problems:
                self.pair.broken = False
                self.faults.setdefault(stop, Walk(self.setting, (*here.moves, taken.move)))
                continue
            moves = (*here.moves, taken.move)
            for step in (taken, *self.pair.settle()):
                for each in stops(step):
                    self._note(each, moves)
            yield Situation(self.pair.reference.held, now, dict(self.pair.deadlines), moves)

    def _note(self, stop: Stop, moves: tuple[Move, ...]) -> None:
        if stop in self.left:
            del self.left[stop]
            self.walks[stop] = Walk(self.setting, moves)


def _fullest(queue: deque[Situation]) -> Situation:
    """Take the first situation with most in its queues: a full queue lies many steps away."""
    place = max(range(len(queue)), key=lambda index: (_queued(queue[index]), -index))
    found = queue[place]
    del queue[place]
    return found


def _queued(here: Situation) -> int:
    values = (one for held in here.held.values() for one in held.variables.values())
    return sum(len(cast(Sized, one)) for one in values if isinstance(one, tuple))
