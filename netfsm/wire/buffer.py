"""One buffer a packet: the payload is written once, headers go downwards in front of it.

A `Buffer` is a bytearray with a head and a tail. What lies between them is the packet; what lies
before is headroom for the layers below, what lies behind is free for payload. Received packets go
the other way: each layer strips its header. Nothing is ever copied or joined.
"""

from __future__ import annotations

from typing import Final, Protocol

from attrs import define, field

from netfsm.errors import NetfsmError
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import ChecksumState, Offload, finish

__all__ = ["HEADROOM", "Buffer", "BufferPool", "NoRoom", "Owner"]

HEADROOM: Final = 160
"""Octets before a payload: Ethernet, the longest IPv4 and TCP headers, and a virtio-net header."""


@define(eq=False)
class NoRoom(NetfsmError):
    """`wanted` octets don't fit: only `free` are there at that end of the buffer."""

    wanted: int
    free: int

    def __str__(self) -> str:
        """Both numbers."""
        return f"{self.wanted} octets are wanted and {self.free} are there"


class Owner(Protocol):
    """Whose memory a buffer is: a pool, or a driver that lends slots of its card."""

    def give(self, buffer: Buffer) -> None:
        """Take `buffer` back when nobody will read it any more."""
        ...


@define(eq=False)
class Buffer:
    """`data` with the packet in data[head:tail].

    With checksum PARTIAL, `sum_start` is where summing begins and `sum_offset` how far behind that
    the field lies (both in octets, `sum_start` from the start of `data`): what a virtio-net header
    and a network card ask for. A TCP segment that is to be cut has `segment` octets of text in each
    piece, and its IP header begins at `network` of `data`.
    """

    data: bytearray | memoryview = field(repr=False)
    head: int
    tail: int
    checksum: ChecksumState = ChecksumState.UNKNOWN
    sum_start: int = 0
    sum_offset: int = 0
    segment: int = 0
    network: int = 0
    pool: Owner | None = field(default=None, repr=False)

    @classmethod
    def allocate(cls, size: int, headroom: int = HEADROOM) -> Buffer:
        """A buffer of its own, with room for `headroom` octets of headers and `size` of payload."""
        return cls(bytearray(headroom + size), headroom, headroom)

    @classmethod
    def received(cls, frame: Octets) -> Buffer:
        """A buffer that holds a copy of `frame`, without headroom."""
        return cls(bytearray(frame), 0, len(frame))

    def __len__(self) -> int:
        """Octets of the packet."""
        return self.tail - self.head

    def __bytes__(self) -> bytes:
        """A copy of the packet."""
        return bytes(self.data[self.head : self.tail])

    @property
    def view(self) -> memoryview:
        """The packet, not copied."""
        return memoryview(self.data)[self.head : self.tail]

    @property
    def headroom(self) -> int:
        """Octets that are free before the packet."""
        return self.head

    @property
    def tailroom(self) -> int:
        """Octets that are free behind it."""
        return len(self.data) - self.tail

    @property
    def offload(self) -> Offload:
        """What a driver is told of the packet; places count from its start."""
        head = self.head
        return Offload(
            self.checksum,
            self.sum_start - head if self.sum_start else 0,
            self.sum_offset,
            self.segment,
            self.network - head if self.segment else 0,
        )

    def leave_sum(self, start: int, offset: int) -> None:
        """Say that the checksum is partial: it runs from `start` of `data` to the tail.

        The field, `offset` octets behind `start`, holds the sum of the pseudo-header.
        """
        self.checksum = ChecksumState.PARTIAL
        self.sum_start, self.sum_offset = start, offset

    def finish_sum(self) -> None:
        """Make a partial checksum whole, in place."""
        if self.checksum is ChecksumState.PARTIAL:
            finish(self.data, self.sum_start, self.sum_offset, self.tail)
            self.checksum = ChecksumState.VALID

    def prepend(self, octets: int) -> int:
        """Move the head down to make room for a header; the new head. NoRoom if none is."""
        if not 0 <= octets <= self.head:
            raise NoRoom(octets, self.head)
        self.head -= octets
        return self.head

    def strip(self, octets: int) -> int:
        """Move the head up, behind a header that has been read; the new head."""
        if not 0 <= octets <= self.tail - self.head:
            raise NoRoom(octets, len(self))
        self.head += octets
        return self.head

    def append(self, payload: Octets) -> None:
        """Write `payload` behind what is there. NoRoom where it does not fit."""
        end = self.tail + len(payload)
        if end > len(self.data):
            raise NoRoom(len(payload), self.tailroom)
        memoryview(self.data)[self.tail : end] = payload  # a bytearray would make a copy first
        self.tail = end

    def extend(self, octets: int) -> memoryview:
        """Take `octets` behind what is there, to be written by the caller; a view of them."""
        start, end = self.tail, self.tail + octets
        if octets < 0 or end > len(self.data):
            raise NoRoom(octets, self.tailroom)
        self.tail = end
        return memoryview(self.data)[start:end]

    def trim(self, length: int) -> None:
        """Keep the first `length` octets: what a link has padded is cut off."""
        if not 0 <= length <= len(self):
            raise NoRoom(length, len(self))
        self.tail = self.head + length

    def reset(self, headroom: int = HEADROOM) -> None:
        """Empty the buffer."""
        if not 0 <= headroom <= len(self.data):
            raise NoRoom(headroom, len(self.data))
        self.head = self.tail = headroom
        self.checksum = ChecksumState.UNKNOWN
        self.sum_start = self.sum_offset = self.segment = self.network = 0

    def release(self) -> None:
        """Give the buffer back to its pool, if it has one."""
        if self.pool is not None:
            self.pool.give(self)


@define(eq=False, init=False)
class BufferPool:
    """At most `limit` buffers of one size, made when first needed and then used again and again.

    A buffer of somebody else's memory, such as a slot of a card's ring, is lent with `lend`. It is
    taken before our own, and does not come back through `give`: its owner lends it again.
    """

    size: int
    headroom: int
    limit: int
    _made: int
    _free: list[Buffer]
    _out: set[int]
    _lent: list[Buffer]

    def __init__(self, limit: int, size: int, headroom: int = HEADROOM) -> None:
        """`limit` buffers for payloads of `size` octets."""
        self.size = size
        self.headroom = headroom
        self.limit = limit
        self._made = 0
        self._free = []
        self._out = set()
        self._lent = []

    @property
    def free(self) -> int:
        """How many can be taken."""
        return len(self._lent) + len(self._free) + self.limit - self._made

    @property
    def taken(self) -> int:
        """How many of our own are out."""
        return len(self._out)

    def lend(self, buffer: Buffer) -> None:
        """Let `buffer`, whose memory is not ours, be taken once."""
        self._lent.append(buffer)

    def take(self) -> Buffer | None:
        """An empty buffer, or None where all are out."""
        if self._lent:
            return self._lent.pop(0)
        if self._free:
            buffer = self._free.pop()
        elif self._made < self.limit:
            self._made += 1
            room = bytearray(self.headroom + self.size)
            buffer = Buffer(room, self.headroom, self.headroom, pool=self)
        else:
            return None
        self._out.add(id(buffer))
        buffer.reset(self.headroom)
        return buffer

    def give(self, buffer: Buffer) -> None:
        """Take `buffer` back. ValueError for one that is not out: given twice, or a stranger."""
        if id(buffer) not in self._out:
            raise ValueError("this buffer is not out of this pool: it was given back already")
        self._out.remove(id(buffer))
        self._free.append(buffer)
