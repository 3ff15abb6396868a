"""The card's configuration space: a PCI header of type 0, with two base addresses and INTA."""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["COMMAND_IO", "COMMAND_MASTER", "COMMAND_MEMORY", "COMMAND_NO_INTX", "Configuration"]

COMMAND_IO: Final = 1
COMMAND_MEMORY: Final = 2
COMMAND_MASTER: Final = 4
COMMAND_NO_INTX: Final = 0x400
_SIZE: Final = 256
_STATUS_INTERRUPT: Final = 8
_WRITABLE: Final = {
    0x04: 0x0547,  # command
    0x0C: 0xFFFF,  # cache line, latency
    0x10: 0xFFFE0000,  # 128 KiB of memory
    0x14: 0xFFFFFFC0,  # 64 ports
    0x3C: 0xFF,  # interrupt line
}


class Configuration:
    """256 octets, of which a few can be written."""

    def __init__(self) -> None:
        """As after power on: nothing is enabled."""
        self._octets: Final = bytearray(_SIZE)
        self.reset()

    def reset(self) -> None:
        """What power on gives."""
        self._octets[:] = bytes(_SIZE)
        struct.pack_into("<HHHH", self._octets, 0, 0x8086, 0x100E, 0, 0x0220)
        struct.pack_into("<BBH", self._octets, 8, 2, 0, 0x0200)
        self._octets[0x14] = 1
        struct.pack_into("<HH", self._octets, 0x2C, 0x8086, 0x001E)
        self._octets[0x3D] = 1
        self._octets[0x3E] = 0xFF

    @property
    def command(self) -> int:
        """The command register."""
        return self._octets[4] | self._octets[5] << 8

    def read(self, offset: int, size: int) -> int:
        """The octets there; zeros beyond the end."""
        return int.from_bytes(self._octets[max(offset, 0) : offset + size], "little")

    def write(self, offset: int, size: int, value: int) -> None:
        """Store what can be written; the rest stays."""
        for place in range(max(offset, 0), min(offset + size, _SIZE)):
            mask = (_WRITABLE.get(place & ~3, 0) >> 8 * (place & 3)) & 0xFF
            octet = (value >> 8 * (place - offset)) & 0xFF
            self._octets[place] = self._octets[place] & ~mask | octet & mask

    def interrupt(self, level: bool) -> None:
        """Show the level of the line in the status register."""
        kept = self._octets[6] & ~_STATUS_INTERRUPT
        self._octets[6] = kept | (_STATUS_INTERRUPT if level else 0)
