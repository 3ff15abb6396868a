"""IPv4's hands for addresses, routes, groups and interfaces."""

from __future__ import annotations

from typing import Any

from netfsm.layers.addresses import Configured, RouteEntry, mask_of
from netfsm.layers.ipv4.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Binding, Interface
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key

LOOPBACK_ADDRESS = 0x7F000001


class Addressing(Base):
    """The machine `ipv4.address`, and the tables."""

    def setup(self) -> None:
        """Resolve what addresses need."""
        super().setup()
        self._address = self.part("ipv4.address")

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

    def remember(self) -> Any:
        """Addresses, routes and groups; the loopback makes its own."""
        loopback = self.tables.loopback
        addresses = [one for one in self.tables.addresses.values() if one.interface != loopback]
        return addresses, list(self.tables.routes), dict(self.tables.groups)

    def restore(self, kept: Any) -> None:
        """Put them back; addresses are claimed again."""
        addresses, routes, groups = kept
        for one in addresses:
            self._add(Configured(one.interface, one.address, one.prefix, one.probing, one.defence))
        self.tables.routes = routes
        self.tables.groups = groups
        self.tables.changed()

    # ---- groups and redirects

    def command_join_group(self, interface: str, group: int) -> None:
        """Take datagrams to a multicast group. ValueError for an address that is none."""
        if group >> 28 != 0xE:
            raise ValueError("a multicast group is in 224.0.0.0/4")
        self.tables.groups[self.interface(interface).name, group] = None
        self.tables.changed()

    def command_leave_group(self, interface: str, group: int) -> None:
        """Take them no more. LookupError where it was not joined."""
        if (interface, group) not in self.tables.groups:
            raise LookupError(f"{interface} is not in this group")
        del self.tables.groups[interface, group]
        self.tables.changed()

    def query_groups(self) -> list[dict[str, object]]:
        """The groups that were joined, and that of all hosts (RFC 1112 §4)."""
        return [{"interface": name, "group": group} for name, group in self.tables.groups]

    def rerouted(self, dst: int, gateway: int) -> None:
        """A router says that `gateway` is the better first hop to `dst` (RFC 1122 §3.2.2.2)."""
        self.tables.reroute(dst, gateway)

    def doubt(self, dst: int) -> None:
        """What goes to `dst` seems not to arrive: its first hop is asked (RFC 1122 §3.3.1.4)."""
        way = self.tables.way(dst)
        if way.kind not in ("DIRECT", "GATEWAY"):
            return
        interface = self.interface(way.interface)
        resolver = self.resolver(interface)
        if resolver is not None:
            resolver.advise(interface, way.next_hop)
