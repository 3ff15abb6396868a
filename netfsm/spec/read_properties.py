"""Invariants, steps, outputs and musts: read and typed here, proved by `netfsm check`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from typing import Final, Literal

from netfsm.spec.expr import Call, Name, walk
from netfsm.spec.findings import Mark, quoted
from netfsm.spec.model import Decide, Let, Property
from netfsm.spec.names import Names, closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.outline import RowOutline
from netfsm.spec.parse import parse_node
from netfsm.spec.reading import Reading
from netfsm.spec.refs import documents_of, read_refs
from netfsm.spec.shape import Shape, expect_texts
from netfsm.spec.states import states_in
from netfsm.spec.types import BOOL, Type

__all__ = ["called", "declare_leaves", "read_properties"]

Kind = Literal["invariant", "step", "output", "must"]
_COMMON: Final = ("id", "in", "ref", "says")
_KEYS: Final[dict[Kind, tuple[str, ...]]] = {
    "invariant": (*_COMMON, "holds"),
    "step": (*_COMMON, "event", "when", "holds"),
    "output": (*_COMMON, "event", "when", "tag", "holds"),
    "must": (*_COMMON, "event", "when", "emits", "holds", "step"),
}
_SECTIONS: Final[tuple[tuple[str, Kind], ...]] = (
    ("invariants", "invariant"),
    ("steps", "step"),
    ("outputs_hold", "output"),
    ("musts", "must"),
)


def read_properties(reading: Reading) -> tuple[Property, ...]:
    """Return all properties that are sound; ids are unique, also among the rows'."""
    ids = {row.id: row.mark for row in reading.outline.rows}
    found: list[Property] = []
    for section, kind in _SECTIONS:
        for mapping in reading.shape.mappings(section):
            read = _PropertyReader(reading, kind, mapping).read(ids)
            if read is not None:
                found.append(read)
    return tuple(found)


def declare_leaves(reading: Reading, decides: MappingOf[str, Decide]) -> dict[str, Let]:
    """Make the leaves of all lists known as truths, for properties: `arrival.ok and take > 0`."""
    found: dict[str, Let] = {}
    for name, words in reading.outline.decides.items():
        leaves = decides[name].leaves if name in decides else ()
        sound = [Let(f"{name}.{leaf.name}", (), leaf.guard, leaf.mark) for leaf in leaves]
        found.update({let.name: let for let in sound})
        known = {leaf.name for leaf in leaves}
        reading.vocabulary.broken.update(f"{name}.{word}" for word in words if word not in known)
    reading.vocabulary.lets.update(found)
    return found


def called(lets: MappingOf[str, Let], properties: Iterable[Property]) -> tuple[Let, ...]:
    """Those of `lets` that some property asks for."""
    exprs = [e for rule in properties for e in (rule.when, rule.holds) if e is not None]
    names = {node.name for e in exprs for node in walk(e) if isinstance(node, Call)}
    return tuple(let for name, let in lets.items() if name in names)


