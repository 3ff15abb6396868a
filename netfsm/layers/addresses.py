"""Tables of addresses and ways; of IPv4 also what a destination is on an interface."""

from __future__ import annotations

from attrs import define, field, frozen

MAX_CACHED = 4096
ALL_HOSTS = 0xE0000001  # 224.0.0.1, the group that every host is in (RFC 1112 §4)
LIMITED_BROADCAST = 0xFFFFFFFF


def mask_of(prefix: int) -> int:
    """The address mask of a prefix length."""
    return (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF


def dotted(address: int) -> str:
    """An address as people write it."""
    return ".".join(str(octet) for octet in address.to_bytes(4))


@define
class Configured:
    """An address that a person gave: `prefix` in bits; the rest is for the resolver."""

    interface: str
    address: int
    prefix: int
    probing: bool | None
    defence: str
    usable: bool = False

    @property
    def network(self) -> int:
        """The address of the network it is on."""
        return self.address & mask_of(self.prefix)

    @property
    def broadcast(self) -> int | None:
        """The directed broadcast of its network; None on /31 (RFC 3021) and /32."""
        if self.prefix >= 31:
            return None
        return self.network | (mask_of(self.prefix) ^ 0xFFFFFFFF)


@frozen
class RouteEntry:
    """A way to `network`/`prefix`: by an interface, directly or through `gateway`."""

    network: int
    prefix: int
    gateway: int | None
    interface: str
    src: int | None = None


@frozen
class Way:
    """What the tables say of a destination: the route's kind, the next hop and the interface."""

    kind: str
    next_hop: int = 0
    interface: str = ""
    src: int = 0


@define
class Book:
    """All addresses and routes of a version of IP, with answers kept until something changes.

    `routes` are those that were added, `groups` the multicast groups that were joined, `loopback`
    is the name of the loopback interface. `version` counts the changes, for those who remember what
    they made of answers.
    """

    addresses: dict[tuple[str, int], Configured] = field(factory=dict[tuple[str, int], Configured])
    routes: list[RouteEntry] = field(factory=list[RouteEntry])
    groups: dict[tuple[str, int], None] = field(factory=dict[tuple[str, int], None])
    loopback: str = ""
    version: int = 0
    _ours: frozenset[int] | None = None
    _ways: dict[tuple[int, str], Way] = field(factory=dict[tuple[int, str], Way])

    def changed(self) -> None:
        """Forget remembered answers."""
        self.version += 1
        self._ours = None
        self._ways.clear()

    def usable(self, interface: str | None = None) -> list[Configured]:
        """The addresses that are in use, on one interface or on all."""
        return [
            one
            for one in self.addresses.values()
            if one.usable and interface in (None, one.interface)
        ]

    def is_ours(self, address: int) -> bool:
        """True for an address in use."""
        if self._ours is None:
            self._ours = frozenset(one.address for one in self.usable())
        return address in self._ours

    def listens(self, interface: str, group: int) -> bool:
        """Whether datagrams to a multicast group are taken on an interface."""
        return (interface, group) in self.groups

    def way(self, dst: int, interface: str = "") -> Way:
        """How to reach `dst`, by `interface` where one is named."""
        key = (dst, interface)
        found = self._ways.get(key)
        if found is None:
            if len(self._ways) >= MAX_CACHED:
                self._ways.clear()
            found = self._ways[key] = self.find_way(dst, interface)
        return found

    def find_way(self, dst: int, interface: str) -> Way:
        """The same, anew."""
        raise NotImplementedError

    def all_routes(self) -> list[RouteEntry]:
        """Every route in the order in which they are looked at."""
        raise NotImplementedError

    def network(self, address: int, prefix: int) -> int:
        """The network that an address is on."""
        raise NotImplementedError


@define
class Tables(Book):
    """Those of IPv4, where the longest prefix wins and no scope is a link."""

    redirects: dict[int, int] = field(factory=dict[int, int])
    _kinds: dict[tuple[str, int], str] = field(factory=dict[tuple[str, int], str])

    def changed(self) -> None:
        """Forget remembered answers."""
        super().changed()
        self._kinds.clear()

    def network(self, address: int, prefix: int) -> int:
        """The network that an address is on."""
        return address & mask_of(prefix)

    def is_ours(self, address: int) -> bool:
        """True for an address in use, and for all of 127/8 once the loopback interface is up."""
        return super().is_ours(address) or (
            address >> 24 == 127 and bool(self.usable(self.loopback))
        )

    def destination(self, interface: str, address: int) -> str:
        """LOCAL, BROADCAST, MULTICAST or OTHER, for a datagram that came by `interface`."""
        key = (interface, address)
        found = self._kinds.get(key)
        if found is None:
            if len(self._kinds) >= MAX_CACHED:
                self._kinds.clear()
            found = self._kinds[key] = self._destination(interface, address)
        return found

    def _destination(self, interface: str, address: int) -> str:
        if self.is_ours(address):
            return "LOCAL"
        directed = (one.broadcast for one in self.usable(interface))
        if address == LIMITED_BROADCAST or address in directed:
            return "BROADCAST"
        joined = address == ALL_HOSTS or self.listens(interface, address)
        return "MULTICAST" if joined else "OTHER"

    def is_broadcast(self, interface: str, address: int) -> bool:
        """True for the directed broadcast of a network of `interface`."""
        return self.destination(interface, address) == "BROADCAST"

    def is_host(self, interface: str, address: int) -> bool:
        """True for an address that one host can have: no group, no broadcast, not 0/8."""
        first = address >> 24
        return 0 < first < 224 and not self.is_broadcast(interface, address)

    def source(self, interface: str) -> int:
        """The first address in use on `interface`, or 0."""
        found = self.usable(interface)
        return found[0].address if found else 0

    def find_way(self, dst: int, interface: str) -> Way:  # noqa: ARG002  # no scope is a link
        """How to reach `dst`: the longest prefix wins."""
        if self.is_ours(dst):
            return Way("LOCAL", dst, self.loopback, dst)
        for one in self.usable():
            if one.broadcast == dst:
                return Way("BROADCAST", dst, one.interface, one.address)
        if dst == LIMITED_BROADCAST or dst >> 28 == 0xE:
            return self._group(dst)
        for route in self.all_routes():
            if dst & mask_of(route.prefix) == route.network:
                src = route.src or self.source(route.interface)
                if route.gateway is None:
                    return Way("DIRECT", dst, route.interface, src)
                gateway = self.redirects.get(dst, route.gateway)
                return Way("GATEWAY", gateway, route.interface, src)
        return Way("NONE")

    def reroute(self, dst: int, gateway: int) -> None:
        """Take another first hop to `dst`; the oldest of MAX_CACHED is forgotten."""
        self.redirects.pop(dst, None)
        if len(self.redirects) >= MAX_CACHED:
            del self.redirects[next(iter(self.redirects))]
        self.redirects[dst] = gateway
        self.changed()

    def is_near(self, address: int) -> bool:
        """True for an address on a network of ours."""
        return any(
            address & mask_of(one.prefix) == one.network and one.interface != self.loopback
            for one in self.usable()
        )

    def _group(self, dst: int) -> Way:
        """A group is reached by the first interface with an address that is not the loopback."""
        kind = "BROADCAST" if dst == LIMITED_BROADCAST else "MULTICAST"
        for one in self.usable():
            if one.interface != self.loopback:
                return Way(kind, dst, one.interface, one.address)
        return Way("NONE")

    def all_routes(self) -> list[RouteEntry]:
        """Routes of connected networks and those that were added, the longest prefix first."""
        connected = [
            RouteEntry(one.network, one.prefix, None, one.interface, one.address)
            for one in self.usable()
        ]
        return sorted([*connected, *self.routes], key=lambda route: -route.prefix)
