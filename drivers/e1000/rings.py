"""Rings of descriptors in memory that the card reaches, and the slots that they point at.

The machine `e1000.ring` says which descriptor is whose. A slot is 2,048 octets of bus memory; where
the bus shares its memory a packet is built in a slot and read from one, and nothing is copied.
"""

from __future__ import annotations

import struct
from typing import Final

from netfsm.e1000.bus import Bus
from netfsm.e1000.machines import kind_of

__all__ = ["DESCRIPTOR", "SIZE", "SLOT", "Area", "Ring"]

SIZE: Final = 128
SLOT: Final = 2048
DESCRIPTOR: Final = 16
_DONE: Final = 1
_LEGACY: Final = struct.Struct("<QHHBBH")
"""Address, octets, checksum (receive) or its place and the command (transmit), status, errors."""


class Area:
    """Memory of a bus, by view where it is shared, by the bus's calls where it is not."""

    def __init__(self, bus: Bus, size: int, align: int) -> None:
        """Raises BusError where so much is not left."""
        self._bus = bus
        self.address, self.view = bus.allocate(size, align)

    def read(self, offset: int, size: int) -> memoryview | bytes:
        """Octets at `offset`: not copied where memory is shared."""
        if self.view is not None:
            return self.view[offset : offset + size]
        return self._bus.memory_read(self.address + offset, size)

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Put octets at `offset`."""
        if self.view is not None:
            self.view[offset : offset + len(data)] = data
        else:
            self._bus.memory_write(self.address + offset, data)


class Ring:
    """A ring of 128 descriptors in the legacy layout (Intel 8254x §3.2.3, §3.3.3)."""

    def __init__(self, bus: Bus) -> None:
        """Raises BusError where the memory is not there."""
        self._area = Area(bus, SIZE * DESCRIPTOR, 128)
        self._machine = kind_of("ring")(SIZE - 1)
        self.address: Final = self._area.address

    @property
    def out(self) -> int:
        """How many descriptors the card has."""
        found: int = self._machine.out
        return found

    @property
    def tail(self) -> int:
        """The index that the card's tail register is to have."""
        found: int = self._machine.tail
        return found

    def give(self, address: int, octets: int = 0, command: int = 0) -> int | None:
        """Write a descriptor that names `address`; its index, None where the ring is full."""
        (emission,), _ = self._machine.on_give()
        if emission.output == "full":
            return None
        slot: int = emission.slot
        written = _LEGACY.pack(address, octets, command << 8, 0, 0, 0)
        self._area.write(slot * DESCRIPTOR, written)
        return slot

    def back(self) -> tuple[int, int, int, int] | None:
        """What came back: index, octets, status, errors. None while the card has the next."""
        if not self.out:
            return None
        found = self._area.read(self._machine.head * DESCRIPTOR, DESCRIPTOR)
        _, octets, _, status, errors, _ = _LEGACY.unpack(found)
        if not status & _DONE:
            return None
        (emission,), _ = self._machine.on_back()
        return emission.slot, octets, status, errors

    def clear(self) -> None:
        """The card has been reset: all are ours, and none says that it is done."""
        self._machine.on_clear()
        self._area.write(0, bytes(SIZE * DESCRIPTOR))
