"""What a whole machine uses: constants, enums and flags, and whether it looks at the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netfsm.spec.declarations import Declarations
from netfsm.spec.expr import Expr, Name, TimerRef, walk
from netfsm.spec.model import Constant, Decide, Emit, Row, Signal, TimerOrder, TimerStep
from netfsm.spec.reading import Reading
from netfsm.spec.types import Enum, Flags, Queue, SetOf, Type

__all__ = [
    "check_deadlines",
    "constants_of",
    "row_expressions",
    "signals_inside",
    "types_of",
    "uses_now",
]


def constants_of(declared: Declarations, words: frozenset[str]) -> tuple[Constant, ...]:
    """The constants of layer and machine, and those of `types` files that are used."""
    return tuple(c for name, c in declared.constants.items() if "." not in name or name in words)


def types_of(reading: Reading, own: Declarations) -> tuple[Type, ...]:
    """The enums and flags that the machine declares or meets, each once."""
    found: dict[str, Type] = {}
    for type_ in (*own.types.values(), *_met(reading)):
        inner = type_
        while isinstance(inner, SetOf | Queue):
            inner = inner.element
        if isinstance(inner, Enum | Flags):
            found.setdefault(inner.name, inner)
    return tuple(found.values())


def _met(reading: Reading) -> Iterator[Type]:
    for group in (reading.given, reading.key, reading.variables.values()):
        for each in group:
            yield each.type
    for event in reading.events.values():
        for _, type_ in event.inputs:
            yield type_
    for output in reading.outputs.values():
        for field in output.fields:
            yield field.type
    for constant in reading.declared.constants.values():
        yield constant.type


def uses_now(reading: Reading, decides: Mapping[str, Decide], rows: Iterable[Row]) -> bool:
    """True where a let, a list or a row looks at the time of the step."""
    exprs = _expressions(reading, decides, rows)
    return any(_is_time(node) for expr in exprs for node in walk(expr))


def _expressions(
    reading: Reading, decides: Mapping[str, Decide], rows: Iterable[Row]
) -> Iterator[Expr]:
    """All that the running machine evaluates: lets, leaves and rows."""
    yield from (let.expr for let in reading.lets)
    yield from (leaf.guard for decide in decides.values() for leaf in decide.leaves)
    for row in rows:
        yield from row_expressions(row)


def signals_inside(rows: Iterable[Row]) -> bool:
    """True where a row signals inside its scope: the receiver may look at the time of the step."""
    parts = (part for row in rows for part in row.emissions)
    return any(isinstance(part, Signal) and part.inside for part in parts)


def check_deadlines(reading: Reading, decides: Mapping[str, Decide], rows: Iterable[Row]) -> None:
    """Note each question for the deadline of a timer that another machine owns."""
    for node in (each for expr in _expressions(reading, decides, rows) for each in walk(expr)):
        if not isinstance(node, TimerRef) or node.what != "deadline" or node.timer is None:
            continue
        owner = reading.timers[node.timer].owner
        if owner != reading.name:
            what = f"{owner} owns timer {node.timer}, and it alone knows when it fires"
            hint = f"ask armed({node.timer}), or let the owner share what hangs on its deadline"
            reading.findings.add("OWNER", node.mark, what, hint)


def _is_time(node: Expr) -> bool:
    if isinstance(node, Name):
        return node.kind == "now"
    return isinstance(node, TimerRef) and node.what == "deadline"


def row_expressions(row: Row) -> Iterator[Expr]:
    """Every expression of a row: its guard, assignments, timer orders and emissions."""
    if row.guard is not None:
        yield row.guard
    for assign in row.assigns:
        yield assign.value
    for timer in row.timers:
        yield from _order_expressions(timer.order)
    for emission in row.emissions:
        if emission.condition is not None:
            yield emission.condition
        for _, expr in emission.fields:
            yield expr
        if not isinstance(emission, Emit):
            yield from emission.key or ()


def _order_expressions(order: TimerOrder) -> Iterator[Expr]:
    if isinstance(order, TimerStep):
        if order.after is not None:
            yield order.after
        return
    yield order.test
    yield from _order_expressions(order.then)
    yield from _order_expressions(order.orelse)
