"""The driver of an 82540EM, on any bus. The machine `e1000.driver` decides; here it is done.

A packet is built in the card's memory where the bus shares it: `lend` gives slots of the transmit
ring. Frames that arrive are read where the card has put them. Interrupts only say that it is worth
looking: the rings are read in every turn that one calls for, and when the watch ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from netfsm.drivers.base import BaseDriver
from netfsm.drivers.e1000.units import Receiver, Sender
from netfsm.e1000.bus import Bus, BusError
from netfsm.e1000.machines import kind_of
from netfsm.e1000.registers import at, bits
from netfsm.errors import TargetError
from netfsm.machine import Result
from netfsm.stack.driver import Rows
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets

__all__ = ["E1000", "Wakes"]

_MTU: Final = 1500
_ALL: Final = 0xFFFF_FFFF
_CHECKSUM_WORDS: Final = 0x40
_SUM: Final = 0xBABA
_LOOKS: Final = 1000
"""How often a register that ends something is read before the card counts as dead."""


@runtime_checkable
class Wakes(Protocol):
    """A bus with a descriptor that is readable when an interrupt has come."""

    def fileno(self) -> int:
        """The descriptor; -1 when closed."""
        ...

    def served(self) -> bool:
        """Take note of what the descriptor tells; calls those of `on_interrupt`."""
        ...

    def again(self) -> None:
        """The causes were read: an interrupt that is still asserted is to be told again."""
        ...

    def close(self) -> None:
        """Let the card go."""
        ...


class E1000(BaseDriver):
    """The card on `bus`, opened. `recovered` counts resets of a card that stood still.

    `sender` and `receiver` count what was built in place. `carrier` tells that frames can leave;
    one sent without is in `lost`. Closing closes the bus. Raises TargetError where the card is not
    sound, and afterwards where the bus is gone.
    """

    def __init__(self, bus: Bus, name: str = "e1000") -> None:
        self.name = name
        self.bus = bus
        self._wakes = bus if isinstance(bus, Wakes) else None
        try:
            super().__init__(_address(bus), _MTU)
            self.sender = Sender(bus)
            self.receiver = Receiver(bus, self.lost)
            bus.on_interrupt(self._interrupted)
        except BusError as error:
            raise TargetError(name, str(error)) from error
        self.carrier = False
        self.recovered = 0
        self._seen = self.sender.sent
        self._now = 0
        self._look = False
        self._call: Callable[[], None] | None = None
        self._due: dict[str, int] = {}
        self._untimed: dict[str, int] = {}
        self._machine = kind_of("driver")()
        self._begun = False

    # ---- what a shell asks

    @property
    def state(self) -> str:
        """The driver's state as the spec names it."""
        return self._machine.state

    def fileno(self) -> int | None:
        """The bus's descriptor, where it has one."""
        number = self._wakes.fileno() if self._wakes is not None else -1
        return number if number >= 0 else None

    def on_arrival(self, call: Callable[[], None] | None) -> None:
        """Have `call` called when the card interrupts and no descriptor tells so."""
        self._call = call

    def advance(self, now: int) -> None:
        """Open the card at the first call; take what timers are due."""
        self._now = now
        self._guarded(self._take_time)

    def receive(self) -> Sequence[Octets]:
        """Frames in the card's memory, which are the card's again with the next call."""
        found: list[memoryview] = []
        self._guarded(lambda: found.extend(self._arrived()))
        return found

    def lend(self) -> Sequence[Buffer]:
        """Free slots of the transmit ring."""
        return self.sender.lend()

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Send a frame from where it was built; `lost` counts those that can't go."""
        self._guarded(lambda: self._send(self.sender.launch, buffer))

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Send a copy of a frame."""
        self._guarded(lambda: self._send(self.sender.copy, frame))

    def deadline(self) -> int | None:
        """When the next timer ends; now, when the card has said something or is not begun."""
        if self._look or not self._begun:
            return self._now
        return min(self._due.values(), default=None)

    def close(self) -> None:
        """Stop the card and let the bus go."""
        if self._wakes is None or (self._begun and self.fileno() is not None):
            try:
                self._take(self._machine.step("close"))
            except BusError:
                self.lost["bus_gone"] += 1
        self._due.clear()
        if self._wakes is not None:
            self._wakes.close()

    # ---- turns

    def _take_time(self) -> None:
        if not self._begun:
            self._begun = True
            self._take(self._machine.step("open", sound=_sound(self.bus)))
        for name in [name for name, due in self._due.items() if due <= self._now]:
            del self._due[name]
            self._take(self._machine.step(name, **_CHOICES[name](self)))

    def _arrived(self) -> list[memoryview]:
        if self._wakes is not None:
            self._wakes.served()
        if self._look:
            self._look = False
            self._serve()
        if not self._due or self._machine.state == "RESETTING":
            return []
        self.sender.reap()
        if self.receiver.again():
            self._write("RDT", self.receiver.ring.tail)
        return self.receiver.frames()

    def _serve(self) -> None:
        causes = self._read("ICR")
        if self._wakes is not None:
            self._wakes.again()
        if causes & bits("ICR.LSC"):
            self._take(self._machine.step("changed", up=self._up()))

    def _interrupted(self) -> None:
        self._look = True
        if self._call is not None:
            self._call()

    def _send(self, how: Callable[[Any], bool], what: Buffer | Octets) -> None:
        if not self.carrier:
            self.lost["no_link"] += 1
        elif how(what) or (self.sender.reap() and how(what)):
            self._write("TDT", self.sender.ring.tail)
        else:
            self.lost["ring_full"] += 1

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BusError as error:
            self.carrier = False
            raise TargetError(self.name, str(error)) from error

    # ---- what the machine orders

    def _take(self, result: Result) -> None:
        emissions, orders = result
        for timer, after in orders:
            if after is None:
                self._due.pop(timer, None)
            else:
                self._due[timer] = self._now + after
        for emission in emissions:
            _ORDERS[emission.output](self, emission)

    def _reset(self, _: Any) -> None:
        if self.sender.ring.out:
            self.recovered += 1
        self._quiet()
        self._write("CTRL", self._read("CTRL") | bits("CTRL.RST"))

    def _bring_up(self, _: Any) -> None:
        self.lost["reset"] += self.sender.clear()
        self._seen = self.sender.sent
        write = self._write
        write("IMC", _ALL)
        self._read("ICR")
        write("CTRL", bits("CTRL.SLU") | bits("CTRL.ASDE") | bits("CTRL.FD"))
        write("RAL", int.from_bytes(self.mac[:4], "little"))
        write("RAH", int.from_bytes(self.mac[4:], "little") | bits("RAH.AV"))
        for unit, ring in (("T", self.sender.ring), ("R", self.receiver.ring)):
            write(f"{unit}DBAL", ring.address & _ALL)
            write(f"{unit}DBAH", ring.address >> 32)
            write(f"{unit}DLEN", 128 * 16)
            write(f"{unit}DH", 0)
            write(f"{unit}DT", 0)
        write("TIPG", 10 | 10 << 10 | 10 << 20)  # Intel 8254x §13.4.34: copper
        write("TCTL", bits("TCTL.EN") | bits("TCTL.PSP") | 15 << 4 | 64 << 12)
        tail = self.receiver.fill()
        write("RCTL", sum(bits(f"RCTL.{name}") for name in ("EN", "BAM", "MPE", "SECRC")))
        write("RDT", tail)
        write("IMS", sum(bits(f"ICR.{name}") for name in _CAUSES))

    def _carry(self, emission: Any) -> None:
        self.carrier = emission.up

    def _stop(self, _: Any) -> None:
        self.carrier = False
        self._quiet()
        self.lost["closed"] += self.sender.clear()

    def _unsound(self, _: Any) -> None:
        raise TargetError(self.name, "the sum of its EEPROM is wrong: the card can't be trusted")

    def _quiet(self) -> None:
        self._write("IMC", _ALL)
        self._write("RCTL", 0)
        self._write("TCTL", 0)

    # ---- what the machine asks

    def _settled(self) -> dict[str, Any]:
        return {"done": not self._read("CTRL") & bits("CTRL.RST")}

    def _watched(self) -> dict[str, Any]:
        """Look at everything: the interrupt that would have told may be lost."""
        self._look = True
        self.sender.reap()
        stuck = bool(self.sender.ring.out) and self.sender.sent == self._seen
        self._seen = self.sender.sent
        return {"up": self._up(), "stuck": stuck}

    def _up(self) -> bool:
        return bool(self._read("STATUS") & bits("STATUS.LU"))

    def _read(self, name: str) -> int:
        return self.bus.read(0, at(name), 4)

    def _write(self, name: str, value: int) -> None:
        self.bus.write(0, at(name), 4, value)


_CAUSES: Final = ("TXDW", "LSC", "RXDMT0", "RXO", "RXT0")
_ORDERS: Final[dict[str, Callable[[E1000, Any], None]]] = {
    "reset": E1000._reset,  # noqa: SLF001  # its own
    "bring_up": E1000._bring_up,  # noqa: SLF001  # its own
    "carrier": E1000._carry,  # noqa: SLF001  # its own
    "stop": E1000._stop,  # noqa: SLF001  # its own
    "unsound": E1000._unsound,  # noqa: SLF001  # its own
}
_CHOICES: Final[dict[str, Callable[[E1000], dict[str, Any]]]] = {
    "settle": E1000._settled,  # noqa: SLF001  # its own
    "watch": E1000._watched,  # noqa: SLF001  # its own
}


def _word(bus: Bus, number: int) -> int:
    """A word of the EEPROM (Intel 8254x §5.3.1). BusError where the card never answers."""
    bus.write(0, at("EERD"), 4, number << 8 | bits("EERD.START"))
    for _ in range(_LOOKS):
        found = bus.read(0, at("EERD"), 4)
        if found & bits("EERD.DONE"):
            return found >> 16
    raise BusError("the EEPROM does not answer")


def _address(bus: Bus) -> bytes:
    """The station address in the EEPROM (Intel 8254x §5.6.1)."""
    return b"".join(_word(bus, number).to_bytes(2, "little") for number in range(3))


def _sound(bus: Bus) -> bool:
    """Whether the words of the EEPROM sum up (Intel 8254x §5.6.35)."""
    return sum(_word(bus, number) for number in range(_CHECKSUM_WORDS)) & 0xFFFF == _SUM
