"""The machines that a machine's rows signal to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netfsm.spec import model

__all__ = ["receivers"]

Machines = Mapping[str, model.Machine]


def receivers(rows: Iterable[model.Row], machines: Machines) -> tuple[str, ...]:
    """The machines that `rows` signal to; those inside a scope with what they signal to."""
    found: dict[str, None] = {}
    pending = [*rows]
    while pending:
        row = pending.pop()
        for part in row.emissions:
            if not isinstance(part, model.Signal):
                continue
            if part.machine in machines and part.machine not in found:
                found[part.machine] = None
                pending += machines[part.machine].rows if part.inside else ()
    return tuple(sorted(found))
