"""The octets of a packet beside the fields that they are."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from netfsm.spec.formats import Format, WireField
from netfsm.spec.types import Address, Bool, Enum, Flags
from netfsm.wire.checksum import Octets
from netfsm.wire.places import Place, places, take_bits

__all__ = ["HexLine", "hex_lines", "hex_view", "value_text"]

_MOST = 16


@frozen
class HexLine:
    """Octets from `offset` on, and the fields in them: name and value as text."""

    offset: int
    octets: bytes
    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """One line of the view."""
        shown = self.octets[:_MOST].hex(" ") + (" ..." if len(self.octets) > _MOST else "")
        told = ", ".join(f"{name} {value}".rstrip() for name, value in self.fields)
        return f"{self.offset:04x}  {shown:<{3 * _MOST + 3}}  {told}"


def hex_lines(layout: Format, data: Octets) -> tuple[HexLine, ...]:
    """One line for each run of whole octets; nothing is verified, so wrong packets show too."""
    found: list[HexLine] = []
    pending: list[Place] = []
    for place in places(layout, data):
        pending.append(place)
        if (place.start + place.bits) % 8 == 0:
            found.append(_line(data, pending))
            pending = []
    return tuple(found)


def hex_view(layout: Format, data: Octets) -> str:
    """The lines as one text."""
    return "\n".join(str(line) for line in hex_lines(layout, data))


def value_text(wire: WireField, value: int | bytes) -> str:
    """A value as a person reads it: a member, an address, a number."""
    if isinstance(value, bytes):
        return value.hex(":") if len(value) <= _MOST else f"{len(value)} octets"
    match wire.type:
        case Bool():
            return "true" if value else "false"
        case Enum():
            name = wire.type.member(value)
            return f"{name} ({value})" if name else str(value)
        case Flags(members=members):
            return " ".join(m for i, m in enumerate(members) if value >> i & 1) or "none"
        case Address(family="mac"):
            return value.to_bytes(6, "big").hex(":")
        case Address(family="ipv4"):
            return ".".join(str(octet) for octet in value.to_bytes(4, "big"))
        case Address():
            return value.to_bytes(16, "big").hex(":", 2)
        case _:
            name = wire.named(value)
            text = f"{value:#06x}" if name and value > 255 else str(value)
            return f"{name} ({text})" if name else text


def _line(data: Octets, parts: list[Place]) -> HexLine:
    first, last = parts[0].octets[0], parts[-1].octets[1]
    return HexLine(first, bytes(data[first:last]), tuple(_told(data, parts)))


def _told(data: Octets, parts: list[Place]) -> Iterator[tuple[str, str]]:
    for place in parts:
        first, last = place.octets
        if place.field is None:
            yield place.name, f"{last - first} octets" if last - first > 1 else ""
        elif not place.field.bits:
            yield place.name, value_text(place.field, bytes(data[first:last]))
        else:
            yield place.name, value_text(place.field, take_bits(data, place))
