"""What the parts of IPv6's hands share: the tables, and the choice of a source address."""

from __future__ import annotations

from typing import Any, cast

from netfsm.layers.addresses6 import Assigned, Tables6, common_bits, scope_of_group, written
from netfsm.layers.contracts6 import Discovery
from netfsm.layers.network.base import Base as Shared
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface


class Base(Shared):
    """Bound to EtherType 0x86dd and IP version 6; the machine `ipv6.source`."""

    def setup(self) -> None:
        """Begin with empty tables."""
        self._tables = Tables6(choose=self._chosen)
        self._source = self.part("ipv6.source")
        super().setup()

    @property
    def tables(self) -> Tables6:
        """Addresses and ways."""
        return self._tables

    def written(self, address: int) -> str:
        """As RFC 5952 has it."""
        return written(address)

    def resolver(self, interface: Interface) -> Discovery | None:
        """What finds neighbours on the interface's link, None where they are not looked for."""
        return cast("Discovery | None", super().resolver(interface))

    # ---- RFC 6724

    def _chosen(self, dst: int, interface: str) -> int:
        """Our address for packets to `dst` by an interface, 0 where there is none."""
        scope = scope_of_group(dst)
        best: Assigned | None = None
        for one in cast("list[Assigned]", self.tables.usable()):
            near = one.interface == interface
            if not self._says("eligible", "candidate", one.address, dst, scope, near):
                continue
            if best is None or not self._says(
                "first", "compare", *self._pair(best, one, dst, interface)
            ):
                best = one
        return 0 if best is None else best.address

    def _says(self, answer: str, event: str, *inputs: Any) -> bool:
        """Whether the machine answers so."""
        found: list[str] = []
        self._source.step((), event, *inputs, context=found)
        return found == [answer]

    def _pair(self, a: Assigned, b: Assigned, dst: int, interface: str) -> tuple[Any, ...]:
        return (
            a.address,
            b.address,
            dst,
            scope_of_group(dst),
            a.deprecated,
            b.deprecated,
            a.interface == interface,
            b.interface == interface,
            a.temporary,
            b.temporary,
            min(common_bits(a.address, dst), a.prefix),
            min(common_bits(b.address, dst), b.prefix),
        )

    def on_source_eligible(self, _: CompiledMachine, __: Any, found: list[str]) -> None:
        """It may be chosen."""
        found.append("eligible")

    def on_source_unfit(self, _: CompiledMachine, __: Any, found: list[str]) -> None:
        """It may not."""
        found.append("unfit")

    def on_source_first(self, _: CompiledMachine, __: Any, found: list[str]) -> None:
        """The first of two is preferred."""
        found.append("first")

    def on_source_second(self, _: CompiledMachine, __: Any, found: list[str]) -> None:
        """The second is."""
        found.append("second")

    def query_source(self, destination: int, interface: str = "") -> int:
        """The address that a packet would come from."""
        return self.tables.way(destination, interface).src
