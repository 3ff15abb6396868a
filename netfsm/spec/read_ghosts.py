"""The ghosts of a composition: variables of each end that only properties read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from attrs import evolve, frozen

from netfsm.spec.compose_names import Scene
from netfsm.spec.composition import Ghost, Update
from netfsm.spec.declare import TypeNames, good_name, parse_type
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.model import Event, Output
from netfsm.spec.names import closest
from netfsm.spec.narrow import narrow_type
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar, Sequence
from netfsm.spec.read_ends import Drawn, Sketch
from netfsm.spec.read_environment import message_fields
from netfsm.spec.shape import Entries, Shape, expect_mapping
from netfsm.spec.types import Type

__all__ = ["GhostReader", "output_of", "slots_of"]

_GHOST_KEYS: Final = ("type", "initial", "on", "says")
_UPDATE_KEYS: Final = ("emit", "event", "when", "set")


@frozen
class GhostReader:
    """Reads the ghosts of one end after another.

    `widths` are those of the sequence spaces that are made narrow. `scene` makes the names that an
    end's ghosts may be changed with, but for the ghosts themselves.
    """

    entries: Entries
    types: TypeNames
    formats: Mapping[str, Format]
    widths: Mapping[str, int]
    scene: Callable[[Sketch], Scene]
    findings: Findings

    def check(self, ends: Iterable[Sketch]) -> None:
        """Note slots that no end has."""
        sketches = tuple(ends)
        for _, node in self.entries:
            on = node.get("on") if isinstance(node, MappingNode) else None
            for item in on.items if isinstance(on, Sequence) else ():
                for key in ("emit", "event"):
                    name = item.get(key) if isinstance(item, MappingNode) else None
                    if isinstance(name, Scalar):
                        slots_of(name, sketches, self.findings)

    def read(self, end: Sketch) -> tuple[Ghost, ...]:
        """The ghosts of `end`; an update of a slot that it lacks is left out."""
        drafts: list[tuple[Shape, Ghost]] = []
        for key, node in self.entries:
            mapping = expect_mapping(node, self.findings, f"ghost {key.text}")
            if mapping is None or not good_name(key, self.findings):
                continue
            shape = Shape(mapping, self.findings, f"ghost {key.text}", _GHOST_KEYS)
            draft = self._draft(end, key, shape)
            if draft is not None:
                drafts.append((shape, draft))
        ghosts = tuple(ghost for _, ghost in drafts)
        return tuple(
            evolve(ghost, updates=tuple(self._updates(end, shape, ghost, ghosts)))
            for shape, ghost in drafts
        )

    def _draft(self, end: Sketch, key: Scalar, shape: Shape) -> Ghost | None:
        written = shape.node("type", required=True)
        first = shape.node("initial", required=True)
        type_ = None if written is None else parse_type(written, self.types, self.findings)
        if type_ is None or first is None:
            return None
        type_ = narrow_type(type_, self.widths)
        initial = self.scene(end).read(first, self.findings, expect=type_)
        return None if initial is None else Ghost(key.text, type_, initial, (), key.mark)

    def _updates(
        self, end: Sketch, shape: Shape, ghost: Ghost, ghosts: Iterable[Ghost]
    ) -> Iterator[Update]:
        for node in shape.mappings("on", required=True):
            inner = Shape(node, self.findings, f"an entry of ghost {ghost.name}", _UPDATE_KEYS)
            keys = [key for key in ("emit", "event") if key in inner]
            if len(keys) != 1:
                what = f"an entry of ghost {ghost.name} has one of 'emit' and 'event'"
                hint = "such as {emit: SLOT.OUTPUT, set: EXPRESSION}"
                self.findings.add("MISSING-KEY", inner.mark, what, hint)
                continue
            name = inner.scalar(keys[0])
            found = None if name is None else end.find(name.text.rpartition(".")[0])
            if name is None or found is None:
                continue  # another end has the slot, or `check` notes that none has
            scene = self.scene(end)
            scene.add_ghosts("", "", ghosts)
            update = self._update(found, name, scene, inner, ghost)
            if update is not None:
                yield update

    def _update(
        self, drawn: Drawn, name: Scalar, scene: Scene, shape: Shape, ghost: Ghost
    ) -> Update | None:
        out: Mapping[str, Type] | None = None
        word = name.text.rpartition(".")[2]
        if "emit" in shape:
            output = output_of(drawn, name, self.findings)
            if output is None:
                return None
            out = message_fields(output, self.formats)
        else:
            event = _event_of(drawn, name, self.findings)
            if event is None:
                return None
            scene.add_event(event)
        when_node, value_node = shape.node("when"), shape.node("set", required=True)
        when = value = None
        if when_node is not None:
            when = scene.read(when_node, self.findings, event=word, out=out)
        if value_node is not None:
            expect = ghost.type
            value = scene.read(value_node, self.findings, expect=expect, event=word, out=out)
        if value is None or (when is None and when_node is not None):
            return None
        what: Literal["emit", "event"] = "event" if out is None else "emit"
        return Update(what, drawn.slot.name, word, when, value, shape.mark)


def output_of(drawn: Drawn, name: Scalar, findings: Findings) -> Output | None:
    """The output that `SLOT.OUTPUT` names; UNKNOWN-OUTPUT where there is none."""
    word = name.text.rpartition(".")[2]
    outputs = {output.name: output for output in drawn.machine.outputs}
    if word not in outputs:
        what = f"{drawn.machine.name} has no output {quoted(word)}"
        findings.add("UNKNOWN-OUTPUT", name.mark, what, closest(word, outputs))
    return outputs.get(word)


def _event_of(drawn: Drawn, name: Scalar, findings: Findings) -> Event | None:
    word = name.text.rpartition(".")[2]
    events = {event.name: event for event in drawn.machine.events}
    if word not in events:
        what = f"{drawn.machine.name} has no event {quoted(word)}"
        findings.add("UNKNOWN-EVENT", name.mark, what, closest(word, events))
    return events.get(word)


def slots_of(name: Scalar, ends: Iterable[Sketch], findings: Findings) -> tuple[Drawn, ...]:
    """The slots of all ends that `SLOT.x` speaks of; UNKNOWN-SLOT where there are none."""
    sketches = tuple(ends)
    slot = name.text.rpartition(".")[0]
    found = tuple(drawn for end in sketches if (drawn := end.find(slot)) is not None)
    if not found:
        slots = {drawn.slot.name: None for end in sketches for drawn in end.drawn}
        hint = closest(slot, slots, f"write SLOT.NAME, with a slot of {', '.join(slots)}")
        findings.add("UNKNOWN-SLOT", name.mark, f"no end has a slot {quoted(slot)}", hint)
    return found
