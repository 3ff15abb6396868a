"""IPv4's hands for what comes in: datagrams, fragments that are put together, and troubles."""

from __future__ import annotations

from typing import Any, NamedTuple

from netfsm.layers.contracts import ErrorHandler, Inbound, Reporter, Trouble
from netfsm.layers.ipv4.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.part import Key
from netfsm.stack.verdicts import DELIVERED, held
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


class Receiving(Base):
    """The machines `ipv4.input` and `ipv4.reassembly`."""

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._input = self.part("ipv4.input")
        self._reassembly = self.part("ipv4.reassembly")
        self._destinations = self.numbers("ipv4.Destination")
        self._pieces: dict[Key, dict[int, Arrived]] = {}

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
        if verdict is None:
            return DELIVERED
        if verdict.tells:
            self._tell(verdict.tells, arrived)
        return verdict

    def _tell(self, why: str, arrived: Arrived) -> None:
        reporter: Reporter | None = self.spaces["ipv4.reporter"].find(0)
        if reporter is not None:
            header = arrived.header
            reporter.tell(
                Trouble(
                    why,
                    arrived.packet,
                    header.src,
                    header.dst,
                    group=arrived.group,
                    link_group=arrived.link_group,
                    later_fragment=header.offset > 0,
                    one_host=self.tables.is_host(arrived.interface.name, header.src),
                )
            )

    def owner_of_errors(self, protocol: int) -> ErrorHandler | None:
        """Who is told of errors that concern datagrams of a protocol of ours."""
        found: ErrorHandler | None = self.spaces["ipv4.errors"].find(protocol)
        return found

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

    def given_reassembly(self, _: Key) -> tuple[int]:
        """Payloads begin at zero."""
        return (0,)

    def on_reassembly_keep(self, instance: CompiledMachine, emission: Any, _: Any) -> Verdict:
        """A fragment is kept, with octets of its own: the driver's buffer is not ours."""
        arrived: Arrived = emission.packet
        packet = lasting(arrived.packet)
        kept = arrived._replace(packet=packet, header=self._decode(packet))
        self._pieces.setdefault(_key(instance), {})[emission.offset] = kept
        return held(self.name)

    def on_reassembly_whole(
        self, instance: CompiledMachine, emission: Any, _: Any
    ) -> Verdict | None:
        """The pieces are put together, and the datagram goes on as if it had come whole."""
        pieces = self._pieces.pop(_key(instance))
        pieces[emission.offset] = emission.packet
        payload = bytearray(emission.size)
        for place, piece in pieces.items():
            payload[place : place + len(piece.header.payload)] = piece.header.payload
        first = pieces[0]
        handler = self._protocols.find(first.header.protocol)
        whole = first._replace(
            handler=handler,
            header=first.header._replace(payload=memoryview(payload), MF=False),
            offload=PLAIN,
        )
        self.counters["reassembled"] += 1
        verdict = self._input.step((), "whole", first.group, handler is not None, context=whole)
        return self._judged(verdict, whole)

    def on_reassembly_lost(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The pieces are let go."""
        self._pieces.pop(_key(instance), None)
        self.counters["fragments_lost"] += 1

    def on_reassembly_timed_out(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The pieces are let go; the sender is told where the first is there."""
        pieces = self._pieces.pop(_key(instance))
        self.counters["reassembly_timed_out"] += 1
        if emission.tell:
            self._tell("reassembly_time", pieces[0])

    def quiesce(self) -> None:
        """Fragments that wait for others are let go."""
        self._reassembly.step_all("discard")


def _key(instance: CompiledMachine) -> Key:
    return instance.src, instance.dst, instance.protocol, instance.id


def _alert(options: Any) -> int | None:
    """The value of a router alert option, None where there is none (RFC 2113 §2.1)."""
    return int(options.router_alert_value) if options.router_alert_present else None


def _routed_on(options: Any) -> bool:
    """Whether a source route has hosts left: its pointer is not beyond its end (RFC 791 §3.1)."""
    loose = options.lsrr_present and options.lsrr_pointer < len(options.lsrr_route) + 4
    strict = options.ssrr_present and options.ssrr_pointer < len(options.ssrr_route) + 4
    return bool(loose or strict)
