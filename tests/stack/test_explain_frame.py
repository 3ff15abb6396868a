"""The path that a frame would take: told by name, and nothing happens meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from netfsm.stack import Stack
from netfsm.stack.registry import Registry
from tests.stack.bench import arp, echo, ethernet, given, ipv4, ready_stack, udp

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "udp", "host")

PATHS: list[tuple[bytes, str, list[str]]] = [
    (
        arp(1),
        "delivered",
        ["ethernet.ethertype 2054 -> arp", "arp.interface/in.request"],
    ),
    (
        echo(),
        "delivered",
        ["ethernet.input/in.deliver", "ipv4.protocol 1 -> icmp", "icmp.input/in.echo"],
    ),
    (
        ethernet(0x0800, ipv4(udp(b"x"), protocol=17)),
        "delivered",
        ["udp.input/in.socket", "udp.socket/used.store"],
    ),
    (
        ethernet(0x0800, ipv4(udp(b"x", port=9), protocol=17)),
        "udp.unheard",
        ["udp.port 9 -> nobody", "ipv4.reporter 0 -> icmp", "icmp.errors/errors.unreachable"],
    ),
    (ethernet(0x88CC, b"xx"), "ethernet.no_listener", ["ethernet.ethertype 35020 -> nobody"]),
    (b"", "ethernet.truncated", ["link.type 1 -> ethernet"]),
]


def known() -> Stack:
    """A stack with a socket at port 7."""
    stack = ready_stack(LAYERS)
    stack.command("udp.open", port=7)
    stack.step(stack.clock.now)
    return stack


def everything(stack: Stack) -> Any:
    """What a frame could change."""
    layers = stack.layers.values()
    return (
        [dict(one.hands.counters) for one in layers],
        [sorted(map(repr, p.states())) for one in layers for p in one.hands.parts.values()],
        stack.clock.next_deadline(),
        dict(stack.interface("eth0").outcomes),
        stack.query("udp.sockets"),
    )


@pytest.mark.parametrize(
    ("frame", "verdict", "steps"),
    PATHS,
    ids=["ARP", "echo", "socket", "closed port", "LLDP", "nothing"],
)
def test_the_path_is_told_and_nothing_happens(frame: bytes, verdict: str, steps: list[str]) -> None:
    """Rows, keys with their owners, and the end; a stack afterwards is as it was before."""
    stack = known()
    before = everything(stack)
    found = stack.registry.explain(frame)
    assert verdict == found.verdict
    assert steps == [step for step in found.path if step in steps]
    assert before == everything(stack)
    assert () == stack.step(stack.clock.now)[0]


def test_what_is_told_is_what_then_happens() -> None:
    """The frame itself has the verdict that was foretold."""
    for frame, verdict, _ in PATHS:
        stack = known()
        given(stack, frame)
        assert {verdict: 1} == dict(stack.interface("eth0").outcomes)


def test_a_layer_that_goes_changes_the_path() -> None:
    """The path is that of the layers that are bound now."""
    stack = known()
    stack.unload("udp")
    found = stack.registry.explain(ethernet(0x0800, ipv4(udp(b"x"), protocol=17)))
    assert "ipv4.no_protocol" == found.verdict
    assert "ipv4.protocol 17 -> nobody" in found.path


def test_it_can_be_asked_as_any_query() -> None:
    """The host layer answers with the path as text."""
    stack = known()
    answer = stack.query("host.explain", interface="eth0", frame=echo().hex())
    assert "icmp.input/in.echo" in answer.path.splitlines()
    assert "delivered" == answer.verdict
    with pytest.raises(LookupError, match="no interface eth9"):
        stack.query("host.explain", interface="eth9", frame="")
    with pytest.raises(LookupError, match="belongs to no stack"):
        Registry().explain(b"")
