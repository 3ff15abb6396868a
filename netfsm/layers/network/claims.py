"""The hands for addresses: from configuration to use, and what becomes of them with interfaces."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from netfsm.layers.addresses import Configured
from netfsm.layers.network.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Binding, Interface
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key


class Claims(Base):
    """The machine `address` of a layer, and what resolvers say of addresses and neighbours."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._address = self.part(f"{self.name}.address")

    @abstractmethod
    def loopback_address(self, interface: str) -> Configured:
        """The address that the loopback interface has by itself."""

    def address_gone(self, one: Configured) -> None:
        """An address is not ours any more, in use or not."""

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
        """Told to the one who commands it: by the command that adds it."""
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

    def doubt(self, dst: int) -> None:
        """What goes to `dst` seems not to arrive: its first hop is asked (RFC 1122 §3.3.1.4)."""
        hop = self.hop_to(dst)
        resolver = None if hop is None else self.resolver(hop.interface)
        if hop is not None and resolver is not None:
            resolver.advise(hop.interface, hop.address)

    # ---- interfaces

    def interface_up(self, interface: Interface) -> None:
        """The addresses of the interface come into use; the loopback gets its own."""
        if interface.loopback:
            own = self.loopback_address(interface.name)
            if (own.interface, own.address) not in self.tables.addresses:
                self.add(own)
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
            self.take_away(str(key[0]), int(str(key[1])))
        self.tables.routes = [r for r in self.tables.routes if r.interface != interface.name]
        self.tables.changed()

    def _keys(self, interface: Interface) -> list[Key]:
        return [key for key in self.tables.addresses if key[0] == interface.name]

    # ---- for those who give and take them

    def add(self, one: Configured) -> None:
        """Give an interface an address that it does not have."""
        interface = self.interface(one.interface)
        self.tables.addresses[one.interface, one.address] = one
        resolved = self.resolver(interface) is not None
        self._address.step((one.interface, one.address), "add", resolved, interface.running)

    def take_away(self, interface: str, address: int) -> None:
        """Take an address away that the interface has."""
        self._address.step((interface, address), "remove")
        gone = self.tables.addresses.pop((interface, address))
        self.address_gone(gone)
        self.tables.changed()

    def command_remove_address(self, interface: str, address: int) -> None:
        """Take an address away. LookupError where the interface does not have it."""
        if (interface, address) not in self.tables.addresses:
            raise LookupError(f"{interface} has no such address")
        self.take_away(interface, address)

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
