"""The hands for ways and groups that a person gives."""

from __future__ import annotations

from abc import abstractmethod

from netfsm.layers.addresses import RouteEntry
from netfsm.layers.network.base import Base


class Routes(Base):
    """Commands and queries over the tables."""

    @abstractmethod
    def check_group(self, group: int) -> None:
        """ValueError for an address that is no group, with what groups are."""

    def group_changed(self, interface: str, group: int, *, joined: bool) -> None:
        """A group was joined or left."""

    def command_add_route(
        self, destination: tuple[int, int], gateway: int | None = None, interface: str | None = None
    ) -> None:
        """Add a route. LookupError where the gateway is on no network of ours."""
        if interface is None:
            if gateway is None:
                raise ValueError("a route needs a gateway or an interface")
            interface = self._towards(gateway)
        self.interface(interface)
        address, prefix = destination
        network = self.tables.network(address, prefix)
        self.tables.routes.append(RouteEntry(network, prefix, gateway, interface))
        self.tables.changed()

    def _towards(self, gateway: int) -> str:
        tables = self.tables
        for one in tables.addresses.values():
            near = tables.network(gateway, one.prefix) == tables.network(one.address, one.prefix)
            if near and one.interface != tables.loopback:
                return one.interface
        raise LookupError("the gateway is on no network of this host: add an address there first")

    def command_remove_route(self, destination: tuple[int, int]) -> None:
        """Take a route away. LookupError where it is not there."""
        kept = [r for r in self.tables.routes if (r.network, r.prefix) != destination]
        if len(kept) == len(self.tables.routes):
            raise LookupError("there is no such route")
        self.tables.routes = kept
        self.tables.changed()

    def query_routes(self) -> list[dict[str, object]]:
        """Every route, the longest prefix first."""
        return [
            {
                "destination": (route.network, route.prefix),
                "gateway": route.gateway or 0,
                "interface": route.interface,
            }
            for route in self.tables.all_routes()
        ]

    def command_join_group(self, interface: str, group: int) -> None:
        """Take datagrams to a multicast group. ValueError for an address that is none."""
        self.check_group(group)
        name = self.interface(interface).name
        before = self.tables.listens(name, group)
        self.tables.groups[name, group] = None
        self.tables.changed()
        if not before:
            self.group_changed(name, group, joined=True)

    def command_leave_group(self, interface: str, group: int) -> None:
        """Take them no more. LookupError where it was not joined."""
        if (interface, group) not in self.tables.groups:
            raise LookupError(f"{interface} is not in this group")
        del self.tables.groups[interface, group]
        self.tables.changed()
        if not self.tables.listens(interface, group):
            self.group_changed(interface, group, joined=False)
