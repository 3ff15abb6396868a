"""Links without neighbours to look for: one preset peer, or everybody."""

from __future__ import annotations

import pytest

from netfsm.stack import Stack
from tests.stack.bench import ALL, OUR_MAC, PEER, PEER_MAC, Plug, frames_of


def linked(**kind: object) -> Stack:
    """A stack with an interface of that kind and 192.0.2.1/24."""
    stack = Stack(layers=["ethernet", "arp", "ipv4", "icmp"], strict=True)
    peer, noarp = kind.get("peer", b""), kind.get("noarp", False)
    assert isinstance(peer, bytes)
    stack.attach(Plug(), "eth0", peer=peer, noarp=bool(noarp))
    stack.command("ipv4.add_address", interface="eth0", address="192.0.2.1", prefix=24)
    return stack


@pytest.mark.parametrize(
    ("kind", "station", "flag"),
    [({"peer": PEER_MAC}, PEER_MAC, "POINTOPOINT"), ({"noarp": True}, ALL, "NOARP")],
    ids=["a preset peer", "no ARP"],
)
def test_a_datagram_leaves_at_once_and_nobody_is_asked(
    kind: dict[str, object], station: bytes, flag: str
) -> None:
    """The address is used without probing, and the first frame is the datagram itself."""
    stack = linked(**kind)
    assert "ASSIGNED" == stack.query("ipv4.addresses", interface="eth0")[0].state
    stack.command("icmp.ping", destination=PEER)
    (frame,) = frames_of(stack.step(1)[0])
    assert (station, OUR_MAC, b"\x08\x00") == (frame[:6], frame[6:12], frame[12:14])
    assert flag in stack.interface("eth0").flags
    assert () == stack.query("arp.neighbours")
