"""Signals between the machines of a scope are one step, which comes back to no machine.

A machine that is in the middle of its row is not signalled: a circle would not end, and a second
row inside the first would see it half done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.outline import Outline, RowOutline

__all__ = ["check_signals", "signals_of"]

_PLAIN: Final = re.compile(r"\s*([\w.-]+)\.(\w+)\s*\Z")
Cell = tuple[str, str]  # a machine and an event


def check_signals(name: str, outlines: Mapping[str, Outline], findings: Findings) -> None:
    """Note each signal of machine `name` that comes back to the machine.

    `outlines` are those of the machines of its scope.
    """
    edges: dict[Cell, set[Cell]] = {}
    own: list[tuple[Cell, Cell, Mark]] = []
    for machine, outline in outlines.items():
        for row in outline.rows:
            for target, mark in signals_of(row):
                if target[0] not in outlines:
                    continue
                for event in row.events:
                    edges.setdefault((machine, event), set()).add(target)
                    if machine == name:
                        own.append(((machine, event), target, mark))
    for cell, target, mark in own:
        if any(machine == name for machine, _ in {target, *_reached(edges, target)}):
            what = f"the signal to {'.'.join(target)} comes back to {name}, which is in {cell[1]}"
            hint = "signals within a scope are one step: let one of the machines decide by itself"
            findings.add("SIGNAL-CYCLE", mark, what, hint)


def _reached(edges: Mapping[Cell, set[Cell]], start: Cell) -> set[Cell]:
    found: set[Cell] = set()
    todo = [start]
    while todo:
        fresh = edges.get(todo.pop(), set()) - found
        found |= fresh
        todo.extend(fresh)
    return found


def signals_of(row: RowOutline) -> Iterator[tuple[Cell, Mark]]:
    """Yield machine and event of each signal without a key, and where it stands."""
    for item in row.emits:
        node = item.get("signal") if isinstance(item, MappingNode) else None
        match = _PLAIN.match(node.text) if isinstance(node, Scalar) else None
        if node is not None and match is not None:
            yield (match[1], match[2]), node.mark
