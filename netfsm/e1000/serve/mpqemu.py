"""A card of ours behind QEMU's `x-pci-proxy-dev`: QEMU asks, the card answers.

QEMU hands over the guest's memory as files. An
interrupt is an eventfd that KVM watches; under TCG nobody does, so `line` tells the level to who
can raise the pin, by qtest for one.
"""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from netfsm.e1000 import mpqemu
from netfsm.e1000.bus import BusError
from netfsm.e1000.mpqemu import Command, Message

__all__ = ["Device", "GuestMemory", "MpqemuServer"]

_BARS: Final = (0x10, 0x14)
_FLAGS: Final = (0xF, 0x3)
_SIZES: Final = (0x20000, 0x40)
_CONFIG: Final = 256
_WIDTHS: Final = frozenset({1, 2, 4})


class Device(Protocol):
    """A card, as a server has it behind itself."""

    def config_read(self, offset: int, size: int) -> int:
        """Read configuration space."""
        ...

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Write configuration space."""
        ...

    def read(self, bar: int, offset: int, size: int) -> int:
        """Read a region."""
        ...

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Write a region."""
        ...

    def power_on(self) -> None:
        """Begin as after power came."""
        ...


class _Region(NamedTuple):
    first: int
    size: int
    octets: mmap.mmap


class GuestMemory:
    """The memory of a guest, by address; regions come and go while it boots."""

    def __init__(self) -> None:
        """None yet."""
        self._regions: list[_Region] = []

    def replace(self, message: Message) -> None:
        """Take the regions of a SYNC_SYSMEM in place of what was there; its descriptors go.

        A region that can't be mapped is not there: the card's access to it fails.
        """
        self.clear()
        words = mpqemu.MEMORY.unpack(message.data)
        for index, descriptor in enumerate(message.descriptors):
            first, size, offset = words[index], words[8 + index], words[16 + index]
            self._map(descriptor, first, size, offset)
            os.close(descriptor)

    def _map(self, descriptor: int, first: int, size: int, offset: int) -> None:
        start = offset % mmap.ALLOCATIONGRANULARITY
        whole = os.fstat(descriptor).st_size
        if not 0 < size <= whole - offset or start:
            return
        self._regions.append(_Region(first, size, mmap.mmap(descriptor, size, offset=offset)))

    def read(self, address: int, size: int) -> bytes | None:
        """Octets; None where not all of them are mapped in one region."""
        for first, length, octets in self._regions:
            if first <= address and address + size <= first + length:
                return octets[address - first : address - first + size]
        return None

    def write(self, address: int, data: bytes | memoryview) -> bool:
        """Put octets there; False, with nothing written, where not all is mapped."""
        size = len(data)
        for first, length, octets in self._regions:
            if first <= address and address + size <= first + length:
                octets[address - first : address - first + size] = bytes(data)
                return True
        return False

    def clear(self) -> None:
        """Let all of it go."""
        for region in self._regions:
            region.octets.close()
        self._regions.clear()


class MpqemuServer:
    """The far end of `x-pci-proxy-dev,fd=...`, and the `Host` of the card that it serves.

    `serve` answers one message; it raises BusError when QEMU is gone. `line` is told the level of
    the interrupt line when it changes. `served` counts accesses to regions.
    """

    def __init__(self, link: socket.socket, line: Callable[[bool], None]) -> None:
        self._link = link
        self._line = line
        self._memory = GuestMemory()
        self._eventfds: tuple[int, ...] = ()
        self._bases = [0, 0]
        self.device: Device | None = None
        self.served = 0

    def fileno(self) -> int:
        """Readable when QEMU has asked something; -1 when closed."""
        return self._link.fileno()

    # ---- the host

    def dma_read(self, address: int, size: int) -> bytes | None:
        """Read the guest's memory."""
        return self._memory.read(address, size)

    def dma_write(self, address: int, data: bytes | memoryview) -> bool:
        """Write the guest's memory."""
        return self._memory.write(address, data)

    def interrupt(self, level: bool) -> None:
        """Tell the level; a rise is also written where KVM would see it."""
        if level and self._eventfds:
            os.eventfd_write(self._eventfds[0], 1)
        self._line(level)

    # ---- messages

    def serve(self) -> None:
        """Answer the next message; one that is malformed is BusError, since no order follows it."""
        message = mpqemu.receive(self._link)
        try:
            self._answer(message)
        except ValueError as error:
            raise BusError(f"message {message.command} of QEMU: {error}") from error

    def close(self) -> None:
        """Let QEMU and the guest's memory go."""
        self._link.close()
        self._memory.clear()
        self._drop_eventfds()

    def _answer(self, message: Message) -> None:
        command = message.command
        _need(message)
        if command == Command.SYNC_SYSMEM:
            self._memory.replace(message)
        elif command == Command.SET_IRQFD:
            self._drop_eventfds()
            self._eventfds = message.descriptors
        else:
            found = self._access(message)
            mpqemu.send(self._link, Command.RET, mpqemu.RETURN.pack(found))

    def _access(self, message: Message) -> int:
        device = self.device
        if device is None:
            raise ValueError("there is no card yet")
        command, data = message.command, message.data
        if command == Command.DEVICE_RESET:
            device.power_on()
            return 0
        if command in (Command.CONFIG_READ, Command.CONFIG_WRITE):
            return self._config(device, command, *mpqemu.CONFIG.unpack(data))
        return self._region(device, command, data)

    def _config(self, device: Device, command: int, offset: int, value: int, size: int) -> int:
        if size not in _WIDTHS or offset + size > _CONFIG:
            return 0
        if command == Command.CONFIG_READ:
            return device.config_read(offset, size)
        device.config_write(offset, size, value)
        for bar, place in enumerate(_BARS):
            self._bases[bar] = device.config_read(place, 4) & ~_FLAGS[bar]
        return 0

    def _region(self, device: Device, command: int, data: bytes) -> int:
        """QEMU gives addresses of the machine: the region is known by its base."""
        address, value, size, memory = mpqemu.BAR.unpack(data)
        self.served += 1
        bar = 0 if memory else 1
        offset = address - self._bases[bar]
        if size not in _WIDTHS or not 0 <= offset <= _SIZES[bar] - size:
            return 0
        if command == Command.BAR_READ:
            return device.read(bar, offset, size)
        device.write(bar, offset, size, value & (1 << 8 * size) - 1)
        return 0

    def _drop_eventfds(self) -> None:
        for each in self._eventfds:
            os.close(each)
        self._eventfds = ()


_SHAPES: Final = {
    Command.SYNC_SYSMEM: (mpqemu.MEMORY.size, range(1, 9)),
    Command.SET_IRQFD: (0, range(2, 3)),
    Command.CONFIG_READ: (mpqemu.CONFIG.size, range(1)),
    Command.CONFIG_WRITE: (mpqemu.CONFIG.size, range(1)),
    Command.BAR_READ: (mpqemu.BAR.size, range(1)),
    Command.BAR_WRITE: (mpqemu.BAR.size, range(1)),
    Command.DEVICE_RESET: (0, range(1)),
}
"""Octets of each message that QEMU sends, and how many descriptors come with it."""


def _need(message: Message) -> None:
    """Close what came with a message of a wrong shape, and raise ValueError."""
    shape = next((shape for known, shape in _SHAPES.items() if known == message.command), None)
    if shape is not None and len(message.data) == shape[0] and len(message.descriptors) in shape[1]:
        return
    for each in message.descriptors:
        os.close(each)
    octets, number = len(message.data), len(message.descriptors)
    raise ValueError(f"it has {octets} octets and {number} descriptors")
