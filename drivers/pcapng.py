"""The pcapng file format: sections, interfaces and packets, written and read.

IETF draft-ietf-opsawg-pcapng, with the blocks that a capture needs: section header, interface
description, enhanced packet. Others are passed over. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, Final, Literal

from attrs import define, field, frozen

from netfsm.errors import NetfsmError
from netfsm.wire.checksum import Octets

__all__ = ["LINK_TYPES", "BadCapture", "CapturedPacket", "PcapngReader", "PcapngWriter", "Way"]

Way = Literal["in", "out", ""]

LINK_TYPES: Final = {1: 1, 772: 101, 65534: 101}
"""From ARP hardware types and Linux's numbers to LINKTYPE values: Ethernet, and bare IP."""

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 6
_ORDER: Final = 0x1A2B3C4D
_ENDS: Final = 0
_COMMENT: Final = 1
_NAME: Final = 2
_FLAGS: Final = 2
_APPLICATION: Final = 4
_RESOLUTION: Final = 9
_WAYS: Final[dict[Way, int]] = {"": 0, "in": 1, "out": 2}
_WAY_OF: Final[dict[int, Way]] = {bits: way for way, bits in _WAYS.items()}
_LONGEST_OPTION: Final = 65535
_LONGEST_BLOCK: Final = 16 * 1024 * 1024


@define(eq=False)
class BadCapture(NetfsmError):
    """A file is no pcapng, or ends in the middle; `at` is the octet where it goes wrong."""

    reason: str
    at: int

    def __str__(self) -> str:
        """The place and the reason."""
        return f"octet {self.at}: {self.reason}"


@frozen
class CapturedPacket:
    """A packet of a capture: microseconds, the interface's number, its direction and comment."""

    time: int
    interface: int
    data: bytes
    way: Way = ""
    comment: str = ""


class PcapngWriter:
    """Writes one section to a binary file. Flush and close are the owner's."""

    def __init__(self, file: BinaryIO, application: str = "netfsm") -> None:
        self._file = file
        self._interfaces = 0
        head = Struct("<IHHq").pack(_ORDER, 1, 0, -1)
        self._block(_SECTION, head + _option(_APPLICATION, application.encode()) + _END)

    def interface(self, name: str, link_type: int) -> int:
        """Describe an interface (`link_type` as in LINK_TYPES' keys); its number for `packet`."""
        head = Struct("<HHI").pack(LINK_TYPES[link_type], 0, 0)
        options = _option(_NAME, name.encode()) + _option(_RESOLUTION, b"\x06") + _END
        self._block(_INTERFACE, head + options)
        self._interfaces += 1
        return self._interfaces - 1

    def packet(self, interface: int, time: int, data: Octets, way: Way, comment: str = "") -> None:
        """Write a packet; `time` in microseconds."""
        size = len(data)
        head = _PACKET_HEAD.pack(interface, time >> 32, time & 0xFFFFFFFF, size, size)
        options = _option(_FLAGS, _WAYS[way].to_bytes(4, "little")) if way else b""
        if comment:
            options = _option(_COMMENT, comment.encode()[:_LONGEST_OPTION]) + options
        self._block(_PACKET, b"".join((head, data, b"\0" * (-size % 4), options, _END)))

    def _block(self, kind: int, body: bytes) -> None:
        size = len(body) + 12
        self._file.write(b"".join((_BLOCK.pack(kind, size), body, size.to_bytes(4, "little"))))


_BLOCK: Final = Struct("<II")
_PACKET_HEAD: Final = Struct("<IIIII")
_END: Final = b"\0\0\0\0"


def _option(code: int, value: bytes) -> bytes:
    padding = b"\0" * (-len(value) % 4)
    return Struct("<HH").pack(code, len(value)) + value + padding


@define
class _Section:
    """What a section says of the blocks in it."""

    order: Literal["<", ">"]
    names: list[str] = field(factory=list[str])
    link_types: list[int] = field(factory=list[int])
    ticks: list[int] = field(factory=list[int])
    """Ticks a second of each interface's time stamps."""


