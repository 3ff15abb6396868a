"""What a driver sees of a card, what a card sees of its host, and memory for both.

A driver works on a `Bus`: the card in process, QEMU's by qtest or x-remote. A model works on a
`Host`, whose memory may refuse any access: a guest may name any address. All numbers are
little-endian, as PCI has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from netfsm.errors import NetfsmError

__all__ = ["Bus", "BusError", "Host", "Ram"]


class BusError(NetfsmError):
    """The other side of a bus is gone, or there is no memory left to share with it."""


class Bus(Protocol):
    """A driver's view of one PCI function. Every call may raise BusError."""

    def config_read(self, offset: int, size: int) -> int:
        """Read 1, 2 or 4 octets of configuration space."""
        ...

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Write 1, 2 or 4 octets of configuration space."""
        ...

    def read(self, bar: int, offset: int, size: int) -> int:
        """Read 1, 2 or 4 octets of a base address register's region: 0 is memory, 1 is ports."""
        ...

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Write 1, 2 or 4 octets of a region."""
        ...

    def memory_read(self, address: int, size: int) -> bytes:
        """Read memory that the card can reach; `address` is the card's."""
        ...

    def memory_write(self, address: int, data: bytes | memoryview) -> None:
        """Write memory that the card can reach."""
        ...

    def allocate(self, size: int, align: int) -> tuple[int, memoryview | None]:
        """Return the card's address of `size` zeroed octets, and they themselves.

        Where memory is not shared there is no view of it: None, and `memory_read` and
        `memory_write` are the only way.
        """
        ...

    def pending(self) -> bool:
        """Whether the interrupt line is asserted."""
        ...

    def on_interrupt(self, callback: Callable[[], None]) -> None:
        """Have `callback` called each time the interrupt line rises."""
        ...


class Host(Protocol):
    """A card's view of the machine that it stands in. No call raises."""

    def dma_read(self, address: int, size: int) -> bytes | memoryview | None:
        """Return `size` octets of memory; None where not all of them are mapped."""
        ...

    def dma_write(self, address: int, data: bytes | memoryview) -> bool:
        """Write memory; False, with nothing written, where not all of it is mapped."""
        ...

    def interrupt(self, level: bool) -> None:
        """Raise or lower INTA; called when the level changes."""
        ...


class Ram:
    """Memory from address `base` on, handed out once and never taken back."""

    def __init__(self, size: int, base: int = 0) -> None:
        """`size` octets of zero."""
        self.base: Final = base
        self.octets: Final = bytearray(size)
        self._view: Final = memoryview(self.octets)
        self._next = base

    def read(self, address: int, size: int) -> memoryview | None:
        """Return `size` octets, not copied; None where they do not all stand here."""
        start = address - self.base
        if start < 0 or start + size > len(self.octets):
            return None
        return self._view[start : start + size]

    def write(self, address: int, data: bytes | memoryview) -> bool:
        """Store `data`; False, with nothing stored, where it does not all fit."""
        found = self.read(address, len(data))
        if found is None:
            return False
        found[:] = data
        return True

    def allocate(self, size: int, align: int) -> tuple[int, memoryview]:
        """Return the address and a view of the next free octets.

        Raises:
            BusError: so much is not left.
        """
        address = -(-self._next // align) * align
        found = self.read(address, size)
        if found is None:
            raise BusError(f"no {size} octets of memory are left")
        self._next = address + size
        return address, found
