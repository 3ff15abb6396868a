"""A frame in the field's words: `ARP who has 192.0.2.2? tell 192.0.2.1`.

A frame is taken apart as a stack does it: bindings say which layer a key leads to, and the layer's
first format says what lies there. Of a format without words of its own its fields are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, Final

from netfsm.spec import model
from netfsm.spec.formats import Format
from netfsm.spec.load import load_spec
from netfsm.spec.types import Enum, Flags
from netfsm.stack.assembly import LINKS
from netfsm.stack.control import shown
from netfsm.wire.checksum import Octets
from netfsm.wire.codec import Codec, compile_format
from netfsm.wire.refusal import Refusal

__all__ = ["Labeller"]

Words = Callable[[Any, Format], str]
MOST_FIELDS: Final = 4


class Labeller:
    """Names frames by the specs of `layers`; formats are compiled when they are first met.

    `words` are functions that name a packet, by the name of its format; netfsm's own where nothing
    is said.
    """

    def __init__(
        self, layers: Iterable[model.Layer], words: Mapping[str, Words] | None = None
    ) -> None:
        self._words = WORDS if words is None else words
        self._spaces: dict[str, tuple[str, ...]] = {}
        self._bound: dict[tuple[str, int | str], model.Layer] = {}
        self._codecs: dict[str, Codec] = {}
        for layer in layers:
            self._spaces[layer.name] = tuple(space.name for space in layer.provides)
            for bind in layer.binds:
                if bind.policy == "exclusive":
                    self._bound[bind.to, bind.key] = layer

    def label(self, frame: Octets, link_type: int) -> str:
        """One line on the innermost packet in `frame`. Never raises for what stands there."""
        said = f"{len(frame)} octets"
        for layer, packet in self._packets(bytes(frame), link_type):
            if isinstance(packet, Refusal):
                return f"{layer.name} {packet.reason.replace('_', ' ')}"
            layout = self._codec(layer).format
            said = self._words.get(layout.name, _fields)(packet, layout)
        return said

    def _packets(self, data: bytes, link_type: int) -> Iterator[tuple[model.Layer, Any]]:
        """Each layer's packet, from the outside in; a refused one is the last."""
        found = self._bound.get((LINKS, link_type))
        ends = 0
        while found is not None:
            layer, found = found, None
            packet: Any = None
            if layer.formats:
                packet = self._codec(layer).decode(data, pseudo=ends)
                yield layer, packet
                if isinstance(packet, Refusal) or not hasattr(packet, "payload"):
                    return
                data, ends = packet.payload, _ends(packet)
            for space in self._spaces[layer.name]:
                found = found or self._bound.get((space, _key(space, packet, data)))

    def _codec(self, layer: model.Layer) -> Codec:
        name = layer.formats[0]
        if name not in self._codecs:
            spec = load_spec(name)
            assert isinstance(spec, Format)  # the loader has checked what a layer names
            self._codecs[name] = compile_format(spec)
        return self._codecs[name]


def _key(space: str, packet: Any, data: bytes) -> int:
    """What leads on in a key space: the field that its name ends in, or an IP version."""
    wanted = space.rpartition(".")[2]
    if packet is None:
        return data[0] >> 4 if data and wanted == "version" else -1
    for name in packet._fields:
        if wanted.endswith(name):
            found: int = getattr(packet, name)
            return found
    return -1


def _ends(packet: Any) -> int:
    """Source and destination added up, as checksums with a pseudo-header ask for; 0 without."""
    source, destination = getattr(packet, "src", None), getattr(packet, "dst", None)
    if isinstance(source, int) and isinstance(destination, int):
        return source + destination
    return 0


def _fields(packet: Any, layout: Format) -> str:
    """The name of the format and the values of its first fields."""
    said = [
        f"{field.name}={shown(getattr(packet, field.name), field.type)}"
        for field in layout.fields
        if field.visible and hasattr(packet, field.name)
    ]
    return " ".join([layout.name, *said[:MOST_FIELDS]])


def _member(packet: Any, layout: Format, name: str) -> str:
    """The name of a field's value, in small letters; the number where it has none."""
    kind = layout.find(name).type
    value = getattr(packet, name)
    member = kind.member(value) if isinstance(kind, Enum) else None
    return str(value) if member is None else member.lower().replace("_", " ")


def _bits(packet: Any, layout: Format, name: str) -> str:
    """The names of the bits that are set in a field of flags; `-` where none is."""
    kind = layout.find(name).type
    value, members = getattr(packet, name), kind.members if isinstance(kind, Flags) else ()
    return ",".join(said for at, said in enumerate(members) if value >> at & 1) or "-"


def _arp(packet: Any, layout: Format) -> str:
    sender, target = _protocol_address(packet.spa), _protocol_address(packet.tpa)
    asks = _member(packet, layout, "op") == "request"
    if not asks:
        return f"ARP {sender} is at {packet.sha.hex(':')}"
    if not any(packet.spa):
        return f"ARP probe {target}"
    if packet.spa == packet.tpa:
        return f"ARP announcement {target}"
    return f"ARP who has {target}? tell {sender}"


def _protocol_address(octets: bytes) -> str:
    return str(IPv4Address(octets)) if len(octets) == 4 else octets.hex()


def _icmp(packet: Any, layout: Format) -> str:
    kind = _member(packet, layout, "type")
    if kind in ("echo", "echo reply"):
        return f"ICMP {'echo request' if kind == 'echo' else kind} id={packet.id} seq={packet.seq}"
    return f"ICMP {kind} code={packet.code}"


def _ipv4(packet: Any, _: Format) -> str:
    ends = f"{IPv4Address(packet.src)} > {IPv4Address(packet.dst)}"
    return f"IPv4 {ends} protocol={packet.protocol} {len(packet.payload)} octets"


def _tcp(packet: Any, layout: Format) -> str:
    text = f" len={len(packet.payload)}" if packet.payload else ""
    acknowledges = f" ack={packet.ACK}" if packet.ACKF else ""
    ports = f"{packet.SPORT} > {packet.DPORT}"
    bits = _bits(packet, layout, "CTL")
    return f"TCP {ports} {bits} seq={packet.SEQ}{acknowledges}{text}"


def _udp(packet: Any, _: Format) -> str:
    return f"UDP {packet.sport} > {packet.dport} {len(packet.payload)} octets"


def _ethernet(packet: Any, _: Format) -> str:
    return f"Ethernet type={packet.type:#06x} {len(packet.payload)} octets"


WORDS: Final[Mapping[str, Words]] = {
    "arp.packet": _arp,
    "ethernet.frame": _ethernet,
    "icmp.message": _icmp,
    "ipv4.header": _ipv4,
    "tcp.segment": _tcp,
    "udp.datagram": _udp,
}
