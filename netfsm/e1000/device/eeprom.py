"""The words of the EEPROM, and the bits on their way in and out of it."""

from __future__ import annotations

from typing import Any, Final

from netfsm.e1000.registers import RegisterFile
from netfsm.machine import CompiledMachine

__all__ = ["Eeprom"]

_ONES: Final = 0xFFFF


class Eeprom:
    """The hands of e1000.eeprom."""

    def __init__(self, words: list[int], registers: RegisterFile) -> None:
        """With these 64 words, behind the pins of EECD."""
        self.words: Final = words
        self._registers: Final = registers
        self._address = 0
        self._data = 0

    def pin(self, machine: CompiledMachine) -> int:
        """What is on the pin: bits of the word while it is read, else ready."""
        if machine.state != "READING":
            return 1
        count: int = machine.count
        return self.words[self._address] >> (16 - count) & 1 if count else 0

    def on_address(self, emission: Any) -> None:
        """A bit of the address; the last six count."""
        self._address = (self._address * 2 + int(emission.bit)) % len(self.words)

    def on_data(self, emission: Any) -> None:
        """A bit of the word; the last sixteen count."""
        self._data = (self._data * 2 + int(emission.bit)) & _ONES

    def on_next(self, _: Any) -> None:
        """The address goes on by one, round the end."""
        self._address = (self._address + 1) % len(self.words)

    def on_store(self, _: Any) -> None:
        """The word is written."""
        self.words[self._address] = self._data

    def on_erase(self, _: Any) -> None:
        """The word becomes ones."""
        self.words[self._address] = _ONES

    def on_fill(self, _: Any) -> None:
        """Every word is written."""
        self.words[:] = [self._data] * len(self.words)

    def on_clear(self, _: Any) -> None:
        """Every word becomes ones."""
        self.words[:] = [_ONES] * len(self.words)

    def on_answer(self, emission: Any) -> None:
        """A word goes into EERD."""
        self._registers.put("EERD.DATA", self.words[int(emission.word)])

    def on_beyond(self, _: Any) -> None:
        """There is no such word: it reads as ones."""
        self._registers.put("EERD.DATA", _ONES)
