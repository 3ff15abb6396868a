"""The register map at work: names for a driver, values for a model.

`REGISTERS` is the map of specs/e1000/registers.yaml. `at` and `bits` are what a driver needs of it;
a `RegisterFile` holds the values of a card and does what each bit's access says. What a register
means is not known here.
"""

from __future__ import annotations

from typing import Final

from netfsm.spec.load import load_spec
from netfsm.spec.registers import Register, RegisterMap

__all__ = ["REGISTERS", "RegisterFile", "at", "bits"]


def _load() -> RegisterMap:
    found = load_spec("e1000.registers")
    assert isinstance(found, RegisterMap)
    return found


REGISTERS: Final = _load()
_BY_NAME: Final = {each.name: each for each in REGISTERS.registers}
_OF_FIELD: Final = {
    f"{each.name}.{field.name}": field for each in REGISTERS.registers for field in each.fields
}


def at(name: str, index: int = 0) -> int:
    """The offset of register `name`, or of its element `index`. Raises KeyError."""
    return _BY_NAME[name].at + index * _BY_NAME[name].stride


def bits(field: str, value: int | None = None) -> int:
    """The mask of "CTRL.RST" within its register; with `value` that value in its place."""
    found = _OF_FIELD[field]
    return found.mask if value is None else (value << found.low) & found.mask


class RegisterFile:
    """The values of all registers of one card, each by its offset.

    `value` holds what is stored, without the effects of access; offsets at which nothing stands are
    not in it. `name` tells whose register stands at an offset.
    """

    def __init__(self) -> None:
        """All registers at their reset values."""
        self._at: Final[dict[int, Register]] = {
            offset: each for each in REGISTERS.registers for offset in each.offsets()
        }
        self._masks: Final = {
            offset: (
                each.readable,
                each.bits("RW"),
                each.bits("RC", "RCW"),
                each.bits("W1C", "RCW"),
                each.bits("WO", "SC"),
            )
            for offset, each in self._at.items()
        }
        self.name: Final = {offset: each.name for offset, each in self._at.items()}
        self.value: Final[dict[int, int]] = {}
        self.reset()

    def reset(self, *keep: str) -> None:
        """Give every register its reset value, but for those named."""
        kept = set(keep)
        for offset, each in self._at.items():
            if each.name not in kept or offset not in self.value:
                self.value[offset] = each.reset

    def read(self, offset: int) -> int:
        """What a reader at `offset` gets; clears what reading clears. 0 where nothing stands."""
        masks = self._masks.get(offset)
        if masks is None:
            return 0
        stored = self.value[offset]
        if masks[2]:
            self.value[offset] = stored & ~masks[2]
        return stored & masks[0]

    def write(self, offset: int, value: int) -> int:
        """Store what a writer may; return the bits that act once: those of WO and SC."""
        masks = self._masks.get(offset)
        if masks is None:
            return 0
        _, kept, _, cleared, acting = masks
        stored = self.value[offset] & ~kept | value & kept
        self.value[offset] = stored & ~(value & cleared)
        return value & acting

    def merged(self, offset: int, value: int, mask: int) -> int:
        """The 32 bits of a write of which only `mask` was written; what acts acts once."""
        return self.value[offset] & self._masks[offset][1] & ~mask | value & mask

    def get(self, field: str) -> int:
        """The value of a field: "CTRL.SPEED"."""
        found = _OF_FIELD[field]
        register = _BY_NAME[field.partition(".")[0]]
        return (self.value[register.at] & found.mask) >> found.low

    def put(self, field: str, value: int) -> None:
        """Store a field's value, cut to its width."""
        found = _OF_FIELD[field]
        offset = _BY_NAME[field.partition(".")[0]].at
        self.value[offset] = self.value[offset] & ~found.mask | (value << found.low) & found.mask
