"""A card with memory behind it, for tests: what a driver would do, in a few words."""

from __future__ import annotations

import struct

from netfsm.e1000.bus import Ram
from netfsm.e1000.device.card import Card
from netfsm.e1000.registers import at

MAC = bytes.fromhex("525400123456")
SLOTS = 8
RX_RING, TX_RING, BUFFERS, DATA = 0x1000, 0x2000, 0x10000, 0x40000


class Rig:
    """Host, card and wire; the rings hold eight descriptors each."""

    def __init__(self) -> None:
        """A card whose link is up, with memory and bus mastering on."""
        self.ram = Ram(0x80000)
        self.level = False
        self.edges = 0
        self.sent: list[bytes] = []
        self.card = Card(self, MAC, self.sent.append)
        self.card.config_write(4, 2, 7)
        self.card.plug(True)
        self.card.advance(1_000_000)
        self.tail = 0

    def dma_read(self, address: int, size: int) -> memoryview | None:
        """Memory of the host."""
        return self.ram.read(address, size)

    def dma_write(self, address: int, data: bytes | memoryview) -> bool:
        """Memory of the host."""
        return self.ram.write(address, data)

    def interrupt(self, level: bool) -> None:
        """The interrupt line."""
        self.level = level
        self.edges += level

    def is_asserted(self) -> bool:
        """Whether the line of interrupts is high now."""
        return self.level

    def get(self, name: str) -> int:
        """Read a register."""
        return self.card.read(0, at(name), 4)

    def put(self, name: str, value: int, index: int = 0) -> None:
        """Write a register."""
        self.card.write(0, at(name, index), 4, value)

    def bring_up(self, rctl: int = 0) -> None:
        """Both rings and both units; buffers of 2048 octets; broadcast is taken."""
        for index in range(SLOTS):
            self.ram.write(RX_RING + 16 * index, struct.pack("<QQ", BUFFERS + 2048 * index, 0))
        for prefix, ring in (("RD", RX_RING), ("TD", TX_RING)):
            self.put(f"{prefix}BAL", ring)
            self.put(f"{prefix}LEN", 16 * SLOTS)
        self.put("RDT", SLOTS - 1)
        self.put("RCTL", 0x8002 | rctl)
        self.put("TCTL", 0xA)

    def received(self, index: int) -> tuple[bytes, int, int]:
        """A receive descriptor: the octets of its buffer, status and errors."""
        raw = self.ram.read(RX_RING + 16 * index, 16)
        assert raw is not None
        address, length, _, status, errors, _ = struct.unpack("<QHHBBH", raw)
        data = self.ram.read(address, length)
        assert data is not None
        return bytes(data), status, errors

    def descriptor(self, words: bytes) -> None:
        """Put a transmit descriptor into the ring, without a bell."""
        self.ram.write(TX_RING + 16 * self.tail, words)
        self.tail = (self.tail + 1) % SLOTS

    def transmit(self, frame: bytes, command: int = 0x0B) -> None:
        """Send a frame by one legacy descriptor that asks for a report."""
        self.ram.write(DATA, frame)
        self.descriptor(struct.pack("<QHBBBBH", DATA, len(frame), 0, command, 0, 0, 0))
        self.put("TDT", self.tail)
