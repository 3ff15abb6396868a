"""The card's counters: they stop at their largest value, and reading clears them."""

from __future__ import annotations

from typing import Final

from netfsm.e1000.registers import RegisterFile, at

__all__ = ["count", "received", "sent"]

_FULL: Final = 0xFFFFFFFF
_SIZES: Final = ((64, "64"), (127, "127"), (255, "255"), (511, "511"), (1023, "1023"))


def count(registers: RegisterFile, name: str, by: int = 1) -> None:
    """Add to a counter of 32 bits."""
    offset = at(name)
    registers.value[offset] = min(registers.value[offset] + by, _FULL)


def received(registers: RegisterFile, frame: bytes, octets: int) -> None:
    """A good frame was stored; `octets` counts its CRC."""
    _good(registers, "R", frame, octets)


def sent(registers: RegisterFile, frame: bytes, octets: int) -> None:
    """A frame left; `octets` counts its CRC."""
    _good(registers, "T", frame, octets)


def _good(registers: RegisterFile, way: str, frame: bytes, octets: int) -> None:
    """A good frame that went one way: counters of both are named alike."""
    _frame(registers, f"P{way}C", octets)
    count(registers, f"GP{way}C")
    count(registers, f"TP{way}")
    _pair(registers, f"GO{way}C", octets)
    _pair(registers, f"TO{way}", octets)
    if frame[:6] == b"\xff" * 6:
        count(registers, f"BP{way}C")
    elif frame[:1] and frame[0] & 1:
        count(registers, f"MP{way}C")


def _frame(registers: RegisterFile, prefix: str, octets: int) -> None:
    name = next((name for most, name in _SIZES if octets <= most), "1522")
    count(registers, prefix + name)


def _pair(registers: RegisterFile, name: str, octets: int) -> None:
    """Add to a counter of 64 bits in two registers."""
    low, high = at(f"{name}L"), at(f"{name}H")
    total = (registers.value[high] << 32 | registers.value[low]) + octets
    total = min(total, (1 << 64) - 1)
    registers.value[low], registers.value[high] = total & _FULL, total >> 32
