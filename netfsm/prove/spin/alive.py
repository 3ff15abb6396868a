"""Which events may come in a composition: machines are shown without what never happens there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from netfsm.spec import model
from netfsm.spec.composition import Composition

__all__ = ["brought", "kin", "leading_to", "living", "speaks"]

Machines = Mapping[str, model.Machine]


def living(composition: Composition, machines: Machines) -> dict[str, model.Machine]:
    """`machines` with the events that a call, a timer, a message or a signal may bring."""
    alive = brought(machines, _first(composition, machines))
    return {name: _pruned(machine, alive) for name, machine in machines.items()}


def _first(composition: Composition, machines: Machines) -> Iterator[tuple[str, str]]:
    """What does not come of something else here."""
    for end in composition.ends:
        for call in end.script:
            yield end.slot(call.slot).machine, call.event
        for slot, event in end.takers.values():
            yield end.slot(slot).machine, event
    for name, machine in machines.items():
        for timer in machine.timers:
            mine = not timer.shared or timer.owner == name
            if mine and composition.policies[f"{name}.{timer.name}"] != "never":
                yield name, timer.name


def leading_to(machines: Machines, machine: str, event: str) -> list[tuple[str, str]]:
    """The events of `machines` that may bring `event` of `machine` in their step, itself too."""
    return [
        (name, start.name)
        for name, each in machines.items()
        for start in each.events
        if (machine, event) in brought(machines, [(name, start.name)])
    ]


def speaks(machines: Machines, machine: str, event: str) -> bool:
    """True if an event that comes within a scope may emit anything."""
    return any(
        speaks(machines, part.machine, part.event)
        if isinstance(part, model.Signal) and part.inside
        else True
        for row in machines[machine].rows
        if row.event == event
        for part in row.emissions
    )


def kin(machines: Machines, machine: model.Machine) -> list[model.Machine]:
    """The machines that complete what `machine` does: itself, and those of its scope."""
    if machine.scope is None:
        return [machine]
    return [each for each in machines.values() if each.scope == machine.scope]


def brought(machines: Machines, first: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """`first` and every event that signals bring in the same step."""
    found = set(first)
    pending = list(found)
    while pending:
        name, event = pending.pop()
        for each in kin(machines, machines[name]):
            events = {e.name for e in each.events if e.kind == "completion"}
            events |= {event} if each.name == name else set()
            for row in each.rows:
                if row.event in events:
                    fresh = set(_signals(row, machines)) - found
                    found |= fresh
                    pending += fresh
    return found


def _signals(row: model.Row, machines: Machines) -> Iterator[tuple[str, str]]:
    for part in row.emissions:
        if isinstance(part, model.Signal) and part.machine in machines:
            yield part.machine, part.event


def _pruned(machine: model.Machine, alive: set[tuple[str, str]]) -> model.Machine:
    kept = [
        event
        for event in machine.events
        if event.kind == "completion" or (machine.name, event.name) in alive
    ]
    names = {event.name for event in kept}
    return evolve(
        machine,
        events=tuple(kept),
        rows=tuple(row for row in machine.rows if row.event in names),
        impossibles=tuple(cell for cell in machine.impossibles if cell.event in names),
    )
