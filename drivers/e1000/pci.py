"""What a system writes into a card's configuration space before it is used (PCI 2.2 chapter 6)."""

from __future__ import annotations

from typing import Final

from netfsm.e1000.bus import Bus, BusError

__all__ = ["IDENTITY", "MMIO", "PORTS", "enumerate_card", "interrupt_status"]

IDENTITY: Final = 0x100E_8086
"""Device and vendor of an 82540EM, as the first four octets have them."""
MMIO: Final = 0xE000_0000
PORTS: Final = 0xC000
_COMMAND: Final = 0x04
_STATUS: Final = 0x06
_INTERRUPT: Final = 1 << 3
_BARS: Final = 0x10
_ENABLED: Final = 0b111  # ports, memory, bus master
_ALL: Final = 0xFFFF_FFFF


def enumerate_card(bus: Bus) -> tuple[int, int]:
    """Give the card its two regions and let it speak; octets of memory and of ports.

    Raises BusError where another card, or none, is there.
    """
    found = bus.config_read(0, 4)
    if found != IDENTITY:
        raise BusError(f"no 82540EM is there: {found & 0xFFFF:04x}:{found >> 16:04x}")
    sizes = _size(bus, 0, 0xF), _size(bus, 1, 0x3)
    bus.config_write(_BARS, 4, MMIO)
    bus.config_write(_BARS + 4, 4, PORTS)
    bus.config_write(_COMMAND, 2, _ENABLED)
    return sizes


def interrupt_status(bus: Bus) -> bool:
    """Whether the card asserts its interrupt line (PCI 2.3 §6.2.3, status bit 3)."""
    return bool(bus.config_read(_STATUS, 2) & _INTERRUPT)


def _size(bus: Bus, bar: int, flags: int) -> int:
    """Octets of a region: those address bits that can be set tell (PCI 2.2 §6.2.5.1)."""
    bus.config_write(_BARS + 4 * bar, 4, _ALL)
    mask = bus.config_read(_BARS + 4 * bar, 4) & ~flags
    return (~mask & _ALL) + 1
