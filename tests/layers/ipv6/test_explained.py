"""The path of a packet through headers is explained, and nothing happens meanwhile."""

from __future__ import annotations

from tests.layers.ipv6.bench6 import (
    FRAGMENT,
    HOP_BY_HOP,
    ICMPV6,
    OPTIONS,
    counted6,
    echo6,
    extension,
    fragment,
    given6,
    ipv6,
    ready6,
    verified,
)


def test_the_rows_of_headers_are_told_up_to_the_reply() -> None:
    """Options, and the echo behind them."""
    stack = ready6()
    found = stack.registry.explain(ipv6(extension(ICMPV6) + echo6(), HOP_BY_HOP), "tun0")
    rows = [step for step in found.path if step.startswith(("ipv6.", "icmpv6.")) and "/" in step]
    assert [
        "ipv6.input/in.walk",
        "ipv6.chain/idle.begin",
        "ipv6.chain/walk.options",
        "ipv6.chain/walk.padding",
        "ipv6.chain/walk.deliver",
        "icmpv6.input/in.echo",
    ] == rows
    assert ("icmpv6.input: reply", "delivered") == (found.path[-1], found.verdict)


def test_why_it_would_stop_and_that_a_fragment_would_wait() -> None:
    """The reason is the last word; nobody is told, nothing is kept or counted."""
    stack = ready6()
    bad = extension(ICMPV6, b"\x9e\x04\0\0\0\0")
    first = fragment(ICMPV6, bytes(64), more=True)
    assert "ipv6.unknown_option" == stack.registry.explain(ipv6(bad, OPTIONS), "tun0").verdict
    assert "ipv6.chain: collect" == stack.registry.explain(ipv6(first, FRAGMENT), "tun0").path[-1]
    assert (0, 0, 0) == counted6(stack, "in_receives", "unknown_option", "in_fragments")
    assert [129] == [verified(one)[0] for one in given6(stack, ipv6(echo6()))]
