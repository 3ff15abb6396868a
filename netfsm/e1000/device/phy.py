"""Registers of the PHY inside the 82540EM, and the words of its EEPROM."""

from __future__ import annotations

from typing import Final

__all__ = ["Phy", "eeprom_words"]

CONTROL: Final = 0
STATUS: Final = 1
SPECIFIC_STATUS: Final = 17
_RESET: Final = {
    CONTROL: 0x1140,
    STATUS: 0x7949,
    2: 0x0141,
    3: 0x0C20,
    4: 0x0DE1,
    5: 0x45E1,
    6: 0x0001,
    9: 0x0E00,
    10: 0x3C00,
    15: 0x3000,
    16: 0x0360,
    SPECIFIC_STATUS: 0xA000,
    20: 0x0D60,
}
_READ_ONLY: Final = frozenset({STATUS, 2, 3, 5, 6, 10, 15, SPECIFIC_STATUS, 19, 21})
_LINK: Final = 0x0004
_NEGOTIATED: Final = 0x0020
_LINK_NOW: Final = 0x0C00
_CONTROL_KEPT: Final = 0x7DC0
_SUM: Final = 0xBABA


class Phy:
    """32 registers of 16 bits."""

    def __init__(self) -> None:
        """At their reset values, without a link."""
        self.values: Final = [0] * 32
        self._up = False
        self._lost = True
        self.reset()

    def reset(self) -> None:
        """Give every register its reset value; the link is told by `link`."""
        self.values[:] = [_RESET.get(number, 0) for number in range(32)]

    def link(self, up: bool) -> None:
        """The link came or went; that it went is remembered until it is read."""
        self._up = up
        self._lost = self._lost or not up

    def read(self, number: int) -> int:
        """The register's value; the loss of the link is told once."""
        value = self.values[number]
        if number == STATUS:
            value |= (_NEGOTIATED if self._up else 0) | (
                _LINK if self._up and not self._lost else 0
            )
            self._lost = not self._up
        elif number == SPECIFIC_STATUS and self._up:
            value |= _LINK_NOW
        return value

    def write(self, number: int, value: int) -> str:
        """Store a value; return what it asks of the link: negotiate, sleep, wake or nothing."""
        if number in _READ_ONLY:
            return ""
        if number != CONTROL:
            self.values[number] = value
            return ""
        slept = self.values[CONTROL] & 0x0800
        if value & 0x8000:
            self.reset()
            return "wake" if slept else "negotiate"
        self.values[CONTROL] = value & _CONTROL_KEPT
        if value & 0x0800:
            return "" if slept else "sleep"
        if slept:
            return "wake"
        return "negotiate" if value & 0x0200 else ""

    @property
    def loops(self) -> bool:
        """Whether what is sent comes back."""
        return bool(self.values[CONTROL] & 0x4000)


def eeprom_words(mac: bytes) -> list[int]:
    """64 words: the address first, identities, and a last one that makes the sum 0xbaba."""
    words = [int.from_bytes(mac[i : i + 2], "little") for i in (0, 2, 4)]
    words += [0] * 7 + [0x640B, 0x001E, 0x8086, 0x100E, 0x8086, 0x3040]
    words += [0] * (63 - len(words))
    words.append((_SUM - sum(words)) & 0xFFFF)
    return words
