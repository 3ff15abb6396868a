"""A Linux guest whose only card is ours, as a link: a stack on it is the guest's neighbour.

QEMU hands the card's accesses to us by `x-pci-proxy-dev`. Without KVM nobody reads the eventfd of
the interrupt, so the level goes to the IOAPIC's pin by qtest.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import BaseDriver
from netfsm.drivers.e1000.image import Image
from netfsm.drivers.e1000.qemu import PATIENCE, Qemu, version
from netfsm.e1000.bus import BusError, Host
from netfsm.e1000.serve.mpqemu import Device, MpqemuServer
from netfsm.errors import TargetError
from netfsm.stack.driver import Rows
from netfsm.wire.checksum import Octets

__all__ = ["MAC", "Guest", "WiredDevice", "why_unfit"]

MAC: Final = bytes.fromhex("525400123456")
_KNOWN: Final = "version 7."
_SLOT: Final = 4
_PIN: Final = 20 + _SLOT % 4
_BATCH: Final = 64
_MEMORY: Final = "memory-backend-memfd,id=m,size=256M,share=on"


class WiredDevice(Device, Protocol):
    """A card with a wire and timers."""

    def receive(self, frame: bytes) -> None:
        """Take a frame from the wire."""
        ...

    def plug(self, there: bool) -> None:
        """The other end of the cable is there, or gone."""
        ...

    def advance(self, now: int) -> None:
        """It is `now`, in microseconds."""
        ...

    def deadline(self) -> int | None:
        """When `advance` must be called next."""
        ...


Make = Callable[[Host, bytes, Callable[[bytes], None]], WiredDevice]
"""A card of a host, a hardware address, and who takes what it sends."""


def why_unfit() -> TargetError | None:
    """Why the QEMU that is there can run no guest with our card; TargetError where none is."""
    found = version()
    if _KNOWN in found:
        return None
    reason = "it gives a card to no other process unless KVM runs the guest"
    return TargetError(found, reason, f"QEMU {_KNOWN} does")


class Guest(BaseDriver):
    """A booted `image` that writes its console to `console`; `make` gives the `card` it drives.

    The link is gone (`fileno()` is None) when the guest has powered off. `interrupts` counts the
    changes of the line. Raises TargetError where QEMU is missing, or one that
    does not take a card from another process without KVM.
    """

    def __init__(self, image: Image, console: Path, make: Make) -> None:
        unfit = why_unfit()  # before anything is opened
        if unfit is not None:
            raise unfit
        super().__init__(mac_for("guest:wire"), 1500)
        ours, theirs = socket.socketpair()
        self._pins, their_pins = socket.socketpair()
        self._pins.settimeout(PATIENCE)
        self._frames: list[bytes] = []
        self.interrupts = 0
        self.server = MpqemuServer(ours, self._line)
        self.card = make(self.server, MAC, self._frames.append)
        self.server.device = self.card
        self._now = 0
        self._asked = select.poll()
        self._asked.register(ours, select.POLLIN)
        words = [
            *("-machine", "q35,memory-backend=m", "-object", _MEMORY, "-m", "256"),
            *("-accel", "tcg", "-nodefaults", "-display", "none", "-no-reboot"),
            *("-serial", f"file:{console}", "-monitor", "none"),
            *("-chardev", f"socket,id=qtest,fd={their_pins.fileno()}"),
            *("-qtest", "chardev:qtest", "-qtest-log", "/dev/null", "-device"),
            f"x-pci-proxy-dev,id=p0,fd={theirs.fileno()},bus=pcie.0,addr={_SLOT}",
            *("-kernel", str(image.kernel), "-initrd", str(image.system)),
            *("-append", "console=ttyS0 quiet panic=-1"),
        ]
        self._qemu = Qemu(words, [theirs, their_pins])
        self.card.plug(True)

    def fileno(self) -> int | None:
        """Readable when the guest has touched its card."""
        number = self.server.fileno()
        return number if number >= 0 else None

    def advance(self, now: int) -> None:
        """Let the card's timers fire."""
        self._now = now
        self.card.advance(now)

    def receive(self) -> Sequence[Octets]:
        """Let the card answer what the guest asks, and give what it has sent."""
        try:
            for _ in range(_BATCH):
                if self.fileno() is None or not self._asked.poll(0):
                    break
                self.server.serve()
        except BusError:
            self.lost["powered_off"] += 1
            self.close()
        found = list(self._frames)
        self._frames.clear()
        return found

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """A frame comes to the card from its wire."""
        self.card.receive(bytes(frame))

    def deadline(self) -> int | None:
        """The card's; now, where it has sent something meanwhile."""
        return self._now if self._frames else self.card.deadline()

    def close(self) -> None:
        """End the guest."""
        self.server.close()
        self._pins.close()
        self._qemu.close()

    def _line(self, level: bool) -> None:
        """Raise or lower the pin. The answers are read away: a full socket would stop QEMU."""
        self.interrupts += 1
        if self._pins.fileno() < 0:
            return
        try:
            self._pins.sendall(f"set_irq_in ioapic unnamed-gpio-in {_PIN} {level:d}\n".encode())
            while select.select([self._pins], [], [], 0)[0] and self._pins.recv(4096):
                pass
        except OSError as error:
            raise BusError(f"QEMU is gone: {error.strerror}") from error
