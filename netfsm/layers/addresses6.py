"""IPv6's tables: our addresses, the prefixes on links, routers, groups and redirects."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final

from attrs import define, field

from netfsm.layers.addresses import MAX_CACHED, Book, Configured, RouteEntry, Way

ALL_NODES: Final = 0xFF02 << 112 | 1
"""ff02::1, the group that every node is in (RFC 4291 §2.7.1)."""
ALL_NODES_INSIDE: Final = 0xFF01 << 112 | 1
"""ff01::1, the same on the interface itself."""
ALL_ROUTERS: Final = (0xFF02 << 112 | 2, 0xFF05 << 112 | 2)
"""ff02::2 and ff05::2, the groups that routers are in (RFC 4291 §2.7.1)."""
SOLICITED: Final = 0xFF02 << 112 | 0x1FF000000
"""ff02::1:ff00:0/104, to which the low 24 bits of an address are added."""
LINK_GROUPS: Final = 0xFF02
"""The first two octets of groups that end with the link."""
LINK_LOCAL: Final = 0xFE80 << 112
LINK_LOCAL_BITS: Final = 10


def mask_of(prefix: int) -> int:
    """The address mask of a prefix length."""
    return ((1 << prefix) - 1) << (128 - prefix)


def written(address: int) -> str:
    """An address as people write it (RFC 5952)."""
    return str(IPv6Address(address))


def is_group(address: int) -> bool:
    """True for a multicast address (RFC 4291 §2.7)."""
    return address >> 120 == 0xFF


def scope_of_group(address: int) -> int:
    """The scope field of a multicast address, 0 for an address that is none."""
    return address >> 112 & 0xF if is_group(address) else 0


def is_link_local(address: int) -> bool:
    """True for a unicast address whose scope is a link (RFC 4291 §2.5.6)."""
    return address & mask_of(LINK_LOCAL_BITS) == LINK_LOCAL


def zone(address: int, interface: str) -> str:
    """The interface, where an address means something on one link only (RFC 4007 §5); else ""."""
    return interface if is_link_local(address) or address >> 112 == LINK_GROUPS else ""


def solicited_group(address: int) -> int:
    """The group of solicited nodes that an address belongs to (RFC 4291 §2.7.1)."""
    return SOLICITED | address & 0xFFFFFF


def common_bits(one: int, other: int) -> int:
    """How many leading bits two addresses share."""
    return 128 - (one ^ other).bit_length()


@define
class Assigned(Configured):
    """An address of ours; `by_hand` tells that a person gave it and its prefix is on-link."""

    by_hand: bool = True
    deprecated: bool = False
    temporary: bool = False


@define
class Tables6(Book):
    """All that IPv6 knows of addresses and ways.

    `choose` gives our source address for a destination and the interface that it is reached by.
    `prefixes` are those on-link, by interface, network and length; `routers` the default routers
    with their ranks, by interface and address; `redirects` first hops by interface and
    destination; `forwarding` the interfaces on which we are a router.
    """

    choose: Callable[[int, str], int] = field(kw_only=True)
    prefixes: dict[tuple[str, int, int], None] = field(factory=dict[tuple[str, int, int], None])
    routers: dict[tuple[str, int], int] = field(factory=dict[tuple[str, int], int])
    redirects: dict[tuple[str, int], int] = field(factory=dict[tuple[str, int], int])

    forwarding: set[str] = field(factory=set[str])

    def network(self, address: int, prefix: int) -> int:
        """The network that an address is on."""
        return address & mask_of(prefix)

    def is_near(self, address: int) -> bool:
        """True for an address that is on-link somewhere."""
        return any(
            address & mask_of(route.prefix) == route.network
            for route in self._connected()
            if route.interface != self.loopback
        )

    def assigned(self, interface: str) -> list[Assigned]:
        """The addresses of an interface, in use or not."""
        return [
            one
            for one in self.addresses.values()
            if isinstance(one, Assigned) and one.interface == interface
        ]

    def listens(self, interface: str, group: int) -> bool:
        """Whether packets to a group are taken on an interface."""
        if group in (ALL_NODES, ALL_NODES_INSIDE) or (interface, group) in self.groups:
            return True
        if group in ALL_ROUTERS and interface in self.forwarding:
            return True
        return any(solicited_group(one.address) == group for one in self.assigned(interface))

    def groups_of(self, interface: str) -> list[int]:
        """The groups that are listened to, but those of all nodes."""
        solicited = [solicited_group(one.address) for one in self.assigned(interface)]
        joined = [group for name, group in self.groups if name == interface]
        routers = ALL_ROUTERS if interface in self.forwarding else ()
        return list(dict.fromkeys([*solicited, *joined, *routers]))

    def destination(self, interface: str, address: int) -> str:
        """LOCAL, GROUP or OTHER, for a packet that came by `interface`."""
        if is_group(address):
            return "GROUP" if self.listens(interface, address) else "OTHER"
        if is_link_local(address):
            one = self.addresses.get((interface, address))
            ours = one is not None and one.usable
            return "LOCAL" if ours or self._came_back(interface, address) else "OTHER"
        return "LOCAL" if self.is_ours(address) else "OTHER"

    def _came_back(self, interface: str, address: int) -> bool:
        """An address of the link's scope, in a packet of our own to ourselves."""
        return interface == self.loopback and self.is_ours(address)

    def find_way(self, dst: int, interface: str) -> Way:
        """How to reach `dst`: as a group, ourselves, a neighbour, by the longest prefix."""
        if is_group(dst):
            return self._group(dst, interface)
        if self._is_here(dst, interface):
            return Way("LOCAL", dst, self.loopback, dst)
        if is_link_local(dst):
            return self._on_the_link(dst, interface or self._only())
        for route in self.all_routes():
            if dst & mask_of(route.prefix) == route.network and interface in ("", route.interface):
                return self._by(route, dst)
        return Way("NONE")

    def _is_here(self, dst: int, interface: str) -> bool:
        if not is_link_local(dst) or not interface:
            return self.is_ours(dst)
        one = self.addresses.get((interface, dst))
        return one is not None and one.usable

    def _group(self, dst: int, interface: str) -> Way:
        found = interface or self._only()
        if not found:
            return Way("NONE")
        return Way("MULTICAST", dst, found, self.choose(dst, found))

    def _on_the_link(self, dst: int, interface: str) -> Way:
        if not interface or interface == self.loopback:
            return Way("NONE")
        return Way("DIRECT", dst, interface, self.choose(dst, interface))

    def _by(self, route: RouteEntry, dst: int) -> Way:
        src = self.choose(dst, route.interface)
        target = self.redirects.get((route.interface, dst), route.gateway)
        if target is None or target == dst:
            return Way("DIRECT", dst, route.interface, src)
        return Way("GATEWAY", target, route.interface, src)

    def _only(self) -> str:
        """The zone that is meant where none is named: that of the first link with an address."""
        links = dict.fromkeys(
            one.interface for one in self.usable() if one.interface != self.loopback
        )
        return next(iter(links), "")

    def redirect(self, interface: str, dst: int, target: int) -> None:
        """Take another first hop to `dst`; the oldest of MAX_CACHED is forgotten."""
        self.redirects.pop((interface, dst), None)
        if len(self.redirects) >= MAX_CACHED:
            del self.redirects[next(iter(self.redirects))]
        self.redirects[interface, dst] = target
        self.changed()

    def _connected(self) -> list[RouteEntry]:
        """Prefixes on-link: those that routers told, and those of addresses that a person gave."""
        by_hand = [
            RouteEntry(self.network(one.address, one.prefix), one.prefix, None, one.interface)
            for one in self.usable()
            if isinstance(one, Assigned) and one.by_hand and not is_link_local(one.address)
        ]
        told = [RouteEntry(net, bits, None, name) for name, net, bits in self.prefixes]
        return [*by_hand, *told]

    def all_routes(self) -> list[RouteEntry]:
        """Prefixes on-link, routes that were added, default routers; the longest prefix first."""
        ranked = sorted(self.routers, key=lambda key: self.routers[key])
        default = [RouteEntry(0, 0, address, name) for name, address in ranked]
        found = [*self._connected(), *self.routes, *default]
        return sorted(found, key=lambda route: -route.prefix)
