"""The hands of ARP: packets in and out, and what they can be asked about a packet."""

from __future__ import annotations

from typing import Any

from netfsm.errors import ReserveError, Unreachable
from netfsm.layers.addresses import dotted, mask_of
from netfsm.layers.contracts import Claimant, Resolver
from netfsm.layers.resolving import Resolving
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.refusal import Refusal

ETHERTYPE = 0x0806


class Arp(Resolving):
    """Bound to EtherType 0x0806, and to IPv4's resolvers for Ethernet."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        super().setup()
        self._links = self.part("arp.interface")
        self._addresses = self.part("arp.address")
        self._codec = self.codec("arp.packet")
        self.ethertype = self.number("PROTOCOL")
        self._networks: dict[tuple[str, int], int] = {}
        self._policies = self.numbers("arp.Policy")

    @property
    def resolver(self) -> Resolver:
        """What is bound to IPv4's resolvers."""
        return self

    @property
    def owner(self) -> Claimant:
        """Who owns the addresses and the packets."""
        owner: Claimant = self.below("ipv4.resolver")
        return owner

    def keyed(self, address: int) -> bytes:
        """Its four octets."""
        return address.to_bytes(4)

    def plain(self, address: Any) -> int:
        """The address of a key."""
        return int.from_bytes(address)

    def written(self, address: int) -> str:
        """With dots."""
        return dotted(address)

    # ---- in

    def receive(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:  # noqa: ARG002  # RFC 826 looks at the packet alone
        """A packet from the link."""
        found = self._codec.decode(packet)
        if isinstance(found, Refusal):
            return self.refused(found.reason)
        self.counters["in_packets"] += 1
        spa = int.from_bytes(found.spa)
        verdict = self._links.step(
            (interface.name,),
            "packet",
            found,
            bool(found.sha[:1]) and bool(found.sha[0] & 1),
            self._is_host(interface, spa),
            self._is_on_link(interface, spa),
            (interface.name, found.spa) in self._addresses.instances,
            (interface.name, found.tpa) in self._addresses.instances,
        )
        return verdict or DELIVERED

    def _is_on_link(self, interface: Interface, address: int) -> bool:
        return any(
            address & mask_of(prefix) == ours & mask_of(prefix)
            for (name, ours), prefix in self._networks.items()
            if name == interface.name
        )

    def _is_host(self, interface: Interface, address: int) -> bool:
        """False for groups, loopback, this-network, and the broadcasts of our networks."""
        first = address >> 24
        if first in (0, 127) or first >= 224:
            return False
        return not any(
            prefix < 31 and address == (ours | (mask_of(prefix) ^ 0xFFFFFFFF))
            for (name, ours), prefix in self._networks.items()
            if name == interface.name
        )

    # ---- out

    def on_neighbour_arp(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A request leaves."""
        self._send(self.interface(instance.interface), emission)

    def on_address_arp(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A probe, an announcement or a reply leaves."""
        self._send(self.interface(instance.interface), emission)

    def _send(self, interface: Interface, emission: Any) -> None:
        fields = {
            name: getattr(emission, name)
            for name in ("hrd", "pro", "op", "sha", "spa", "tha", "tpa")
        }
        octets = self._codec.encode(self._codec.make(**fields))
        link = self.link_of(interface)
        try:
            packet = link.reserve(interface, len(octets)) if link is not None else None
        except ReserveError:
            packet = None
        if link is None or packet is None:
            self.counters["unsent"] += 1
            return
        packet.write(octets)
        self.counters["out_packets"] += 1
        link.send(packet, emission.to, ETHERTYPE)

    def on_neighbour_silent(self, instance: CompiledMachine, _: Any, found: Any) -> None:
        """Nobody answered a moment ago."""
        found.append(Unreachable(instance.interface, dotted(self.plain(instance.address))))

    def on_neighbour_unresolved(self, _: CompiledMachine, emission: Any, __: Any) -> Verdict:
        """Nobody answered a moment ago, so this packet does not wait."""
        self.counters["unreachable"] += 1
        self.owner.returned(emission.packet, "unreachable")
        return dropped(self.name, "unreachable")

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:
        """There is no room for another instance: a packet goes back, a claim is refused."""
        self.counters["full"] += 1
        if part is self.neighbours and event == "resolve":
            self.owner.returned(inputs[0], "full")
        if part is self._addresses:
            self.owner.claim_refused(str(key[0]), self.plain(key[1]))
        return dropped(self.name, "full")

    # ---- what IPv4 asks for

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """The hardware address of a neighbour (see `contracts.Resolver`)."""
        return self.asked(interface, next_hop, src.to_bytes(4))

    def resolve(self, interface: Interface, next_hop: int, src: int, packet: Outgoing) -> Verdict:
        """Send a datagram to a neighbour, now or when it is found."""
        key = (interface.name, next_hop.to_bytes(4))
        return self.neighbours.step(key, "resolve", packet, src.to_bytes(4)) or DELIVERED

    def claim(
        self, interface: Interface, address: int, prefix: int, *, probing: bool | None, defence: str
    ) -> None:
        """See that nobody else uses the address (RFC 5227 §2.1)."""
        self._networks[interface.name, address] = prefix
        wanted = bool(self.constants["ACD"]) if probing is None else probing
        self._links.step(
            (interface.name,), "claim", address.to_bytes(4), wanted, self._policies[defence]
        )

    def release(self, interface: Interface, address: int) -> None:
        """The address is not ours any more."""
        self._networks.pop((interface.name, address), None)
        self._addresses.step((interface.name, address.to_bytes(4)), "release")

    def group_station(self, interface: Interface, address: int) -> bytes:  # noqa: ARG002  # all of Ethernet has one mapping
        """Where a multicast group listens: 01-00-5e and its low 23 bits (RFC 1112 §6.4)."""
        return b"\x01\x00\x5e" + (address & 0x7FFFFF).to_bytes(3)

    def on_address_usable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nobody else has it."""
        self.owner.usable(instance.interface, self.plain(instance.address))

    def on_address_lost(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another host has it."""
        self.owner.lost(instance.interface, self.plain(instance.address), emission.by)

    def on_address_contested(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another host has it too; we keep it."""
        self.report(
            "contested",
            interface=instance.interface,
            address=self.plain(instance.address),
            by=emission.by,
        )

    def on_interface_rate_limited(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Too many conflicts: IPv4 tries again later."""
        self.owner.claim_refused(instance.interface, self.plain(emission.address))

    def on_interface_not_up(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The link is down: IPv4 tries again later."""
        self.owner.claim_refused(instance.interface, self.plain(emission.address))

    # ---- choices (RFC 5227 §2.1.1: uniform)

    def choose_address_claim(self, _: CompiledMachine) -> tuple[int]:
        """The initial delay."""
        return (self.random.randint(0, self.number("PROBE_WAIT")),)

    def choose_address_wait(self, _: CompiledMachine) -> tuple[int]:
        """The time until the second probe."""
        return self._gap()

    def choose_address_probe(self, _: CompiledMachine) -> tuple[int]:
        """The time until the next probe."""
        return self._gap()

    def _gap(self) -> tuple[int]:
        least, most = (self.number(name) for name in ("PROBE_MIN", "PROBE_MAX"))
        return (self.random.randint(least, most),)

    # ---- interfaces

    def given_interface(self, key: Key) -> tuple[int, int, bytes]:
        """The link's hardware type, the length of its addresses, and ours."""
        interface = self.interface(str(key[0]))
        return interface.link_type, len(interface.hwaddr), interface.hwaddr

    def given_neighbour(self, key: Key) -> tuple[int, bytes, bytes, bytes]:
        """The link's hardware type, our address, that of all stations, and none."""
        interface = self.interface(str(key[0]))
        return (
            interface.link_type,
            interface.hwaddr,
            interface.broadcast,
            bytes(len(interface.hwaddr)),
        )

    given_address = given_neighbour

    def interface_up(self, interface: Interface) -> None:
        """ARP serves the link from now on."""
        if interface.resolves:
            self._links.step((interface.name,), "up")

    def interface_down(self, interface: Interface) -> None:
        """What was learnt on the link is forgotten."""
        self._links.step((interface.name,), "down")

    def remember(self) -> Any:
        """The neighbours that a person gave."""
        return [
            (key, one.lladdr) for key, one in self.neighbours.states() if one.state == "PERMANENT"
        ]

    def restore(self, kept: Any) -> None:
        """Give them again."""
        for key, lladdr in kept:
            self.neighbours.step(key, "set", lladdr)

    # ---- control

    def query_neighbours(self, interface: str | None = None) -> list[dict[str, object]]:
        """The cache."""
        return [
            {
                "interface": key[0],
                "address": self.plain(key[1]),
                "lladdr": one.lladdr or bytes(6),
                "state": one.state,
            }
            for key, one in self.neighbours.states()
            if interface in (None, key[0])
        ]

    def query_addresses(self, interface: str | None = None) -> list[dict[str, object]]:
        """The addresses that were claimed."""
        return [
            {"interface": key[0], "address": self.plain(key[1]), "state": one.state}
            for key, one in self._addresses.states()
            if interface in (None, key[0])
        ]

    def command_set_policy(self, interface: str, address: int, policy: int) -> None:
        """Say what a conflict is answered with."""
        self._addresses.step((interface, address.to_bytes(4)), "set_policy", policy)
