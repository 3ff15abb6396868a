"""The hands for paths: what routers tell of the MTU on the way to a destination."""

from __future__ import annotations

from typing import Any

from netfsm.layers.network.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface


class Paths(Base):
    """The machine `path` of a layer."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._paths = self.part(f"{self.name}.path")

    def link_mtu(self, interface: Interface) -> int:
        """What a link carries in one piece."""
        return interface.mtu

    def _mtu(self, interface: Interface | None, dst: int) -> int:
        """What the path carries in one piece: the link's MTU, or what routers told."""
        if interface is None:
            return 0
        path = self._paths.instances.get((dst,))
        mtu = self.link_mtu(interface)
        return mtu if path is None else min(mtu, path.mtu)

    def mtu_to(self, dst: int) -> int:
        """What the way to `dst` carries in one piece; 0 where there is no way."""
        name = self.tables.way(dst).interface
        return self._mtu(self.interface(name) if name else None, dst)

    def on_path_smaller(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The path carries less than was thought."""
        self.report("path_mtu", destination=instance.dst, mtu=emission.mtu)

    def query_path_mtus(self) -> list[dict[str, object]]:
        """What routers told of paths."""
        return [{"destination": key[0], "mtu": one.mtu} for key, one in self._paths.states()]
