"""QEMU's card by its multi-process protocol: no guest, no processor, memory that we share.

QEMU runs the machine `x-remote`, and we are what its proxy would be: memory is a file of ours that
is mapped at both ends, an interrupt is an eventfd.
"""

from __future__ import annotations

import mmap
import os
import select
import socket
from collections.abc import Callable, Sequence
from typing import Final, Self

from netfsm.drivers.e1000 import pci
from netfsm.drivers.e1000.qemu import PATIENCE, Monitor, Qemu, program
from netfsm.e1000 import mpqemu
from netfsm.e1000.bus import BusError
from netfsm.e1000.mpqemu import Command

__all__ = ["XRemote"]

_MEMORY: Final = 16 << 20
_PAGE: Final = 4096


class XRemote:
    """A `Bus` on QEMU's e1000; `netdev` are the words of QEMU's `-netdev` without its `id`.

    `given` are sockets that the words name by number; they are QEMU's afterwards. The card has its
    regions and may use memory when this returns. `fileno()` is readable when an interrupt has come,
    until `served`. Raises TargetError where QEMU is missing or does not start.
    """

    def __init__(
        self, netdev: str, given: Sequence[socket.socket] = (), mac: str = "52:54:00:12:34:56"
    ) -> None:
        program()  # before anything is opened
        self._link, theirs = socket.socketpair()
        monitor, their_monitor = socket.socketpair()
        words = [
            *("-machine", "x-remote", "-nodefaults", "-display", "none", "-m", "16"),
            *("-netdev", f"{netdev},id=n0", "-device", f"e1000,id=d0,netdev=n0,mac={mac}"),
            *("-object", f"x-remote-object,id=r0,devid=d0,fd={theirs.fileno()}"),
            *("-chardev", f"socket,id=mon,fd={their_monitor.fileno()}"),
            *("-mon", "chardev=mon,mode=control"),
        ]
        self._qemu = Qemu(words, [theirs, their_monitor, *given])
        self._link.settimeout(PATIENCE)
        self._calls: list[Callable[[], None]] = []
        self._next = 0
        self._interrupt = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._told = select.poll()
        self._told.register(self._interrupt, select.POLLIN)
        self._again = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._memory = self._shared()
        self._view = memoryview(self._memory)
        self._begin(monitor)

    def _begin(self, monitor: socket.socket) -> None:
        """Wait until the machine stands (messages before its first reset are undone by it)."""
        try:
            with monitor, Monitor(monitor) as control:
                control.ask("query-status")
            sizes = [0] * 8
            sizes[0] = _MEMORY
            shape = mpqemu.MEMORY.pack(*[0] * 8, *sizes, *[0] * 8)
            mpqemu.send(self._link, Command.SYNC_SYSMEM, shape, [self._file])
            mpqemu.send(self._link, Command.SET_IRQFD, b"", [self._interrupt, self._again])
            pci.enumerate_card(self)
        except (OSError, ValueError, BusError) as error:
            failure = self._qemu.failure(str(error))
            self.close()
            raise failure from error

    def _shared(self) -> mmap.mmap:
        self._file = os.memfd_create("netfsm-e1000", os.MFD_CLOEXEC)
        os.ftruncate(self._file, _MEMORY)
        return mmap.mmap(self._file, _MEMORY)

    # ---- the bus

    def config_read(self, offset: int, size: int) -> int:
        """Read configuration space."""
        return self._ask(Command.CONFIG_READ, mpqemu.CONFIG.pack(offset, 0, size))

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Write configuration space."""
        self._ask(Command.CONFIG_WRITE, mpqemu.CONFIG.pack(offset, value, size))

    def read(self, bar: int, offset: int, size: int) -> int:
        """Read a region."""
        base, memory = _REGIONS[bar]
        return self._ask(Command.BAR_READ, mpqemu.BAR.pack(base + offset, 0, size, memory))

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Write a region."""
        base, memory = _REGIONS[bar]
        self._ask(Command.BAR_WRITE, mpqemu.BAR.pack(base + offset, value, size, memory))

    def memory_read(self, address: int, size: int) -> bytes:
        """Read shared memory."""
        return bytes(self._view[address : address + size])

    def memory_write(self, address: int, data: bytes | memoryview) -> None:
        """Write shared memory."""
        self._view[address : address + len(data)] = data

    def allocate(self, size: int, align: int) -> tuple[int, memoryview]:
        """Memory that both ends see. BusError where none is left."""
        address = -(-self._next // align) * align
        if address + size > _MEMORY:
            raise BusError(f"no {size} octets of memory are left")
        self._next = address + size
        return address, self._view[address : self._next]

    def pending(self) -> bool:
        """Whether the card asserts its line."""
        return pci.interrupt_status(self)

    def on_interrupt(self, callback: Callable[[], None]) -> None:
        """Have `callback` called by `served` where an interrupt had come."""
        self._calls.append(callback)

    # ---- beside the bus

    def fileno(self) -> int:
        """Readable from an interrupt on, until `served`; -1 when closed."""
        return self._interrupt

    def served(self) -> bool:
        """Take note of an interrupt; True where one had come."""
        if not self._told.poll(0):  # QEMU has made the descriptor one that blocks
            return False
        os.eventfd_read(self._interrupt)
        for call in self._calls:
            call()
        return True

    def again(self) -> None:
        """Have an interrupt that is still asserted told once more: its causes were read."""
        os.eventfd_write(self._again, 1)

    def reset(self) -> None:
        """Reset the function, as power does; it has its regions again afterwards."""
        self._ask(Command.DEVICE_RESET, b"")
        pci.enumerate_card(self)

    def close(self) -> None:
        """Let QEMU end. Views of its memory that are still held keep the memory alive."""
        self._link.close()
        self._qemu.close()
        for name in ("_interrupt", "_again", "_file"):
            number = getattr(self, name)
            if number >= 0:
                os.close(number)
                setattr(self, name, -1)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _ask(self, command: Command, data: bytes) -> int:
        mpqemu.send(self._link, command, data)
        answer = mpqemu.receive(self._link)
        if answer.command != Command.RET:
            raise BusError(f"QEMU answered {command.name} with message {answer.command}")
        return mpqemu.RETURN.unpack(answer.data)[0] if answer.data else 0


_REGIONS: Final = ((pci.MMIO, 1), (pci.PORTS, 0))
