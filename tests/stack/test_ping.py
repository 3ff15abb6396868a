"""The stack as a host: it answers, it asks, it speaks to itself, on one interface or two."""

from __future__ import annotations

import struct
from socket import inet_aton

import pytest

from netfsm.stack import Transmit
from tests.stack.bench import (
    ALL,
    LAYERS,
    OUR_MAC,
    OURS,
    PEER,
    PEER_MAC,
    Plug,
    arp,
    checksum,
    echo,
    ethernet,
    frames_of,
    given,
    ipv4,
    ready_stack,
    reports_of,
)


def test_an_arp_request_is_answered_to_the_one_who_asks() -> None:
    """The reply goes to the sender, from our hardware address (RFC 826)."""
    (reply,) = given(ready_stack(), arp(1))
    assert arp(2, OURS, PEER, mac=OUR_MAC, to=PEER_MAC, target_mac=PEER_MAC) == reply[:42]
    assert 60 == len(reply)


def test_an_echo_request_is_answered_with_its_data() -> None:
    """The reply has the request's identifier, sequence number and data (RFC 792)."""
    stack = ready_stack()
    given(stack, arp(1))
    (reply,) = given(stack, echo(7, size=100))
    assert PEER_MAC + OUR_MAC + b"\x08\x00" == reply[:14]
    assert inet_aton(OURS) + inet_aton(PEER) == reply[26:34]
    assert b"\0\0" == checksum(reply[14:34])
    assert b"\0\0" == checksum(reply[34:])
    assert (0, 0, 1, 7) == (*reply[34:36], *struct.unpack("!HH", reply[38:42]))
    assert bytes(100) == reply[42:]


def test_a_reply_waits_until_the_neighbour_is_known() -> None:
    """An echo of a stranger makes an ARP request first; the reply follows the answer."""
    stack = ready_stack()
    (request,) = given(stack, echo())
    assert arp(1, OURS, PEER, mac=OUR_MAC) == request[:42]
    (reply,) = given(stack, arp(2, mac=PEER_MAC, to=OUR_MAC, target_mac=OUR_MAC))
    assert b"\x08\x00" == reply[12:14]
    assert "REACHABLE" == stack.query("arp.neighbours")[0].state


def test_the_host_pings_itself() -> None:
    """127.0.0.1, all of 127/8 and our own address are answered without a frame leaving."""
    stack = ready_stack()
    for address in ("127.0.0.1", "127.1.2.3", OURS):
        stack.command("icmp.ping", destination=address)
    outputs, _ = stack.step(3_000_000)
    assert [] == frames_of(outputs)
    assert ["icmp.answered"] * 3 == reports_of(outputs)
    lo = stack.interface("lo")
    assert (6, 6) == (lo.in_frames, lo.outcomes["delivered"])


def test_loopback_addresses_never_come_from_a_wire() -> None:
    """A frame from outside with a source or destination in 127/8 is dropped (RFC 1122 §3.2.1.3)."""
    stack = ready_stack()
    frames = [echo(to="127.0.0.1"), echo(source="127.0.0.1")]
    assert [] == given(stack, *frames)
    assert 2 == stack.layer("ipv4").counters["martian"]


def test_a_ping_without_an_answer_is_reported_lost() -> None:
    """Nobody answers: the request is reported lost, the neighbour is given up after three tries."""
    stack = ready_stack()
    stack.command("icmp.ping", destination=PEER)
    outputs = [one for second in range(3, 12) for one in stack.step(second * 1_000_000)[0]]
    assert 3 == len(frames_of(outputs))
    assert 1 == reports_of(outputs).count("icmp.lost")
    assert 1 == stack.layer("arp").counters["unreachable"]
    assert () == stack.query("icmp.pings")


def test_two_interfaces_keep_their_neighbours_apart() -> None:
    """The same address on two links is two neighbours; each is asked on its own link."""
    stack = ready_stack()
    second = bytes.fromhex("020000000002")
    stack.attach(Plug(second), "eth1")
    stack.command(
        "ipv4.add_address", interface="eth1", address="198.51.100.1", prefix=24, probe=False
    )
    stack.step(9_000_000)
    assert [] != given(stack, arp(1))
    found = given(stack, arp(1, "198.51.100.9", "198.51.100.1"), interface="eth1")
    assert [second] == [frame[6:12] for frame in found]
    assert [("eth0", PEER), ("eth1", "198.51.100.9")] == [
        (one.interface, one.address) for one in stack.query("arp.neighbours")
    ]
    stack.command("icmp.ping", destination="198.51.100.9")
    outputs, _ = stack.step(9_000_000)
    assert ["eth1"] == [one.interface for one in outputs if isinstance(one, Transmit)]


def test_an_address_is_answered_on_its_own_link_only() -> None:
    """A request for eth0's address that arrives on eth1 is not answered there."""
    stack = ready_stack()
    stack.attach(Plug(bytes.fromhex("020000000002")), "eth1")
    assert [] == given(stack, arp(1), interface="eth1")
    assert 1 == sum(stack.interface("eth1").outcomes.values())


def test_a_link_that_goes_down_forgets_its_neighbours() -> None:
    """After down and up the stack asks again, and probes its address as new."""
    stack = ready_stack()
    given(stack, arp(1))
    stack.set_link("eth0", up=False)
    assert () == stack.query("arp.neighbours", interface="eth0")
    stack.set_link("eth0", up=True)
    stack.step(20_000_000)
    assert [] != given(stack, arp(1))


def test_a_detached_interface_leaves_nothing() -> None:
    """Its neighbours, addresses and timers are gone with it; the other goes on."""
    stack = ready_stack()
    stack.attach(Plug(bytes.fromhex("020000000002")), "eth1")
    given(stack, arp(1))
    stack.detach("eth0")
    assert ["lo"] == [one.interface for one in stack.query("ipv4.addresses")]
    assert () == stack.query("arp.neighbours")
    assert () == stack.query("arp.addresses")
    assert None is stack.step(900_000_000)[1]
    with pytest.raises(LookupError, match="no interface eth0: there is lo, eth1"):
        stack.interface("eth0")


@pytest.mark.parametrize("address", ["192.0.2.255", "255.255.255.255", "224.0.0.1"])
def test_echo_requests_to_groups_are_not_answered(address: str) -> None:
    """RFC 1122 §3.2.2.6 lets a host keep silent, so that nobody is flooded by the answers."""
    stack = ready_stack()
    given(stack, arp(1))
    body = echo(to=address)[14:]
    assert [] == given(stack, ethernet(0x0800, body, ALL))
    assert 1 == stack.layer("icmp").counters["to_group"]


def test_a_protocol_without_a_layer_is_counted() -> None:
    """A datagram whose protocol nobody is bound to is delivered to nobody, by name."""
    stack = ready_stack()
    given(stack, arp(1))
    (error,) = given(stack, ethernet(0x0800, ipv4(b"hello", protocol=99)))
    assert (3, 2) == tuple(error[34:36])
    assert 1 == stack.interface("eth0").outcomes["ipv4.no_protocol"]


def test_layers_are_loaded_in_the_order_of_their_needs() -> None:
    """ICMP alone brings what it needs, and ARP joins whatever order a person names them in."""
    for layers in (LAYERS, tuple(reversed(LAYERS))):
        stack = ready_stack(layers)
        given(stack, arp(1))
        assert 1 == len(given(stack, echo()))
