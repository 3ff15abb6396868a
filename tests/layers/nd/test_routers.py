"""Routers, prefixes, redirects, and what neighbours say of themselves."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from netfsm.stack import Stack
from tests.layers.nd.link import (
    ALL_NODES,
    NA,
    NS,
    OURS,
    OVERRIDE,
    PEER,
    RA,
    REDIRECT,
    ROUTER,
    RS,
    SECOND,
    SOLICITED,
    advertisement,
    frame,
    fresh,
    hear,
    known,
    link_local,
    prefix_option,
    redirect_body,
    router_body,
    run,
    settled,
    source_link,
    states,
    target_link,
)

OTHER = "fe80::6"
FAR = "2001:db8:9::9"
MACS = {ROUTER: bytes.fromhex("020000000005"), OTHER: bytes.fromhex("020000000006")}


def advertise(stack: Stack, router: str = ROUTER, options: bytes = b"", **said: int) -> None:
    """A router advertises itself, with its link-layer address."""
    body = router_body(source_link(MACS[router]) + options, **said)
    hear(stack, frame(RA, body, to=ALL_NODES, source=router, mac=MACS[router]))


def default_routers(stack: Stack) -> list[str]:
    """Next hops of the default route, the best first."""
    return [one.gateway for one in stack.query("ipv6.routes") if one.destination == "::/0"]


def test_solicitations_end_with_a_default_router() -> None:
    """A router without a lifetime does not end them (RFC 7559 §2.1)."""
    stack = fresh()
    first = run(stack, 30 * SECOND).messages(RS)
    advertise(stack, lifetime=0)
    second = run(stack, 130 * SECOND).messages(RS)
    advertise(stack)
    third = run(stack, 1000 * SECOND).messages(RS)

    assert (3, True, []) == (len(first), bool(second), third)


@pytest.mark.requirement("RFC 4861 §4.6.2 6", "RFC 4862 §5.5.4 3")
def test_an_address_is_formed_and_lives_as_long_as_is_offered() -> None:
    """Preferred for 100 s, valid for 8000 s, then gone, prefix and all (RFC 4862 §5.5)."""
    stack = settled()
    advertise(stack, options=prefix_option("2001:db8:7::", valid=8000, preferred=100))
    run(stack, 20 * SECOND)
    (formed,) = [one for one in states(stack) if one.startswith("2001:db8:7:")]
    seen = [states(stack)[formed]]
    for until in (120, 7000):
        run(stack, until * SECOND)
        seen.append(states(stack)[formed])
    run(stack, 8100 * SECOND)

    assert ["PREFERRED", "DEPRECATED", "DEPRECATED"] == seen
    assert formed not in states(stack)
    assert () == stack.query("nd.prefixes")
    assert [] == [one for one in stack.query("ipv6.addresses") if one.address == formed]


def test_one_advertisement_does_not_end_an_address() -> None:
    """Two hours are left at least (RFC 4862 §5.5.3 e); what it says of the link is believed."""
    stack = settled()
    advertise(stack, options=prefix_option("2001:db8:7::"))
    run(stack, 20 * SECOND)
    advertise(stack, options=prefix_option("2001:db8:7::", valid=0, preferred=0))
    (one,) = [one for one in stack.query("nd.addresses") if one.address.startswith("2001:db8:7:")]

    assert ("7200", "DEPRECATED") == (one.valid, one.state)
    assert () == stack.query("nd.prefixes")


@pytest.mark.requirement("RFC 4861 §6.3.5 1")
def test_a_router_that_does_not_answer_gives_way() -> None:
    """Traffic goes to the other after three probes, and the first stands behind it."""
    stack = settled()
    advertise(stack)
    advertise(stack, OTHER)
    before = default_routers(stack)
    stack.command("icmpv6.ping", destination=FAR)
    run(stack, 20 * SECOND)

    assert [ROUTER, OTHER] == before
    assert [OTHER, ROUTER] == default_routers(stack)
    assert "UNREACHABLE" == known(stack).get(ROUTER, ("", "UNREACHABLE"))[1]


def test_a_router_that_becomes_a_host_is_one_no_more() -> None:
    """Its advertisement without the flag R takes it from the list (RFC 4861 §7.2.5)."""
    stack = settled()
    advertise(stack)
    body = advertisement(ROUTER, OVERRIDE, target_link(MACS[ROUTER]))
    hear(stack, frame(NA, body, to=ALL_NODES, source=ROUTER))

    assert [] == default_routers(stack)


@pytest.mark.requirement("RFC 4861 §8.3 2")
def test_a_redirect_is_followed_while_its_target_answers() -> None:
    """The first hop changes, and changes back when the better one is silent (RFC 7048 §3)."""
    stack = settled()
    advertise(stack)
    body = redirect_body(OTHER, FAR, target_link(MACS[OTHER]))
    hear(stack, frame(REDIRECT, body, source=ROUTER))
    nd = stack.layer("ipv6")
    far = 0x20010DB8_0009_0000_0000_0000_0000_0009
    before = nd.first_hop("eth0", far)  # type: ignore[attr-defined]  # the hands of IPv6
    stack.command("icmpv6.ping", destination=FAR)
    run(stack, 30 * SECOND)

    assert 0xFE80 << 112 | 6 == before
    assert 0xFE80 << 112 | 5 == nd.first_hop("eth0", far)  # type: ignore[attr-defined]  # the same


@pytest.mark.requirement("RFC 4861 §8.3 5")
def test_a_destination_is_on_the_link_because_a_redirect_says_so() -> None:
    """A redirect to the destination itself makes it a neighbour."""
    stack = settled()
    advertise(stack)
    hear(stack, frame(REDIRECT, redirect_body(FAR, FAR), source=ROUTER))
    asked = "ipv6.source"
    ours = stack.query(asked, destination=FAR, interface="eth0")
    stack.command("icmpv6.ping", destination=FAR)

    assert OURS == ours
    assert "INCOMPLETE" == known(stack)[FAR][1]


def test_the_mac_of_a_neighbour_changes() -> None:
    """It is probed where it was, then asked for by multicast, and found (RFC 7048 §3)."""
    stack = settled()
    ours = link_local(stack)
    old, new = bytes.fromhex("020000000011"), bytes.fromhex("020000000012")
    hear(stack, frame(NS, bytes(4) + _packed(ours) + source_link(old), to=ours, mac=old))
    stack.command("icmpv6.ping", destination=PEER, interface="eth0")
    asked = run(stack, 19 * SECOND).messages(NS)
    found = hear(
        stack, frame(NA, advertisement(PEER, SOLICITED | OVERRIDE, target_link(new)), to=ours)
    )

    assert 4 == len(asked)  # three by unicast, one by multicast
    assert () == found.frames
    assert (new.hex(":"), "REACHABLE") == known(stack)[PEER]


def _packed(address: str) -> bytes:
    return IPv6Address(address).packed


def test_solicitations_are_answered() -> None:
    """To their sender, solicited, with our address; for detection to all nodes."""
    stack = settled()
    (answer,) = hear(stack, frame(NS, bytes(4) + _packed(OURS) + source_link())).messages(NA)
    (defence,) = hear(
        stack, frame(NS, bytes(4) + _packed(OURS), to="ff02::1:ff00:1", source="::")
    ).messages(NA)

    assert SOLICITED | OVERRIDE == answer[4]
    assert OVERRIDE == defence[4]
    assert target_link(bytes.fromhex("020000000001")) == answer[24:] == defence[24:]
