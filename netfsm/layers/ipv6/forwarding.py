"""IPv6's hands for packets of other nodes: what comes by an interface that forwards goes on."""

from __future__ import annotations

from typing import Any, Final

from netfsm.errors import LinkDown, ReserveError
from netfsm.layers.addresses6 import ALL_ROUTERS, is_group
from netfsm.layers.contracts import Trouble
from netfsm.layers.ipv6.receiving import Receiving, Walk
from netfsm.layers.ipv6.sending import Sending
from netfsm.layers.network.claims import Claims
from netfsm.layers.network.routes import Routes
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.cutter import whole_frames
from netfsm.wire.refusal import Refusal

HOP_LIMIT: Final = 7
"""Octets of the header before its field of that name."""


class Forwarding(Receiving, Sending, Claims, Routes):
    """The machine `ipv6.forward`."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._forward = self.part("ipv6.forward")

    def forwards(self, interface: str) -> bool:
        """Whether what comes by an interface is sent on for others."""
        return interface in self.tables.forwarding

    def command_set_forwarding(self, interface: str, on: bool) -> None:
        """Forward, or don't. LookupError where there is no such interface."""
        name = self.interface(interface).name
        before = {group for group in ALL_ROUTERS if self.tables.listens(name, group)}
        if on:
            self.tables.forwarding.add(name)
        else:
            self.tables.forwarding.discard(name)
        for group in ALL_ROUTERS:
            joined = self.tables.listens(name, group)
            if joined != (group in before):
                self.group_changed(name, group, joined=joined)

    def interface_removed(self, interface: Interface) -> None:
        """It forwards nothing any more."""
        super().interface_removed(interface)
        self.tables.forwarding.discard(interface.name)

    def remember(self) -> Any:
        """Which interfaces forward, beside what others remember."""
        return sorted(self.tables.forwarding), super().remember()

    def restore(self, kept: Any) -> None:
        """The same ones forward again."""
        links, rest = kept
        for name in links:
            self.command_set_forwarding(name, on=True)
        super().restore(rest)

    def on_input_forward(self, _: CompiledMachine, __: Any, walk: Walk) -> Verdict:
        """A packet for another node, which a card may have joined from several."""
        header = walk.header
        way = self.tables.way(header.dst)
        interface = self._interface(way.interface)
        packets = whole_frames(walk.packet, walk.offload.within(walk.link_octets))
        verdict = self._forward.step(
            (),
            "packet",
            header,
            max(map(len, packets)),
            self._routes[way.kind],
            way.next_hop,
            interface is walk.interface and not walk.interface.broadcast,
            0 if interface is None else self.link_mtu(interface),
            context=(walk, packets, interface, way.src),
        )
        if verdict is not None and verdict.tells:
            self.tell_of(verdict.tells, walk)
        return verdict or DELIVERED

    def on_forward_too_large(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """What would have passed, for the sender to be told."""
        context[0].mtu = emission.mtu

    def on_forward_onward(self, _: CompiledMachine, emission: Any, context: Any) -> Verdict:
        """A copy leaves by the next link, with one hop less."""
        _walk, packets, interface, src = context
        verdict = DELIVERED
        for octets in packets:
            try:
                packet = self._copy(interface, octets, emission.hop_limit)
            except ReserveError:
                verdict = self.unsent("unforwarded")
                continue
            self.counters["out_forwarded"] += 1
            verdict = self._onward(packet, interface, emission.next_hop, src)
        return verdict

    def _copy(self, interface: Interface, octets: Any, hop_limit: int) -> Outgoing:
        link = self.link_of(interface)
        if link is None:
            raise LinkDown(interface.name)
        packet = link.reserve(interface, len(octets))
        packet.write(octets)
        packet.buffer.data[packet.buffer.head + HOP_LIMIT] = hop_limit
        return packet

    def _onward(self, packet: Outgoing, interface: Interface, next_hop: int, src: int) -> Verdict:
        resolver = self.resolver(interface)
        if resolver is not None:
            return resolver.resolve(interface, next_hop, src, packet)
        link = self.link_of(interface)
        assert link is not None  # it gave room
        return link.send(packet, interface.peer or interface.broadcast, self._ethertype)

    def returned(self, packet: Outgoing, why: str) -> None:
        """The next hop does not answer: whoever sent the packet is told (RFC 4443 §3.1)."""
        header = self._decode(packet.buffer.view)
        if not isinstance(header, Refusal) and not self.tables.is_ours(header.src):
            self.counters["unforwarded"] += 1
            self.tell_sender(
                Trouble(
                    "address_unreachable",
                    memoryview(bytes(packet.buffer)),
                    header.src,
                    header.dst,
                    group=is_group(header.dst),
                    link_group=False,
                    later_fragment=False,
                    one_host=bool(header.src),
                )
            )
        super().returned(packet, why)
