"""IPv6 and a resolver of a link: addresses that are claimed, next hops that are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import Any

import pytest

from netfsm.errors import Unresolved
from netfsm.layers.contracts6 import Configuration
from netfsm.stack import Frame, Interface, Report, Stack, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED
from tests.layers.ipv6.bench6 import OURS, PEER, echo6, ipv6, verified
from tests.stack.bench import OUR_MAC, PEER_MAC, Plug, ethernet, frames_of

FAR = "2001:db8:5::9"


class Oracle:
    """A resolver that does as a test says: `known` stations, `asked` claims and releases."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.held: list[Outgoing] = []

    def claim(
        self, interface: Interface, address: int, prefix: int, *, probing: bool | None, defence: str
    ) -> None:
        """Note it; the test answers."""
        del interface, prefix, probing, defence
        self.asked.append(("claim", str(IPv6Address(address))))

    def release(self, interface: Interface, address: int) -> None:
        """Note it."""
        del interface
        self.asked.append(("release", str(IPv6Address(address))))

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """What the test has made known."""
        del src
        hop = str(IPv6Address(next_hop))
        if hop not in self.known:
            raise Unresolved(interface.name, hop)
        return self.known[hop]

    def resolve(self, interface: Interface, next_hop: int, src: int, packet: Outgoing) -> Verdict:
        """Keep it."""
        del interface, next_hop, src
        self.held.append(packet)
        return DELIVERED

    def group_station(self, interface: Interface, address: int) -> bytes:
        """33-33 and the low 32 bits (RFC 2464 §7)."""
        del interface
        return b"\x33\x33" + (address & 0xFFFFFFFF).to_bytes(4)

    def advise(self, interface: Interface, next_hop: int) -> None:
        """Nothing is known of it."""

    def reached(self, interface: Interface, next_hop: int) -> None:
        """Note it."""
        del interface
        self.asked.append(("reached", str(IPv6Address(next_hop))))


class Groups:
    """Hears what groups are listened to."""

    def __init__(self) -> None:
        self.now: list[str] = []

    def joined(self, interface: str, group: int) -> None:
        """One more."""
        self.now.append(f"{interface} {IPv6Address(group)}")

    def left(self, interface: str, group: int) -> None:
        """One less."""
        self.now.remove(f"{interface} {IPv6Address(group)}")


class Host:
    """A stack with eth0 and an oracle for it."""

    def __init__(self) -> None:
        self.stack = Stack(layers=["ethernet", "ipv6", "icmpv6"], strict=True)
        self.oracle, self.groups = Oracle(), Groups()
        space: Any = self.stack.registry.space("ipv6.resolver")
        space.bind(1, self.oracle, "test")
        self.stack.registry.space("ipv6.membership").bind(0, self.groups, "test")
        self.ipv6: Configuration = space.port
        self.stack.attach(Plug(), "eth0")
        self.give(OURS)
        self.stack.step(0)

    def give(self, address: str) -> None:
        """Give eth0 an address."""
        self.stack.command("ipv6.add_address", interface="eth0", address=address, prefix=64)

    def state(self) -> str:
        """The state of the first address of eth0."""
        return str(self.stack.query("ipv6.addresses", interface="eth0")[0].state)

    def given(self, packet: bytes) -> list[bytes]:
        """Hand a packet in and return the frames that come out."""
        frame = Frame("eth0", ethernet(0x86DD, packet))
        return frames_of(self.stack.step(self.stack.clock.now, [frame])[0])


@pytest.fixture
def host() -> Iterator[Host]:
    """The stack; everything of it can go in the end."""
    one = Host()
    yield one
    for layer in ("icmpv6", "ipv6"):
        one.stack.unload(layer)


def test_an_address_is_used_when_nobody_else_has_it(host: Host) -> None:
    """Claimed, in the group of solicited nodes from the beginning, and answered for only then."""
    address = int(IPv6Address(OURS))
    assert ([("claim", OURS)], "TENTATIVE") == (host.oracle.asked, host.state())
    assert ["eth0 ff02::1:ff00:1"] == host.groups.now
    assert [] == host.given(ipv6(echo6()))
    host.ipv6.usable("eth0", address)
    assert "PREFERRED" == host.state()
    host.oracle.known[PEER] = PEER_MAC
    assert [] == host.given(ipv6(echo6()))
    (packet,) = host.oracle.held
    assert 129 == verified(bytes(packet.buffer))[0]


def test_an_address_that_is_lost_is_not_used(host: Host) -> None:
    """While it is claimed or later; its owner is told by whom."""
    host.ipv6.lost("eth0", int(IPv6Address(OURS)), PEER_MAC)
    reports = [one.name for one in host.stack.step(1)[0] if isinstance(one, Report)]
    assert "DUPLICATE" == host.state()
    assert ["ipv6.conflict", "ipv6.lost"] == reports


