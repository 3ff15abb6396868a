"""The driver on QEMU's card: a stack behind it, a stack on its wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import pytest

import netfsm.aio
from netfsm.drivers import SocketLink
from netfsm.drivers.e1000.driver import E1000
from netfsm.drivers.e1000.qtest import Qtest
from netfsm.drivers.e1000.x_remote import XRemote
from netfsm.errors import TargetError
from netfsm.stack import Report, Stack
from netfsm.stack.driver import Driver
from netfsm.wire.buffer import Buffer

PINGS: Final = 20
OURS, OTHERS = "192.0.2.1", "192.0.2.2"
LAYERS: Final = ["ethernet", "arp", "ipv4", "icmp"]
QemuBus = XRemote | Qtest

pytestmark = pytest.mark.needs("qemu-system-x86_64")


def pair(maker: Callable[..., QemuBus]) -> tuple[E1000, SocketLink]:
    """A driver on QEMU's card, and the other end of its wire."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    card = E1000(maker(f"dgram,local.type=fd,local.str={theirs.fileno()}", [theirs]))
    return card, SocketLink(ours, "dgram", name="wire")


async def pings(card: E1000, wire: Driver) -> list[Report]:
    """So many echo requests from behind the card, each after the answer of the one before."""
    opened(card)
    one, other = (Stack(layers=LAYERS, strict=True, seed=seed) for seed in (1, 2))
    one.attach(card, "eth0")
    other.attach(wire, "eth0")
    found: list[Report] = []
    async with netfsm.aio.running(one) as first, netfsm.aio.running(other):
        for stack, address in ((one, OURS), (other, OTHERS)):
            stack.command(
                "ipv4.add_address", interface="eth0", address=address, prefix=24, probe=False
            )
        for _ in range(PINGS):
            waiting = asyncio.create_task(first.report(lambda r: r.name == "icmp.answered"))
            await asyncio.sleep(0)
            one.command("icmp.ping", destination=OTHERS, size=1000)
            found.append(await asyncio.wait_for(waiting, 10))
    return found


@pytest.mark.parametrize("maker", [XRemote, Qtest])
def test_two_stacks_ping_through_qemus_card(maker: Callable[..., QemuBus]) -> None:
    """20 of 20 come back; with shared memory every frame left from where it was built."""
    card, wire = pair(maker)
    with card, wire:
        assert PINGS == len(asyncio.run(pings(card, wire)))
        shared = maker is XRemote
        assert (0, True) == (card.sender.copied if shared else card.sender.built, card.carrier)
        assert PINGS <= card.sender.built + card.sender.copied
        assert 0 == card.lost.total()


def test_a_card_that_stands_still_is_reset_and_sends_again() -> None:
    """The transmitter is switched off behind the driver's back: the watch sees it, frames go on."""
    card, wire = pair(XRemote)
    with card, wire:
        opened(card)
        card.bus.write(0, 0x400, 4, 0)
        card.transmit(bytes(60))
        for now in (1_000_000, 2_000_000, 2_100_000):
            card.advance(now)
            card.receive()
        assert (1, 1) == (card.recovered, card.lost["reset"])
        opened(card, 2_100_000)
        card.transmit(b"\1" * 60)
        assert [b"\1" * 60] == arrived(wire)


def test_a_slot_is_lent_once_and_comes_back_when_it_was_sent_or_released() -> None:
    """No slot is in two hands: what the stack gives back is lent again, what was sent later."""
    card, wire = pair(XRemote)
    with card, wire:
        opened(card)
        lent = card.lend()
        assert ([], 96) == (list(card.lend()), len(lent))
        lent[0].release()
        filled(lent[1])
        card.launch(lent[1])
        lent[1].release()
        assert 1 == len(card.lend())
        card.advance(3_000_000)
        card.receive()
        assert 1 == len(card.lend())
        assert [b"\2" * 60] == arrived(wire)


def test_a_bus_that_is_gone_is_told_as_a_target() -> None:
    """QEMU ends: the next turn is TargetError, and closing is harmless."""
    card, wire = pair(XRemote)
    opened(card)
    assert isinstance(card.bus, XRemote)
    card.bus.close()
    with pytest.raises(TargetError):
        card.transmit(bytes(60))
    card.close()
    wire.close()


def filled(buffer: Buffer) -> None:
    """Put a frame there."""
    buffer.append(b"\2" * 60)


def opened(card: E1000, begin: int = 0) -> None:
    """Move the card's time until frames can leave."""
    now = begin
    while not card.carrier:
        now += 1000
        card.advance(now)
        card.receive()
        assert now < begin + 10_000_000


def arrived(wire: SocketLink) -> list[bytes]:
    """Frames on the wire; QEMU has sent them before the register's write was answered."""
    return [bytes(frame) for frame in wire.receive()]
