"""A row in full as text: what `netfsm show` and the HTML page tell of it."""

from __future__ import annotations

from netfsm.spec.expr import Expr
from netfsm.spec.model import Emission, Emit, Machine, Row, Signal
from netfsm.spec.pretty import pretty, pretty_order


def guard_text(row: Row) -> str:
    """Leaf and further guard, as in `arrival.ok and fin_in`; "" for always."""
    parts = [f"{row.decide}.{row.leaf}"] if row.leaf else []
    parts.extend([pretty(row.when)] if row.when is not None else [])
    return " and ".join(parts)


def does(row: Row) -> list[str]:
    """Assignments and timer orders, one a line: `tries = tries + 1`, `rexmt: restart(RTO)`."""
    assigned = [f"{assign.variable} = {pretty(assign.value)}" for assign in row.assigns]
    return [*assigned, *(f"{step.timer}: {pretty_order(step.order)}" for step in row.timers)]


def emits(row: Row) -> list[str]:
    """Emissions and signals with their fields, one a line, in the order in which they leave."""
    return [_emission(emission) for emission in row.emissions]


def leads_to(row: Row) -> str:
    """The next state, or in words that it stays, is ignored or refused."""
    if row.verdict == "ignore":
        return f"ignored: {row.reason}" if row.reason else "ignored"
    if row.verdict == "error":
        return "refused"
    return row.to if row.to is not None else "stays"


def refs_text(row: Row) -> str:
    """The clauses of a row, with the level where it is not a must."""
    refs = ", ".join(str(ref) for ref in row.refs)
    return refs if row.level == "must" else f"{refs} ({row.level})"


def rows_of_cell(machine: Machine, state: str, event: str) -> tuple[Row, ...]:
    """The rows that `state` and `event` share, () where none can be reached."""
    cell = machine.cells.get((state, event), ())
    return cell if isinstance(cell, tuple) else ()


def _emission(emission: Emission) -> str:
    left = emission.filled if isinstance(emission, Emit) else frozenset[str]()
    said = [(name, value) for name, value in emission.fields if name not in left]
    fields = ", ".join(f"{name}: {pretty(value)}" for name, value in said)
    if isinstance(emission, Signal):
        head = f"{emission.machine}{_key(emission.key)}.{emission.event}"
        text = f"signal {head}({fields})"
    else:
        text = f"{emission.output}({fields})"
        text += f" as {emission.tag}" if emission.tag else ""
    return text if emission.condition is None else f"{text} if {pretty(emission.condition)}"


def _key(key: tuple[Expr, ...] | None) -> str:
    if key is None:
        return "[*]"
    return f"[{', '.join(pretty(part) for part in key)}]" if key else ""
