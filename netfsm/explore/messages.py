"""Messages under way: what an emission becomes on a channel, and what an event gets of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from netfsm.machine import Emission
from netfsm.machine.layout import output_fields
from netfsm.spec import model
from netfsm.spec.composition import Composition
from netfsm.wire.codec import Codec, compile_format

__all__ = ["Message", "Post"]


@frozen(cache_hash=True)
class Message:
    """A message of `format`: its packet, as the codec makes it, and the ghosts that it carries."""

    format: str
    packet: Any
    ghosts: tuple[tuple[str, Any], ...]


class Post:
    """Makes messages of emissions."""

    def __init__(self, composition: Composition) -> None:
        self._codecs: dict[str, Codec] = {
            name: compile_format(layout) for name, layout in composition.formats.items()
        }
        self._settable = {
            name: frozenset(field.name for field in layout.settable)
            for name, layout in composition.formats.items()
        }
        self._names: dict[type[Emission], tuple[str, ...]] = {}

    def fields(self, machine: model.Machine, emission: Emission) -> dict[str, Any]:
        """The fields of an emission by their names in the spec; those left unsaid are missing."""
        names = self._names.get(emission.__class__)
        if names is None:
            output = next(o for o in machine.outputs if o.name == emission.output)
            names = self._names[emission.__class__] = output_fields(machine, output)
        named = zip(names, emission, strict=True)
        return {name: value for name, value in named if value is not None}

    def plain(self, output: model.Output, fields: Mapping[str, Any]) -> Message:
        """The message of a machine whose ghosts are erased."""
        assert output.format is not None
        return self.made(output.format, fields)

    def message(self, output: model.Output, fields: Mapping[str, Any]) -> Message:
        """The message that an emission with these fields is."""
        assert output.format is not None
        ghosts = tuple((f.name, fields[f.name]) for f in output.fields if f.ghost)
        return self.made(output.format, fields, ghosts)

    def made(
        self, format_: str, fields: Mapping[str, Any], ghosts: tuple[tuple[str, Any], ...] = ()
    ) -> Message:
        """A message of a format with these of its fields, and what else is said left out."""
        settable = self._settable[format_]
        said = {name: value for name, value in fields.items() if name in settable}
        payload = bytes(int(said.get("len", 0)))
        packet = self._codecs[format_].build(said, payload)
        return Message(format_, packet, ghosts)

    def inputs(self, event: model.Event, message: Message) -> dict[str, Any]:
        """The parameters of `event` that `message` gives, by their names in the spec."""
        values = self._codecs[message.format].message(message.packet)
        named = (p.name for p in event.params if not p.ghost)
        return {**dict(zip(named, values, strict=False)), **dict(message.ghosts)}

    def carried(self, message: Message) -> Message:
        """`message` as it comes out of the octets that it is on the wire."""
        codec = self._codecs[message.format]
        packet = codec.decode(codec.encode(message.packet))
        return Message(message.format, packet, message.ghosts)
