"""The `before:` of a machine's case: the situation in which its walk begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve

from netfsm.conformance.contracts import contracted
from netfsm.conformance.placed import Begin
from netfsm.conformance.plain import read_plain
from netfsm.conformance.vector_walk import WalkReader
from netfsm.machine.base import Snapshot
from netfsm.machine.interpret import Interpreter
from netfsm.machine.layout import Layout
from netfsm.spec import model
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.shape import Entries, Shape
from netfsm.spec.types import INSTANT, Value

__all__ = ["RUNNING", "read_begin"]

KEYS: Final = ("state", "variables", "timers", "at")
RUNNING: Final = "running"
"""What stands for the deadline of a timer whose deadline nobody reads."""


def read_begin(
    node: MappingNode, reader: WalkReader, key: Mapping[str, Value], given: Mapping[str, Value]
) -> Begin | None:
    """The situation; what is wrong with it is a finding, and None where it makes no sense."""
    shape = Shape(node, reader.findings, "before", KEYS)
    machine = reader.machine
    states = [state.name for state in machine.states]
    name = shape.text("state", required=True)
    if name not in states:
        reader.unknown(shape.where("state"), "state", name, states)
        return None
    if reader.findings.errors:
        return None
    functions = contracted(machine)
    born = Interpreter(machine, key=key, given=given, functions=functions).snapshot()
    at = _instant(shape, reader) or 0
    entries = shape.entries("variables")
    told = reader.typed(entries, {v.name: v.type for v in machine.variables}, "before")
    timers = _timers(shape, reader, at)
    wanted = list(_without_value(machine, name, born))
    _missing(wanted, entries, reader, node)
    held = evolve(
        born,
        state=name,
        variables={**_in_scope(machine, name, born), **told},
        armed=frozenset(timers),
        deadlines={t: due for t, due in timers.items() if t in Layout(machine).deadlines},
    )
    return Begin(held, at)


def _instant(shape: Shape, reader: WalkReader) -> int | None:
    node = shape.node("at")
    value = None if node is None else read_plain(INSTANT, node, reader.findings)
    return value if isinstance(value, int) else None


def _timers(shape: Shape, reader: WalkReader, at: int) -> dict[str, int]:
    known = [timer.name for timer in reader.machine.timers]
    found: dict[str, int] = {}
    for key, node in shape.entries("timers"):
        if key.text not in known:
            reader.unknown(key.mark, "timer", key.text, known)
        elif isinstance(node, Scalar) and node.text == RUNNING:
            found[key.text] = at
        else:
            value = read_plain(INSTANT, node, reader.findings)
            found[key.text] = value if isinstance(value, int) else at
    return found


def _in_scope(machine: model.Machine, state: str, born: Snapshot) -> dict[str, Value | None]:
    """What variables begin with, where they have a value in `state`."""
    return {
        v.name: born.variables.get(v.name) if v.states is None or state in v.states else None
        for v in machine.variables
    }


def _without_value(machine: model.Machine, state: str, born: Snapshot) -> Iterator[str]:
    """The variables that have a value in `state` and begin with none."""
    ended = any(each.name == state and (each.absent or each.final) for each in machine.states)
    for variable in machine.variables:
        there = not ended if variable.states is None else state in variable.states
        if there and not variable.ghost and born.variables[variable.name] is None:
            yield variable.name


def _missing(wanted: list[str], entries: Entries, reader: WalkReader, node: MappingNode) -> None:
    told = {key.text for key, _ in entries}
    missing = [name for name in wanted if name not in told]
    if missing:
        message = f"before lacks {', '.join(missing)}"
        reader.findings.add("MISSING-KEY", node.mark, message, f"add '{missing[0]}: ...'")
