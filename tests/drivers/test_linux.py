"""The drivers of Linux, in a network namespace of the test's own."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable

import pytest

from netfsm.drivers import Packet, Tap, mac_for
from netfsm.drivers.tap import interface_mac
from netfsm.errors import TargetError
from netfsm.stack.driver import Driver
from tests.drivers.conftest import ip

pytestmark = [pytest.mark.root, pytest.mark.needs("ip")]

Inside = Callable[[Callable[[], None]], None]


def frame(to: bytes, source: bytes, payload: bytes = b"hello") -> bytes:
    """A frame of a type that no kernel looks at."""
    return to + source + b"\x88\xb5" + payload.ljust(46, b"\0")


def next_frames(driver: Driver) -> list[bytes]:
    """Wait until the driver's descriptor is readable; what it has then."""
    number = driver.fileno()
    assert number is not None
    with selectors.DefaultSelector() as selector:
        selector.register(number, selectors.EVENT_READ)
        assert selector.select(5)
    return [bytes(one) for one in driver.receive()]


def test_a_tap_talks_with_the_kernel(inside: Inside) -> None:
    """What the kernel sends on the TAP arrives, and what we send reaches the kernel."""

    def body() -> None:
        with Tap("tap9") as tap:
            ip("link", "set", "tap9", "up")
            kernel = interface_mac("tap9")
            assert mac_for("tap9", kernel) == tap.mac != kernel
            assert (1500, 1) == (tap.mtu, tap.link_type)
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5)) as raw:
                raw.bind(("tap9", 0x88B5))
                raw.settimeout(5)
                raw.send(frame(tap.mac, kernel))
                assert [frame(tap.mac, kernel)] == next_frames(tap)
                assert [] == list(tap.receive())
                tap.transmit(memoryview(bytearray(frame(kernel, tap.mac, b"back"))))
                assert frame(kernel, tap.mac, b"back") == raw.recv(2000)

    inside(body)


def test_the_address_of_a_tap_is_ours_to_choose(inside: Inside) -> None:
    """An address may be given, but not the kernel's."""

    def body() -> None:
        ip("tuntap", "add", "tap9", "mode", "tap")
        given = bytes.fromhex("020000000001")
        with Tap("tap9", mac=given) as tap:
            assert given == tap.mac
        with pytest.raises(TargetError, match="its address is the kernel's own; give another mac"):
            Tap("tap9", mac=interface_mac("tap9"))
        Tap("tap9").close()

    inside(body)


def test_a_tap_that_is_down_loses_frames_and_counts_them(inside: Inside) -> None:
    """A link that is down takes nothing; nothing is raised."""

    def body() -> None:
        with Tap("tap9") as tap:
            tap.transmit(frame(b"\xff" * 6, tap.mac))
            assert {"link_down": 1} == tap.lost

    inside(body)


def test_a_tap_in_use_is_told(inside: Inside) -> None:
    """Two programs can't have one TAP, and another kind of link is none."""

    def body() -> None:
        with Tap("tap9"), pytest.raises(TargetError, match="another program has it open"):
            Tap("tap9")
        with pytest.raises(TargetError, match="a link of that name is there and no TAP"):
            Tap("lo")

    inside(body)


def test_a_tap_that_is_taken_away_is_told(inside: Inside) -> None:
    """A link that was deleted under us is an error with its name, not a busy loop."""

    def body() -> None:
        ip("tuntap", "add", "tap9", "mode", "tap")
        ip("link", "set", "tap9", "up")
        with Tap("tap9") as tap:
            ip("link", "del", "tap9")
            with pytest.raises(TargetError, match="tap:tap9 isn't available"):
                tap.receive()

    inside(body)


def test_packet_sockets_talk_over_a_veth(inside: Inside) -> None:
    """Frames pass both ways between addresses that the kernel lacks; our own are passed over."""

    def body() -> None:
        ip("link", "add", "ve0", "type", "veth", "peer", "name", "ve1")
        for name in ("ve0", "ve1"):
            ip("link", "set", name, "up")
        with Packet("ve0") as left, Packet("ve1") as right:
            assert left.mac != interface_mac("ve0")
            assert left.mac != right.mac
            left.transmit(frame(right.mac, left.mac))
            assert [frame(right.mac, left.mac)] == next_frames(right)
            right.transmit(frame(left.mac, right.mac, b"back"))
            assert [frame(left.mac, right.mac, b"back")] == next_frames(left)
            assert [] == list(left.receive())
            left.transmit(bytes(3000))
            assert {"too_big": 1} == left.lost
            ip("link", "set", "ve0", "down")
            left.receive()
            left.transmit(frame(right.mac, left.mac))
            assert left.lost["link_down"] >= 1

    inside(body)
