"""The two directions of a card: what waits to be sent, what was received.

A slot that a packet may be built in is lent to the stack, launched, and free again when the card
has written its descriptor back. A receive slot is read by the stack, and the card's again with the
next call.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from netfsm.drivers.e1000.rings import SIZE, SLOT, Area, Ring
from netfsm.e1000.bus import Bus
from netfsm.wire.buffer import HEADROOM, Buffer
from netfsm.wire.checksum import Octets

__all__ = ["Receiver", "Sender"]

_SEND: Final = 0b1011  # end of packet, FCS put on, status reported (Intel 8254x §3.3.3.1)
_END: Final = 0b10
_OWN: Final = 32
"""Slots that are never lent: for frames that were built elsewhere."""


class Sender:
    """Slots for frames that leave. `built` counts those sent from where they were built.

    `copied` counts the others. `sent` counts what the card has given back.
    """

    def __init__(self, bus: Bus) -> None:
        """Raises BusError where the memory is not there."""
        self.ring = Ring(bus)
        self.built = self.copied = self.sent = 0
        self._slots: Final = Area(bus, SIZE * SLOT, SLOT)
        self._own: deque[int] = deque(range(_OWN))
        self._out: dict[int, int] = {}
        self._lent: dict[int, tuple[int, Buffer]] = {}
        self._free: deque[int] = deque()
        shared = self._slots.view is not None
        (self._free if shared else self._own).extend(range(_OWN, SIZE))

    def lend(self) -> Sequence[Buffer]:
        """All slots that are free, to be built in."""
        memory = self._slots.view
        if memory is None or not self._free:
            return ()
        found: list[Buffer] = []
        while self._free:
            slot = self._free.popleft()
            room = memory[slot * SLOT : (slot + 1) * SLOT]
            buffer = Buffer(room, HEADROOM, HEADROOM, pool=self)  # an old one may still be released
            self._lent[id(buffer)] = slot, buffer
            found.append(buffer)
        return found

    def give(self, buffer: Buffer) -> None:
        """Take back what was lent and not launched; what was launched comes by the ring."""
        found = self._lent.pop(id(buffer), None)
        if found is not None:
            self._free.append(found[0])

    def launch(self, buffer: Buffer) -> bool:
        """Give the card a frame where it was built, or a copy; False where there is no room."""
        lent = self._lent.get(id(buffer))
        if lent is None:
            return self.copy(buffer.view)
        slot, _ = lent
        start = self._slots.address + slot * SLOT + buffer.head
        index = self.ring.give(start, len(buffer), _SEND)
        if index is None:
            return False
        del self._lent[id(buffer)]
        self._out[index] = slot
        self.built += 1
        return True

    def copy(self, frame: Octets) -> bool:
        """Give the card a copy of a frame; False where there is no room for it."""
        if not self._own or len(frame) > SLOT:
            return False
        slot = self._own[0]
        self._slots.write(slot * SLOT, memoryview(frame))
        index = self.ring.give(self._slots.address + slot * SLOT, len(frame), _SEND)
        if index is None:
            return False
        self._own.popleft()
        self._out[index] = slot
        self.copied += 1
        return True

    def reap(self) -> int:
        """Take back the slots of what was sent; how many."""
        count = 0
        while (found := self.ring.back()) is not None:
            self._free_again(found[0])
            count += 1
        self.sent += count
        return count

    def clear(self) -> int:
        """Take back everything after a reset; how many frames were not sent."""
        lost = len(self._out)
        for index in list(self._out):
            self._free_again(index)
        self.ring.clear()
        return lost

    def _free_again(self, index: int) -> None:
        slot = self._out.pop(index)
        own = slot < _OWN or self._slots.view is None
        (self._own if own else self._free).append(slot)


class Receiver:
    """Slots for frames that come. `lost` counts those that are not taken, by reason."""

    def __init__(self, bus: Bus, lost: Counter[str]) -> None:
        """Raises BusError where the memory is not there."""
        self.ring = Ring(bus)
        self._slots: Final = Area(bus, SIZE * SLOT, SLOT)
        self._lost = lost
        self._read = 0
        self._partial = False

    def fill(self) -> int:
        """Begin anew: give the card all slots but one; the tail."""
        self.ring.clear()
        self._read = 0
        self._partial = False
        for index in range(SIZE - 1):
            self.ring.give(self._slots.address + index * SLOT)
        return self.ring.tail

    def again(self) -> bool:
        """Give the card the slots that were read; whether there were any."""
        count, self._read = self._read, 0
        for _ in range(count):
            self.ring.give(self._slots.address + self.ring.tail * SLOT)
        return bool(count)

    def frames(self) -> list[memoryview]:
        """What has come, where it stands: to be read before `again`."""
        found: list[memoryview] = []
        while (back := self.ring.back()) is not None:
            index, octets, status, errors = back
            self._read += 1
            whole = not self._partial and status & _END
            self._partial = not status & _END
            if errors:
                self._lost["bad_frame"] += 1
            elif not whole or octets > SLOT:
                self._lost["too_long"] += 1
            else:
                found.append(memoryview(self._slots.read(index * SLOT, octets)))
        return found
