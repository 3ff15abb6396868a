"""A machine as a drawing: states with what happens inside them, and one edge between two states.

What keeps a picture readable is decided here, for every output form: rows that do the same are one
line, parallel edges are one edge, rows that stay are a list inside their state, what many states
have in common stands once, ignored events are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from attrs import evolve, field, frozen

from netfsm.draw.labels import Kind, Sent, condition, kind_of, references, sends
from netfsm.spec.model import Machine, Ref, Row, State

MANY_STATES: Final = 3
"""What this many states have in common is drawn once, at a box that stands for them."""

MANY_ROWS: Final = 60
"""From so many rows on, guards of rows that stay, orders and signals are left to the table."""

SHORT_GUARD: Final = 40
"""So many characters of a guard stand at an edge of such a machine."""


@frozen
class Line:
    """One line of a label: rows that send the same, with what each waits for (event, leaf)."""

    triggers: tuple[tuple[str, str], ...]
    guard: str
    sent: tuple[Sent, ...]
    kind: Kind
    rows: tuple[str, ...] = field(eq=False)
    tips: tuple[str, ...] = field(eq=False)

    @property
    def tip(self) -> str:
        """The rows, their clauses and their places in the spec, a line each."""
        return "\n".join(self.tips)


@frozen
class Node:
    """A state; or a point where instances start and end; or a box that stands for many states."""

    id: str
    name: str
    kind: Literal["state", "final", "start", "end", "shared"]
    says: str
    timers: tuple[str, ...]
    loops: tuple[Line, ...]


@frozen
class Edge:
    """All rows that lead from one node to another; no lines from the start to the initial state."""

    source: str
    target: str
    lines: tuple[Line, ...]

    @property
    def kind(self) -> Kind:
        """How the whole edge looks: as its lines do where they agree."""
        kinds: set[Kind] = {line.kind for line in self.lines}
        return next(iter(kinds)) if len(kinds) == 1 else "step"

    @property
    def tip(self) -> str:
        """The tips of its lines."""
        return "\n".join(line.tip for line in self.lines)


@frozen
class Diagram:
    """What every output form draws."""

    name: str
    title: str
    refs: tuple[Ref, ...]
    initial: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, inside states and on edges."""
        inside = [line for node in self.nodes for line in node.loops]
        return (*inside, *(line for edge in self.edges for line in edge.lines))


Places = dict[tuple[str, str], dict[Line, Line]]
"""The lines from one node to another; a line that is there already takes up the new one's rows."""


def diagram(machine: Machine, ignored: bool = False, guards: bool | None = None) -> Diagram:
    """The drawing of `machine`.

    `ignored` shows the rows that ignore, too; `guards` shows all conditions, or none. Where it is
    not said, a machine of `MANY_ROWS` rows or more shows short ones where a state is left.
    """
    show = True if guards is None and len(machine.rows) < MANY_ROWS else guards
    rows = [row for row in machine.rows if ignored or row.verdict != "ignore"]
    shared, boxes = _common(machine, _placed(machine, rows, show))
    places = {place: _merged(lines.values()) for place, lines in shared.items() if lines}
    loops = {source: lines for (source, target), lines in places.items() if source == target}
    nodes = [_state(machine, state, loops.get(state.name, ())) for state in machine.states]
    nodes.extend(Node(name, name, "shared", "", (), loops.get(name, ())) for name in boxes)
    edges = [Edge(*place, lines) for place, lines in places.items() if place[0] != place[1]]
    return _with_ends(
        Diagram(
            machine.name,
            machine.title,
            machine.refs,
            machine.initial,
            (),
            (),
        ),
        machine,
        nodes,
        edges,
    )


# ---- lines


def _placed(machine: Machine, rows: Iterable[Row], guards: bool | None) -> Places:
    """Every row as a line from each of its states to where it leads."""
    found: Places = {}
    for row in rows:
        line = _line(machine, row, guards)
        for source in row.states:
            _put(found, (source, row.to or source), line)
    return found


def _short(machine: Machine, row: Row) -> tuple[str, tuple[Sent, ...]]:
    """Of a row of a large machine: a short guard where it leaves, nothing for other machines."""
    guard = condition(row) if row.to is not None else ""
    sent = tuple(each for each in sends(machine, row) if each.kind not in ("order", "signal"))
    return guard if len(guard) <= SHORT_GUARD else "", sent


def _put(places: Places, place: tuple[str, str], line: Line) -> None:
    lines = places.setdefault(place, {})
    known = lines.get(line)
    lines[line] = line if known is None else _joined(known, line)


