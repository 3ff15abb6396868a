"""Which values of an event's arguments its guards ask for, as far as the state alone tells.

A guard `ARP.hrd == hrd` asks for one number of 65,536. Comparisons of an argument with something
that the instance knows already give that value, for an order also the two beside it; so do those
of its distance from a sequence number that the instance knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from netfsm.machine.interpret import Interpreter, evaluated
from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, Name, Op, walk
from netfsm.spec.types import Bool, Nat, Value

_EXACT = frozenset({"eq", "ne"})
_ORDERS = frozenset({"lt", "le", "gt", "ge", "seq_lt", "seq_le"})


@frozen
class Hints:
    """Values that guards compare an argument with, and lengths that they ask of octets."""

    values: dict[Value, None] = field(factory=dict[Value, None])
    lengths: dict[int, None] = field(factory=dict[int, None])


def hints_of(event: model.Event, instance: Interpreter) -> Mapping[str, Hints]:
    """What the guards of the cell that `instance` is in ask of the arguments of `event`."""
    cell = instance.machine.cells.get((instance.state, event.name), ())
    rows = cell if isinstance(cell, tuple) else ()
    guards = [row.guard for row in rows if row.guard is not None]
    guards += [event.assume] if event.assume is not None else []
    return hints_in(guards, event, instance, {})


def hints_in(
    exprs: Iterable[Expr], event: model.Event, instance: Interpreter, known: Mapping[str, Any]
) -> Mapping[str, Hints]:
    """What `exprs` ask of the arguments of `event` that are not `known` yet."""
    found = {name: Hints() for name, _ in event.inputs if name not in known}
    for node in _nodes(exprs, instance.lets):
        exact = node.op in _EXACT
        if not exact and node.op not in _ORDERS:
            continue
        for side, other in (node.args, node.args[::-1]):
            value = _value(other, instance, known)
            if value is None:
                continue
            near = (value,) if exact or not isinstance(value, int) else _beside(value)
            match side:
                case Op(op="seq_sub", args=(end, start), type=Nat(max=most)):
                    from_start = _far(_value(start, instance, known), near, most)
                    _take(end, from_start, found)
                    back = tuple(-each for each in near)
                    _take(start, _far(_value(end, instance, known), back, most), found)
                case _:
                    _take(side, near, found)
    return found


def _beside(value: int) -> tuple[int, ...]:
    return value, value - 1, value + 1


def _far(start: Any, distances: Iterable[int], most: int) -> tuple[int, ...]:
    """The numbers of a space so far from `start`, if that is known; `most` is its greatest."""
    return () if start is None else tuple((start + each) & most for each in distances)


def _take(side: Expr, near: tuple[Any, ...], found: Mapping[str, Hints]) -> None:
    match side:
        case Name(kind="param") if side.name in found and not isinstance(side.type, Bool):
            found[side.name].values.update(dict.fromkeys(near))
        case Op(op="len", args=(Name(kind="param") as octets,)) if octets.name in found:
            found[octets.name].lengths.update(dict.fromkeys(n for n in near if n >= 0))
        case _:
            return


def _value(expr: Expr, instance: Interpreter, known: Mapping[str, Any]) -> Any:
    """The value of `expr`; None where it reads arguments or what is out of scope here."""
    try:
        return evaluated(expr, instance, known, None)
    except (KeyError, TypeError, IndexError):
        return None


def _nodes(exprs: Iterable[Expr], lets: Mapping[str, model.Let]) -> Iterator[Op]:
    """Every operation in `exprs` and in the lets that they use."""
    pending = list(exprs)
    entered: set[str] = set()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Op):
                yield node
            if isinstance(node, Call) and node.kind == "let" and node.name not in entered:
                entered.add(node.name)
                pending.append(lets[node.name].expr)
