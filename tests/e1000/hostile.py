"""A guest that means harm: random accesses, descriptors, frames and time, from one seed.

What it reaches is written down: DMA outside of memory is refused and counted.
"""

from __future__ import annotations

import random
import struct

from netfsm.e1000.registers import REGISTERS, at
from tests.e1000.rig import DATA, RX_RING, SLOTS, TX_RING, Rig

BASES = (0, 0x1000, 0x2000, 0x7FFF0, 0x80000, 0xFFFFFFF0, 0xE0000000)
SIZES = (0, 1, 2, 60, 1514, 0xFFFF, 0xFFFFF)
NUMBERS = (0, 1, 7, 8, 9, 0xFFFF)
RINGS = ("RDLEN", "RDH", "RDT", "TDLEN", "TDH", "TDT", "RDBAL", "RDBAH", "TDBAL", "TDBAH")
UNITS = ("RCTL", "TCTL", "CTRL", "RXCSUM", "IMS", "IMC", "ICS", "ITR", "MDIC", "EECD", "EERD")


class Hostile:
    """One guest with one card."""

    def __init__(self, seed: int) -> None:
        """A card that is up, and a seeded source of harm."""
        self.rig = Rig()
        self.rig.bring_up()
        self._random = random.Random(seed)
        self._offsets = [o for each in REGISTERS.registers for o in each.offsets()]
        self._now = self.rig.card.crew.now

    def run(self, count: int) -> None:
        """Do `count` things."""
        acts = (self._anything, self._register, self._ring, self._descriptor, self._frame)
        for _ in range(count):
            self._random.choice(acts)()
            if self._random.random() < 0.01:
                self._now += self._random.choice((0, 1, 1000, 1_000_000))
                self.rig.card.advance(self._now)
            if self._random.random() < 0.05:
                self._sane()

    def _sane(self) -> None:
        """Bring the card up again, with any modes: harm needs a card that works."""
        rig = self.rig
        rig.card.config_write(4, 2, 7)
        for name in ("RDBAH", "TDBAH", "RDH", "TDH", "TDT", "TCTL"):
            rig.put(name, 0)
        rig.tail = 0
        rig.bring_up(self._random.getrandbits(32) & 0x0607FFFC)
        rig.transmit(b"\xff" * self._random.choice((60, 1514)))

    def _anything(self) -> None:
        """Any access of any width to any offset, by memory, ports or configuration."""
        pick = self._random
        offset, size = pick.randrange(-8, 0x20010), pick.choice((1, 2, 4))
        card, value = self.rig.card, pick.getrandbits(8 * size)
        kind = pick.randrange(6)
        if kind == 0:
            card.config_read(offset & 0xFF, size)
        elif kind == 1:
            card.config_write(offset & 0xFF, size, value)
            card.config_write(4, 2, pick.choice((7, 7, 7, 3, 0x407)))
        elif kind == 2:
            card.write(1, pick.randrange(64), size, value)
        elif kind == 3:
            card.read(1, pick.randrange(64), size)
        elif kind == 4:
            card.write(0, offset, size, value)
        else:
            card.read(0, offset, size)

    def _register(self) -> None:
        """A register with a value that sets much, or little."""
        pick = self._random
        name = pick.choice(UNITS)
        value = pick.choice((pick.getrandbits(32), 1 << pick.randrange(32), 0xFFFFFFFF, 0))
        if pick.random() < 0.5:
            self.rig.put(name, value)
        else:
            self.rig.card.write(0, pick.choice(self._offsets), 4, value)
        self.rig.card.read(0, pick.choice(self._offsets), 4)

    def _ring(self) -> None:
        """A ring that lies anywhere, is of any size, with indices outside of it."""
        pick = self._random
        name = pick.choice(RINGS)
        value = pick.choice(BASES if "BA" in name else (*NUMBERS, 128, 256, 0xFFF80))
        self.rig.put(name, value)

    def _descriptor(self) -> None:
        """Random descriptors: contexts that lie, buffers at the end of memory and beyond."""
        pick = self._random
        for index in range(SLOTS):
            low = pick.choice(SIZES) | pick.getrandbits(12) << 20
            words = struct.pack(
                "<QIBBH",
                pick.choice((*BASES, DATA)),
                low,
                pick.randrange(4),
                pick.randrange(4),
                pick.choice((0, 1, 100, 1460)),
            )
            self.rig.ram.write(TX_RING + 16 * index, words)
            self.rig.ram.write(
                RX_RING + 16 * index, struct.pack("<QQ", pick.choice((*BASES, DATA)), 0)
            )
        self.rig.put("TDT", pick.randrange(SLOTS))

    def _frame(self) -> None:
        """A frame of any length comes from the wire."""
        pick = self._random
        to = pick.choice((b"\xff" * 6, b"RT\x00\x124V", b"\x01\x00^\x00\x00\x01", b""))
        size = pick.choice((0, 1, 60, 1500, 9000, 17000))
        self.rig.card.receive(to + bytes(size))

    def alive(self) -> bool:
        """After a reset the card works as a new one does."""
        rig = self.rig
        rig.card.power_on()
        rig.card.config_write(4, 2, 7)
        rig.put("CTRL", 1 << 26)
        rig.put("MDIC", 1 << 26 | 1 << 21 | 0x9140)
        rig.card.advance(self._now + 2_000_000)
        rig.tail = 0
        rig.bring_up()
        rig.sent.clear()
        rig.transmit(b"\xff" * 60)
        rig.card.receive(b"\xff" * 60)
        found = rig.card.read(0, at("RDH"), 4)
        return (1, [b"\xff" * 60]) == (found, rig.sent)
