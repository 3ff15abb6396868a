"""The model of a register map: registers, their fields, and what reading and writing them does."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from netfsm.spec.findings import Mark
from netfsm.spec.model import Ref

__all__ = ["ACCESS", "USUAL", "WIDTH", "BitField", "Register", "RegisterMap"]

WIDTH: Final = 32
ACCESS: Final = {
    "RO": "read only: what is written is lost",
    "RW": "read and written",
    "WO": "write only: reads as zero",
    "RC": "cleared when it is read; what is written is lost",
    "W1C": "read; a one that is written clears its bit",
    "RCW": "cleared when it is read, and by a one that is written",
    "SC": "a one that is written acts and clears itself: reads as zero",
}
USUAL: Final = "RW"
_READABLE: Final = ("RO", "RW", "RC", "W1C", "RCW")


@frozen
class BitField:
    """Bits `low` to `high` of a register; `reset` is the field's own value."""

    name: str
    low: int
    high: int
    access: str
    reset: int
    says: str
    mark: Mark

    @property
    def mask(self) -> int:
        """The field's bits within its register."""
        return (2 << self.high) - (1 << self.low)


@frozen
class Register:
    """32 bits at offset `at`; `count` of them, `stride` octets apart, where it is an array.

    Where fields are declared, bits outside of them are reserved: they read as zero, and what is
    written to them is lost.
    """

    name: str
    at: int
    count: int
    stride: int
    access: str
    reset: int
    fields: tuple[BitField, ...]
    says: str
    refs: tuple[Ref, ...]
    mark: Mark

    def offsets(self) -> range:
        """The offset of each of them."""
        return range(self.at, self.at + self.count * self.stride, self.stride)

    def bits(self, *access: str) -> int:
        """The bits of which the access is one of these."""
        if not self.fields:
            return (1 << WIDTH) - 1 if self.access in access else 0
        return sum(field.mask for field in self.fields if field.access in access)

    @property
    def readable(self) -> int:
        """The bits that a reader may see set."""
        return self.bits(*_READABLE)


@frozen
class RegisterMap:
    """All registers of a card, in the order of their file; `size` is that of their window."""

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    size: int
    registers: tuple[Register, ...]
    mark: Mark
    digest: str = ""

    def register(self, name: str) -> Register:
        """The register of this name. Raises KeyError where there is none."""
        for each in self.registers:
            if each.name == name:
                return each
        raise KeyError(name)
