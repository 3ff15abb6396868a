"""IPv4's hands for what comes in: datagrams, fragments that are put together, and troubles."""

from __future__ import annotations

from typing import Any, NamedTuple

from netfsm.layers.contracts import Inbound, Trouble
from netfsm.layers.ipv4.base import Base
from netfsm.layers.network.base import outcome
from netfsm.layers.network.pieces import Reassembling
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.wire.offload import PLAIN, Offload, lasting
from netfsm.wire.refusal import Refusal


class Arrived(NamedTuple):
    """A datagram and how it came: what rows judge, and what an error message would need."""

    handler: Any
    interface: Interface
    header: Any
    packet: memoryview
    link_group: bool
    group: bool
    offload: Offload


class Receiving(Reassembling[Arrived], Base):
    """The machines `ipv4.input` and `ipv4.reassembly`."""

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._input = self.part("ipv4.input")
        self._destinations = self.numbers("ipv4.Destination")

    def receive(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:
        """A datagram from a link."""
        self.counters["in_receives"] += 1
        header = self._decode(packet)
        if isinstance(header, Refusal):
            return self.refused(header.reason)
        kind = self.tables.destination(interface.name, header.dst)
        group = kind in ("BROADCAST", "MULTICAST")
        handler = self._protocols.find(header.protocol)
        offload = interface.arriving
        arrived = Arrived(handler, interface, header, packet, broadcast, group, offload)
        verdict = self._input.step(
            (),
            "datagram",
            header,
            self._destinations[kind],
            self.tables.is_broadcast(interface.name, header.src),
            interface.loopback,
            broadcast,
            _routed_on(header.options),
            handler is not None,
            context=arrived,
        )
        return self._judged(verdict, arrived)

    def _judged(self, verdict: Verdict | None, arrived: Arrived) -> Verdict:
        """Let the rule for errors know what became of a datagram, where its sender may care."""
        if verdict is not None and verdict.tells:
            self._tell(verdict.tells, arrived)
        return outcome(verdict)

    def _tell(self, why: str, arrived: Arrived) -> None:
        header = arrived.header
        self.tell_sender(
            Trouble(
                why,
                arrived.packet,
                header.src,
                header.dst,
                group=arrived.group,
                link_group=arrived.link_group,
                later_fragment=header.offset > 0,
                one_host=self.tables.is_host(arrived.interface.name, header.src),
                interface=arrived.interface.name,
            )
        )

    def on_input_deliver(self, _: CompiledMachine, emission: Any, arrived: Arrived) -> Verdict:
        """The payload goes to the layer bound to the protocol; taps see it first."""
        header, interface = arrived.header, arrived.interface
        self.counters["in_delivers"] += 1
        dst = self.tables.source(interface.name) if emission.group else header.dst
        offload = arrived.offload
        inbound = Inbound(
            interface,
            header.src,
            dst,
            emission.group,
            header.dst,
            checked=offload.trusted,
            segment=offload.segment,
            hop_limit=header.ttl,
            link_group=arrived.link_group,
            alert=_alert(header.options),
        )
        for tap in self._protocols.taps(header.protocol):
            tap(header.payload, inbound)
        verdict: Verdict = arrived.handler(header.payload, inbound)
        return verdict

    # ---- fragments

    def on_input_collect(
        self, _: CompiledMachine, emission: Any, arrived: Arrived
    ) -> Verdict | None:
        """A fragment goes to the others of its datagram."""
        self.counters["in_fragments"] += 1
        header = arrived.header
        return self._reassembly.step(
            (header.src, header.dst, header.protocol, header.id),
            "fragment",
            arrived,
            emission.offset,
            emission.size,
            emission.more,
        )

    def lasting_piece(self, piece: Arrived) -> Arrived:
        """The fragment with octets of its own."""
        packet = lasting(piece.packet)
        return piece._replace(packet=packet, header=self._decode(packet))

    def fragment_of(self, piece: Arrived) -> memoryview:
        """What follows the header."""
        payload: memoryview = piece.header.payload
        return payload

    def joined(self, first: Arrived, payload: memoryview) -> Verdict | None:
        """The datagram goes on with the header of its first fragment."""
        handler = self._protocols.find(first.header.protocol)
        whole = first._replace(
            handler=handler, header=first.header._replace(payload=payload, MF=False), offload=PLAIN
        )
        verdict = self._input.step((), "whole", first.group, handler is not None, context=whole)
        return self._judged(verdict, whole)

    def late(self, first: Arrived) -> None:
        """Its sender is told."""
        self._tell("reassembly_time", first)


def _alert(options: Any) -> int | None:
    """The value of a router alert option, None where there is none (RFC 2113 §2.1)."""
    return int(options.router_alert_value) if options.router_alert_present else None


def _routed_on(options: Any) -> bool:
    """Whether a source route has hosts left: its pointer is not beyond its end (RFC 791 §3.1)."""
    loose = options.lsrr_present and options.lsrr_pointer < len(options.lsrr_route) + 4
    strict = options.ssrr_present and options.ssrr_pointer < len(options.ssrr_route) + 4
    return bool(loose or strict)
