"""From parameters by the names of a spec to the arguments of a step, and to messages that exist.

A machine never sees a message that no packet can carry. `Calls.realistic` sends the fields through
the format's encoder and decoder, so that lengths fit, fields of other variants read zero and what
is derived is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from netfsm.conformance.view import Inputs
from netfsm.machine.layout import Layout, in_packet, literals
from netfsm.machine.scope import told_inside
from netfsm.spec import model
from netfsm.spec.expr import Name
from netfsm.spec.formats import Format
from netfsm.spec.types import Value
from netfsm.wire.codec import Codec
from netfsm.wire.refusal import EncodeError, Refusal

__all__ = ["Calls", "Codecs", "no_codecs"]

Codecs = Callable[[str], Codec | None]
"""The codec of a format by name; None where there is none to be had."""


def no_codecs(_name: str) -> Codec | None:
    """For machines whose formats are not at hand: any fields make a message."""


class Calls:
    """How the events of one machine are called; `kin` are all machines of its scope."""

    def __init__(
        self,
        machine: model.Machine,
        codecs: Codecs = no_codecs,
        kin: tuple[model.Machine, ...] = (),
    ) -> None:
        """Look up names once."""
        self.machine = machine
        self.kin: tuple[model.Machine, ...] = kin or (machine,)
        self.inside = told_inside(machine, {each.name: each for each in self.kin})
        self._of: dict[str, Calls] = {machine.name: self}
        self.memory: dict[Hashable, Inputs | None] = {}  # what `find_inputs` found before
        self.literals = literals(machine)
        self._layout = Layout(machine)
        self._codecs = codecs

    def arguments(self, event: model.Event, inputs: Inputs, now: int) -> dict[str, Any]:
        """The keyword arguments of ``step(event, ...)``: a message as one object, `now` if used."""
        found: dict[str, Any] = {}
        message: dict[str, Any] = {}
        for name, _ in event.inputs:
            if in_packet(event, name):
                message[name] = inputs[name]
            else:
                found[self._layout.local(name)] = inputs[name]
        if event.alias:
            found[self._layout.local(event.alias)] = self._layout.packet(message)
        if self.machine.uses_now:
            found["now"] = now
        return found

    def of(self, machine: str) -> Calls:
        """The same for another machine of the scope."""
        if machine not in self._of:
            found = next(each for each in self.kin if each.name == machine)
            self._of[machine] = Calls(found, self._codecs, self.kin)
        return self._of[machine]

    def derived(self, event: model.Event) -> frozenset[str]:
        """The parameters of `event` that the decoder computes from fields of the message."""
        codec = self._codecs(event.format) if event.format else None
        if codec is None:
            return frozenset()
        return frozenset(f"{event.alias}.{part.name}" for part in codec.format.derived)

    def realistic(self, event: model.Event, inputs: Inputs) -> Inputs | None:
        """`inputs` with the fields of the message as its decoder would give them.

        None where no packet has such fields.
        """
        codec = self._codecs(event.format) if event.format else None
        if codec is None or event.alias is None:
            return inputs
        head = f"{event.alias}."
        told = {f.name: inputs[head + f.name] for f in codec.format.settable}
        fields = fitted(codec.format, told)
        payload = bytes(_count(fields.pop("len", 0)))
        try:
            packet = codec.decode(codec.encode(codec.build(fields, payload)))
        except EncodeError:
            return None
        if isinstance(packet, Refusal):
            return None
        names = [head + f.name for f in codec.format.message_fields]
        return {**inputs, **dict(zip(names, codec.message(packet), strict=True))}


def fitted(layout: Format, fields: Inputs) -> dict[str, Value]:
    """`fields` with octets cut or filled where another field of octets sets their number."""
    counted = {f.name: f.count.of for f in layout.fields if f.count}
    found = dict(fields)
    for wire in layout.fields:
        if not isinstance(wire.length, Name) or not isinstance(found.get(wire.name), bytes):
            continue
        leader = found.get(counted.get(wire.length.name, ""))
        value = found[wire.name]
        if isinstance(leader, bytes) and isinstance(value, bytes) and len(value) != len(leader):
            found[wire.name] = value[: len(leader)].ljust(len(leader), b"\0")
    return found


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 0
