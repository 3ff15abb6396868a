"""Where two ways through generated code come together again, they go on as one.

Without that the ways of a row would double with every emission that has a condition.
"""

from __future__ import annotations

from attrs import evolve

from netfsm.prove.python_values import Arithmetic, UnreadableCodeError, V
from netfsm.prove.solver import Term, z3
from netfsm.prove.ways import Way, When

_MISSING = object()


def joined(before: Way, yes: list[Way], no: list[Way], do: Arithmetic) -> list[Way]:
    """The ways on from `before`, whose last test led to `yes` and `no`: one where both go on."""
    if len(yes) == 1 and len(no) == 1:
        one, other = yes[0], no[0]
        level = len(before.path) + 1
        straight = all(len(each.path) == level and not each.ends for each in (one, other))
        if straight and one.called == other.called:
            try:
                return [_join(before, one, other, do)]
            except UnreadableCodeError:  # one of them leaves what the other can't: both go on
                return [one, other]
    return yes + no


def _join(before: Way, one: Way, other: Way, do: Arithmetic) -> Way:
    test = one.path[-1]
    slots = {
        name: _chosen(test, value, other.slots.get(name, _MISSING), do)
        for name, value in one.slots.items()
    }
    if len(slots) != len(other.slots):
        raise UnreadableCodeError("an attribute that only one way leaves")
    names: dict[str, V] = {}
    for name, value in one.names.items():
        if name in other.names:
            found = _named(test, name, value, other.names[name], do)
            if found is not _MISSING:
                names[name] = found
    told = _sequence(test, one.told, other.told)
    return evolve(before, slots=slots, names=names, told=told)


def _chosen(test: Term, value: V, other: V, do: Arithmetic) -> V:
    if value is other:
        return value
    if value is None or other is None or other is _MISSING:
        raise UnreadableCodeError("a value that only one way leaves")
    return do.choose(test, value, other)


def _named(test: Term, name: str, value: V, other: V, do: Arithmetic) -> V:
    """A local on both ways; `_MISSING` where the two can't be one, and nothing may read it."""
    if value is other:
        return value
    if name in ("emissions", "orders"):
        return _sequence(test, value, other)
    if name.startswith("result_"):
        return tuple(_sequence(test, a, b) for a, b in zip(value, other, strict=True))
    try:
        return _chosen(test, value, other, do)
    except UnreadableCodeError:
        return _MISSING


def _sequence(test: Term, one: tuple[V, ...], other: tuple[V, ...]) -> tuple[V, ...]:
    """What both begin with, then what each alone has, where its way was taken."""
    same = 0
    for a, b in zip(one, other, strict=False):
        if a is not b:
            break
        same += 1
    rest = [_when(test, part) for part in one[same:]]
    rest += [_when(z3.Not(test), part) for part in other[same:]]
    return (*one[:same], *rest)


def _when(test: Term, part: V) -> When:
    if isinstance(part, When):
        return When(z3.And(test, part.test), part.part)
    return When(test, part)
