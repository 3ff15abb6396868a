"""What travels and what is called, in words: sequence numbers count from where each space began."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import define, field

from netfsm.explore.messages import Message
from netfsm.explore.records import Chosen, Stimulus
from netfsm.sim.labels import WORDS
from netfsm.spec import model
from netfsm.spec.composition import Composition
from netfsm.spec.formats import Format, WireField
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import Seq, Type
from netfsm.stack.control import shown

__all__ = ["Labels", "call_label"]

Words = Callable[[Any, Format], str]
_MOST: Final = 6
_Space = tuple[str, str]  # an end, and a space as that end calls it


@define
class Labels:
    """Names the messages of one run, in their order.

    A number of a sequence space is told as its distance from the first that was sent in it: what A
    calls its `snd` is the `rcv` of who hears A.
    """

    composition: Composition
    words: Mapping[str, Words] = WORDS
    _bases: dict[_Space, int] = field(factory=dict[_Space, int])

    def message(self, message: Message, source: str, target: str) -> str:
        """What a message of `source` to `target` is called."""
        layout = self.composition.formats[message.format]
        packet = message.packet
        moved = {
            wire.name: self._relative(wire, getattr(packet, wire.name), source, target)
            for wire in layout.fields
            if wire.visible and isinstance(wire.type, Seq)
        }
        packet = packet._replace(**moved) if moved else packet
        words = self.words.get(layout.name, _fields)
        ghosts = "".join(f" {name}={value}" for name, value in message.ghosts)
        return words(packet, layout) + ghosts

    def _relative(self, wire: WireField, value: int, source: str, target: str) -> int:
        sent, received = wire.sent, wire.type
        assert isinstance(sent, Seq)
        assert isinstance(received, Seq)
        mine, theirs = (source, sent.space), (target, received.space)
        base = self._bases.get(mine, self._bases.get(theirs))
        if base is None and value == wire.value:
            return value  # it is not said
        if base is None:
            base = value
        self._bases.setdefault(mine, base)
        self._bases.setdefault(theirs, base)
        return (value - base) % sent.modulus


def _fields(packet: Any, layout: Format) -> str:
    """The name of the format and the values of its first fields that say something."""
    said = [
        f"{wire.name}={shown(getattr(packet, wire.name), wire.type)}"
        for wire in layout.fields
        if wire.visible and getattr(packet, wire.name) != wire.value
    ]
    return " ".join([layout.name, *said[:_MOST]])


def call_label(
    act: str,
    stimulus: Stimulus,
    event: model.Event,
    open_: frozenset[str],
    chosen: Iterable[Chosen],
) -> str:
    """`call claim(probing=true)`, `timer probe`: what there was a choice of is told.

    `open_` are the parameters that the script gives several values.
    """
    types: dict[str, Type] = {p.name: p.type for p in event.params}
    types |= {c.name: c.type for c in event.choices}
    values = [(name, value) for name, value in stimulus.values if name in open_]
    for each in chosen:
        if each.event == event.name and each.ways > 1:
            values += each.values
    told = [f"{name}={pretty_value(value, types[name])}" for name, value in values if name in types]
    listed = ", ".join(told)
    return f"{act} {event.name}({listed})" if told else f"{act} {event.name}"
