"""IPv4's hands for what goes out: room for datagrams, headers, fragments.

What `ipv4.output` says of a datagram depends on nothing but what it is asked: it has one state and
no variables. So its answer is kept for the next datagram of the same flow and size, and is good as
long as no table, no MTU and no resolver has changed; only the identification is new. A traced stack
asks every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from netfsm.errors import (
    BadAddress,
    InternalError,
    LinkDown,
    NoRoute,
    ReserveError,
    TooBig,
)
from netfsm.layers.addresses import dotted
from netfsm.layers.contracts import Cut, Flow
from netfsm.layers.ipv4.paths import Paths
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Attempt, Outgoing
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets, checksum

MAX_JUDGED: Final = 4096
"""Answers of `ipv4.output` that are kept."""

Asked = tuple[Flow, int, bool, int]
"""A flow, the size, whether it may wait, and octets of each piece."""


class _Going(NamedTuple):
    """A datagram for which room is sought; `cut` is None where it goes as one."""

    attempt: Attempt
    interface: Interface | None
    dst: int
    src: int
    mtu: int
    number: int
    cut: Cut | None


class _Noted(NamedTuple):
    """What a reserved datagram needs: header, station (None: not known yet), MTU of the path.

    `number` is its identification.
    """

    header: Any
    station: bytes | None
    mtu: int
    number: int


class _Judged(NamedTuple):
    """What a row gave for a datagram, and what the answer hangs on."""

    emission: Any
    carry_out: Callable[[Any, Any, _Going], object]
    interface: Interface
    src: int
    version: int
    mtu: int
    resolves: bool


class Sending(Paths):
    """The machines `ipv4.output` and `ipv4.fragments`."""

    _whole: tuple[Outgoing, _Noted]
    _verdict: Verdict

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._output = self.part("ipv4.output")
        self._fragments = self.part("ipv4.fragments")
        self._ttl = int(str(self.constants["DEFAULT_TTL"]))
        self._routes = self.numbers("ipv4.Route")
        self._identification = self.random.getrandbits(16)
        self._answers: dict[Asked, _Judged] = {}

    def _interface(self, name: str) -> Interface | None:
        return self.interface(name) if name else None

    # ---- out

    def flow_datagram(
        self,
        size: int,
        *,
        dst: int,
        protocol: int,
        src: int | None = None,
        tos: int = 0,
        ttl: int | None = None,
        dont_fragment: bool = False,
    ) -> Outgoing:
        """Room for a datagram that a program sends by itself."""
        return self.reserve(Flow(dst, protocol, src, tos, ttl, dont_fragment), size)

    def reserve(
        self, flow: Flow, size: int, *, may_wait: bool = False, cut: Cut | None = None
    ) -> Outgoing:
        """Room for one datagram (see `contracts.Internet`)."""
        self.counters["out_requests"] += 1
        if cut is not None and size <= cut.header + cut.text:
            cut = None
        pieces = 1 if cut is None else -((cut.header - size) // cut.text)
        number = (self._identification + 1) & 0xFFFF
        self._identification = (self._identification + pieces) & 0xFFFF
        asked = (flow, size, may_wait, 0 if cut is None else cut.header + cut.text)
        known = self._answers.get(asked)
        if known is None or not self._holds(known, flow.dst):
            return self._judge(asked, cut, number)
        attempt = Attempt(size)
        going = _Going(attempt, known.interface, flow.dst, known.src, known.mtu, number, cut)
        known.carry_out(None, known.emission, going)
        return attempt.result()

    def _holds(self, known: _Judged, dst: int) -> bool:
        """Whether everything is as it was when the answer was given."""
        interface = known.interface
        return (
            known.version == self.tables.version
            and known.mtu == self._mtu(interface, dst)
            and known.resolves == (self.resolver(interface) is not None)
            and self._output.tell is None
            and self._output.trial is None
        )

    def _judge(self, asked: Asked, cut: Cut | None, number: int) -> Outgoing:
        """Let the rows say where a datagram goes, and keep the answer where it can go."""
        flow, size, may_wait, each = asked
        way = self.tables.way(flow.dst)
        source = way.src if flow.src is None else flow.src
        interface = self._interface(way.interface)
        mtu = self._mtu(interface, flow.dst)
        resolves = interface is not None and self.resolver(interface) is not None
        going = _Going(Attempt(size), interface, flow.dst, source, mtu, number, cut)
        self._output.step(
            (),
            "reserve",
            source,
            flow.dst,
            flow.protocol,
            flow.traffic_class,
            self._ttl if flow.hop_limit is None else flow.hop_limit,
            size,
            may_wait,
            flow.dont_fragment,
            each,
            self._routes[way.kind],
            resolves,
            way.next_hop,
            self.tables.is_ours(source),
            number,
            mtu,
            context=going,
        )
        packet = going.attempt.result()
        assert interface is not None  # there is room
        if len(self._answers) >= MAX_JUDGED:
            self._answers.clear()
        emission = packet.last_note().header
        hand = getattr(self, f"on_output_{emission.output}")
        version = self.tables.version
        self._answers[asked] = _Judged(emission, hand, interface, source, version, mtu, resolves)
        return packet

    def on_output_loop(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To ourselves, by the loopback interface."""
        self._room(going, emission, b"")

    def on_output_flood(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To every station of the link."""
        self._room(going, emission, going.interface.broadcast)

    def on_output_group(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the stations of a group; the resolver knows how the link addresses them."""
        interface = going.interface
        resolver = self.resolver(interface)
        to = resolver.group_station(interface, emission.dst) if resolver else interface.broadcast
        self._room(going, emission, to)

    def on_output_straight(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the only station there is, or to all where nobody is looked for."""
        self._room(going, emission, going.interface.peer or going.interface.broadcast)

    def on_output_ask(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, where the resolver knows it."""
        resolver = self.resolver(going.interface)
        assert resolver is not None  # the row asked for one
        try:
            to = resolver.station(going.interface, emission.next_hop, emission.src)
        except ReserveError as error:
            self.counters["unresolved"] += 1
            going.attempt.error = error
            return
        self._room(going, emission, to)

    def on_output_hold(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, when the resolver knows it."""
        self._room(going, emission, None)

    def _room(self, going: _Going, emission: Any, station: bytes | None) -> None:
        """Room below; the header is noted until the payload is there."""
        interface, attempt = going.interface, going.attempt
        assert interface is not None  # a route names one
        try:
            packet = self._buffer(going, interface, in_pieces=emission.in_pieces)
        except ReserveError as error:
            self.counters["no_room"] += 1
            attempt.error = error
            return
        packet.note(_Noted(emission, station, going.mtu, going.number), self._header)
        packet.pseudo = emission.src + emission.dst
        attempt.packet = packet

    def _buffer(self, going: _Going, interface: Interface, *, in_pieces: bool) -> Outgoing:
        """A buffer of the link's, or one of our own for what is going to be cut."""
        size = going.attempt.size + self._header
        if in_pieces:
            return Outgoing(interface.name, Buffer.allocate(size), size)
        link = self.link_of(interface)
        if link is None:
            raise LinkDown(interface.name)
        cut = going.cut
        if cut is None:
            return link.reserve(interface, size)
        packet = link.reserve(interface, self._header + cut.header + cut.text, size)
        packet.segment = cut.text
        return packet

    def commit(self, packet: Outgoing) -> Verdict:
        """The header in front of the payload; then the packet goes to its station."""
        noted: _Noted = packet.recall()
        if noted.header.in_pieces:
            return self._divide(packet, noted)
        return self._leave(packet, noted, 0, more=False)

    def _leave(self, packet: Outgoing, noted: _Noted, offset: int, *, more: bool) -> Verdict:
        header, buffer = noted.header, packet.buffer
        start = buffer.prepend(self._header)
        if packet.segment:
            buffer.segment, buffer.network = packet.segment, start
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            tos=header.tos,
            id=noted.number,
            DF=header.DF,
            MF=more,
            offset=offset,
            ttl=header.ttl,
            protocol=header.protocol,
            src=header.src,
            dst=header.dst,
        )
        self.counters["out_transmits"] += 1
        interface = self.interface(packet.interface)
        if noted.station is None:
            return self._resolve(interface, header, packet)
        link = self.link_of(interface)
        if link is None:
            packet.cancel()
            return self.unsent("no_room")
        return link.send(packet, noted.station, self._ethertype)

    def send(
        self,
        flow: Flow,
        head: Octets,
        text: Sequence[Octets],
        *,
        sum_offset: int,
        segment: int = 0,
        may_wait: bool = True,
    ) -> Verdict:
        """Send a segment in one call (see `contracts.Internet`)."""
        size = len(head) + sum(map(len, text))
        cut = Cut(len(head), segment) if segment else None
        packet = self.reserve(flow, size, may_wait=may_wait, cut=cut)
        header, buffer = packet.last_note().header, packet.buffer
        for piece in text:
            packet.write(piece)
        start = buffer.prepend(len(head))
        data, at = buffer.data, start + sum_offset
        data[start : start + len(head)] = head
        data[at : at + 2] = b"\0\0"
        pseudo = packet.pseudo + header.protocol + size
        if packet.partial:
            buffer.leave_sum(start, sum_offset)
            value = pseudo % 65535 or 65535
        else:
            value = checksum(buffer.view, pseudo) or 65535
        data[at : at + 2] = value.to_bytes(2)
        return self.commit(packet)

    # ---- fragments

    def _divide(self, packet: Outgoing, noted: _Noted) -> Verdict:
        """Let the pieces leave, each in a buffer of its own."""
        self.counters["out_fragmented"] += 1
        self._whole = packet, noted
        self._verdict = DELIVERED
        self._fragments.step((), "divide", len(packet.buffer), noted.mtu)
        while self._fragments.state_of(()) == "CUTTING":
            self._fragments.step((), "next")
        return self._verdict

    def on_fragments_fragment(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """A piece leaves with a header of its own."""
        packet, noted = self._whole
        interface = self.interface(packet.interface)
        link = self.link_of(interface)
        try:
            if link is None:
                raise LinkDown(interface.name)
            piece = link.reserve(interface, self._header + emission.size)
        except ReserveError:
            self._verdict = self.unsent("no_room")
            return
        piece.write(packet.buffer.view[emission.place : emission.place + emission.size])
        self.counters["out_fragments"] += 1
        verdict = self._leave(piece, noted, emission.offset, more=emission.more)
        if verdict is not DELIVERED:
            self._verdict = verdict

    def on_fragments_busy(self, _: CompiledMachine, __: Any, ___: Any) -> Verdict:
        """The pieces of one datagram leave in one step, so that this is a fault of the hands."""
        raise InternalError("a datagram is cut while another is", self.name)

    # ---- what is not sent

    def _resolve(self, interface: Interface, header: Any, packet: Outgoing) -> Verdict:
        """The resolver keeps the packet until the next hop is known."""
        resolver = self.resolver(interface)
        if resolver is None:
            packet.cancel()
            return self.unsent("unresolved")
        return resolver.resolve(interface, header.next_hop, header.src, packet)

    def on_output_no_route(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nobody knows the way."""
        going.attempt.error = NoRoute(dotted(going.dst))
        return self.unsent("no_route")

    def on_output_bad_source_out(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """No host may send so."""
        going.attempt.error = BadAddress(dotted(going.src), "no host may send from it so")
        return self.unsent("bad_source_out")

    def on_output_bad_destination(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nothing may be sent to it."""
        going.attempt.error = BadAddress(dotted(going.dst), "it must not be sent to")
        return self.unsent("bad_destination")

    def on_output_not_ready(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """The source is not, or not yet, an address of ours."""
        going.attempt.error = BadAddress(dotted(going.src), "it is no address of ours in use")
        return self.unsent("not_ready")

    def on_output_too_big(self, _: CompiledMachine, emission: Any, going: Any) -> Verdict:
        """The interface does not carry as much in one piece."""
        going.attempt.error = TooBig(emission.size + self._header, emission.mtu)
        return self.unsent("too_big")
