"""One end: its machines compiled, put into a state, and read again.

`run` takes a stimulus to every state that it may lead to: several where hands have a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from netfsm.explore.choices import Chooser, Oracle
from netfsm.explore.ghosts import Ghosts
from netfsm.explore.messages import Post
from netfsm.explore.records import EndState, Outcome, Stimulus
from netfsm.explore.run import Run
from netfsm.explore.scopes import Team, new_scope, shared_attributes
from netfsm.explore.slots import Kind, Worker, made
from netfsm.explore.values import Constants
from netfsm.machine import CompiledMachine, Emission
from netfsm.spec.composition import Composition, End, Place

__all__ = ["EndWork"]


@define
class EndWork:
    """An end with its machines compiled."""

    composition: Composition
    end: End
    kinds: Mapping[str, Kind]
    post: Post
    constants: Constants
    workers: dict[str, Worker] = field(init=False)
    begin: EndState = field(init=False)
    _teams: dict[str, Team] = field(init=False)
    chooser: Chooser = field(init=False)
    ghosts: Ghosts = field(init=False)
    given: Mapping[str, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the instances, and see what is there at the beginning."""
        kinds = {slot.name: self.kinds[slot.machine] for slot in self.end.slots}
        self._teams = {name: self._team(name) for name in _scopes(kinds.values())}
        self.workers = {}
        for slot in self.end.slots:
            kind = kinds[slot.name]
            team = self._teams.get(kind.machine.scope or "")
            self.workers[slot.name] = Worker(slot, kind, None if team is None else team.scope)
        for name, team in self._teams.items():
            team.join(w for w in self.workers.values() if w.kind.machine.scope == name)
        self.given = _given(self.workers.values())
        self.ghosts = Ghosts(self.end, self.given, self.constants)
        self.chooser = Chooser(
            self.end, self.kinds, self.composition.formats, self.constants, self.read_place
        )
        self.begin = EndState(
            0,
            tuple(worker.begin for worker in self.workers.values()),
            tuple(team.begin for team in self._teams.values()),
            self.ghosts.begin,
        )

    # ---- what is there

    def write(self, state: EndState) -> None:
        """Let every instance hold what `state` says."""
        for team, held in zip(self._teams.values(), state.scopes, strict=True):
            team.write(held)
        for worker, slot in zip(self.workers.values(), state.slots, strict=True):
            worker.write(slot)
        self.ghosts.write(state.ghosts)

    def read(self, position: int) -> EndState:
        """What the instances hold."""
        slots = tuple(worker.read() for worker in self.workers.values())
        scopes = tuple(team.read() for team in self._teams.values())
        return EndState(position, slots, scopes, self.ghosts.read())

    def read_place(self, place: Place) -> Any:
        """The value of a place of this end, as the instances hold it now."""
        if place.kind == "ghost":
            return self.ghosts.value(place.name)
        if not place.slot:
            return self.given[place.name]
        worker = self.workers[place.slot]
        if place.kind == "state":
            return worker.instance.state == place.name
        if place.kind == "timer":
            return place.name in worker.instance.armed
        return worker.kind.value(worker.instance, place.name)

    def team_of(self, worker: Worker) -> Team | None:
        """Those that share a scope with a slot."""
        return self._teams.get(worker.kind.machine.scope or "")

    def sender(self, worker: Worker, emission: Emission) -> Worker:
        """Whose emission it is that a step of `worker` gave: another's of its scope, perhaps."""
        team, module = self.team_of(worker), type(emission).__module__
        if team is None or worker.kind.made.__module__ == module:
            return worker
        return next(each for each in team.workers if each.kind.made.__module__ == module)

    def fresh(self, worker: Worker, key: tuple[Any, ...]) -> CompiledMachine | None:
        """An instance like that of a slot, with a key that no slot has.

        None for a machine that does not begin the instances of its scope.
        """
        team = self.team_of(worker)
        if team is None:
            return worker.fresh(key)
        if team.lead is not worker:
            return None
        scope = new_scope((each.kind for each in team.workers), key)
        instances = {
            each: made(each.kind, key, each.slot.given, each.rows.append, scope)
            for each in team.workers
        }
        return instances[worker]

    def _team(self, name: str) -> Team:
        slots = [s for s in self.end.slots if self.kinds[s.machine].machine.scope == name]
        kinds = [self.kinds[slot.machine] for slot in slots]
        return Team(new_scope(kinds, slots[0].key), shared_attributes(kinds))

    def armed(self, state: EndState) -> list[tuple[str, str]]:
        """The timers that run in `state`, with their slots; a scope's stands with its owner."""
        self.write(state)
        found: list[tuple[str, str]] = []
        for name, worker in self.workers.items():
            machine = worker.kind.machine
            owned = {t.name for t in machine.timers if not t.shared or t.owner == machine.name}
            found += [(name, timer) for timer in worker.instance.armed if timer in owned]
        return found

    # ---- what happens

    def run(self, state: EndState, stimulus: Stimulus) -> Iterator[Outcome]:
        """Every outcome of `stimulus`, in a fixed order."""
        oracle = Oracle()
        while oracle.more():
            self.write(state)
            position = state.position if stimulus.position is None else stimulus.position
            yield Run(self, oracle).outcome(stimulus, position)


def _given(workers: Any) -> dict[str, Any]:
    """What is given to the end: keys and givens by name, the first slot's where several have it."""
    found: dict[str, Any] = {}
    for worker in workers:
        machine = worker.kind.machine
        keys = machine.key
        names = [part.name for part in (*keys, *machine.given)]
        for name, value in zip(names, (*worker.slot.key, *worker.slot.given), strict=True):
            found.setdefault(name, value)
    return found


def _scopes(kinds: Iterable[Kind]) -> list[str]:
    """The scopes of machines, each once, in their order."""
    return list(dict.fromkeys(k.machine.scope for k in kinds if k.machine.scope is not None))