def test_a_claim_that_is_refused_is_made_again_and_with_the_link(host: Host) -> None:
    """After a minute; and when the link comes back, from the beginning."""
    host.ipv6.claim_refused("eth0", int(IPv6Address(OURS)))
    host.stack.step(60_000_000)
    assert [("claim", OURS)] * 2 == host.oracle.asked
    host.stack.set_link("eth0", up=False)
    host.stack.set_link("eth0", up=True)
    assert [("release", OURS), ("claim", OURS)] == host.oracle.asked[2:]


def test_groups_follow_addresses(host: Host) -> None:
    """Two addresses may share a group, which is left with the last of them."""
    host.give("2001:db8:7::1")
    host.stack.command("ipv6.join_group", interface="eth0", group="ff02::5")
    assert ["eth0 ff02::1:ff00:1", "eth0 ff02::5"] == host.groups.now
    host.stack.command("ipv6.remove_address", interface="eth0", address=OURS)
    assert 2 == len(host.groups.now)
    host.stack.command("ipv6.remove_address", interface="eth0", address="2001:db8:7::1")
    host.stack.command("ipv6.leave_group", interface="eth0", group="ff02::5")
    assert [] == host.groups.now


def test_a_router_is_in_the_groups_of_routers(host: Host) -> None:
    """RFC 4291 §2.8: for as long as it forwards, and as long as somebody else wants it."""
    told: dict[str, object] = {"interface": "eth0"}
    host.stack.command("ipv6.set_forwarding", on=True, **told)
    assert ["eth0 ff02::1:ff00:1", "eth0 ff02::2", "eth0 ff05::2"] == host.groups.now
    host.stack.command("ipv6.join_group", group="ff02::2", **told)
    host.stack.command("ipv6.set_forwarding", on=False, **told)
    assert ["eth0 ff02::1:ff00:1", "eth0 ff02::2"] == host.groups.now
    host.stack.command("ipv6.leave_group", group="ff02::2", **told)
    assert ["eth0 ff02::1:ff00:1"] == host.groups.now


def test_room_is_given_when_the_next_hop_is_known(host: Host) -> None:
    """Two stages: not known, then the frame goes to its station; a group needs nobody."""
    host.ipv6.usable("eth0", int(IPv6Address(OURS)))
    with pytest.raises(Unresolved):
        host.stack.reserve("ipv6.datagram", 4, dst=PEER, protocol=253)
    host.oracle.known[PEER] = PEER_MAC
    for to in (PEER, "ff02::5"):
        packet = host.stack.reserve("ipv6.datagram", 4, dst=to, protocol=253)
        packet.write(b"1234")
        host.stack.commit(packet)
    frames = frames_of(host.stack.step(host.stack.clock.now)[0])
    assert [PEER_MAC, bytes.fromhex("333300000005")] == [one[:6] for one in frames]
    assert {OUR_MAC + b"\x86\xdd"} == {one[6:14] for one in frames}


def test_whoever_sent_what_the_next_hop_does_not_take_is_told(host: Host) -> None:
    """RFC 4443 §3.1: a router whose neighbour is silent says address unreachable."""
    host.ipv6.usable("eth0", int(IPv6Address(OURS)))
    host.ipv6.on_link("eth0", int(IPv6Address(FAR)), 64, present=True)
    host.stack.command("ipv6.set_forwarding", interface="eth0", on=True)
    assert [] == host.given(ipv6(echo6(to=FAR), to=FAR))
    (waiting,) = host.oracle.held
    host.ipv6.returned(waiting, "unreachable")
    error = host.oracle.held[1]
    assert b"\x01\x03" == verified(bytes(error.buffer))[:2]
    assert 1 == host.stack.layer("ipv6").counters["unforwarded"]


def test_a_reload_keeps_what_a_person_gave(host: Host) -> None:
    """Addresses are claimed again; groups, routes and who forwards are as before."""
    host.ipv6.usable("eth0", int(IPv6Address(OURS)))
    host.stack.command("ipv6.join_group", interface="eth0", group="ff02::5")
    host.stack.command("ipv6.add_route", destination="::/0", gateway="fe80::9", interface="eth0")
    host.stack.command("ipv6.set_forwarding", interface="eth0", on=True)
    before = host.stack.query("ipv6.routes"), host.stack.query("ipv6.groups", interface="eth0")
    host.stack.reload("ipv6")
    after = host.stack.query("ipv6.routes"), host.stack.query("ipv6.groups", interface="eth0")
    port: Any = host.stack.registry.space("ipv6.resolver").port
    assert (before, True, "PREFERRED") == (after, port.forwards("eth0"), host.state())
