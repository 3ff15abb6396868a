"""From the tree of a machine file to its outline: states, groups, events, timers, rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Ref
from netfsm.spec.names import closest, refused_name
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.outline import (
    Doubts,
    EventKind,
    EventOutline,
    Outline,
    StateOutline,
    TimerOutline,
)
from netfsm.spec.read_row_outline import RowReader
from netfsm.spec.refs import documents_of, read_refs
from netfsm.spec.shape import Entries, Shape, expect_entries, expect_items, expect_texts
from netfsm.spec.states import read_timer, read_timers, states_in

__all__ = ["INSTANCE_KEYS", "MACHINE_KEYS", "read_outline"]

MACHINE_KEYS: Final = [
    "machine",
    "netfsm",
    "title",
    "ref",
    "says",
    "scope",
    "chapters",
    "initial",
    "instances",
    "absent",
    "given",
    "types",
    "constants",
    "functions",
    "groups",
    "variables",
    "timers",
    "events",
    "outputs",
    "let",
    "decide",
    "blocks",
    "states",
    "invariants",
    "steps",
    "outputs_hold",
    "musts",
]
INSTANCE_KEYS: Final = ("key", "create", "final", "limit", "when_full", "says")
_EVENT_KEYS: Final = [
    "message",
    "as",
    "params",
    "choose",
    "signal",
    "timer",
    "completion",
    "after",
    "measure",
    "assume",
    "says",
]
_KINDS: tuple[EventKind, ...] = ("message", "timer", "signal", "completion")


def read_outline(root: Mapping, shared: Entries, findings: Findings) -> Outline:
    """Return the outline of the machine in `root`; everything wrong with it is noted.

    `shared` are the timers of its scope that it owns; what is wrong with them is the scope's.
    """
    return _OutlineReader(root, shared, findings).read()


class _OutlineReader:
    def __init__(self, root: Mapping, shared: Entries, findings: Findings) -> None:
        self._findings = findings
        self._shared = shared
        self._shape = Shape(root, findings, "a machine", MACHINE_KEYS)
        self._doubts = Doubts()
        if self._shape.doubtful:
            self._doubts.cells.add(("", ""))

    def read(self) -> Outline:
        shape, findings = self._shape, self._findings
        instances = shape.mapping("instances")
        states, tables = self._states(instances)
        groups, marks = self._groups(states, tables)
        timers = read_timers(shape, states, groups, findings)
        for key, node in self._shared:
            timers[key.text] = read_timer(key, node, states, groups, Findings(), shared=True)
        events = self._events(timers)
        create = self._create(instances, events)
        outline = Outline(
            name=shape.text("machine"),
            scope=shape.text("scope"),
            absent=next((state.name for state in states.values() if state.absent), ""),
            initial=self._initial(states, instances),
            create=create,
            states=states,
            groups=groups,
            group_marks=marks,
            events=events,
            timers=timers,
            decides=self._decides(),
            rows=(),
            doubts=self._doubts,
            mark=shape.mark,
        )
        rows = RowReader(outline, shape, findings)
        return evolve(outline, rows=tuple(r for where in tables for r in rows.read(*where)))

    # ---- states and groups

    def _states(
        self, instances: Mapping | None
    ) -> tuple[dict[str, StateOutline], list[tuple[tuple[str, ...], Node]]]:
        """Return the states, the absent one first, and the tables of rows with their states."""
        findings = self._findings
        shape = (
            None if instances is None else Shape(instances, findings, "instances", INSTANCE_KEYS)
        )
        final = () if shape is None else shape.texts("final")
        finals = {name.text for name in final}
        tables: list[tuple[tuple[str, ...], Node]] = []
        states: dict[str, StateOutline] = {}
        absent = self._shape.mapping("absent")
        if absent is not None and instances is None:
            what = "'absent' stands where there are 'instances'"
            findings.add(
                "ABSENT", self._shape.where("absent"), what, "add 'instances', or remove it"
            )
        if instances is not None:
            name, rows = self._absent(absent)
            mark = self._shape.where("absent" if absent is not None else "instances")
            states[name] = StateOutline(name, True, name in finals, "", (), mark)
            if rows is not None:
                tables.append(((name,), rows))
        for key, node in self._shape.entries("states", required=True):
            self._state(key, node, finals, states, tables)
        for name_ in final:
            if name_.text not in states:
                what = f"{quoted(name_.text)} is no state"
                findings.add("UNKNOWN-STATE", name_.mark, what, closest(name_.text, states))
        return states, tables

    def _absent(self, absent: Mapping | None) -> tuple[str, Node | None]:
        if absent is None:
            what = "a machine with 'instances' says what an event does that finds none"
            self._findings.add(
                "ABSENT", self._shape.where("instances"), what, "add 'absent: {rows: [...]}'"
            )
            self._doubts.cells.add(("-", ""))
            return "-", None
        shape = Shape(absent, self._findings, "absent", ("state", "rows", "says"))
        if shape.doubtful:
            self._doubts.cells.add((shape.text("state", default="-"), ""))
        return shape.text("state", default="-"), shape.node("rows", required=True)

    def _state(
        self,
        key: Scalar,
        node: Node,
        finals: set[str],
        states: dict[str, StateOutline],
        tables: list[tuple[tuple[str, ...], Node]],
    ) -> None:
        name = key.text
        reason = refused_name(name, state=True)
        if reason:
            self._findings.add("NAME", key.mark, f"{quoted(name)} can't be a state: {reason}")
        if name in states:
            what = f"state {name} is the absent one, whose rows stand under 'absent'"
            self._findings.add(
                "DUPLICATE-NAME", key.mark, what, "give the absent state another name"
            )
            return
        says, rows = "", None
        refs: tuple[Ref, ...] = ()
        if isinstance(node, Mapping):
            shape = Shape(node, self._findings, f"state {name}", ("says", "ref", "rows"))
            says, rows = shape.text("says"), shape.node("rows")
            document = documents_of(self._shape).own
            refs = read_refs(shape.node("ref"), self._findings, document)
            if shape.doubtful:
                self._doubts.cells.add((name, ""))
        elif not (isinstance(node, Scalar) and node.value is None):
            expect_entries(node, self._findings, f"state {name}")
            self._doubts.cells.add((name, ""))
        states[name] = StateOutline(name, False, name in finals, says, refs, key.mark)
        if rows is not None:
            tables.append(((name,), rows))

    def _groups(
        self,
        states: dict[str, StateOutline],
        tables: list[tuple[tuple[str, ...], Node]],
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, Mark]]:
        """Return the states of each group; the rows of groups go before those of states."""
        groups: dict[str, tuple[str, ...]] = {}
        marks: dict[str, Mark] = {}
        own: list[tuple[tuple[str, ...], Node]] = []
        for key, node in self._shape.entries("groups"):
            rows, names = None, node
            if isinstance(node, Mapping):
                shape = Shape(node, self._findings, f"group {key.text}", ("states", "rows", "says"))
                rows = shape.node("rows")
                names = shape.node("states", required=True) or Sequence((), node.mark)
            found = states_in(
                expect_texts(names, self._findings, f"group {key.text}"),
                states,
                groups,
                self._findings,
            )
            if not found.sound:
                self._doubts.cells.update((state, "") for state in found.perhaps)
            if not found.states:  # empty, or not a list at all: nothing can be told from it
                self._doubts.cells.add(("", ""))
            groups[key.text] = found.states or tuple(states)
            marks[key.text] = key.mark
            if rows is not None:
                own.append((found.states, rows))
        tables[:0] = own
        return groups, marks

    def _initial(self, states: dict[str, StateOutline], instances: Mapping | None) -> str:
        if instances is not None:
            if "initial" in self._shape:
                what = "a machine with 'instances' begins in its absent state"
                self._findings.add(
                    "INITIAL", self._shape.where("initial"), what, "remove 'initial'"
                )
            return next(iter(states))
        initial = self._shape.scalar("initial")
        if initial is None:
            if "initial" not in self._shape:
                what = "a machine without 'instances' needs its 'initial' state"
                self._findings.add("INITIAL", self._shape.mark, what, "add 'initial: STATE'")
            self._doubts.states.update(states)
            return next(iter(states), "")
        if initial.text not in states:
            what = f"{quoted(initial.text)} is no state"
            self._findings.add("UNKNOWN-STATE", initial.mark, what, closest(initial.text, states))
            self._doubts.states.update(states)
        return initial.text

    # ---- events

    def _events(self, timers: dict[str, TimerOutline]) -> dict[str, EventOutline]:
        found: dict[str, EventOutline] = {}
        for key, node in self._shape.entries("events"):
            event = self._event(key, node, timers)
            found[event.name] = event
        for timer in timers.values():
            found.setdefault(timer.name, EventOutline(timer.name, "timer", {}, timer.mark))
        return found

    def _event(self, key: Scalar, node: Node, timers: dict[str, TimerOutline]) -> EventOutline:
        name = key.text
        if isinstance(node, Scalar) and node.value is None:
            node = Mapping((), node.mark)
        mapping = node if isinstance(node, Mapping) else None
        if mapping is None:
            expect_entries(node, self._findings, f"event {name}")
            mapping = Mapping((), node.mark)
        shape = Shape(mapping, self._findings, f"event {name}", _EVENT_KEYS)
        kinds: list[EventKind] = [kind for kind in _KINDS if shape.node(kind) is not None]
        if len(kinds) > 1:
            what = f"event {name} is {' and '.join(kinds)} at once"
            self._findings.add("EVENT", shape.where(kinds[1]), what, "an event is of one kind")
        timer = shape.scalar("timer")
        if timer is not None and timer.text != name:
            what = f"event {name} is timer {timer.text}'s, and a timer's event has its name"
            self._findings.add("EVENT", timer.mark, what, f"call both {timer.text}")
        elif timer is not None and name not in timers:
            what = f"{quoted(name)} is no timer"
            self._findings.add(
                "UNKNOWN-NAME", timer.mark, what, closest(name, timers, "declare it")
            )
        kind = kinds[0] if kinds else ("timer" if name in timers else "call")
        if kind != "timer" and name in timers:
            what = f"{name} is a timer, so its event is the timer's"
            self._findings.add("EVENT", key.mark, what, f"write '{name}: {{timer: {name}}}'")
        parts = {part: n for part in _EVENT_KEYS if (n := shape.node(part)) is not None}
        return EventOutline(name, kind, parts, key.mark)

    def _create(
        self, instances: Mapping | None, events: dict[str, EventOutline]
    ) -> tuple[tuple[str, Mark], ...]:
        node = None if instances is None else instances.get("create")
        if node is None:
            return ()
        found: list[tuple[str, Mark]] = []
        for name in expect_texts(node, self._findings, "'create'"):
            if name.text in events:
                found.append((name.text, name.mark))
            else:
                what = f"{quoted(name.text)} is no event"
                self._findings.add("UNKNOWN-EVENT", name.mark, what, closest(name.text, events))
                self._doubts.cells.update(("", event) for event in events)
        return tuple(found)

    def _tests(self, node: Node) -> Iterator[Scalar]:
        for entry in node.items if isinstance(node, Sequence) else ():
            for _, test in entry.items if isinstance(entry, Mapping) else ():
                if isinstance(test, Scalar):
                    yield test

    def _decides(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, node in self._shape.entries("decide"):
            leaves = [
                entry.items[0][0].text
                for entry in expect_items(node, Findings(), key.text)
                if isinstance(entry, Mapping) and entry.items
            ]
            found[key.text] = tuple(leaves)
            tests = [test.text for test in self._tests(node)]
            if "else" in tests[:-1]:
                self._doubts.lists.add(key.text)
        return found
