"""IPv6's hands for addresses, groups and ways: what a person gives, and what neighbours tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from netfsm.layers.addresses import Configured
from netfsm.layers.addresses6 import Assigned, is_group, is_link_local, solicited_group
from netfsm.layers.contracts6 import Given, Membership
from netfsm.layers.ipv6.paths import Paths
from netfsm.layers.network.claims import Claims
from netfsm.layers.network.routes import Routes
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface

LOOPBACK_ADDRESS: Final = 1


class Addressing(Paths, Claims, Routes):
    """The machine `ipv6.address`, and the tables that resolvers fill."""

    # ---- addresses

    def loopback_address(self, interface: str) -> Configured:
        """::1."""
        return Assigned(interface, LOOPBACK_ADDRESS, 128, False, "")

    def command_add_address(
        self, interface: str, address: int, prefix: int, probe: bool | None = None
    ) -> None:
        """Give the interface an address. ValueError where it has it, or for a group."""
        if (interface, address) in self.tables.addresses:
            raise ValueError(f"{interface} has this address already")
        if is_group(address) or not address:
            raise ValueError("one node's address is wanted, not a group's and not ::")
        self.interface(interface)
        self._give(Assigned(interface, address, prefix, probe, ""))

    def assign(self, interface: str, address: int, prefix: int = 64) -> None:
        """Give the interface an address of a protocol's (see `contracts6.Configuration`)."""
        if (interface, address) not in self.tables.addresses:
            self._give(Assigned(interface, address, prefix, None, "", by_hand=False))

    def _give(self, one: Assigned) -> None:
        """The group of solicited nodes is listened to before the address is claimed."""
        group = solicited_group(one.address)
        if not self.tables.listens(one.interface, group):
            self.group_changed(one.interface, group, joined=True)
        self.add(one)

    def address_gone(self, one: Configured) -> None:
        """Its group is left where no other address is in it."""
        group = solicited_group(one.address)
        if not self.tables.listens(one.interface, group):
            self.group_changed(one.interface, group, joined=False)

    def withdraw(self, interface: str, address: int) -> None:
        """Take an address of a protocol's away."""
        one = self._assigned(interface, address)
        if one is not None and not one.by_hand:
            self.take_away(interface, address)

    def prefer(self, interface: str, address: int, *, preferred: bool) -> None:
        """Its preferred lifetime is over, or runs again."""
        if self._assigned(interface, address) is not None:
            self._address.step((interface, address), "prefer" if preferred else "deprecate")

    def temporary(self, interface: str, address: int) -> None:
        """It is a temporary address."""
        one = self._assigned(interface, address)
        if one is not None:
            one.temporary = True
            self.tables.changed()

    def on_address_deprecated(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Others are chosen before it, or not any more."""
        one = self._assigned(emission.interface, emission.address)
        assert one is not None  # its machine is there
        one.deprecated = emission.over
        self.tables.changed()

    def _assigned(self, interface: str, address: int) -> Assigned | None:
        return cast("Assigned | None", self.tables.addresses.get((interface, address)))

    # ---- groups

    def check_group(self, group: int) -> None:
        """ValueError for an address that is no group."""
        if not is_group(group):
            raise ValueError("a multicast group is in ff00::/8")

    def group_changed(self, interface: str, group: int, *, joined: bool) -> None:
        """Who keeps routers informed learns of it, when this step is over."""
        listener: Membership | None = self.spaces["ipv6.membership"].find(0)
        if listener is not None and interface != self.tables.loopback:
            change = listener.joined if joined else listener.left
            self.later(lambda: change(interface, group))

    def query_groups(self, interface: str | None = None) -> list[dict[str, object]]:
        """The groups that are listened to, but those of all nodes."""
        return [
            {"interface": one.name, "group": group}
            for one in self.interfaces()
            if interface in (None, one.name)
            for group in self.tables.groups_of(one.name)
        ]

    def listen(self, interface: str, group: int, *, joined: bool) -> None:
        """Take packets to a group, or take them no more."""
        if joined:
            self.command_join_group(interface, group)
        elif (interface, group) in self.tables.groups:
            self.command_leave_group(interface, group)

    def groups_of(self, interface: str) -> Sequence[int]:
        """The same of one interface."""
        return self.tables.groups_of(interface)

    # ---- what neighbours and routers tell

    def on_link(self, interface: str, network: int, prefix: int, *, present: bool) -> None:
        """A prefix is on-link, or not any more."""
        key = (interface, self.tables.network(network, prefix), prefix)
        if present:
            self.tables.prefixes[key] = None
        else:
            self.tables.prefixes.pop(key, None)
        self.tables.changed()

    def router(self, interface: str, address: int, rank: int | None) -> None:
        """A default router and its rank, or none any more."""
        if rank is None:
            self.tables.routers.pop((interface, address), None)
        else:
            self.tables.routers[interface, address] = rank
        self.tables.changed()

    def redirected(self, interface: str, dst: int, target: int) -> None:
        """There is a better first hop."""
        self.tables.redirect(interface, dst, target)

    def rerouted(self, dst: int, gateway: int) -> None:
        """The same from those that know no interface."""
        self.tables.redirect(self.tables.way(dst).interface, dst, gateway)

    def forget_redirects(self, interface: str, target: int) -> None:
        """Nothing is sent through it any more."""
        kept = self.tables.redirects.items()
        self.tables.redirects = {
            key: one for key, one in kept if (key[0], one) != (interface, target)
        }
        self.tables.changed()

    def link_told(self, interface: str, *, mtu: int | None = None, hop_limit: int = 0) -> None:
        """A router tells of the link."""
        self.told(interface, mtu, hop_limit)

    def first_hop(self, interface: str, dst: int) -> int:
        """What the next packet to `dst` goes through."""
        return self.tables.way(dst, interface).next_hop

    def link_local(self, interface: str) -> int:
        """Our address of the link's scope, 0 where there is none in use."""
        for one in self.tables.usable(interface):
            if is_link_local(one.address):
                return one.address
        return 0

    def given(self, interface: str) -> Sequence[Given]:
        """All addresses of an interface."""
        return [
            Given(
                interface, one.address, one.prefix, self._address.state_of((interface, one.address))
            )
            for one in self.tables.assigned(interface)
        ]

    # ---- interfaces

    def interface_down(self, interface: Interface) -> None:
        """What routers told of the link is forgotten."""
        super().interface_down(interface)
        self.forget_told(interface.name)

    # ---- a reload

    def remember(self) -> Any:
        """What a person gave: addresses, routes and groups."""
        by_hand = [
            one
            for one in self.tables.addresses.values()
            if isinstance(one, Assigned) and one.by_hand and one.interface != self.tables.loopback
        ]
        return by_hand, list(self.tables.routes), dict(self.tables.groups)

    def restore(self, kept: Any) -> None:
        """Put them back; addresses are claimed again."""
        addresses, routes, groups = kept
        for one in addresses:
            self._give(Assigned(one.interface, one.address, one.prefix, one.probing, ""))
        self.tables.routes = routes
        for interface, group in groups:
            self.command_join_group(interface, group)
        self.tables.changed()
