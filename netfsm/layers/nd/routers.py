"""The hands of routers and prefixes, of solicitation, and of what routers tell of the link."""

from __future__ import annotations

from typing import Any

from netfsm.layers.addresses6 import LINK_LOCAL
from netfsm.layers.nd.base import Base
from netfsm.layers.nd.identity import BITS
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface
from netfsm.stack.part import Key
from netfsm.wire.refusal import Refusal

HEADER = 16
"""Octets of a router advertisement before its options."""
PREFIX_INFORMATION = 3
UNIT = 8
BEHIND = 1 << 32
"""Added to the rank of a router that does not answer."""


class Routers(Base):
    """The machines `nd.router`, `nd.prefix`, `nd.solicitor` and `nd.interface`."""

    def setup(self) -> None:
        """Find the machines."""
        super().setup()
        self.routers = self.part("nd.router")
        self.prefixes = self.part("nd.prefix")
        self._solicitors = self.part("nd.solicitor")
        self._decode_prefix = self.codec("nd.prefix_information").decode
        self._rank = 0

    # ---- interfaces

    def interface_up(self, interface: Interface) -> None:
        """Discovery begins: a link-local address is formed and routers are looked for."""
        if not self.serves(interface):
            return
        key = (interface.name,)
        drawn = self.around(self.number("REACHABLE_TIME"))
        self._links.step(key, "up", interface.mtu, drawn)
        self.part("nd.formation").step((interface.name, LINK_LOCAL), "start")
        if not self.is_router(interface.name):
            self._solicitors.step(key, "start", self.upto("MAX_RTR_SOLICITATION_DELAY"))

    def interface_down(self, interface: Interface) -> None:
        """What was learnt on the link is forgotten."""
        self._solicitors.step((interface.name,), "stop")
        self.part("nd.advertiser").step((interface.name,), "down")
        self._links.step((interface.name,), "down")

    def given_solicitor(self, key: Key) -> tuple[bytes]:
        """Our address on the link."""
        return (self.interface(str(key[0])).hwaddr,)

    def on_interface_configure(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A router tells what IP should send with."""
        name = instance.interface
        self.owner.link_told(name, mtu=emission.mtu, hop_limit=emission.hops)

    def on_interface_disabled(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """No link-local address is to be had."""
        self.report("disabled", interface=instance.interface)

    def choose_interface_refresh(self, instance: CompiledMachine) -> tuple[int]:
        """A new ReachableTime."""
        return (self.around(int(instance.base)),)

    # ---- solicitation

    def on_solicitor_rs(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A router solicitation leaves."""
        self.leave(instance.interface, emission)

    def choose_solicitor_wait(self, instance: CompiledMachine) -> tuple[int, int]:
        """Our address, and the time until the second solicitation."""
        return self.owner.link_local(instance.interface), self._between("SPREAD")

    def choose_solicitor_again(self, instance: CompiledMachine) -> tuple[int, int, int, int]:
        """Our address, RAND times the last time above and below zero, and the longest time."""
        tenth = int(instance.gap) // 10
        shift = self.random.randint(-tenth, tenth)
        source = self.owner.link_local(instance.interface)
        return source, max(shift, 0), max(-shift, 0), self._between("SPREAD_MAX")

    def _between(self, name: str) -> int:
        return self.random.randint(self.number(f"{name}_LOW"), self.number(f"{name}_HIGH"))

    # ---- routers

    def on_router_listed(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """A default router was heard; it stands behind those that are known."""
        self._place(instance, 0)

    def on_router_preferred(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """It answers again, or does not: it stands behind those that do, or those that don't."""
        self._place(instance, 0 if emission.reachable else BEHIND)

    def _place(self, instance: CompiledMachine, behind: int) -> None:
        self._rank += 1
        self.owner.router(instance.interface, instance.address, behind + self._rank)

    def on_router_gone(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """It is no default router any more (RFC 4861 §6.3.5)."""
        self.owner.router(instance.interface, instance.address, None)
        self.owner.forget_redirects(instance.interface, instance.address)

    # ---- prefixes

    def on_input_options(self, _: CompiledMachine, emission: Any, octets: Any) -> None:
        """Each prefix information option goes to the machine of its prefix."""
        start = HEADER
        while start < len(octets):
            end = start + UNIT * octets[start + 1]
            if octets[start] == PREFIX_INFORMATION:
                self._take_prefix(emission.interface, octets[start:end])
            start = end

    def _take_prefix(self, interface: str, option: memoryview) -> None:
        found = self._decode_prefix(option)
        if isinstance(found, Refusal):
            self.refused(found.reason)
            return
        network = found.prefix >> (128 - found.length) << (128 - found.length)
        key = (interface, network, found.length)
        self.prefixes.step(key, "advertised", found, found.length == 128 - BITS)

    def on_prefix_on_link(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """What has the prefix is a neighbour."""
        name, network, bits = instance.interface, instance.prefix, instance.bits
        self.owner.on_link(name, network, bits, present=True)

    def on_prefix_off_link(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nothing says so any more."""
        name, network, bits = instance.interface, instance.prefix, instance.bits
        self.owner.on_link(name, network, bits, present=False)

    # ---- control

    def query_routers(self, interface: str | None = None) -> list[dict[str, object]]:
        """The default router list."""
        return [
            {"interface": key[0], "address": key[1], "state": one.state}
            for key, one in self.routers.states()
            if interface in (None, key[0])
        ]

    def query_prefixes(self, interface: str | None = None) -> list[dict[str, object]]:
        """The prefix list."""
        return [
            {"interface": key[0], "prefix": (key[1], key[2])}
            for key, _ in self.prefixes.states()
            if interface in (None, key[0])
        ]

    def query_links(self) -> list[dict[str, object]]:
        """What routers told of each link."""
        return [
            {
                "interface": key[0],
                "state": one.state,
                "hop_limit": one.hop_limit or 0,
                "mtu": one.link_mtu or 0,
                "reachable": one.reachable_time or 0,
                "retrans": one.retrans_time or 0,
            }
            for key, one in self._links.states()
        ]
