"""A machine before its types: states, groups, events, timers and rows, with their places.

The outline is read first. It needs no expression, so what is checked on it (cells, targets, timers)
never suffers from an expression that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from attrs import Factory, define, frozen

from netfsm.spec.findings import Mark
from netfsm.spec.model import Level, Ref
from netfsm.spec.nodes import Node

__all__ = [
    "Doubts",
    "EventKind",
    "EventOutline",
    "Outline",
    "RowOutline",
    "StateOutline",
    "TimerOutline",
    "Verdict",
]

EventKind = Literal["message", "timer", "signal", "call", "completion"]
Verdict = Literal["step", "ignore", "error", "drop", "impossible"]


@frozen
class StateOutline:
    """A state as it is declared."""

    name: str
    absent: bool
    final: bool
    says: str
    refs: tuple[Ref, ...]
    mark: Mark

    @property
    def has_cells(self) -> bool:
        """True where events may be met: entering a final state ends the machine."""
        return self.absent or not self.final


@frozen
class EventOutline:
    """An event, or a timer's; `parts` are the keys below it."""

    name: str
    kind: EventKind
    parts: Mapping[str, Node]
    mark: Mark


@frozen
class TimerOutline:
    """A timer; `states` are those in which it may run, None for all. `shared`: of the scope."""

    name: str
    states: frozenset[str] | None
    shared: bool
    says: str
    refs: tuple[Ref, ...]
    mark: Mark

    def may_run_in(self, state: StateOutline) -> bool:
        """True where the timer may be armed in `state`; nothing runs where there is no machine."""
        if state.absent or state.final:
            return False
        return self.states is None or state.name in self.states


@frozen
class RowOutline:
    """A row of `rows:`; `parts` are its values by key, `orders` the texts of what it assigns.

    `emits` are the emissions of the blocks that it uses and then its own.

    `lost` says that its target is unknown, `doubtful` that a leaf, block or key in it is: each has
    a finding already.
    """

    id: str
    states: tuple[str, ...]
    events: tuple[str, ...]
    decide: str
    leaves: tuple[str, ...]
    verdict: Verdict
    to: str | None
    orders: tuple[tuple[str, str], ...]
    emits: tuple[Node, ...]
    level: Level
    refs: tuple[Ref, ...]
    doubtful: bool
    lost: bool
    parts: Mapping[str, Node]
    mark: Mark

    @property
    def guarded(self) -> bool:
        """True where a test stands in the row."""
        return bool(self.leaves) or "when" in self.parts or self.doubtful


@define
class Doubts:
    """What can't be told because a name was unknown: no finding is made of it.

    `cells` holds (state, event) pairs with "" for any; `states` those that a row with an unknown
    target may lead to, `lists` the lists whose leaves can't be told. `rows` says that rows are
    missing, which may be those that lead to a state, start a timer or use an output.
    """

    cells: set[tuple[str, str]] = Factory(set[tuple[str, str]])
    states: set[str] = Factory(set[str])
    lists: set[str] = Factory(set[str])
    rows: bool = False

    def cell(self, state: str, event: str) -> bool:
        """True where rows of this cell may have got lost."""
        return not self.cells.isdisjoint(((state, event), (state, ""), ("", event), ("", "")))


@frozen(slots=False)
class Outline:
    """The shape of one machine. `absent` is "" where there are no instances."""

    name: str
    scope: str
    absent: str
    initial: str
    create: tuple[tuple[str, Mark], ...]
    states: Mapping[str, StateOutline]
    groups: Mapping[str, tuple[str, ...]]
    group_marks: Mapping[str, Mark]
    events: Mapping[str, EventOutline]
    timers: Mapping[str, TimerOutline]
    decides: Mapping[str, tuple[str, ...]]
    rows: tuple[RowOutline, ...]
    doubts: Doubts
    mark: Mark

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], tuple[RowOutline, ...]]:
        """The rows of every cell that has any, in the order of the text."""
        found: dict[tuple[str, str], list[RowOutline]] = {}
        for row in self.rows:
            for state in row.states:
                for event in row.events:
                    found.setdefault((state, event), []).append(row)
        return {cell: tuple(rows) for cell, rows in found.items()}

    @cached_property
    def edges(self) -> Mapping[str, frozenset[str]]:
        """The states to which rows lead from each state."""
        found: dict[str, set[str]] = {}
        for row in self.rows:
            if row.to is not None and row.verdict == "step":
                for state in row.states:
                    found.setdefault(state, set()).add(row.to)
        return {state: frozenset(targets) for state, targets in found.items()}

    def reached(self, start: Iterable[str]) -> set[str]:
        """The states that rows lead to from `start`, with those of `start`."""
        found = set(start)
        todo = list(found)
        while todo:
            fresh = self.edges.get(todo.pop(), frozenset()) - found
            found |= fresh
            todo.extend(fresh)
        return found

    def named_states(self, names: Iterable[str]) -> tuple[str, ...]:
        """The states that `names`, of states and groups, stand for; each once, in that order."""
        found = (state for name in names for state in self.groups.get(name, (name,)))
        return tuple(dict.fromkeys(found))

    def needs_rows(self, state: StateOutline, event: EventOutline) -> bool:
        """True where the cell must be decided: completions may be disabled, timers at rest."""
        if not state.has_cells or event.kind == "completion":
            return False
        if event.kind == "timer":
            timer = self.timers.get(event.name)
            return timer is not None and timer.may_run_in(state)
        return True
