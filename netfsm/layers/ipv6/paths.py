"""IPv6's hands for paths: the MTU of links, which routers tell too (RFC 8201, RFC 4861 §6.3.4)."""

from __future__ import annotations

from netfsm.layers.ipv6.base import Base
from netfsm.layers.network.paths import Paths as Shared
from netfsm.stack import Interface


class Paths(Shared, Base):
    """The machine `ipv6.path`, and what routers tell of links."""

    def setup(self) -> None:
        """Nothing was told yet."""
        super().setup()
        self._told_mtus: dict[str, int] = {}
        self._told_limits: dict[str, int] = {}
        self._hop_limit = self.number("DEFAULT_HOP_LIMIT")

    def link_mtu(self, interface: Interface) -> int:
        """What a link carries in one piece: what a router told, but no more than it can."""
        return min(interface.mtu, self._told_mtus.get(interface.name, interface.mtu))

    def hop_limit(self, interface: str) -> int:
        """The hop limit of packets that say none."""
        return self._told_limits.get(interface, self._hop_limit)

    def told(self, interface: str, mtu: int | None, hop_limit: int) -> None:
        """Keep what a router told of a link."""
        if mtu is not None:
            self._told_mtus[interface] = mtu
        if hop_limit:
            self._told_limits[interface] = hop_limit
        self.tables.changed()

    def forget_told(self, interface: str) -> None:
        """The link is another when it comes back."""
        self._told_mtus.pop(interface, None)
        self._told_limits.pop(interface, None)

    def path_told(self, dst: int, mtu: int, size: int) -> None:
        """A router could not send on `size` octets to `dst`; it carries `mtu`."""
        self.counters["path_mtu_told"] += 1
        self._paths.step((dst,), "too_big", mtu, size)
