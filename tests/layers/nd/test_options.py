"""Options of messages: known, unknown, of the wrong length, in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.layers.nd.link import NS, OURS, PEER, frame, hear, known, option, settled, solicitation
from tests.layers.nd.link import source_link as link
from tests.stack.bench import PEER_MAC

UNKNOWN = option(25, bytes(14))
NONCE = option(14, bytes(6))


@pytest.mark.requirement("RFC 4861 §9 7")
@pytest.mark.parametrize("order", list(permutations((link(), UNKNOWN, NONCE))))
def test_options_may_come_in_any_order(order: tuple[bytes, ...]) -> None:
    """The sender is learnt of its option wherever that stands, and answered at once."""
    stack = settled()
    hear(stack, frame(NS, solicitation(OURS, b"".join(order))))

    assert {PEER: (PEER_MAC.hex(":"), "DELAY")} == known(stack)


def test_an_address_of_another_length_is_not_learnt() -> None:
    """Those of the link have six octets; the solicitation is answered all the same."""
    stack = settled()
    found = hear(stack, frame(NS, solicitation(OURS, option(1, bytes(14)))))

    assert "INCOMPLETE" == known(stack)[PEER][1]  # looked for, to answer it
    assert [NS] == [one[54] for one in found.frames]
