"""Where a walk stands: what the model holds, the time, and how one situation is told from another.

Two situations are the same where everything is equal, time counted from now. They are of one kind
where only magnitudes differ that a guard hardly asks for: long queues by their length, sequence
numbers by how they lie to one another, large numbers by their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import cast

from attrs import frozen

from netfsm.conformance.pair import Move
from netfsm.machine.base import Snapshot
from netfsm.spec import model, types
from netfsm.spec.types import Value

__all__ = ["Situation", "exact", "kind_of"]

SMALL = 32
"""Numbers up to here are counters, and each counts for itself."""


@frozen
class Situation:
    """What is held at the end of a walk of `moves`, by machine, and when the timers are due."""

    held: Mapping[str, Snapshot]
    now: int
    deadlines: Mapping[str, int]
    moves: tuple[Move, ...]


def exact(here: Situation, machines: tuple[model.Machine, ...]) -> tuple[object, ...]:
    """What tells two situations apart: time counts only as a distance from now."""
    return tuple(_exact(here, here.held[machine.name], machine) for machine in machines)


def _exact(here: Situation, held: Snapshot, machine: model.Machine) -> tuple[object, ...]:
    values = tuple(
        here.now - value if isinstance(v.type, types.Instant) and isinstance(value, int) else value
        for v, value in _values(held, machine)
    )
    due = tuple(sorted((name, when - here.now) for name, when in held.deadlines.items()))
    return (held.state, values, held.armed, due)


def kind_of(here: Situation, machines: tuple[model.Machine, ...]) -> tuple[object, ...]:
    """What tells two kinds of situation apart."""
    return tuple(_kind_of(here.held[machine.name], machine) for machine in machines)


def _kind_of(held: Snapshot, machine: model.Machine) -> tuple[object, ...]:
    values = tuple(_kind(v.type, value) for v, value in _values(held, machine))
    return (held.state, held.armed, values, tuple(_distances(held, machine)))


def _values(
    held: Snapshot, machine: model.Machine
) -> Iterator[tuple[model.Variable, Value | None]]:
    """The variables that the machine owns: those of others count where they belong."""
    for variable in machine.variables:
        if not variable.ghost and (not variable.shared or variable.owner == machine.name):
            yield variable, held.variables[variable.name]


def _kind(kind: types.Type, value: Value | None) -> object:
    match kind:
        case _ if value is None:
            return None
        case types.Bool() | types.Enum() | types.Flags():
            return value
        case types.Nat() | types.Duration():
            return _size(value)
        case types.Queue() | types.Ranges() | types.SetOf() | types.Bytes():
            return len(cast(Sized, value))
        case _:
            return True


def _size(value: Value) -> int:
    assert isinstance(value, int)
    return value if value <= SMALL else SMALL + value.bit_length()


def _distances(held: Snapshot, machine: model.Machine) -> Iterator[int]:
    """How each sequence number lies to the one before it of its space: at, one, far, behind."""
    last: dict[types.Type, int] = {}
    for variable, value in _values(held, machine):
        space = variable.type
        if not isinstance(space, types.Seq) or not isinstance(value, int):
            continue
        if space in last:
            ahead = (value - last[space]) % space.modulus
            yield -1 if ahead >= space.modulus // 2 else min(ahead, 2)
        last[space] = value