class PcapngReader:
    """Reads packets, oldest first as they stand. `link_types` are LINKTYPE values.

    Raises BadCapture where the file is no pcapng or a block does not hold together.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._section = self._first_section()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the interfaces read so far, in the order of their numbers."""
        return tuple(self._section.names)

    @property
    def link_types(self) -> tuple[int, ...]:
        """LINKTYPE values of the interfaces read so far."""
        return tuple(self._section.link_types)

    def __iter__(self) -> Iterator[CapturedPacket]:
        """Every packet of the file."""
        while (block := self._block()) is not None:
            kind, body = block
            if kind == _INTERFACE:
                self._describe(body)
            elif kind == _PACKET:
                yield self._packet(body)

    def _first_section(self) -> _Section:
        head = self._file.read(12)
        if len(head) < 12 or head[:4] != _SECTION.to_bytes(4, "little"):
            raise BadCapture("this is no pcapng file: it does not begin with a section", 0)
        order: Literal["<", ">"] = "<" if head[8:12] == _ORDER.to_bytes(4, "little") else ">"
        size = Struct(f"{order}I").unpack_from(head, 4)[0]
        self._take(self._sized(size) - 12)
        self._at = size
        return _Section(order)

    def _block(self) -> tuple[int, bytes] | None:
        head = self._file.read(8)
        if not head:
            return None
        if len(head) < 8:
            raise BadCapture("the file ends in the middle of a block", self._at)
        kind, size = Struct(f"{self._section.order}II").unpack(head)
        if kind == _SECTION:
            raise BadCapture("a second section is not supported", self._at)
        body = self._take(self._sized(size) - 8)
        self._at += size
        return kind, body[:-4]

    def _sized(self, size: int) -> int:
        if size < 12 or size % 4 or size > _LONGEST_BLOCK:
            raise BadCapture(f"a block says that it has {size} octets", self._at)
        return size

    def _take(self, octets: int) -> bytes:
        found = self._file.read(octets)
        if len(found) < octets:
            raise BadCapture("the file ends in the middle of a block", self._at)
        return found

    def _describe(self, body: bytes) -> None:
        section = self._section
        if len(body) < 8:
            raise BadCapture("an interface description is too short", self._at)
        options = dict(self._options(body[8:]))
        section.link_types.append(Struct(f"{section.order}H").unpack_from(body)[0])
        section.names.append(options.get(_NAME, b"").decode("utf-8", "replace"))
        power = int.from_bytes(options.get(_RESOLUTION, b"\x06")[:1])
        section.ticks.append(1 << (power & 0x7F) if power & 0x80 else int(10**power))

    def _packet(self, body: bytes) -> CapturedPacket:
        section = self._section
        if len(body) < 20:
            raise BadCapture("a packet block is too short", self._at)
        head = Struct(f"{section.order}IIIII").unpack_from(body)
        number, high, low, size = (int(word) for word in head[:4])
        if number >= len(section.ticks) or 20 + size > len(body):
            raise BadCapture("a packet is larger than its block, or of no interface", self._at)
        options = dict(self._options(body[20 + size + -size % 4 :]))
        order: Literal["little", "big"] = "little" if section.order == "<" else "big"
        flags = int.from_bytes(options.get(_FLAGS, b"")[:4], order) & 3
        time: int = ((high << 32) | low) * 1_000_000 // section.ticks[number]
        comment = options.get(_COMMENT, b"").decode("utf-8", "replace")
        way = _WAY_OF.get(flags, "")
        return CapturedPacket(time, number, body[20 : 20 + size], way, comment)

    def _options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        at = 0
        while at + 4 <= len(data):
            code, size = Struct(f"{self._section.order}HH").unpack_from(data, at)
            if code == _ENDS:
                return
            yield code, data[at + 4 : at + 4 + size]
            at += 4 + size + -size % 4
