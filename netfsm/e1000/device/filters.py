"""Whether a frame is for the card: its addresses, the tables of groups and VLANs, modes."""

from __future__ import annotations

from typing import Final

from netfsm.e1000.registers import RegisterFile, at

__all__ = ["tag_of", "wanted"]

_BROADCAST: Final = b"\xff" * 6
_RAL: Final = at("RAL")
_RAH: Final = at("RAH")
_MTA: Final = at("MTA")
_VFTA: Final = at("VFTA")
_SHIFTS: Final = (4, 3, 2, 0)  # of the last 16 bits of the address, by RCTL.MO


def tag_of(registers: RegisterFile, frame: bytes) -> int | None:
    """The tag of a frame with a VLAN tag, None where it has none."""
    if len(frame) < 16 or int.from_bytes(frame[12:14], "big") != registers.get("VET.VET"):
        return None
    return int.from_bytes(frame[14:16], "big")


def wanted(registers: RegisterFile, frame: bytes) -> bool:
    """Whether a filter lets the frame pass."""
    if len(frame) < 14:
        return False
    tag = tag_of(registers, frame)
    return (tag is None or _vlan(registers, tag)) and _address(registers, frame[:6])


def _vlan(registers: RegisterFile, tag: int) -> bool:
    if not registers.get("RCTL.VFE"):
        return True
    if registers.get("RCTL.CFIEN") and (tag >> 12) & 1 != registers.get("RCTL.CFI"):
        return False
    vid = tag & 0xFFF
    return bool(registers.value[_VFTA + 4 * (vid >> 5)] >> (vid & 31) & 1)


def _address(registers: RegisterFile, to: bytes) -> bool:
    if to == _BROADCAST and registers.get("RCTL.BAM"):
        return True
    group = to[0] & 1
    if registers.get("RCTL.MPE" if group else "RCTL.UPE"):
        return True
    low, high = int.from_bytes(to[:4], "little"), int.from_bytes(to[4:], "little")
    for index in range(16):
        upper = registers.value[_RAH + 8 * index]
        if upper >> 31 and upper & 0xFFFF == high and registers.value[_RAL + 8 * index] == low:
            return True
    if not group:
        return False
    bit = (high >> _SHIFTS[registers.get("RCTL.MO")]) & 0xFFF
    return bool(registers.value[_MTA + 4 * (bit >> 5)] >> (bit & 31) & 1)
