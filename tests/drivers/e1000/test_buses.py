"""QEMU's card on both buses: found, asked, heard, and errors where it can't be had."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

import pytest

from netfsm import programs
from netfsm.drivers.e1000.qtest import Qtest
from netfsm.drivers.e1000.x_remote import XRemote
from netfsm.e1000.bus import BusError
from netfsm.errors import TargetError

QemuBus = XRemote | Qtest
MAKERS: Final[list[Callable[..., QemuBus]]] = [XRemote, Qtest]
STATUS, EERD, ICR, ICS, IMS, RAL = 0x8, 0x14, 0xC0, 0xC8, 0xD0, 0x5400
TDBAL, TDLEN, TDT, TCTL = 0x3800, 0x3808, 0x3818, 0x400

needs_qemu = pytest.mark.needs("qemu-system-x86_64")


def made(maker: Callable[..., QemuBus]) -> tuple[QemuBus, socket.socket]:
    """A card and the other end of its wire."""
    wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    wire.settimeout(10.0)
    return maker(f"dgram,local.type=fd,local.str={theirs.fileno()}", [theirs]), wire


@needs_qemu
@pytest.mark.parametrize("maker", MAKERS)
def test_the_card_answers_by_memory_and_by_configuration(maker: Callable[..., QemuBus]) -> None:
    """Identity, address and EEPROM are read, in widths of one, two and four octets."""
    bus, wire = made(maker)
    with bus, wire:
        assert (0x8086, 0x100E) == (bus.config_read(0, 2), bus.config_read(2, 2))
        assert 0x02 == bus.config_read(0xB, 1)
        assert 0x1200_5452 == bus.read(0, RAL, 4)
        words = []
        for number in range(0x40):
            bus.write(0, EERD, 4, number << 8 | 1)
            words.append(bus.read(0, EERD, 4) >> 16)
        assert 0xBABA == sum(words) & 0xFFFF


@needs_qemu
@pytest.mark.parametrize("maker", MAKERS)
def test_a_frame_leaves_memory_and_the_line_rises(maker: Callable[..., QemuBus]) -> None:
    """One descriptor is written, sent and written back; its interrupt comes, and goes on a read."""
    bus, wire = made(maker)
    rises: list[None] = []
    bus.on_interrupt(lambda: rises.append(None))
    frame = bytes(range(100))
    with bus, wire:
        ring, _ = bus.allocate(128, 128)
        data, _ = bus.allocate(2048, 16)
        bus.memory_write(data, frame)
        command = 0b1011  # end of packet, FCS, report status
        bus.memory_write(ring, data.to_bytes(8, "little") + bytes([100, 0, 0, command, 0, 0, 0, 0]))
        for offset, value in ((TDBAL, ring), (TDLEN, 128), (TCTL, 2), (IMS, 1), (TDT, 1)):
            bus.write(0, offset, 4, value)
        assert frame == wire.recv(2048)
        assert 1 == bus.memory_read(ring + 12, 1)[0] & 1
        bus.served()
        assert bus.pending()
        assert [None] == rises
        assert 1 == bus.read(0, ICR, 4) & 1
        assert not bus.pending()


@needs_qemu
@pytest.mark.parametrize("maker", MAKERS)
def test_memory_ends(maker: Callable[..., QemuBus]) -> None:
    """What is handed out is zero and aligned, and there is an end of it."""
    bus, wire = made(maker)
    with bus, wire:
        bus.allocate(3, 1)
        address, _ = bus.allocate(64, 4096)
        assert 0 == address % 4096
        assert bytes(64) == bus.memory_read(address, 64)
        with pytest.raises(BusError):
            bus.allocate(1 << 30, 16)


@needs_qemu
@pytest.mark.parametrize("maker", MAKERS)
def test_a_qemu_that_refuses_is_told_in_its_own_words(maker: Callable[..., QemuBus]) -> None:
    """A netdev that does not exist is TargetError with QEMU's sentence."""
    with pytest.raises(TargetError, match="nonsense"):
        maker("nonsense")


@needs_qemu
@pytest.mark.parametrize("maker", MAKERS)
def test_a_bus_that_is_closed_says_so(maker: Callable[..., QemuBus]) -> None:
    """Closing twice is harmless; a register afterwards is BusError."""
    bus, wire = made(maker)
    bus.close()
    bus.close()
    wire.close()
    with pytest.raises(BusError):
        bus.read(0, STATUS, 4)


@pytest.mark.parametrize("maker", MAKERS)
def test_without_qemu_one_line_says_what_to_install(
    maker: Callable[..., QemuBus], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TargetError names the package."""
    monkeypatch.setattr(programs, "find", {}.get)
    with pytest.raises(TargetError, match="apt-get install qemu-system-x86"):
        maker("dgram")
