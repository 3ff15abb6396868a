"""Transmission: descriptors that the transmit machine names become frames."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from netfsm.e1000.device import statistics
from netfsm.e1000.device.offload import Context, context_of, insert, segments, tagged
from netfsm.e1000.registers import at

if TYPE_CHECKING:
    from netfsm.e1000.device.card import Card

__all__ = ["Outward"]

_LEAST: Final = 60
_PLAIN: Final = 16288
_SEGMENTED: Final = 0x3FFFF
_END, _CHECKSUM, _REPORT, _EXTENDED, _VLAN = 0x01, 0x04, 0x18, 0x20, 0x40
_SEGMENT: Final = 0x04
_IP_SUM, _UPPER_SUM = 1, 2


class Outward:
    """The hands of e1000.transmit."""

    def __init__(self, card: Card) -> None:
        """For one card."""
        self._card: Final = card
        self.reset()

    def reset(self) -> None:
        """No context, nothing gathered."""
        self._context = Context()
        self._words = bytes(16)
        self._part = b""
        self._packet = bytearray()
        self._first: tuple[int, int] | None = None

    def work(self) -> None:
        """Read descriptors as long as the machine has any."""
        while self._card.crew.step("transmit", "work"):
            pass

    def _descriptor(self, index: int) -> int:
        values = self._card.registers.value
        return (values[at("TDBAH")] << 32 | values[at("TDBAL")]) + 16 * index

    def on_read(self, emission: Any) -> None:
        """Read a descriptor and tell the machine what it is."""
        card = self._card
        found = card.dma_read(self._descriptor(emission.index), 16)
        if found is None:
            card.crew.step("transmit", "unreadable")
            return
        self._words = words = bytes(found)
        command = words[11]
        report = bool(command & _REPORT)
        if command & _EXTENDED and words[10] >> 4 == 0:
            card.crew.step("transmit", "context", report)
            return
        address, lower = struct.unpack_from("<QI", words)
        length = lower & (0xFFFFF if command & _EXTENDED else 0xFFFF)
        part = card.dma_read(address, length) if length else b""
        self._part = b"" if part is None else bytes(part)
        if self._first is None:
            self._first = command, words[13]
        segmented = self._first[0] & _EXTENDED and self._first[0] & _SEGMENT
        longest = _SEGMENTED if segmented else _PLAIN
        last = bool(command & _END)
        card.crew.step("transmit", "data", length, longest, last, report, part is not None)

    def on_keep(self, _: Any) -> None:
        """The context counts from now on."""
        self._context = context_of(self._words)

    def on_gather(self, _: Any) -> None:
        """The octets belong to the packet."""
        self._packet += self._part

    def on_spoil(self, _: Any) -> None:
        """The packet is thrown away."""
        self._packet, self._first = bytearray(), None

    def on_send(self, _: Any) -> None:
        """The packet is whole: cut it, sum it, tag it, send it."""
        assert self._first is not None  # a packet has a first descriptor
        packet, (command, options) = self._packet, self._first
        self._packet, self._first = bytearray(), None
        if not command & _EXTENDED:
            if self._words[11] & _CHECKSUM:
                insert(packet, (self._words[13], self._words[10], 0))
            self._leave(packet)
        elif command & _SEGMENT:
            self._segments(packet, options)
        else:
            self._sums(packet, options, 0)
            self._leave(packet)

    def _segments(self, packet: bytearray, options: int) -> None:
        registers, context = self._card.registers, self._context
        cut = segments(bytes(packet), context)
        if cut is None:
            statistics.count(registers, "TSCTFC")
            return
        statistics.count(registers, "TSCTC")
        for each in cut:
            self._sums(each, options, len(each) - context.upper[0])
            self._leave(each)

    def _sums(self, packet: bytearray, options: int, length: int) -> None:
        """Insert the checksums that are asked for; `length` lacks in the pseudo-header."""
        if options & _UPPER_SUM:
            insert(packet, self._context.upper, length)
        if options & _IP_SUM:
            insert(packet, self._context.ip)

    def _leave(self, packet: bytearray) -> None:
        registers = self._card.registers
        frame = bytes(packet)
        if self._words[11] & _VLAN and registers.get("CTRL.VME") and len(frame) >= 14:
            tag = int.from_bytes(self._words[14:16], "little")
            frame = tagged(frame, registers.get("VET.VET"), tag)
        if registers.get("TCTL.PSP"):
            frame = frame.ljust(_LEAST, b"\0")
        if frame:
            statistics.sent(registers, frame, len(frame) + 4)
            self._card.leave(frame)

    def on_write_back(self, emission: Any) -> None:
        """Tell the driver that the descriptor is its own again, where it asked for that."""
        if emission.report:
            status = bytes((self._words[12] | 1,))
            self._card.dma_write(self._descriptor(emission.index) + 12, status)
            self._card.cause("TXDW")

    def on_empty(self, _: Any) -> None:
        """Nothing is left to send."""
        self._card.cause("TXQE")

    def on_stuck(self, _: Any) -> None:
        """The ring lies where no memory is: the unit stops, as the enable bit shows."""
        self._card.registers.put("TCTL.EN", 0)
