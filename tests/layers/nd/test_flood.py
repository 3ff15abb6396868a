"""A flood for addresses that don't exist: the cache is bounded, known neighbours are unharmed."""

from __future__ import annotations

from ipaddress import IPv6Address

from netfsm.errors import ReserveError
from tests.layers.nd.link import (
    NA,
    NS,
    OVERRIDE,
    PEER,
    SOLICITED,
    advertisement,
    counted,
    frame,
    hear,
    known,
    link_local,
    settled,
    solicitation,
    source_link,
    target_link,
)

FRIENDS = [f"2001:db8::f:{number:x}" for number in range(1, 21)]
NOBODY = int(IPv6Address("2001:db8:0:0:1::"))
MOST = 1024


def test_packets_to_addresses_that_do_not_exist() -> None:
    """Those that are looked for make room for each other (RFC 6583 §6.3), not those in use."""
    stack = settled()
    ours = link_local(stack)
    nd = stack.layer("nd")
    interface = stack.interface("eth0")
    for friend in FRIENDS:
        _ask(nd, interface, int(IPv6Address(friend)))
        flags = SOLICITED | OVERRIDE
        answer = frame(NA, advertisement(friend, flags, target_link()), to=ours, source=friend)
        hear(stack, answer)
    for number in range(10_000):
        _ask(nd, interface, NOBODY + number)
    found = known(stack)

    assert MOST == len(found)
    assert {"REACHABLE"} == {found[friend][1] for friend in FRIENDS}


def test_solicitations_for_addresses_that_are_not_ours() -> None:
    """Nothing is kept of any of them, and what is known of their sender stays."""
    stack = settled()
    ours = link_local(stack)
    hear(stack, frame(NS, solicitation(ours, source_link()), to=ours))
    before = known(stack)
    for start in range(0, 100_000, 1000):
        one = frame(NS, solicitation(str(IPv6Address(NOBODY + start)), source_link()), to=ours)
        hear(stack, *[one] * 1000)

    assert before == known(stack)
    assert PEER in before
    assert 100_000 == counted(stack)["not_for_us"]


def _ask(nd: object, interface: object, address: int) -> None:
    """Want room for a packet; there is none before the neighbour is known."""
    try:
        nd.station(interface, address, NOBODY)  # type: ignore[attr-defined]  # the hands of nd
    except ReserveError:
        return
