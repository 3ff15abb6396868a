"""IPv4's hands for paths: what routers tell of the MTU on the way to a destination (RFC 1191)."""

from __future__ import annotations

from typing import Any, Final

from netfsm.layers.ipv4.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface

PLATEAUS: Final = (32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68)
"""MTUs of common links, for routers that don't tell theirs (RFC 1191 §7.1)."""


class Paths(Base):
    """The machine `ipv4.path`."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._paths = self.part("ipv4.path")

    def _mtu(self, interface: Interface | None, dst: int) -> int:
        """What the path carries in one piece: the interface's MTU, or what routers told."""
        if interface is None:
            return 0
        path = self._paths.instances.get((dst,))
        return interface.mtu if path is None else min(interface.mtu, path.mtu)

    def mtu_to(self, dst: int) -> int:
        """What the way to `dst` carries in one piece; 0 where there is no way."""
        name = self.tables.way(dst).interface
        return self._mtu(self.interface(name) if name else None, dst)

    def path_told(self, dst: int, mtu: int, size: int) -> None:
        """A router could not send on `size` octets to `dst`; it carries `mtu`, 0 unknown."""
        plateau = next((one for one in PLATEAUS if one < size), 0)
        self.counters["path_mtu_told"] += 1
        self._paths.step((dst,), "too_big", mtu, size, plateau)

    def on_path_smaller(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The path carries less than was thought."""
        self.report("path_mtu", destination=instance.dst, mtu=emission.mtu)

    def query_path_mtus(self) -> list[dict[str, object]]:
        """What routers told of paths."""
        return [{"destination": key[0], "mtu": one.mtu} for key, one in self._paths.states()]
