"""The hands of IPv4: headers, the address and route tables, and the loopback interface."""

from __future__ import annotations

from typing import Any, NamedTuple

from netfsm.errors import BadAddress, LinkDown, NoRoute, ReserveError, TooBig
from netfsm.layers.addresses import Configured, RouteEntry, Tables, dotted, mask_of
from netfsm.layers.contracts import Claimant, Flow, Inbound, Internet, Resolver
from netfsm.machine import CompiledMachine
from netfsm.spec.types import Enum
from netfsm.stack import Binding, Hands, Interface, Verdict
from netfsm.stack.outgoing import Attempt, Outgoing
from netfsm.stack.part import Key
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal

LOOPBACK_ADDRESS = 0x7F000001


class _Going(NamedTuple):
    """A datagram for which room is sought."""

    attempt: Attempt
    interface: Interface | None
    dst: int
    src: int


class Ipv4(Hands):
    """Bound to EtherType 0x0800 and IP version 4; provides `ipv4.protocol`, `ipv4.resolver`."""

    def setup(self) -> None:
        """Resolve what every datagram needs, and bring the loopback interface up."""
        self.tables = Tables()
        self._input = self.part("ipv4.input")
        self._output = self.part("ipv4.output")
        self._address = self.part("ipv4.address")
        self._protocols = self.spaces["ipv4.protocol"]
        self._resolvers = self.spaces["ipv4.resolver"]
        self._protocols.port = self.internet
        self._resolvers.port = self.claimant
        codec = self.codec("ipv4.header")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets
        self._ethertype = int(str(self.constants["ETHERTYPE"]))
        self._ttl = int(str(self.constants["DEFAULT_TTL"]))
        self._destinations = self._numbers("ipv4.Destination")
        self._routes = self._numbers("ipv4.Route")
        self._identification = self.random.getrandbits(16)
        self.tables.loopback = self.loopback().name

    def _numbers(self, name: str) -> dict[str, int]:
        for kind in self.layer.used_types:
            if isinstance(kind, Enum) and kind.name == name:
                return dict(kind.members)
        raise KeyError(name)

    @property
    def internet(self) -> Internet:
        """What protocols over IPv4 use."""
        return self

    @property
    def claimant(self) -> Claimant:
        """What resolvers speak to."""
        return self

    # ---- in

    def receive(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:
        """A datagram from a link."""
        self.counters["in_receives"] += 1
        header = self._decode(packet)
        if isinstance(header, Refusal):
            return self.refused(header.reason)
        handler = self._protocols.find(header.protocol)
        kind = self.tables.destination(interface.name, header.dst)
        verdict = self._input.step(
            (),
            "datagram",
            header,
            self._destinations[kind],
            self.tables.is_broadcast(interface.name, header.src),
            interface.loopback,
            broadcast,
            handler is not None,
            context=(handler, interface, header),
        )
        return verdict or DELIVERED

    def on_input_deliver(self, _: CompiledMachine, emission: Any, context: Any) -> Verdict:
        """The payload goes to the layer bound to the protocol; taps see it first."""
        handler, interface, header = context
        self.counters["in_delivers"] += 1
        dst = self.tables.source(interface.name) if emission.group else header.dst
        inbound = Inbound(interface, header.src, dst, emission.group)
        for tap in self._protocols.taps(header.protocol):
            tap(header.payload, inbound)
        verdict: Verdict = handler(header.payload, inbound)
        return verdict

    # ---- out

    def flow_datagram(
        self,
        size: int,
        *,
        dst: int,
        protocol: int,
        src: int | None = None,
        tos: int = 0,
        ttl: int | None = None,
    ) -> Outgoing:
        """Room for a datagram that a program sends by itself."""
        return self.reserve(Flow(dst, protocol, src, tos, ttl), size)

    def reserve(self, flow: Flow, size: int, *, may_wait: bool = False) -> Outgoing:
        """Room for one datagram (see `contracts.Internet`)."""
        self.counters["out_requests"] += 1
        way = self.tables.way(flow.dst)
        source = way.src if flow.src is None else flow.src
        interface = self._interface(way.interface)
        self._identification = (self._identification + 1) & 0xFFFF
        attempt = Attempt(size)
        self._output.step(
            (),
            "reserve",
            source,
            flow.dst,
            flow.protocol,
            flow.tos,
            self._ttl if flow.ttl is None else flow.ttl,
            size,
            may_wait,
            self._routes[way.kind],
            interface is not None and self.resolver(interface) is not None,
            way.next_hop,
            self.tables.is_ours(source),
            self._identification,
            interface.mtu if interface is not None else 0,
            context=_Going(attempt, interface, flow.dst, source),
        )
        return attempt.result()

    def on_output_loop(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To ourselves, by the loopback interface."""
        self._room(going, emission, b"")

    def on_output_flood(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To every station of the link."""
        self._room(going, emission, going.interface.broadcast)

    def on_output_group(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the stations of a group; the resolver knows how the link addresses them."""
        interface = going.interface
        resolver = self.resolver(interface)
        to = resolver.group_station(interface, emission.dst) if resolver else interface.broadcast
        self._room(going, emission, to)

    def on_output_straight(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the only station there is."""
        self._room(going, emission, going.interface.peer)

    def on_output_ask(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, where the resolver knows it."""
        resolver = self.resolver(going.interface)
        assert resolver is not None  # the row asked for one
        try:
            to = resolver.station(going.interface, emission.next_hop, emission.src)
        except ReserveError as error:
            self.counters["unresolved"] += 1
            going.attempt.error = error
            return
        self._room(going, emission, to)

    def on_output_hold(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, when the resolver knows it."""
        self._room(going, emission, None)

    def _room(self, going: _Going, emission: Any, station: bytes | None) -> None:
        """Room below; the header is noted until the payload is there."""
        interface, attempt = going.interface, going.attempt
        assert interface is not None  # a route names one
        link = self.link_of(interface)
        try:
            if link is None:
                raise LinkDown(interface.name)
            packet = link.reserve(interface, attempt.size + self._header)
        except ReserveError as error:
            self.counters["no_room"] += 1
            attempt.error = error
            return
        packet.note((emission, station), self._header)
        attempt.packet = packet

    def commit(self, packet: Outgoing) -> Verdict:
        """The header in front of the payload; then the packet goes to its station."""
        header, station = packet.recall()
        buffer = packet.buffer
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            tos=header.tos,
            id=header.id,
            ttl=header.ttl,
            protocol=header.protocol,
            src=header.src,
            dst=header.dst,
        )
        self.counters["out_transmits"] += 1
        interface = self.interface(packet.interface)
        if station is None:
            return self._resolve(interface, header, packet)
        link = self.link_of(interface)
        if link is None:
            packet.cancel()
            return self.unsent("no_room")
        return link.send(packet, station, self._ethertype)

    def _resolve(self, interface: Interface, header: Any, packet: Outgoing) -> Verdict:
        resolver = self.resolver(interface)
        if resolver is None:
            packet.cancel()
            return self.unsent("unresolved")
        return resolver.resolve(interface, header.next_hop, header.src, packet)

    def on_output_no_route(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nobody knows the way."""
        going.attempt.error = NoRoute(dotted(going.dst))
        return self.unsent("no_route")

    def on_output_bad_source_out(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """No host may send so."""
        going.attempt.error = BadAddress(dotted(going.src), "no host may send from it so")
        return self.unsent("bad_source_out")

    def on_output_not_ready(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """The source is not, or not yet, an address of ours."""
        going.attempt.error = BadAddress(dotted(going.src), "it is no address of ours in use")
        return self.unsent("not_ready")

    def on_output_too_big(self, _: CompiledMachine, emission: Any, going: Any) -> Verdict:
        """The interface does not carry as much in one piece."""
        going.attempt.error = TooBig(emission.size + self._header, emission.mtu)
        return self.unsent("too_big")

    # ---- addresses

    def on_address_claim(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Ask the resolver; after this step, so that it has heard of the link too."""
        interface = self.interface(emission.interface)
        one = self.tables.addresses[emission.interface, emission.address]
        resolver = self.resolver(interface)
        assert resolver is not None  # the row asked for one
        self.later(
            lambda: resolver.claim(
                interface, one.address, one.prefix, probing=one.probing, defence=one.defence
            )
        )

    def on_address_release(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The address is not used any more."""
        interface = self.interface(emission.interface)
        self._use(emission.interface, emission.address, usable=False)
        resolver = self.resolver(interface)
        if resolver is not None:
            resolver.release(interface, emission.address)

    def on_address_ready(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The address may be used."""
        self._use(emission.interface, emission.address, usable=True)
        self.report("ready", interface=emission.interface, address=emission.address)

    def on_address_conflict(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The address is another host's."""
        self._use(emission.interface, emission.address, usable=False)
        self.report("conflict", interface=emission.interface, address=emission.address)

    def on_address_exists(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Told to the one who commands it: see `command_add_address`."""
        self.report("exists", interface=emission.interface, address=emission.address)

    def _use(self, interface: str, address: int, *, usable: bool) -> None:
        one = self.tables.addresses.get((interface, address))
        if one is not None:
            one.usable = usable
        self.tables.changed()

    def usable(self, interface: str, address: int) -> None:
        """A resolver found nobody else with the address."""
        self._address.step((interface, address), "usable")

    def lost(self, interface: str, address: int, by: bytes) -> None:
        """A resolver found another host with the address."""
        self._address.step((interface, address), "lost")
        self.report("lost", interface=interface, address=address, by=by)

    def claim_refused(self, interface: str, address: int) -> None:
        """A resolver does not take the claim now."""
        self._address.step((interface, address), "refused")

    def returned(self, packet: Outgoing, why: str) -> None:
        """A packet could not be sent; `why` is the resolver's word."""
        self.counters["unresolved"] += 1
        packet.cancel()
        self.report("unsent", why=why)

    def neighbour_ready(self, interface: str, next_hop: int) -> None:
        """A neighbour is known: room for packets to it may be asked for again."""
        self.report("ready_to_send", interface=interface, next_hop=next_hop)
        self.tell_ready(interface)

    def neighbour_given_up(self, interface: str, next_hop: int) -> None:
        """A neighbour does not answer: whoever waits for room learns it by asking again."""
        self.report("unreachable", interface=interface, next_hop=next_hop)
        self.tell_ready(interface)

    # ---- interfaces

    def resolver(self, interface: Interface) -> Resolver | None:
        """The resolver of the interface's link, None where neighbours are not looked for."""
        found: Resolver | None = None
        if interface.resolves:
            found = self._resolvers.find(interface.link_type)
        return found

    def interface_up(self, interface: Interface) -> None:
        """The addresses of the interface come into use; the loopback gets its own."""
        if interface.loopback and (interface.name, LOOPBACK_ADDRESS) not in self.tables.addresses:
            self._add(Configured(interface.name, LOOPBACK_ADDRESS, 8, False, "KEEP"))
        resolved = self.resolver(interface) is not None
        for key in self._keys(interface):
            self._address.step(key, "link_up", resolved)

    def interface_down(self, interface: Interface) -> None:
        """The addresses of the interface go out of use."""
        for key in self._keys(interface):
            self._address.step(key, "link_down")

    def binding_changed(self, binding: Binding[Any, Any]) -> None:
        """A resolver came or went: its links are as new, and addresses are claimed again."""
        if binding.space is self._resolvers:
            for interface in self.interfaces():
                if interface.running and interface.link_type == binding.key:
                    self.interface_down(interface)
                    self.interface_up(interface)

    def interface_removed(self, interface: Interface) -> None:
        """Its addresses and routes go with it."""
        for key in self._keys(interface):
            self._address.step(key, "remove")
            del self.tables.addresses[str(key[0]), int(str(key[1]))]
        self.tables.routes = [r for r in self.tables.routes if r.interface != interface.name]
        self.tables.changed()

    def _keys(self, interface: Interface) -> list[Key]:
        return [key for key in self.tables.addresses if key[0] == interface.name]

    def _interface(self, name: str) -> Interface | None:
        return self.interface(name) if name else None

    # ---- control

    def command_add_address(
        self,
        interface: str,
        address: int,
        prefix: int,
        probe: bool | None = None,
        defence: str = "DEFEND",
    ) -> None:
        """Give the interface an address. ValueError where it has it."""
        if (interface, address) in self.tables.addresses:
            raise ValueError(f"{interface} has this address already")
        if defence not in ("CEASE", "DEFEND", "KEEP"):
            raise ValueError(f"defence is CEASE, DEFEND or KEEP (RFC 5227 §2.4), not {defence}")
        self.interface(interface)
        self._add(Configured(interface, address, prefix, probe, defence))

    def _add(self, one: Configured) -> None:
        interface = self.interface(one.interface)
        self.tables.addresses[one.interface, one.address] = one
        resolved = self.resolver(interface) is not None
        self._address.step((one.interface, one.address), "add", resolved, interface.running)

    def command_remove_address(self, interface: str, address: int) -> None:
        """Take an address away. LookupError where the interface does not have it."""
        if (interface, address) not in self.tables.addresses:
            raise LookupError(f"{interface} has no such address")
        self._address.step((interface, address), "remove")
        del self.tables.addresses[interface, address]
        self.tables.changed()

    def command_add_route(
        self, destination: tuple[int, int], gateway: int | None = None, interface: str | None = None
    ) -> None:
        """Add a route. LookupError where the gateway is on no network of ours."""
        if interface is None:
            if gateway is None:
                raise ValueError("a route needs a gateway or an interface")
            interface = self._towards(gateway)
        self.interface(interface)
        network, prefix = destination
        self.tables.routes.append(RouteEntry(network & mask_of(prefix), prefix, gateway, interface))
        self.tables.changed()

    def _towards(self, gateway: int) -> str:
        for one in self.tables.addresses.values():
            if (
                gateway & mask_of(one.prefix) == one.network
                and one.interface != self.tables.loopback
            ):
                return one.interface
        raise LookupError("the gateway is on no network of this host: add an address there first")

    def command_remove_route(self, destination: tuple[int, int]) -> None:
        """Take a route away. LookupError where it is not there."""
        kept = [r for r in self.tables.routes if (r.network, r.prefix) != destination]
        if len(kept) == len(self.tables.routes):
            raise LookupError("there is no such route")
        self.tables.routes = kept
        self.tables.changed()

    def query_addresses(self, interface: str | None = None) -> list[dict[str, object]]:
        """Every address with its state."""
        return [
            {
                "interface": one.interface,
                "address": one.address,
                "prefix": one.prefix,
                "state": self._address.state_of((one.interface, one.address)),
            }
            for one in self.tables.addresses.values()
            if interface in (None, one.interface)
        ]

    def query_routes(self) -> list[dict[str, object]]:
        """Connected and added routes, the longest prefix first."""
        return [
            {
                "destination": (route.network, route.prefix),
                "gateway": route.gateway or 0,
                "interface": route.interface,
            }
            for route in self.tables.all_routes()
        ]
