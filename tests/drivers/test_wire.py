"""Wires in process, the loopback, and addresses of our own."""

from __future__ import annotations

import pytest

from netfsm.drivers import Driver, Loopback, SocketLink, Wire, mac_for


def all_that_came(driver: Driver) -> list[bytes]:
    """Everything that a driver has now."""
    return [bytes(frame) for frame in driver.receive()]


def test_what_goes_in_comes_out_in_order() -> None:
    """Frames come out at the other end, each once, in the order in which they went in."""
    left, right = Wire()
    for frame in (b"one", b"two", b"three"):
        left.transmit(frame)
    assert [b"one", b"two", b"three"] == all_that_came(right)
    assert [] == all_that_came(right)
    assert [] == all_that_came(left)


def test_a_frame_is_copied() -> None:
    """The sender may use its buffer again at once."""
    left, right = Wire()
    buffer = bytearray(b"before")
    left.transmit(memoryview(buffer))
    buffer[:] = b"after!"
    assert [b"before"] == all_that_came(right)


def test_waiting_frames_are_due_at_once() -> None:
    """A driver without a descriptor says by its deadline that frames wait."""
    left, right = Wire()
    assert right.deadline() is None
    left.transmit(b"frame")
    assert right.deadline() == 0
    assert left.deadline() is None


def test_a_closed_end_loses_frames_and_they_are_counted() -> None:
    """What is sent to a closed end is counted as lost by the sender."""
    left, right = Wire()
    left.transmit(b"before")
    right.close()
    left.transmit(b"after")
    assert {"far_end_closed": 1} == left.lost
    assert [] == all_that_came(right)


def test_the_loopback_hears_itself() -> None:
    """What the loopback sends it receives; it has no hardware address."""
    loopback = Loopback()
    loopback.transmit(b"hello")
    assert (b"", 772, 65536) == (loopback.mac, loopback.link_type, loopback.mtu)
    assert [b"hello"] == all_that_came(loopback)


@pytest.mark.parametrize("name", ["tap0", "tap1", "eth0", ""])
def test_addresses_are_local_unicast_and_repeatable(name: str) -> None:
    """An address made from a name is locally administered, of one station, and always the same."""
    first = mac_for(name)
    assert 0x02 == first[0] & 0x03
    assert 6 == len(first)
    assert first == mac_for(name)


def test_an_address_is_never_the_taken_one() -> None:
    """Both ends of a TAP stand on one link, so ours differs from the kernel's."""
    taken = mac_for("tap0")
    assert taken != mac_for("tap0", taken)
    assert mac_for("tap1") != mac_for("tap0")


def test_every_driver_has_the_form_that_shells_use() -> None:
    """Type checkers hold each driver against the protocol; each tells its address and limits."""
    left, right = SocketLink.pair()
    drivers: list[Driver] = [*Wire(), Loopback(), left, right]
    for driver in drivers:
        assert driver.mtu >= 1500
        assert len(driver.mac) in (0, 6)
        driver.close()
        driver.close()
