"""What a third party may send over the channels of a composition: every value of each field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Final, cast

from attrs import frozen

from netfsm.spec.compose_names import Scene
from netfsm.spec.composition import Channel, Injection
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.model import Constant, Event, Field
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.read_ends import Sketch, given_value
from netfsm.spec.shape import Entries, Shape, expect_entries, expect_mapping
from netfsm.spec.types import Bool, Enum, Flags, Nat, Seq, SetOf, Type, Value
from netfsm.spec.values import parse_value

__all__ = ["InjectionReader"]

_KEYS: Final = ("message", "with", "when", "says")
_MOST: Final = 256
"""As many values a field may have where `any` is written; each is tried with each of the others."""


@frozen
class InjectionReader:
    """Reads `inject` for one end after another; `entries` are channels with what comes over them.

    `constants` are those whose names stand for values.
    """

    entries: Entries
    channels: tuple[Channel, ...]
    formats: Mapping[str, Format]
    constants: Mapping[str, Constant]
    findings: Findings

    def check(self) -> None:
        """Note channels that are not there, and budgets for which nothing is to be had."""
        known = {channel.name: channel for channel in self.channels}
        described = {key.text for key, _ in self.entries}
        for key, _ in self.entries:
            if key.text not in known:
                what = f"there is no channel {quoted(key.text)} here"
                self.findings.add("UNKNOWN-NAME", key.mark, what, closest(key.text, known))
            elif not _budget(known[key.text]):
                what = f"channel {key.text} lets nothing be injected"
                hint = f"give it a budget: 'channels: {{{key.text}: {{inject: 1, ...}}}}'"
                self.findings.add("COMPOSE-INJECT", key.mark, what, hint)
        for channel in self.channels:
            if _budget(channel) and channel.name not in described:
                what = f"nothing says what may be injected into channel {channel.name}"
                hint = f"write 'inject: {{{channel.name}: {{message: FORMAT, with: ...}}}}'"
                self.findings.add("COMPOSE-INJECT", channel.mark, what, hint)

    def read(
        self,
        end: Sketch,
        takers: Mapping[str, tuple[str, str]],
        scene: Callable[[Event], Scene],
    ) -> Iterator[Injection]:
        """What may come to `end`; `scene` makes the names for the event that takes it."""
        for key, node in self.entries:
            channel = next((each for each in self.channels if each.name == key.text), None)
            if channel is None or end.name not in channel.ends:
                continue
            for each in node.items if isinstance(node, Sequence) else (node,):
                mapping = expect_mapping(each, self.findings, f"what comes over {key.text}")
                if mapping is None:
                    continue
                shape = Shape(mapping, self.findings, f"what comes over {key.text}", _KEYS)
                found = self._taker(channel, shape, end, takers)
                made = None if found is None else self._made(channel, shape, *found, scene)
                if made is not None:
                    yield made

    def _taker(
        self,
        channel: Channel,
        shape: Shape,
        end: Sketch,
        takers: Mapping[str, tuple[str, str]],
    ) -> tuple[str, Event] | None:
        """The format that is named, and the event of `end` that takes it."""
        name = shape.scalar("message", required=True)
        if name is None:
            return None
        if name.text not in takers or name.text not in channel.carries:
            what = f"channel {channel.name} brings no {quoted(name.text)} to its ends"
            hint = closest(name.text, channel.carries)
            self.findings.add("UNKNOWN-FORMAT", name.mark, what, hint)
            return None
        slot, word = takers[name.text]
        drawn = end.find(slot)
        assert drawn is not None  # whoever takes messages is there
        event = next(each for each in drawn.machine.events if each.name == word)
        if any(param.ghost for param in event.params):
            what = f"{word} of {drawn.machine.name} has ghosts, which no third party sends"
            self.findings.add("COMPOSE-INJECT", name.mark, what, "inject another format")
            return None
        return name.text, event

    def _made(
        self,
        channel: Channel,
        shape: Shape,
        format_: str,
        event: Event,
        scene: Callable[[Event], Scene],
    ) -> Injection | None:
        when_node = shape.node("when")
        when = None
        if when_node is not None:
            when = scene(event).read(when_node, self.findings, event=event.name)
        values = self._fields(self.formats[format_], shape.node("with"))
        if values is None or (when is None and when_node is not None):
            return None
        return Injection(channel.name, format_, values, when, shape.mark)

    def _fields(
        self, wire: Format, node: Node | None
    ) -> tuple[tuple[Field, tuple[Value, ...]], ...] | None:
        """The values of each field that is named; the others have their default."""
        entries = () if node is None else expect_entries(node, self.findings, "'with'")
        known = {field.name: field for field in wire.settable}
        found: list[tuple[Field, tuple[Value, ...]]] = []
        for key, value in entries:
            if key.text not in known:
                what = f"{wire.name} has no field {quoted(key.text)}"
                self.findings.add("UNKNOWN-FIELD", key.mark, what, closest(key.text, known))
                continue
            field = known[key.text]
            values = self._each(value, field.type)
            if values:
                found.append((field, values))
        return tuple(found) if len(found) == len(entries) else None

    def _each(self, node: Node, type_: Type) -> tuple[Value, ...]:
        """One value, those of a list, or all; none with a finding."""
        if isinstance(node, Scalar) and node.text == "any":
            every = _all(type_)
            if not every:
                what = f"{type_} has too many values to be tried, or they can't be listed"
                self.findings.add("COMPOSE-INJECT", node.mark, what, "write a list of values")
            return every
        if isinstance(node, MappingNode):
            return self._subsets(node, type_)
        listed = isinstance(node, Sequence) and (
            not isinstance(type_, SetOf | Flags)
            or any(isinstance(item, Sequence) for item in node.items)
        )
        nodes = node.items if isinstance(node, Sequence) and listed else (node,)
        found = [given_value(each, type_, self.constants, self.findings) for each in nodes]
        values = tuple(value[0] for value in found if value is not None)
        if not nodes:
            self.findings.add("VALUE", node.mark, "an empty list leaves no message")
        return values if len(values) == len(nodes) else ()

    def _subsets(self, node: MappingNode, type_: Type) -> tuple[Value, ...]:
        """`{any: [SYN, ACK]}`: each choice of these flags."""
        shape = Shape(node, self.findings, "what a field may be", ("any",))
        listed = shape.node("any", required=True)
        if not isinstance(type_, Flags) or not isinstance(listed, Sequence):
            what = f"'any' of a list is written for flags, and this is {type_}"
            self.findings.add("COMPOSE-INJECT", node.mark, what, "write a list of values")
            return ()
        found = [parse_value(item, type_, self.findings) for item in listed.items]
        bits = [cast("int", each) for each in found if each is not None]
        return _choices_of(bits) if len(bits) == len(found) else ()


def _budget(channel: Channel) -> int:
    return channel.inject or (0 if channel.larger is None else channel.larger.inject)


def _all(type_: Type) -> tuple[Value, ...]:
    """Every value of a type, in order; empty where there are too many."""
    match type_:
        case Bool():
            return (False, True)
        case Enum():
            return tuple(number for _, number in type_.members)
        case Nat() if type_.max < _MOST:
            return tuple(range(type_.max + 1))
        case Seq() if type_.modulus <= _MOST:
            return tuple(range(type_.modulus))
        case Flags() if 1 << len(type_.members) <= _MOST:
            return tuple(range(1 << len(type_.members)))
        case _:
            return ()


def _choices_of(bits: list[int]) -> tuple[int, ...]:
    sizes = range(len(bits) + 1)
    return tuple(sum(chosen) for size in sizes for chosen in combinations(bits, size))
