"""Whatever a guest does, the card neither raises nor hangs, and a reset makes it new."""

from __future__ import annotations

import struct

import pytest

from netfsm.e1000.registers import bits
from tests.e1000.hostile import Hostile
from tests.e1000.rig import DATA, Rig

SEEDS = 4


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_accesses(seed: int, pytestconfig: pytest.Config) -> None:
    """Thousands of random things, a million in a campaign; after a reset the card works."""
    guest = Hostile(seed)
    guest.run((1_000_000 if pytestconfig.getoption("--campaign") else 20_000) // SEEDS)
    assert guest.alive()


@pytest.mark.parametrize("tail", [8, 9, 0xFFFF])
def test_a_tail_beyond_the_ring_sends_nothing(tail: int) -> None:
    """The unit does not go round for a tail that it never meets."""
    rig = Rig()
    rig.bring_up()
    rig.put("TDT", tail)
    assert 0 == rig.get("TDH")
    assert [] == rig.sent


def test_a_ring_where_no_memory_is_stops_the_unit() -> None:
    """A descriptor that can't be read: the enable bit falls, and nothing is sent."""
    rig = Rig()
    rig.bring_up()
    rig.put("TDBAH", 1)
    rig.put("TDT", 4)
    assert 0 == rig.get("TCTL") & bits("TCTL.EN")
    assert [] == rig.sent


def test_a_buffer_where_no_memory_is_spoils_the_packet_only() -> None:
    """The descriptor comes back, the packet is not sent, the next one is."""
    rig = Rig()
    rig.bring_up()
    rig.descriptor(struct.pack("<QIBBH", 0x80000, 60 | 0x0B000000, 0, 0, 0))
    rig.transmit(b"\xff" * 60)
    assert 2 == rig.get("TDH")
    assert [b"\xff" * 60] == rig.sent


def test_a_descriptor_that_points_at_the_card_is_nothing() -> None:
    """A DMA that the host leads back into the card's window does not act, whatever it writes."""
    rig = Rig()
    rig.bring_up()
    answers: list[int] = []

    def back(address: int, data: bytes | memoryview) -> bool:  # the form of a host
        rig.card.write(0, 0x3818, 4, 5)
        answers.append(rig.card.read(0, 0x3818, 4))
        return True

    rig.dma_write = back  # type: ignore[method-assign]  # a host whose memory is the card
    rig.card.receive(b"\xff" * 60)
    assert [0xFFFFFFFF] * 2 == answers
    assert 0 == rig.get("TDT")


def test_no_dma_without_leave() -> None:
    """A card that is no bus master touches no memory: frames are lost, units stop."""
    rig = Rig()
    rig.bring_up()
    rig.card.config_write(4, 2, 3)
    before = bytes(rig.ram.octets)
    rig.card.receive(b"\xff" * 60)
    rig.put("TDT", 1)
    assert before == bytes(rig.ram.octets)
    assert [] == rig.sent
    assert DATA < len(before)
