"""Compositions to search: those of specs/, and of a made-up protocol that uses all there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve

from netfsm.spec import load_spec
from netfsm.spec.composition import Composition

SPECS = Path(__file__).resolve().parents[2] / "specs"
NAMES = ("arp.conflict", "arp.defence", "post.letters", "post.moods", "post.parcels")


def composition(name: str) -> Composition:
    """A composition by name."""
    found = load_spec(name, path=[SPECS / "post", SPECS / "tcp"])
    assert isinstance(found, Composition)
    return found


def with_budgets(found: Composition, **budgets: Any) -> Composition:
    """`found` with other budgets or capacities on all its channels."""
    return evolve(found, channels=tuple(evolve(each, **budgets) for each in found.channels))


def without_row(found: Composition, name: str, row_id: str) -> Composition:
    """`found` with a row taken out of one of its machines."""
    machine = found.machines[name]
    rows = tuple(row for row in machine.rows if row.id != row_id)
    assert len(machine.rows) == len(rows) + 1, row_id
    cells = {
        at: tuple(row for row in cell if row.id != row_id) if isinstance(cell, tuple) else cell
        for at, cell in machine.cells.items()
    }
    changed = evolve(machine, rows=rows, cells=cells, digest="")
    return evolve(found, machines={**found.machines, name: changed})
