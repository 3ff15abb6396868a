"""The hands of ARP: packets in and out, and what they can be asked about a packet."""

from __future__ import annotations

from typing import Any

from netfsm.errors import NoBuffers, ReserveError, Unreachable, Unresolved
from netfsm.layers.addresses import dotted, mask_of
from netfsm.layers.contracts import Claimant, Resolver
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.refusal import Refusal

ETHERTYPE = 0x0806


class Arp(Hands):
    """Bound to EtherType 0x0806, and to IPv4's resolvers for Ethernet."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        self._links = self.part("arp.interface")
        self._neighbours = self.part("arp.neighbour")
        self._addresses = self.part("arp.address")
        self._codec = self.codec("arp.packet")
        self._protocol = int(str(self.constants["PROTOCOL"]))
        self._networks: dict[tuple[str, int], int] = {}
        self._policies = self.numbers("arp.Policy")
        self._whys = {value: name.lower() for name, value in self.numbers("arp.Returned").items()}

    def quiesce(self) -> None:
        """Packets that wait go back to their owner."""
        self._neighbours.step_all("delete")

    @property
    def resolver(self) -> Resolver:
        """What is bound to IPv4's resolvers."""
        return self

    @property
    def _owner(self) -> Claimant:
        owner: Claimant = self.below("ipv4.resolver")
        return owner

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

    def on_neighbour_transmit(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A packet leaves to a neighbour that is known."""
        self._forward(instance, emission.packet, emission.lladdr)

    def on_neighbour_release(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Saved packets leave, in order."""
        for packet in emission.packets:
            self._forward(instance, packet, emission.lladdr)

    def _forward(self, instance: CompiledMachine, packet: Outgoing, lladdr: bytes) -> None:
        link = self.link_of(self.interface(instance.interface))
        if link is not None:
            link.send(packet, lladdr, self._protocol)

    def on_neighbour_known(self, _: CompiledMachine, emission: Any, found: Any) -> None:
        """Where a packet would go."""
        found.append(emission.lladdr)

    def on_neighbour_not_known(self, instance: CompiledMachine, _: Any, found: Any) -> None:
        """It is asked for; room is given when it is known."""
        found.append(Unresolved(instance.interface, dotted(_number(instance.address))))

    def on_neighbour_silent(self, instance: CompiledMachine, _: Any, found: Any) -> None:
        """Nobody answered a moment ago."""
        found.append(Unreachable(instance.interface, dotted(_number(instance.address))))

    def on_neighbour_ready(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour is known now."""
        self._owner.neighbour_ready(instance.interface, _number(instance.address))

    def on_neighbour_given_up(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour does not answer."""
        self._owner.neighbour_given_up(instance.interface, _number(instance.address))

    def on_neighbour_returned(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Saved packets go back to their owner."""
        why = self._whys[emission.why]
        for packet in emission.packets:
            self.counters[why] += 1
            self._owner.returned(packet, why)

    def on_neighbour_unresolved(self, _: CompiledMachine, emission: Any, __: Any) -> Verdict:
        """Nobody answered a moment ago, so this packet does not wait."""
        self.counters["unreachable"] += 1
        self._owner.returned(emission.packet, "unreachable")
        return dropped(self.name, "unreachable")

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:
        """There is no room for another instance: a packet goes back, a claim is refused."""
        self.counters["full"] += 1
        if part is self._neighbours and event == "resolve":
            self._owner.returned(inputs[0], "full")
        if part is self._addresses:
            self._owner.claim_refused(str(key[0]), _number(key[1]))
        return dropped(self.name, "full")

    # ---- what IPv4 asks for

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """The hardware address of a neighbour (see `contracts.Resolver`)."""
        found: list[bytes | ReserveError] = []
        key = (interface.name, next_hop.to_bytes(4))
        self._neighbours.step(key, "ask", src.to_bytes(4), context=found)
        answer = found[0] if found else NoBuffers(interface.name)  # no room for another neighbour
        if isinstance(answer, ReserveError):
            raise answer
        return answer

    def resolve(self, interface: Interface, next_hop: int, src: int, packet: Outgoing) -> Verdict:
        """Send a datagram to a neighbour, now or when it is found."""
        key = (interface.name, next_hop.to_bytes(4))
        return self._neighbours.step(key, "resolve", packet, src.to_bytes(4)) or DELIVERED

    def advise(self, interface: Interface, next_hop: int) -> None:
        """A neighbour may be gone (RFC 1122 §2.3.2.1)."""
        self._neighbours.step((interface.name, next_hop.to_bytes(4)), "advise")

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
        self._owner.usable(instance.interface, _number(instance.address))

    def on_address_lost(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another host has it."""
        self._owner.lost(instance.interface, _number(instance.address), emission.by)

    def on_address_contested(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another host has it too; we keep it."""
        self.report(
            "contested",
            interface=instance.interface,
            address=_number(instance.address),
            by=emission.by,
        )

    def on_interface_rate_limited(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Too many conflicts: IPv4 tries again later."""
        self._owner.claim_refused(instance.interface, _number(emission.address))

    def on_interface_not_up(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The link is down: IPv4 tries again later."""
        self._owner.claim_refused(instance.interface, _number(emission.address))

    # ---- choices (RFC 5227 §2.1.1: uniform)

    def choose_address_claim(self, _: CompiledMachine) -> tuple[int]:
        """The initial delay."""
        return (self.random.randint(0, int(str(self.constants["PROBE_WAIT"]))),)

    def choose_address_wait(self, _: CompiledMachine) -> tuple[int]:
        """The time until the second probe."""
        return self._gap()

    def choose_address_probe(self, _: CompiledMachine) -> tuple[int]:
        """The time until the next probe."""
        return self._gap()

    def _gap(self) -> tuple[int]:
        least, most = (int(str(self.constants[name])) for name in ("PROBE_MIN", "PROBE_MAX"))
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
            (key, one.lladdr) for key, one in self._neighbours.states() if one.state == "PERMANENT"
        ]

    def restore(self, kept: Any) -> None:
        """Give them again."""
        for key, lladdr in kept:
            self._neighbours.step(key, "set", lladdr)

    # ---- control

    def query_neighbours(self, interface: str | None = None) -> list[dict[str, object]]:
        """The cache."""
        return [
            {
                "interface": key[0],
                "address": _number(key[1]),
                "lladdr": one.lladdr or bytes(6),
                "state": one.state,
            }
            for key, one in self._neighbours.states()
            if interface in (None, key[0])
        ]

    def query_addresses(self, interface: str | None = None) -> list[dict[str, object]]:
        """The addresses that were claimed."""
        return [
            {"interface": key[0], "address": _number(key[1]), "state": one.state}
            for key, one in self._addresses.states()
            if interface in (None, key[0])
        ]

    def command_flush(self, interface: str) -> None:
        """Forget what was learnt on an interface."""
        self._neighbours.step_all("flush", interface)

    def command_set_neighbour(self, interface: str, address: int, lladdr: bytes) -> None:
        """Make an entry that stays."""
        self.interface(interface)
        self._neighbours.step((interface, address.to_bytes(4)), "set", lladdr)

    def command_delete_neighbour(self, interface: str, address: int) -> None:
        """Forget one neighbour."""
        self._neighbours.step((interface, address.to_bytes(4)), "delete")

    def command_set_policy(self, interface: str, address: int, policy: int) -> None:
        """Say what a conflict is answered with."""
        self._addresses.step((interface, address.to_bytes(4)), "set_policy", policy)


def _number(address: Any) -> int:
    return int.from_bytes(address)