class _PropertyReader:
    def __init__(self, reading: Reading, kind: Kind, mapping: Mapping) -> None:
        self._reading = reading
        self._findings = reading.findings
        self._kind: Kind = kind
        self._shape = Shape(mapping, reading.findings, f"a property of {kind}s", _KEYS[kind])
        self._document = documents_of(reading.shape).at(mapping.mark)

    def read(self, ids: dict[str, Mark]) -> Property | None:
        """Return the property, None where something is wrong with it."""
        shape = self._shape
        self._check_id(ids)
        if "ref" not in shape:
            what = "the property names no clause that asks for it"
            self._findings.add("NO-REF", shape.mark, what, "add 'ref: RFC 9293 §3.4'")
        event = self._event()
        tag = shape.text("tag") or None
        emits = shape.text("emits") or None
        rows = self._rows(event, tag)
        where = self._where(rows)
        out = self._out(tag, emits)
        if out is None or (event == "" and "event" in shape):
            return None
        names = self._names(where, event, rows, out)
        when = None
        if "when" in shape and (node := shape.node("when")) is not None:
            when = parse_node(node, names, self._findings, expect=BOOL)
        key = "step" if self._kind == "must" and "step" in shape else "holds"
        holds_node = shape.node(key, required=True)
        if holds_node is None:
            return None
        holds = parse_node(holds_node, names, self._findings, expect=BOOL)
        if holds is None:
            return None
        return Property(
            id=shape.text("id"),
            kind=self._kind,
            where=tuple(where),
            event=event,
            tag=tag,
            when=when,
            emits=emits,
            holds=holds,
            ghost=any(self._is_ghost(node) for node in walk(holds)),
            refs=read_refs(shape.node("ref"), self._findings, self._document),
            mark=shape.mark,
        )

    def _check_id(self, ids: dict[str, Mark]) -> None:
        scalar = self._shape.scalar("id", required=True)
        if scalar is None:
            return
        first = ids.setdefault(scalar.text, scalar.mark)
        if first is not scalar.mark:
            what = f"{scalar.text} stands in {first.seen_from(scalar.mark)} too"
            self._findings.add("DUPLICATE-ID", scalar.mark, what, "give it an id of its own")

    def _event(self) -> str | None:
        """The event, None for all of them, "" for an unknown one, which is noted."""
        scalar = self._shape.scalar("event")
        if scalar is None:
            return None if "event" not in self._shape else ""
        known = self._reading.outline.events
        if scalar.text not in known:
            what = f"{quoted(scalar.text)} is no event"
            self._findings.add("UNKNOWN-EVENT", scalar.mark, what, closest(scalar.text, known))
            return ""
        return scalar.text

    def _where(self, rows: tuple[RowOutline, ...]) -> tuple[str, ...]:
        """The states it speaks of; those whose rows emit, for an output."""
        outline = self._reading.outline
        everywhere = tuple(s.name for s in outline.states.values() if s.has_cells)
        if self._kind in ("invariant", "step"):
            everywhere = tuple(s for s in everywhere if s != outline.absent)
        node = self._shape.node("in")
        if node is not None:
            names = expect_texts(node, self._findings, "'in'")
            return states_in(names, outline.states, outline.groups, self._findings).states
        if self._kind == "output":
            emitting = {state for row in rows for state in row.states}
            return tuple(state for state in everywhere if state in emitting)
        return everywhere

    def _rows(self, event: str | None, tag: str | None) -> tuple[RowOutline, ...]:
        """The rows whose emissions an output speaks of."""
        if self._kind != "output":
            return ()
        return tuple(
            row
            for row in self._reading.outline.rows
            if (event is None or event in row.events)
            and any(tag is None or tag == t for _, t in emitted(row))
        )

    def _out(self, tag: str | None, emits: str | None) -> dict[str, Type] | None:
        """The fields behind `o.`; None where no emission is meant, which is noted."""
        outputs = self._reading.outputs
        sent = {pair for row in self._reading.outline.rows for pair in emitted(row)}
        tags = {word for _, word in sent if word}
        if self._kind == "output":
            if tag is not None and tag not in tags:
                self._no_tag("tag", tag, tags)
                return None
            names = {name for name, word in sent if tag is None or word == tag}
        elif self._kind == "must" and emits is not None:
            names = {name for name, word in sent if emits in (name, word)}
            if not names:
                self._no_tag("emits", emits, tags | set(outputs))
                return None
        else:
            return {}
        if not names <= set(outputs):
            return None  # an output has a finding where it is declared or sent
        out: dict[str, Type] = {}
        for name in sorted(names):
            fields = self._reading.output_fields(outputs[name])
            out.update({each: field.type for each, field in fields.items()})
        return out

    def _no_tag(self, key: str, word: str, known: set[str]) -> None:
        if any(row.doubtful for row in self._reading.outline.rows):
            return
        node = self._shape.node(key)
        what = f"no emission has the tag {quoted(word)}"
        if key == "emits":
            what = f"no row emits {quoted(word)}, and no emission has that tag"
        mark = self._shape.mark if node is None else node.mark
        hint = closest(word, known, "give the emissions that are meant this tag")
        self._findings.add("UNKNOWN-TAG", mark, what, hint)

    def _names(
        self,
        where: tuple[str, ...],
        event: str | None,
        rows: tuple[RowOutline, ...],
        out: dict[str, Type],
    ) -> Names:
        names = self._reading.names
        if self._kind == "invariant":
            return names.in_states(where)
        seen = event or ""
        if self._kind == "output" and event is None:
            events = {each for row in rows for each in row.events}
            return names.in_property(where, next(iter(events)) if len(events) == 1 else None, out)
        return names.in_property(where, seen, out or None)

    def _is_ghost(self, node: object) -> bool:
        if not isinstance(node, Name) or node.kind != "var":
            return False
        variable = self._reading.variables.get(node.name)
        return variable is not None and variable.ghost


def emitted(row: RowOutline) -> tuple[tuple[str, str], ...]:
    """Name and tag ("" for none) of every output that `row` emits."""
    found: list[tuple[str, str]] = []
    for item in row.emits:
        if isinstance(item, Scalar):
            found.append((item.text, ""))
        elif isinstance(item, Mapping) and item.get("signal") is None:
            tag = item.get("tag")
            word = tag.text if isinstance(tag, Scalar) else ""
            found += [(key.text, word) for key, _ in item.items if key.value not in ("if", "tag")]
    for key in ("error", "drop"):
        found += [(name, "") for name in _refused(row.parts.get(key))]
    return tuple(found)


def _refused(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return (node.text,)
    return tuple(key.text for key, _ in node.items) if isinstance(node, Mapping) else ()
