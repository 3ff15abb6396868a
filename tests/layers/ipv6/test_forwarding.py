"""Packets of other nodes: sent on with one hop less, or told why not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from netfsm.stack import Frame, Stack, Transmit
from netfsm.stack.interface import RAW
from netfsm.stack.messages import Output
from netfsm.wire.offload import ChecksumState, Offload
from tests.layers.ipv6.bench6 import OURS, PEER, counted6, echo6, ipv6, ready6, verified
from tests.stack.bench import Plug, checksum

FAR = "2001:db8:5::9"


def router() -> Stack:
    """A stack between tun0, which forwards, and tun1 with an MTU of 1300."""
    stack = ready6()
    stack.attach(Plug(mac=b"", mtu=1300, link_type=RAW), "tun1")
    stack.command("ipv6.add_address", interface="tun1", address="2001:db8:5::1", prefix=64)
    stack.command("ipv6.set_forwarding", interface="tun0", on=True)
    stack.step(2_000_000)
    return stack


def left(outputs: Iterable[Output]) -> list[tuple[str, bytes]]:
    """The packets that leave, with their interfaces."""
    return [(one.interface, bytes(one.data)) for one in outputs if isinstance(one, Transmit)]


def given(stack: Stack, packet: bytes, interface: str = "tun0") -> list[tuple[str, bytes]]:
    """What leaves when a packet has come."""
    return left(stack.step(stack.clock.now, [Frame(interface, packet)])[0])


def test_a_packet_goes_on_with_one_hop_less() -> None:
    """RFC 8200 §3: nothing else of it is changed, and its fragments are not looked at."""
    stack = router()
    packet = ipv6(echo6(to=FAR), to=FAR, hop_limit=9)
    assert [("tun1", packet[:7] + b"\x08" + packet[8:])] == given(stack, packet)
    assert (1,) == counted6(stack, "out_forwarded")


def test_an_interface_that_was_not_told_to_does_not_forward() -> None:
    """What comes by the other one is dropped, and so is everything when it is turned off."""
    stack = router()
    assert [] == given(stack, ipv6(echo6(source=FAR, to=PEER), source=FAR, to=PEER), "tun1")
    stack.command("ipv6.set_forwarding", interface="tun0", on=False)
    assert [] == given(stack, ipv6(echo6(to=FAR), to=FAR))
    assert (2,) == counted6(stack, "not_for_us")


TOLD: dict[str, tuple[bytes, tuple[int, int, int], str]] = {
    "a hop limit of one": (ipv6(echo6(to=FAR), to=FAR, hop_limit=1), (3, 0, 0), "hops_out"),
    "no way": (ipv6(echo6(to="2001:db8:9::9"), to="2001:db8:9::9"), (1, 0, 0), "no_way"),
    "more than the next link carries": (ipv6(bytes(1261), 99, to=FAR), (2, 0, 1300), "too_large"),
    "a source of the link's scope": (
        ipv6(echo6(source="fe80::9", to=FAR), source="fe80::9", to=FAR),
        (1, 2, 0),
        "scope_ends",
    ),
    "back to where it came from": (
        ipv6(echo6(to="2001:db8::7"), to="2001:db8::7"),
        (1, 3, 0),
        "goes_back",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_who_sent_what_can_not_go_on_is_told(case: str) -> None:
    """RFC 4443 §3: by the interface that it came by, from an address of ours."""
    packet, wanted, why = TOLD[case]
    stack = router()
    ((interface, error),) = given(stack, packet)
    message = verified(error)
    assert ("tun0", wanted) == (
        interface,
        (message[0], message[1], int.from_bytes(message[4:8])),
    )
    assert packet[:1232] == message[8:]
    assert (1,) == counted6(stack, why)


def test_what_fits_is_not_too_large() -> None:
    """1300 octets pass."""
    stack = router()
    assert ["tun1"] == [name for name, _ in given(stack, ipv6(bytes(1260), 99, to=FAR))]


def test_nothing_without_a_source_or_to_a_near_node_goes_on() -> None:
    """RFC 4291 §2.5.2, §2.5.6: in silence."""
    stack = router()
    assert [] == given(stack, ipv6(echo6(source="::", to=FAR), source="::", to=FAR))
    assert [] == given(stack, ipv6(echo6(to="fe80::77"), to="fe80::77"))
    assert (1, 1) == counted6(stack, "no_source", "near")


def test_a_checksum_that_was_left_to_us_is_finished() -> None:
    """A card that hands over a partial checksum finds it whole on the other side."""
    stack = router()
    message = bytearray(echo6(to=FAR))
    pseudo = ipv6(b"", to=FAR)[8:40] + len(message).to_bytes(4) + b"\0\0\0\x3a"
    message[2:4] = (int.from_bytes(checksum(pseudo)) ^ 0xFFFF).to_bytes(2)
    packet = ipv6(bytes(message), to=FAR)
    offload = Offload(ChecksumState.PARTIAL, 40, 2)
    outputs = stack.step(stack.clock.now, [Frame("tun0", packet, offload)])[0]
    ((_, sent),) = left(outputs)
    assert echo6(to=FAR) == verified(sent)


def test_our_own_packets_do_not_go_through_it() -> None:
    """What is for us is taken, forwarding or not."""
    stack = router()
    ((_, reply),) = given(stack, ipv6(echo6(to=OURS)))
    assert 129 == verified(reply)[0]
    assert (0,) == counted6(stack, "out_forwarded")
