"""The outline of rows: where each stands, what it is for, what it decides and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Level, Ref
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.outline import Outline, RowOutline, Verdict
from netfsm.spec.refs import documents_of, read_refs
from netfsm.spec.shape import Shape, expect_items, expect_mapping
from netfsm.spec.states import guessed

__all__ = ["ROW_KEYS", "RowReader"]

ROW_KEYS: Final = [
    "id",
    "event",
    "leaf",
    "when",
    "use",
    "do",
    "emit",
    "to",
    "ignore",
    "error",
    "drop",
    "impossible",
    "level",
    "ref",
    "says",
]
_VERDICTS: tuple[Verdict, ...] = ("ignore", "error", "drop", "impossible")
_STEPS: Final = ("use", "do", "emit", "to")


class RowReader:
    """Reads tables of rows for one machine; ids are unique over all of them."""

    def __init__(self, outline: Outline, machine: Shape, findings: Findings) -> None:
        """Take the outline without rows, and the machine's blocks, which rows name."""
        self._outline = outline
        self._findings = findings
        self._ids: dict[str, Mark] = {}
        self._documents = documents_of(machine)
        blocks = machine.entries("blocks")
        self._blocks = {key.text: _orders(node) for key, node in blocks}
        self._emits = {key.text: self._emissions(node) for key, node in blocks}
        self._lost = {name for name, sent in self._emits.items() if sent is None}

    def read(self, states: tuple[str, ...], table: Node) -> Iterator[RowOutline]:
        """Yield the rows of `table`, which apply in `states`."""
        if not isinstance(table, Sequence):
            self._doubt(states, ())
        for item in expect_items(table, self._findings, "'rows'"):
            mapping = expect_mapping(item, self._findings, "a row")
            if mapping is None:
                self._doubt(states, ())
            else:
                yield self._row(states, mapping)

    def _row(self, states: tuple[str, ...], mapping: Mapping) -> RowOutline:
        shape = Shape(mapping, self._findings, "a row", ROW_KEYS)
        verdict = self._verdict(shape)
        decide, leaves, leaf_sound = self._leaves(shape)
        orders, use_sound = self._assigned(shape)
        to = self._to(shape)
        parts = {key: node for key in ROW_KEYS if (node := shape.node(key)) is not None}
        level = shape.choice("level", ("must", "should", "may")) or "must"
        return RowOutline(
            id=self._id(shape),
            states=states,
            events=self._events(shape, states),
            decide=decide,
            leaves=leaves,
            verdict=verdict,
            to=to,
            orders=orders,
            emits=self._sent(shape),
            level=cast("Level", level),
            refs=self._refs(shape, verdict),
            doubtful=shape.doubtful or not leaf_sound or not use_sound,
            lost=to is None and "to" in shape,
            parts=parts,
            mark=mapping.mark,
        )

    def _id(self, shape: Shape) -> str:
        scalar = shape.scalar("id", required=True)
        if scalar is None:
            return f"row.{shape.mark.line}"
        first = self._ids.setdefault(scalar.text, scalar.mark)
        if first is not scalar.mark:
            what = f"row {scalar.text} stands in {first.seen_from(scalar.mark)} too"
            self._findings.add("DUPLICATE-ID", scalar.mark, what, "give each row an id of its own")
        return scalar.text

    def _verdict(self, shape: Shape) -> Verdict:
        found: list[Verdict] = [key for key in _VERDICTS if shape.node(key) is not None]
        steps = [key for key in _STEPS if key in shape]
        for key in found[1:]:
            what = f"a row is either {quoted(found[0])} or {quoted(key)}"
            self._findings.add("VERDICT", shape.where(key), what, "keep one of them")
        if found and steps:
            what = (
                f"{quoted(steps[0])} stands beside {quoted(found[0])}, where nothing else happens"
            )
            self._findings.add("VERDICT", shape.where(steps[0]), what, "remove one of them")
        return found[0] if found else "step"

    def _refs(self, shape: Shape, verdict: Verdict) -> tuple[Ref, ...]:
        node = shape.node("ref")
        if node is None and verdict != "impossible":
            what = "the row names no clause that it follows"
            self._findings.add("NO-REF", shape.mark, what, "add 'ref: RFC 9293 §3.10.7.4'")
        return read_refs(node, self._findings, self._documents.at(shape.mark))

    def _events(self, shape: Shape, states: tuple[str, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        names = shape.texts("event", required=True)
        known = self._outline.events
        for name in names:
            if name.text in known:
                found[name.text] = None
                continue
            what = f"{quoted(name.text)} is no event"
            hint = closest(name.text, known, "declare it under 'events'")
            self._findings.add("UNKNOWN-EVENT", name.mark, what, hint)
            self._doubt(states, guessed(name.text, known))
        if not names:
            self._doubt(states, ())
        return tuple(found)

    def _doubt(self, states: tuple[str, ...], events: tuple[str, ...]) -> None:
        """The row may be meant for these events, or for any where none are given."""
        cells = self._outline.doubts.cells
        cells.update((state, event) for state in states for event in events or ("",))

    def _leaves(self, shape: Shape) -> tuple[str, tuple[str, ...], bool]:
        """Return list, leaves, and whether all of them are known."""
        decides = self._outline.decides
        found: list[str] = []
        lists: list[Scalar] = []
        for scalar in shape.texts("leaf"):
            decide, dot, leaf = scalar.text.rpartition(".")
            if decide not in decides:
                what = f"{quoted(decide or leaf)} is no list under 'decide'"
                hint = closest(decide, decides) if dot else "write LIST.LEAF"
                self._findings.add("UNKNOWN-LEAF", scalar.mark, what, hint)
                return "", (), False
            if leaf not in decides[decide]:
                what = f"list {decide} has no leaf {quoted(leaf)}"
                self._findings.add(
                    "UNKNOWN-LEAF", scalar.mark, what, closest(leaf, decides[decide])
                )
                return decide, (), False
            lists.append(scalar)
            found.append(leaf)
            if not scalar.text.startswith(f"{lists[0].text.rpartition('.')[0]}."):
                what = "the leaves of a row are of one list"
                self._findings.add("UNKNOWN-LEAF", scalar.mark, what, "write two rows")
                return decide, (), False
        if not found:
            return "", (), "leaf" not in shape
        return lists[0].text.rpartition(".")[0], tuple(dict.fromkeys(found)), True

    def _assigned(self, shape: Shape) -> tuple[tuple[tuple[str, str], ...], bool]:
        """Return name and text of everything that the row and its blocks assign."""
        sound = True
        orders = list(_orders(shape.node("do")))
        for name in shape.texts("use"):
            if name.text in self._blocks:
                orders += self._blocks[name.text]
                sound = sound and name.text not in self._lost
                continue
            sound = False
            what = f"{quoted(name.text)} is no block"
            hint = closest(name.text, self._blocks, "declare it under 'blocks'")
            self._findings.add("UNKNOWN-BLOCK", name.mark, what, hint)
        return tuple(orders), sound

    def _sent(self, shape: Shape) -> tuple[Node, ...]:
        """The emissions of the blocks that the row uses, then its own."""
        used = [self._emits.get(name.text) or () for name in shape.texts("use")]
        return tuple(item for each in (*used, shape.items("emit")) for item in each)

    def _emissions(self, block: Node) -> tuple[Node, ...] | None:
        """What a block sends; None, which is noted, where that is no list."""
        emit = block.get("emit") if isinstance(block, Mapping) else None
        if emit is None:
            return ()
        found = expect_items(emit, self._findings, "'emit'")
        return found if isinstance(emit, Sequence) else None

    def _to(self, shape: Shape) -> str | None:
        scalar = shape.scalar("to")
        if scalar is None:
            return None
        states = self._outline.states
        if scalar.text not in states:
            what = f"{quoted(scalar.text)} is no state"
            hint = closest(scalar.text, states, "declare it under 'states'")
            self._findings.add("UNKNOWN-STATE", scalar.mark, what, hint)
            self._outline.doubts.states.update(guessed(scalar.text, states))
            return None
        return scalar.text


def _orders(node: Node | None) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, Mapping):
        return ()
    return tuple((key.text, value.text) for key, value in node.items if isinstance(value, Scalar))
