"""Reception: a frame from the wire into the descriptors that the receive machine names."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from netfsm.e1000.device import statistics
from netfsm.e1000.device.filters import tag_of, wanted
from netfsm.e1000.device.sums import judged
from netfsm.e1000.registers import at
from netfsm.wire.checksum import ones_sum

if TYPE_CHECKING:
    from netfsm.e1000.device.card import Card

__all__ = ["Inward"]

_LEAST: Final = 60
_SHORT: Final = 1522
_LONG: Final = 16384
_DONE: Final = 1
_END: Final = 2
_TAGGED: Final = 8


class Inward:
    """The hands of e1000.receive."""

    def __init__(self, card: Card) -> None:
        """For one card."""
        self._card: Final = card
        self._data = b""
        self._at = 0
        self._address = 0
        self._status = (0, 0, 0, 0)
        self._low = 0

    def frame(self, frame: bytes) -> None:
        """A frame without its CRC came in."""
        card = self._card
        registers = card.registers
        frame = frame.ljust(_LEAST, b"\0")
        octets = len(frame) + 4
        longest = _LONG if registers.get("RCTL.LPE") else _SHORT
        data = self._prepare(frame)
        room = self._room()
        self._low = card.crew["receive"].slots >> min(1 + registers.get("RCTL.RDMTS"), 3)
        need = -(-len(data) // room)
        inputs = (octets, len(data), longest, self._low, wanted(registers, frame), need)
        self._data, self._at = data, 0
        card.crew.step("receive", "frame", *inputs)
        while card.crew["receive"].state == "FILLING":
            card.crew.step("receive", "buffer", room, self._low)
        if self._at and self._at >= len(data):
            statistics.received(registers, frame, octets)

    def _prepare(self, frame: bytes) -> bytes:
        """What is stored: perhaps without its tag, perhaps with its CRC; and what is told of it."""
        registers = self._card.registers
        status, errors = judged(
            frame, bool(registers.get("RXCSUM.IPOFL")), bool(registers.get("RXCSUM.TUOFL"))
        )
        special = 0
        tag = tag_of(registers, frame)
        if tag is not None and registers.get("CTRL.VME"):
            frame = frame[:12] + frame[16:]
            special, status = tag, status | _TAGGED
        if not registers.get("RCTL.SECRC"):
            frame += struct.pack("<I", crc32(frame))
        self._status = (ones_sum(frame[registers.get("RXCSUM.PCSS") :]), status, errors, special)
        return frame

    def _room(self) -> int:
        """Octets of one buffer."""
        registers = self._card.registers
        size = 2048 >> registers.get("RCTL.BSIZE")
        return size * 16 if registers.get("RCTL.BSEX") and size < 2048 else size

    def _descriptor(self, index: int) -> int:
        values = self._card.registers.value
        return (values[at("RDBAH")] << 32 | values[at("RDBAL")]) + 16 * index

    def on_fill(self, emission: Any) -> None:
        """Read the address of a descriptor's buffer; 0 where the descriptor can not be read."""
        found = self._card.dma_read(self._descriptor(emission.index), 8)
        self._address = 0 if found is None else int.from_bytes(found, "little")

    def on_store(self, emission: Any) -> None:
        """Fill the buffer and write the descriptor back."""
        card, octets = self._card, emission.octets
        if self._address:
            card.dma_write(self._address, self._data[self._at : self._at + octets])
        self._at += octets
        total, status, errors, special = self._status
        end = _END if emission.last else 0
        back = struct.pack("<HHBBH", octets, total, status | _DONE | end, errors, special)
        card.dma_write(self._descriptor(emission.index) + 8, back)

    def on_received(self, emission: Any) -> None:
        """The frame is stored whole."""
        small = len(self._data) <= self._card.registers.get("RSRPD.SIZE")
        self._card.cause(
            "RXT0", *(["RXDMT0"] if emission.few else []), *(["SRPD"] if small else [])
        )

    def on_lost(self, emission: Any) -> None:
        """The frame is not stored; the reason is counted."""
        reasons = ("disabled", "filtered", "too_long", "missed")
        reason = reasons[int(emission.reason)]
        self._card.counters[reason] += 1
        if reason == "missed":
            statistics.count(self._card.registers, "MPC")
            statistics.count(self._card.registers, "RNBC")
            self._card.cause("RXO")
        elif reason == "too_long":
            statistics.count(self._card.registers, "ROC")
