"""IPv4's hands for paths: the plateaus that stand in for routers which tell no MTU (RFC 1191)."""

from __future__ import annotations

from typing import Final

from netfsm.layers.ipv4.base import Base
from netfsm.layers.network.paths import Paths as Shared

PLATEAUS: Final = (32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68)
"""MTUs of common links, for routers that don't tell theirs (RFC 1191 §7.1)."""


class Paths(Shared, Base):
    """The machine `ipv4.path`."""

    def path_told(self, dst: int, mtu: int, size: int) -> None:
        """A router could not send on `size` octets to `dst`; it carries `mtu`, 0 unknown."""
        plateau = next((one for one in PLATEAUS if one < size), 0)
        self.counters["path_mtu_told"] += 1
        self._paths.step((dst,), "too_big", mtu, size, plateau)
