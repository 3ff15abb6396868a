"""The server that puts a card behind QEMU, asked as QEMU asks; and by wrong messages."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from typing import Final

import pytest

from netfsm.e1000 import mpqemu
from netfsm.e1000.bus import BusError
from netfsm.e1000.mpqemu import BAR, CONFIG, MEMORY, RETURN, Command
from netfsm.e1000.serve.mpqemu import MpqemuServer

MMIO: Final = 0xFEB0_0000
PAGE: Final = 4096


class Plain:
    """A card that keeps what is written and knows its two regions."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], int] = {}
        self.powered = 0

    def config_read(self, offset: int, size: int) -> int:
        """What was written, by offset."""
        return self.kept.get((-1, offset), 0) & ((1 << 8 * size) - 1)

    def config_write(self, offset: int, size: int, value: int) -> None:
        """Keep it."""
        assert size in {1, 2, 4}
        self.kept[-1, offset] = value

    def read(self, bar: int, offset: int, size: int) -> int:
        """What was written, by region and offset."""
        return self.kept.get((bar, offset), 0) & ((1 << 8 * size) - 1)

    def write(self, bar: int, offset: int, size: int, value: int) -> None:
        """Keep it."""
        assert value < 1 << 8 * size
        self.kept[bar, offset] = value

    def power_on(self) -> None:
        """Count."""
        self.powered += 1


class Bench:
    """A server with a plain card, and QEMU's end of its socket."""

    def __init__(self) -> None:
        self.qemu, ours = socket.socketpair()
        self.levels: list[bool] = []
        self.server = MpqemuServer(ours, self.levels.append)
        self.card = self.server.device = Plain()

    def ask(self, command: Command, data: bytes = b"") -> int:
        """Send a message, let it be served, return the answer's number."""
        mpqemu.send(self.qemu, command, data)
        self.server.serve()
        answer = mpqemu.receive(self.qemu)
        assert Command.RET == answer.command
        found: int = RETURN.unpack(answer.data)[0]
        return found

    def share(self, *regions: tuple[int, int, int]) -> list[int]:
        """Hand over files of two pages, each mapped at an address, with size and offset."""
        files = [os.memfd_create("guest") for _ in regions]
        for file in files:
            os.truncate(file, 2 * PAGE)
        columns = zip(*regions, strict=True)
        words = [word for column in columns for word in (*column, *[0] * (8 - len(column)))]
        mpqemu.send(self.qemu, Command.SYNC_SYSMEM, MEMORY.pack(*words), files)
        self.server.serve()
        return files

    def close(self) -> None:
        """Both ends."""
        self.qemu.close()
        self.server.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A bench, closed at the end."""
    made = Bench()
    yield made
    made.close()


def test_regions_are_known_by_their_addresses(bench: Bench) -> None:
    """QEMU gives absolute addresses; what lies beyond a region reads 0 and is not written."""
    bench.ask(Command.CONFIG_WRITE, CONFIG.pack(0x10, MMIO, 4))
    bench.ask(Command.CONFIG_WRITE, CONFIG.pack(0x14, 0xC001, 4))
    bench.ask(Command.BAR_WRITE, BAR.pack(MMIO + 0x38, 0xFFFF_FFFF_1234_5678, 4, 1))
    bench.ask(Command.BAR_WRITE, BAR.pack(0xC004, 7, 2, 0))
    bench.ask(Command.BAR_WRITE, BAR.pack(MMIO + 0x1FFFE, 1, 4, 1))
    bench.ask(Command.BAR_WRITE, BAR.pack(MMIO - 4, 1, 4, 1))
    assert {(0, 0x38): 0x1234_5678, (1, 4): 7} == {
        key: value for key, value in bench.card.kept.items() if key[0] >= 0
    }
    assert 0x5678 == bench.ask(Command.BAR_READ, BAR.pack(MMIO + 0x38, 0, 2, 1))
    assert 0 == bench.ask(Command.BAR_READ, BAR.pack(MMIO + 0x40000, 0, 4, 1))
    assert 0xC001 == bench.ask(Command.CONFIG_READ, CONFIG.pack(0x14, 0, 4))
    assert 0 == bench.ask(Command.CONFIG_READ, CONFIG.pack(0xFE, 0, 4))


def test_memory_is_the_guests_and_ends_where_it_ends(bench: Bench) -> None:
    """The card reads and writes the file; nothing half mapped is touched, old regions go."""
    file, other = bench.share((0x1000, PAGE, PAGE), (0x10_0000, 2 * PAGE, 0))
    os.pwrite(file, b"guest", PAGE + 8)
    server = bench.server
    assert b"guest" == server.dma_read(0x1008, 5)
    assert server.dma_write(0x10_0000 + 2 * PAGE - 3, b"abc")
    assert b"abc" == os.pread(other, 3, 2 * PAGE - 3)
    assert not server.dma_write(0x10_0000 + 2 * PAGE - 2, b"abc")
    assert None is server.dma_read(0x1FFF, 2)
    assert None is server.dma_read(0xFFF, 2)
    (again,) = bench.share((0x1000, 3 * PAGE, 0))
    assert None is server.dma_read(0x1008, 5), "a region longer than its file is not mapped"
    for each in (file, other, again):
        os.close(each)


def test_an_interrupt_is_told_and_written_to_the_eventfd(bench: Bench) -> None:
    """Each change is told; a rise makes QEMU's descriptor readable."""
    interrupt, again = os.eventfd(0), os.eventfd(0)
    mpqemu.send(bench.qemu, Command.SET_IRQFD, b"", [interrupt, again])
    bench.server.serve()
    bench.server.interrupt(True)
    assert [interrupt] == select.select([interrupt], [], [], 0)[0]
    assert 1 == os.eventfd_read(interrupt)
    bench.server.interrupt(False)
    assert [] == select.select([interrupt], [], [], 0)[0]
    assert [True, False] == bench.levels
    os.close(interrupt)
    os.close(again)


def test_a_reset_is_powers(bench: Bench) -> None:
    """DEVICE_RESET begins anew."""
    assert 0 == bench.ask(Command.DEVICE_RESET)
    assert 1 == bench.card.powered


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (Command.CONFIG_READ, b""),
        (Command.BAR_WRITE, bytes(23)),
        (Command.SYNC_SYSMEM, bytes(192)),
        (Command.SET_IRQFD, b""),
        (Command.RET, bytes(8)),
        (Command.CONFIG_WRITE, bytes(mpqemu.LARGEST + 1)),
    ],
)
def test_a_wrong_message_ends_the_service(bench: Bench, command: Command, data: bytes) -> None:
    """Octets or descriptors that don't fit the command are BusError, not a crash."""
    mpqemu.send(bench.qemu, command, data)
    with pytest.raises(BusError):
        bench.server.serve()


def test_a_qemu_that_goes_in_the_middle_is_told(bench: Bench) -> None:
    """A cut head, a cut message and an end are BusError."""
    bench.qemu.sendall(bytes(7))
    bench.qemu.close()
    with pytest.raises(BusError):
        bench.server.serve()
