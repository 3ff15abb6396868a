"""A model of the 82540EM, for any driver: registers, rings and pins; the machines decide.

The host gives accesses, frames and time; the card gives frames, DMA and the level of its interrupt
line. Whatever a guest does, no call raises, and memory is touched where a descriptor names it only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from netfsm.e1000.bus import Host
from netfsm.e1000.device.crew import Crew
from netfsm.e1000.device.eeprom import Eeprom
from netfsm.e1000.device.inward import Inward
from netfsm.e1000.device.outward import Outward
from netfsm.e1000.device.pci import (
    COMMAND_IO,
    COMMAND_MASTER,
    COMMAND_MEMORY,
    COMMAND_NO_INTX,
    Configuration,
)
from netfsm.e1000.device.phy import Phy, eeprom_words
from netfsm.e1000.device.writing import after_write
from netfsm.e1000.registers import REGISTERS, RegisterFile, at, bits

__all__ = ["Card"]

_ONES: Final = {1: 0xFF, 2: 0xFFFF, 4: 0xFFFFFFFF}
_KEPT: Final = ("EECD",)


class Card:
    """One card. Offsets are those inside a region: 0 is the memory window, 1 the ports."""

    def __init__(self, host: Host, mac: bytes, send: Callable[[bytes], None]) -> None:
        """A card with hardware address `mac` that gives frames without CRC to `send`."""
        self.registers: Final = RegisterFile()
        self.configuration: Final = Configuration()
        self.phy: Final = Phy()
        self.eeprom: Final = Eeprom(eeprom_words(mac), self.registers)
        self.counters: Final = {"disabled": 0, "filtered": 0, "too_long": 0, "missed": 0}
        self.crew: Final = Crew(self)
        self.inward: Final = Inward(self)
        self.outward: Final = Outward(self)
        self._host: Final = host
        self._send: Final = send
        self._level = self._shown = False
        self._busy = False
        self._port = 0
        self._orders: Final[dict[tuple[str, str], Callable[[Any], None]]] = self._learn()
        self.reload()

    # ---- the bus

    def config_read(self, offset: int, size: int) -> int:
        """Read configuration space."""
        return self.configuration.read(offset, size)

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Write configuration space."""
        self.configuration.write(offset, size, value)
        self._show()

    def read(self, bar: int, offset: int, size: int) -> int:
        """Read 1, 2 or 4 octets of a region; all ones where the region is off, or in a DMA."""
        enabled = self.configuration.command & (COMMAND_IO if bar else COMMAND_MEMORY)
        if not enabled or self._busy or size not in _ONES:
            return _ONES.get(size, 0)
        if bar:
            if offset & ~3 == 0:
                return self._port >> 8 * (offset & 3) & _ONES[size]
            if offset & ~3 != 4:
                return 0
            offset = self._port + (offset & 3)
        return self._register(offset & ~3) >> 8 * (offset & 3) & _ONES[size]

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Write 1, 2 or 4 octets of a region; lost where the region is off, or in a DMA."""
        enabled = self.configuration.command & (COMMAND_IO if bar else COMMAND_MEMORY)
        if not enabled or self._busy or size not in _ONES:
            return
        if bar:
            if offset == 0 and size == 4:
                self._port = value & 0x1FFFF
            if offset & ~3 != 4:
                return
            offset = self._port + (offset & 3)
        place, shift = offset & ~3, 8 * (offset & 3)
        if place >= REGISTERS.size:
            return
        mask = _ONES[size] << shift & _ONES[4]
        name = self.registers.name.get(place)
        if name is not None:
            whole = self.registers.merged(place, value << shift, mask)
            self._guarded(partial(after_write, self, name, place, whole))

    # ---- the wire, time and power

    def receive(self, frame: bytes) -> None:
        """A frame without CRC comes from the wire; lost where there is no link."""
        if self.crew["link"].state == "UP" and not self._busy:
            self._guarded(partial(self.inward.frame, bytes(frame)))

    def plug(self, there: bool) -> None:
        """The other end of the cable is there, or gone."""
        self._guarded(partial(self.crew.step, "link", "plug" if there else "unplug"))

    def advance(self, now: int) -> None:
        """It is `now`, in microseconds: let timers fire."""
        self._guarded(partial(self.crew.advance, now))

    def deadline(self) -> int | None:
        """When `advance` must be called next, None where nothing waits."""
        return self.crew.deadline()

    def power_on(self) -> None:
        """All as it is when power comes: what bus and PCI reset do."""
        self.configuration.reset()
        self.reset()

    def reset(self) -> None:
        """The reset of CTRL.RST: every machine begins anew but for the link, and every register."""
        for name in ("receive", "transmit", "interrupts"):
            self.crew.step(name, "reset")
        self.registers.reset(*_KEPT)
        self.outward.reset()
        self.reload()

    # ---- what the hands of the machines use

    def cause(self, *names: str) -> None:
        """Something happened that may interrupt."""
        found = 0
        for name in names:
            found |= bits(f"ICR.{name}")
        self.crew.step("interrupts", "cause", found)

    def dma_read(self, address: int, size: int) -> bytes | memoryview | None:
        """Read the host's memory; None where the card is no bus master or nothing is mapped."""
        if not self.configuration.command & COMMAND_MASTER or address + size > 1 << 64:
            return None
        return self._host.dma_read(address, size)

    def dma_write(self, address: int, data: bytes) -> None:
        """Write the host's memory; lost where the card is no bus master or nothing is mapped."""
        if self.configuration.command & COMMAND_MASTER and address + len(data) <= 1 << 64:
            self._host.dma_write(address, data)

    def leave(self, frame: bytes) -> None:
        """A frame leaves: to the wire, or back to us in loopback."""
        if self.registers.get("RCTL.LBM") == 3 or self.phy.loops:
            self.inward.frame(frame)
        elif self.crew["link"].state == "UP":
            self._send(frame)

    def carry(self, machine: str, emission: Any) -> None:
        """Carry out what a machine orders."""
        self._orders[machine, emission.output](emission)

    def _learn(self) -> dict[tuple[str, str], Callable[[Any], None]]:
        """Who carries out what."""
        found: dict[tuple[str, str], Callable[[Any], None]] = {}
        for machine, hands in (
            ("receive", self.inward),
            ("transmit", self.outward),
            ("interrupts", self),
            ("link", self),
            ("mdio", self),
            ("eeprom", self.eeprom),
        ):
            for name in dir(hands):
                if name.startswith("on_"):
                    found[machine, name[3:]] = getattr(hands, name)
        return found

    def on_line(self, emission: Any) -> None:
        """The interrupt line has a new level."""
        self._level = emission.level
        self._show()

    def on_changed(self, emission: Any) -> None:
        """The link came or went."""
        self.phy.link(emission.up)
        self.registers.put("STATUS.LU", int(emission.up))
        self.cause("LSC")

    def on_fetch(self, emission: Any) -> None:
        """A register of the PHY goes into MDIC."""
        self.registers.put("MDIC.DATA", self.phy.read(emission.register))

    def on_store(self, emission: Any) -> None:
        """MDIC goes into a register of the PHY."""
        asked = self.phy.write(emission.register, self.registers.get("MDIC.DATA"))
        if asked:
            self.crew.step("link", asked)

    def on_failed(self, _: Any) -> None:
        """No PHY answers."""
        self.registers.put("MDIC.E", 1)

    # ---- inside

    def _guarded(self, act: Callable[[], object]) -> None:
        """Act; what the host does to the card meanwhile, as a DMA into its window, is nothing."""
        if self._busy:
            return
        self._busy = True
        try:
            act()
            self.crew.advance(self.crew.now)
        finally:
            self._busy = False

    def reload(self) -> None:
        """The hardware address comes from the EEPROM, the link from the PHY."""
        octets = b"".join(word.to_bytes(2, "little") for word in self.eeprom.words[:3])
        self.registers.value[at("RAL")] = int.from_bytes(octets[:4], "little")
        self.registers.value[at("RAH")] = int.from_bytes(octets[4:], "little") | bits("RAH.AV")
        self.registers.put("STATUS.LU", self.crew["link"].state == "UP")

    def _register(self, offset: int) -> int:
        """Read a register, with what is only known by a machine, and with what reading does."""
        name = self.registers.name.get(offset)
        if name == "ICR":
            found: int = self.crew["interrupts"].icr
            self._guarded(partial(self.crew.step, "interrupts", "clear", 0))
            return found
        if name == "IMS":
            enabled: int = self.crew["interrupts"].ims
            return enabled
        if name in ("RDH", "TDH"):
            index: int = self.crew["receive" if name == "RDH" else "transmit"].head
            return index
        if name == "EECD":
            self.registers.put("EECD.DO", self.eeprom.pin(self.crew["eeprom"]))
        return self.registers.read(offset)

    def _show(self) -> None:
        """Tell the host the level of the line when it changes."""
        self.configuration.interrupt(self._level)
        shown = self._level and not self.configuration.command & COMMAND_NO_INTX
        if shown != self._shown:
            self._shown = shown
            self._host.interrupt(shown)