def _line(machine: Machine, row: Row, guards: bool | None) -> Line:
    guard, sent = _short(machine, row)
    if guards is not None:
        guard, sent = condition(row) if guards else "", sends(machine, row)
    kind = kind_of(machine, row)
    if kind == "drop":  # the reason mostly says the leaf once more
        sent = tuple(dict.fromkeys(Sent(each.text.split()[0], each.kind) for each in sent))
    tip = f"{row.id}: {references(row)} ({row.mark})"
    triggers = tuple((row.event, leaf) for leaf in row.leaf.split("|"))
    return Line(triggers, guard, sent, kind, (row.id,), (tip,))


def _merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines without guards that send the same as one; refusals last."""
    found: dict[object, Line] = {}
    for line in lines:
        place = line if line.guard else (line.sent, line.kind)
        known = found.get(place)
        found[place] = line if known is None else _joined(known, line)
    last = ("error", "drop", "ignore")
    return tuple(sorted(found.values(), key=lambda line: line.kind in last))


def _joined(first: Line, second: Line) -> Line:
    return evolve(
        first,
        triggers=tuple(dict.fromkeys((*first.triggers, *second.triggers))),
        rows=tuple(dict.fromkeys((*first.rows, *second.rows))),
        tips=tuple(dict.fromkeys((*first.tips, *second.tips))),
    )


# ---- what many states have in common


def _common(machine: Machine, places: Places) -> tuple[Places, list[str]]:
    """The lines again, those of many states moved to a box; and the names of the boxes.

    States have a line in common when each has it, and each stays or all lead to one state.
    """
    present = [state.name for state in machine.states if not state.absent]
    owners: dict[tuple[str, Line], list[str]] = {}
    for (source, target), lines in places.items():
        for line in lines if source in present else ():
            owners.setdefault(("" if source == target else target, line), []).append(source)
    found: Places = {}
    boxes: dict[str, None] = {}
    for (source, target), lines in places.items():
        for line in lines.values():
            stays = source == target
            states = owners.get(("" if stays else target, line), [])
            if source not in present or not _many(states, present, stays):
                _put(found, (source, target), line)
                continue
            box = _box_name(machine, states, present)
            boxes[box] = None
            _put(found, (box, box if stays else target), line)
    return found, list(boxes)


def _many(states: Sequence[str], present: Sequence[str], stays: bool) -> bool:
    """Whether a line of `states` is worth a box: some make a long list, all a short one."""
    return len(states) >= MANY_STATES or (stays and 1 < len(states) == len(present))


def _box_name(machine: Machine, states: Sequence[str], present: Sequence[str]) -> str:
    if len(states) == len(present):
        return "any state"
    for name, members in machine.groups.items():
        if set(states) == set(members):
            return name
    missing = [name for name in present if name not in states]
    if len(missing) == 1:
        return f"any but {missing[0]}"
    order = [name for name in present if name in states]
    return f"{', '.join(order[:-1])} or {order[-1]}"


# ---- nodes


def _state(machine: Machine, state: State, loops: tuple[Line, ...]) -> Node:
    timers = [
        t.name
        for t in machine.timers
        if t.states is not None
        and state.name in t.states
        and isinstance(machine.cells.get((state.name, t.name)), tuple)
    ]
    kind: Literal["state", "final", "start"] = "final" if state.final else "state"
    if state.absent:
        return Node(state.name, state.name.strip("-"), "start", "", (), loops)
    return Node(state.name, state.name, kind, state.says, tuple(timers), loops)


def _with_ends(
    picture: Diagram, machine: Machine, nodes: Sequence[Node], edges: Sequence[Edge]
) -> Diagram:
    """The picture with its start; what leads to the absent state leads to an end of its own."""
    absent = {state.name for state in machine.states if state.absent}
    if not absent:
        start = Node("start", "", "start", "", (), ())
        first = Edge("start", machine.initial, ())
        return evolve(picture, nodes=(start, *nodes), edges=(first, *edges))
    turned = [
        evolve(edge, target=_end_of(edge.target)) if edge.target in absent else edge
        for edge in edges
    ]
    reached = {edge.target for edge in turned}
    ends = [
        Node(_end_of(node.id), node.name, "end", "", (), ())
        for node in nodes
        if node.id in absent and _end_of(node.id) in reached
    ]
    return evolve(picture, nodes=(*nodes, *ends), edges=tuple(turned))


def _end_of(absent: str) -> str:
    return f"end of {absent}"
