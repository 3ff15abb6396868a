"""Ghosts are erased from the code that runs, so nothing that runs reads one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netfsm.spec.expr import Call, Expr, Name, walk
from netfsm.spec.model import Emit, Instances, Let, Row, TimerIf, TimerOrder
from netfsm.spec.reading import Reading

__all__ = ["check_ghosts"]


def check_ghosts(reading: Reading, rows: tuple[Row, ...], instances: Instances | None) -> None:
    """Note each guard, value, order or emission of what is no ghost that reads one."""
    ghosts = {v.name for v in reading.variables.values() if v.ghost}
    hidden = {(e.name, p.name) for e in reading.events.values() for p in e.params if p.ghost}
    if not ghosts and not hidden:
        return
    sent = {(o.name, f.name) for o in reading.outputs.values() for f in o.fields if f.ghost}
    lets = {let.name: let for let in reading.lets}
    real = [(row.event, what, e) for row in rows for what, e in _real(row, ghosts, sent)]
    real += [("", "the rank", e) for e in _rank(instances)]
    for event in reading.events.values():
        choices = (choice.contract for choice in event.choices)
        real += [(event.name, "the contract of a choice", e) for e in choices if e is not None]
    seen = set[Expr]()
    for event_name, what, expr in real:
        found = next(
            (
                node.name
                for node in _names(expr, lets)
                if (node.kind == "var" and node.name in ghosts)
                or (node.kind == "param" and (event_name, node.name) in hidden)
            ),
            "",
        )
        if found and expr not in seen:
            seen.add(expr)
            message = f"{found} is a ghost, and {what} reads it"
            hint = "let only ghosts and properties read it, or take 'ghost' away"
            reading.findings.add("GHOST", expr.mark, message, hint)


def _real(row: Row, ghosts: set[str], sent: set[tuple[str, str]]) -> Iterator[tuple[str, Expr]]:
    """Every expression of a row that the running code evaluates, and what it is."""
    for guard in (row.guard,) if row.guard is not None else ():
        yield f"the guard of {row.id}", guard
    for assign in row.assigns:
        if assign.variable not in ghosts:
            yield f"the value of {assign.variable}", assign.value
    for setting in row.timers:
        yield from ((f"the order to {setting.timer}", each) for each in _ordered(setting.order))
    for part in row.emissions:
        name = part.output if isinstance(part, Emit) else part.event
        if part.condition is not None:
            yield f"the condition of {name}", part.condition
        if not isinstance(part, Emit):
            yield from ((f"the key of {name}", each) for each in part.key or ())
        for field, value in part.fields:
            if (name, field) not in sent or not isinstance(part, Emit):
                yield f"{field} of {name}", value


def _ordered(order: TimerOrder) -> Iterator[Expr]:
    if isinstance(order, TimerIf):
        yield order.test
        yield from _ordered(order.then)
        yield from _ordered(order.orelse)
    elif order.after is not None:
        yield order.after


def _rank(instances: Instances | None) -> tuple[Expr, ...]:
    return () if instances is None or instances.evict is None else (instances.evict,)


def _names(expr: Expr, lets: Mapping[str, Let]) -> Iterator[Name]:
    """The names in `expr`, through the lets that it calls."""
    pending, seen = [expr], set[str]()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Name):
                yield node
            elif isinstance(node, Call) and node.name in lets and node.name not in seen:
                seen.add(node.name)
                pending.append(lets[node.name].expr)
