"""Where packets go and from which address: RFC 6724, ways, scopes, flow labels."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from netfsm.errors import BadAddress, NoRoute, TooBig
from netfsm.layers.contracts import Flow
from netfsm.stack import Stack
from netfsm.stack.interface import RAW
from tests.layers.ipv6.bench6 import OURS, PEER, given6, ready6
from tests.stack.bench import Plug, frames_of

NUMBER = 253


def sent(stack: Stack, to: str, **more: object) -> bytes:
    """A packet of ours to `to`."""
    packet = stack.reserve("ipv6.datagram", 8, dst=to, protocol=NUMBER, **more)
    packet.write(b"12345678")
    stack.commit(packet)
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    return frame


def source(stack: Stack, to: str, interface: str = "") -> str:
    """Which address of ours is chosen."""
    where = {"interface": interface} if interface else {}
    found = stack.query("ipv6.source", destination=to, **where)
    assert isinstance(found, str)
    return found


def with_addresses(*addresses: str) -> Stack:
    """A stack with these addresses and a default route."""
    stack = Stack(layers=["ipv6", "icmpv6"], strict=True)
    stack.attach(Plug(mac=b"", link_type=RAW), "tun0")
    for one in addresses:
        stack.command("ipv6.add_address", interface="tun0", address=one, prefix=64)
    stack.command("ipv6.add_route", destination="::/0", gateway="fe80::ff", interface="tun0")
    return stack


@pytest.mark.parametrize(
    ("ours", "to", "wanted"),
    [
        (["2001:db8:1::1", "fe80::1"], "2001:db8:1::9", "2001:db8:1::1"),
        (["2001:db8:1::1", "2001:db8:3::1"], "2001:db8:1::9", "2001:db8:1::1"),
        (["2001:db8:3::1", "2001:db8:1::1"], "2001:db8:1::9", "2001:db8:1::1"),
        (["2001:db8:1::1", "fe80::1"], "ff02::5", "fe80::1"),
        (["fe80::1", "2001:db8:1::1"], "ff0e::5", "2001:db8:1::1"),
        (["2001:db8:1::1", "fd00::1"], "fd00:0:0:5::9", "fd00::1"),
        (["2001:db8:1::1", "2002:c000:201::1"], "2002:c633:6401::9", "2002:c000:201::1"),
        (["2001:db8:1::1", "2002:c000:201::1"], "2001:db8:9::9", "2001:db8:1::1"),
    ],
)
def test_the_source_is_chosen_by_the_rules(ours: list[str], to: str, wanted: str) -> None:
    """The examples of RFC 6724 §10.1, as far as a host of one link has them."""
    assert wanted == source(with_addresses(*ours), to, "tun0")


def test_deprecated_and_temporary_addresses_are_told_apart() -> None:
    """Rules 3 and 7: a deprecated address is avoided, a temporary one comes first."""
    stack = with_addresses("2001:db8:1::1")
    hands = stack.registry.space("ipv6.resolver").port
    for number in (2, 3):
        hands.assign("tun0", int(IPv6Address(f"2001:db8:1::{number}")), 64)  # type: ignore[attr-defined]  # the port of the space
    hands.temporary("tun0", int(IPv6Address("2001:db8:1::3")))  # type: ignore[attr-defined]  # the same
    assert "2001:db8:1::3" == source(stack, "2001:db8:9::9")
    hands.prefer("tun0", int(IPv6Address("2001:db8:1::3")), preferred=False)  # type: ignore[attr-defined]  # the same
    assert "2001:db8:1::1" == source(stack, "2001:db8:9::9")
    hands.withdraw("tun0", int(IPv6Address("2001:db8:1::3")))  # type: ignore[attr-defined]  # the same
    states = {one.address: one.state for one in stack.query("ipv6.addresses", interface="tun0")}
    assert {"2001:db8:1::1": "PREFERRED", "2001:db8:1::2": "PREFERRED"} == states


def test_what_resolvers_tell_makes_ways() -> None:
    """Prefixes on-link, default routers by their rank, redirects; each until it is taken back."""
    stack = with_addresses("2001:db8:1::1", "fe80::1")
    stack.command("ipv6.remove_route", destination="::/0")
    hands = stack.registry.space("ipv6.resolver").port
    far, one, two = (int(IPv6Address(x)) for x in ("2001:db8:9::9", "fe80::a", "fe80::b"))
    hops: list[str] = []

    def look() -> None:
        hops.append(str(IPv6Address(hands.first_hop("tun0", far))))  # type: ignore[attr-defined]  # the port of the space

    look()
    hands.router("tun0", one, 5)  # type: ignore[attr-defined]  # the same
    hands.router("tun0", two, 3)  # type: ignore[attr-defined]  # the same
    look()
    hands.router("tun0", two, None)  # type: ignore[attr-defined]  # the same
    look()
    hands.redirected("tun0", far, two)  # type: ignore[attr-defined]  # the same
    look()
    hands.forget_redirects("tun0", two)  # type: ignore[attr-defined]  # the same
    look()
    hands.on_link("tun0", far, 64, present=True)  # type: ignore[attr-defined]  # the same
    look()
    assert ["::", "fe80::b", "fe80::a", "fe80::b", "fe80::a", "2001:db8:9::9"] == hops


def test_what_can_not_be_sent_raises_and_is_counted() -> None:
    """No way, no address that suits, a source that is not ours or ends at the link."""
    stack = ready6()
    with pytest.raises(NoRoute):
        stack.reserve("ipv6.datagram", 8, dst="2001:db8:9::9", protocol=NUMBER)
    stack.command("ipv6.add_route", destination="::/0", gateway="fe80::9", interface="tun0")
    for wrong in ("2001:db8::77", "ff02::1", "::1", "fe80::1"):
        with pytest.raises(BadAddress):
            stack.reserve("ipv6.datagram", 8, dst="2001:db8:9::9", protocol=NUMBER, src=wrong)
    with pytest.raises(BadAddress):
        stack.reserve("ipv6.datagram", 8, dst="::", protocol=NUMBER)
    with pytest.raises(TooBig):
        stack.reserve("ipv6.datagram", 1461, dst=PEER, protocol=NUMBER, dont_fragment=True)
    counters = stack.layer("ipv6").counters
    assert (1, 1, 2, 1) == tuple(
        counters[name] for name in ("no_route", "not_ready", "bad_source_out", "beyond_scope")
    )


def test_flow_labels_tell_flows_apart_and_stay() -> None:
    """RFC 6437 §3: the same for a flow, another for others, never zero."""
    stack = ready6()
    labels = [int.from_bytes(sent(stack, to)[1:4]) & 0xFFFFF for to in (PEER, PEER, "2001:db8::8")]
    assert labels[0] == labels[1] != labels[2]
    assert 0 not in labels


def test_fields_are_as_asked() -> None:
    """Traffic class, hop limit and source stand in the header."""
    frame = sent(ready6(), PEER, traffic_class=0xB8, hop_limit=3, src=OURS)
    assert (0x6B, 0x80, NUMBER, 3) == (frame[0], frame[1] & 0xF0, frame[6], frame[7])
    assert IPv6Address(OURS).packed == frame[8:24]


def test_a_router_alert_stands_in_options_of_hop_by_hop() -> None:
    """RFC 2711: 8 octets behind the header, which say what follows."""
    stack = ready6()
    internet = stack.registry.space("ipv6.protocol").port
    group = int(IPv6Address("ff02::16"))
    flow = Flow(group, NUMBER, None, hop_limit=1, interface="tun0", alert=0)
    internet.send(flow, bytes(8), (), sum_offset=4)  # type: ignore[attr-defined]  # the port of the space
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    assert (0, 1) == (frame[6], frame[7])
    assert bytes((NUMBER, 0, 5, 2, 0, 0, 1, 0)) == frame[40:48]


def test_what_a_router_tells_of_the_link_counts() -> None:
    """RFC 4861 §6.3.4: hop limit and MTU, as long as the link is up."""
    stack = ready6()
    hands = stack.registry.space("ipv6.resolver").port
    hands.link_told("tun0", mtu=1400, hop_limit=9)  # type: ignore[attr-defined]  # the port of the space
    assert 9 == sent(stack, PEER)[7]
    with pytest.raises(TooBig):
        stack.reserve("ipv6.datagram", 1361, dst=PEER, protocol=NUMBER, dont_fragment=True)
    stack.set_link("tun0", up=False)
    stack.set_link("tun0", up=True)
    assert 64 == sent(stack, PEER)[7]


def test_the_address_of_the_link_needs_a_zone_only_where_there_are_more() -> None:
    """RFC 4007: the interface is named, or there is one with addresses."""
    stack = ready6()
    assert IPv6Address("fe80::9").packed == sent(stack, "fe80::9")[24:40]
    assert IPv6Address("fe80::9").packed == sent(stack, "fe80::9", interface="tun0")[24:40]
    assert [] == given6(stack)
