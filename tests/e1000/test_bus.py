"""Memory that a driver and a card share."""

from __future__ import annotations

import pytest

from netfsm.e1000.bus import BusError, Ram


def test_memory_is_aligned_and_shared() -> None:
    """What is written at the address that was handed out stands in the view, and only there."""
    ram = Ram(0x100, base=0x1000)
    ram.allocate(3, 1)
    address, view = ram.allocate(16, 16)
    assert address == 0x1010
    assert ram.write(address + 2, b"ab")
    assert bytes(view) == b"\0\0ab" + bytes(12)


@pytest.mark.parametrize("address", [0, 0xFFF, 0x10FF, 0x1100, 2**64 - 1, -1])
def test_memory_ends(address: int) -> None:
    """Two octets of which one is not mapped are neither read nor written."""
    ram = Ram(0x100, base=0x1000)
    assert ram.read(address, 2) is None
    assert not ram.write(address, b"xx")
    assert bytes(ram.octets) == bytes(0x100)


def test_memory_runs_out() -> None:
    """What is not left is not handed out."""
    ram = Ram(32)
    ram.allocate(20, 4)
    with pytest.raises(BusError, match="no 16 octets"):
        ram.allocate(16, 16)
