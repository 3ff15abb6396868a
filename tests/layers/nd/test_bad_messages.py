"""Messages that fail a validity check: each is dropped under a name of its own; nothing raises."""

from __future__ import annotations

from random import Random

import pytest

from tests.layers.ipv6.bench6 import FRAGMENT, fragment, icmp6, ipv6
from tests.layers.nd.link import (
    ALL_NODES,
    NA,
    NS,
    OURS,
    PEER,
    RA,
    REDIRECT,
    ROUTER,
    RS,
    SOLICITED,
    advertisement,
    counted,
    frame,
    hear,
    known,
    link_local,
    option,
    prefix_option,
    redirect_body,
    router_body,
    settled,
    solicitation,
    solicited_node,
    source_link,
)
from tests.stack.bench import ethernet

GROUP = solicited_node(OURS)
FAR = "2001:db8:9::9"
WRONG = {
    "bad_hop_limit": frame(NS, solicitation(OURS), hop_limit=254),
    "bad_code": frame(NS, solicitation(OURS), code=1),
    "not_a_router": frame(RS, bytes(4), to=ALL_NODES),
    "link_without_source": frame(NS, solicitation(OURS, source_link()), to=GROUP, source="::"),
    "bad_destination": frame(NS, solicitation(OURS), to=ALL_NODES, source="::"),
    "multicast_target": frame(NS, solicitation("ff02::1")),
    "not_for_us": frame(NS, solicitation("fe80::100:1"), to=GROUP),
    "solicited_multicast": frame(NA, advertisement(PEER, SOLICITED), to=ALL_NODES),
    "not_link_local": frame(RA, router_body(), to=ALL_NODES, source="2001:db8::5"),
    "not_first_hop": frame(REDIRECT, redirect_body("fe80::7", FAR)),
    "truncated": frame(NS, solicitation(OURS)[:12]),
    "bad_options": frame(NS, solicitation(OURS, bytes((1, 0)) + bytes(6))),
    "bad_length": frame(RA, router_body(prefix_option(FAR, bits=129)), to=ALL_NODES, source=ROUTER),
}


@pytest.mark.requirement("RFC 4861 §4.6 1")
@pytest.mark.parametrize("reason", WRONG)
def test_it_is_dropped_under_its_name(reason: str) -> None:
    """Its counter tells, no neighbour is learnt of it, and no answer leaves."""
    stack = settled()
    before = counted(stack).get(reason, 0)
    found = hear(stack, WRONG[reason])

    assert before + 1 == counted(stack).get(reason, 0)
    assert () == found.frames
    assert {} == known(stack)


def test_messages_in_pieces_are_dropped() -> None:
    """Also a message with a fragment header that is whole (RFC 6980 §5)."""
    stack = settled()
    padded = solicitation(OURS, source_link() + option(25, bytes(54)))
    message = icmp6(NS, padded, source=PEER)
    atomic = ipv6(fragment(58, message), FRAGMENT, source=PEER, hop_limit=255)
    cut = [fragment(58, message[:48], more=True), fragment(58, message[48:], 48)]
    pieces = [ipv6(one, FRAGMENT, source=PEER, hop_limit=255) for one in cut]
    hear(stack, *[ethernet(0x86DD, one) for one in (atomic, *pieces)])

    assert 2 == counted(stack)["fragmented"]
    assert {} == known(stack)


@pytest.mark.parametrize("seed", range(4))
def test_no_message_raises(seed: int) -> None:
    """Random octets behind every type, from and to what a peer may say; the stack is strict."""
    chance = Random(seed)
    stack = settled()
    ours = link_local(stack)
    for _ in range(500):
        kind = chance.choice((RS, RA, NS, NA, REDIRECT, 130, 131, 132, 143))
        body = bytearray(chance.randbytes(chance.choice((0, 4, 12, 20, 28, 36, 60, 200))))
        if len(body) >= 20 and chance.random() < 0.7:
            body[4:20] = solicitation(OURS)[4:]
        if len(body) > 21 and chance.random() < 0.8:
            body[21] = chance.choice((0, 1, 1, 1, 2, 4))
        to = chance.choice((OURS, ours, ALL_NODES, GROUP))
        source = chance.choice((PEER, ROUTER, "::", "2001:db8::9", OURS))
        hops = chance.choice((255, 255, 255, 1, 64))
        hear(stack, frame(kind, bytes(body), to=to, source=source, hop_limit=hops))

    assert len(known(stack)) <= 1024
