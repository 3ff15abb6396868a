"""QEMU's card by its test protocol: a machine whose processor is halted, and a line a command.

Slower than `x_remote`, and there wherever QEMU is. Memory is not shared: what a driver puts there
goes over the socket. The card stands in slot 1 of q35, whose INTA is pin 21 of the IOAPIC.
"""

from __future__ import annotations

import base64
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self

from netfsm.drivers.e1000 import pci
from netfsm.drivers.e1000.qemu import PATIENCE, Qemu, program
from netfsm.e1000.bus import BusError

__all__ = ["Qtest"]

_SLOT: Final = 1
_PIN: Final = 20 + _SLOT % 4
_ADDRESS, _DATA = 0xCF8, 0xCFC
_LETTER: Final = {1: "b", 2: "w", 4: "l"}
_FIRST: Final = 1 << 20  # below it is what a PC keeps for itself
_LAST: Final = 16 << 20
_BIOS: Final = b"\xf4" * 0xFFF0 + b"\xfa\xf4\xeb\xfd" + b"\xf4" * 12
"""A BIOS of 64 KiB that halts: cli; hlt; jmp back to hlt."""


class Qtest:
    """A `Bus` on QEMU's e1000; arguments and errors as `XRemote` has them.

    `fileno()` is readable when the interrupt line may have changed: `served` reads what has come.
    """

    def __init__(
        self, netdev: str, given: Sequence[socket.socket] = (), mac: str = "52:54:00:12:34:56"
    ) -> None:
        program()  # before anything is opened
        self._link, theirs = socket.socketpair()
        self._read = b""
        self._calls: list[Callable[[], None]] = []
        self._asserted = False
        self._next = _FIRST
        with tempfile.TemporaryDirectory(prefix="netfsm-") as folder:
            bios = Path(folder, "halt.bin")
            bios.write_bytes(_BIOS)
            words = [
                *("-machine", "q35", "-accel", "tcg", "-icount", "shift=0,sleep=off"),
                *("-m", "16", "-nodefaults", "-display", "none", "-bios", str(bios)),
                *("-chardev", f"socket,id=qtest,fd={theirs.fileno()}"),
                *("-qtest", "chardev:qtest", "-qtest-log", "/dev/null"),
                *("-netdev", f"{netdev},id=n0"),
                *("-device", f"e1000,netdev=n0,mac={mac},addr={_SLOT}"),
            ]
            self._qemu = Qemu(words, [theirs, *given])
            self._link.settimeout(PATIENCE)
            self._begin()

    def _begin(self) -> None:
        try:
            self._ask("irq_intercept_in ioapic")
            pci.enumerate_card(self)
        except (OSError, BusError) as error:
            failure = self._qemu.failure(str(error))
            self.close()
            raise failure from error

    # ---- the bus

    def config_read(self, offset: int, size: int) -> int:
        """Read configuration space by its two ports (PCI 2.2 §3.2.2.3.2)."""
        self._select(offset)
        return self._number(f"in{_LETTER[size]} {_DATA + offset % 4:#x}")

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Write configuration space."""
        self._select(offset)
        self._ask(f"out{_LETTER[size]} {_DATA + offset % 4:#x} {value:#x}")

    def read(self, bar: int, offset: int, size: int) -> int:
        """Read a region."""
        if bar == 0:
            return self._number(f"read{_LETTER[size]} {pci.MMIO + offset:#x}")
        return self._number(f"in{_LETTER[size]} {pci.PORTS + offset:#x}")

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Write a region."""
        if bar == 0:
            self._ask(f"write{_LETTER[size]} {pci.MMIO + offset:#x} {value:#x}")
        else:
            self._ask(f"out{_LETTER[size]} {pci.PORTS + offset:#x} {value:#x}")

    def memory_read(self, address: int, size: int) -> bytes:
        """Read the machine's memory."""
        return base64.b64decode(self._ask(f"b64read {address:#x} {size:#x}"))

    def memory_write(self, address: int, data: bytes | memoryview) -> None:
        """Write the machine's memory."""
        text = base64.b64encode(data).decode()
        self._ask(f"b64write {address:#x} {len(data):#x} {text}")

    def allocate(self, size: int, align: int) -> tuple[int, None]:
        """Memory of the machine, which is not shared. BusError where none is left."""
        address = -(-self._next // align) * align
        if address + size > _LAST:
            raise BusError(f"no {size} octets of memory are left")
        self._next = address + size
        self._ask(f"memset {address:#x} {size:#x} 0x0")
        return address, None

    def pending(self) -> bool:
        """Whether the card asserts its line."""
        return pci.interrupt_status(self)

    def on_interrupt(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the line rises, while something is asked or `served`."""
        self._calls.append(callback)

    # ---- beside the bus

    def fileno(self) -> int:
        """Readable when QEMU has told of an interrupt; -1 when closed."""
        return self._link.fileno()

    def served(self) -> bool:
        """Read what QEMU has told unasked; whether the line is asserted as it tells."""
        self._link.setblocking(False)
        try:
            self._fill()
        except BlockingIOError:
            pass
        finally:
            self._link.settimeout(PATIENCE)
        while b"\n" in self._read:
            self._told(self._line())
        return self._asserted

    def again(self) -> None:
        """QEMU tells each change of the line by itself, and what it told is read here."""
        self.served()

    def close(self) -> None:
        """End QEMU."""
        self._link.close()
        self._qemu.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    # ---- lines

    def _select(self, offset: int) -> None:
        self._ask(f"outl {_ADDRESS:#x} {0x8000_0000 | _SLOT << 11 | offset & 0xFC:#x}")

    def _number(self, command: str) -> int:
        return int(self._ask(command), 16)

    def _ask(self, command: str) -> str:
        """What comes behind OK. Raises BusError for FAIL, and where QEMU is gone."""
        try:
            self._link.sendall(command.encode() + b"\n")
            while True:
                line = self._line()
                if not line.startswith("IRQ"):
                    break
                self._told(line)
        except OSError as error:
            raise BusError(f"QEMU is gone: {error.strerror or error}") from error
        word, _, rest = line.partition(" ")
        if word != "OK":
            raise BusError(f"QEMU does not take {command!r}: {line}")
        return rest

    def _told(self, line: str) -> None:
        """A change of an interrupt line; all but ours are the machine's own affair."""
        _, change, pin = line.split()
        if int(pin) != _PIN:
            return
        self._asserted = change == "raise"
        if self._asserted:
            for call in self._calls:
                call()

    def _line(self) -> str:
        while b"\n" not in self._read:
            self._fill()
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def _fill(self) -> None:
        found = self._link.recv(65_536)
        if not found:
            raise BusError("QEMU has hung up")
        self._read += found
