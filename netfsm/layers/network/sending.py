"""The hands for what goes out: room for datagrams, which way they go, pieces.

What the machine `output` of a layer says of a datagram depends on nothing but what it is asked: it
has one state and no variables. So its answer is kept for the next datagram of the same flow and
size, and is good as long as no table, no MTU and no resolver has changed. A traced stack asks every
time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from netfsm.errors import BadAddress, InternalError, LinkDown, NoRoute, ReserveError, TooBig
from netfsm.layers.addresses import Way
from netfsm.layers.contracts import Cut, Flow
from netfsm.layers.network.paths import Paths
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Attempt, Outgoing
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets, checksum

MAX_JUDGED: Final = 4096
"""Answers of the machine that are kept."""

Asked = tuple[Flow, int, bool, int]
"""A flow, the size, whether it may wait, and octets of each piece."""


class Going(NamedTuple):
    """A datagram for which room is sought; `cut` is None where it goes as one.

    `number` is its identification, `before` the octets of all that goes in front of its payload.
    """

    attempt: Attempt
    interface: Interface | None
    flow: Flow
    src: int
    mtu: int
    number: int
    cut: Cut | None
    before: int


class Noted(NamedTuple):
    """What a reserved datagram needs: header, station (None: not known yet), MTU of the path."""

    header: Any
    station: bytes | None
    mtu: int
    number: int
    flow: Flow
    before: int


class Piece(NamedTuple):
    """A fragment: where it belongs, in units of 8 octets, and whether others follow."""

    offset: int
    more: bool


class _Judged(NamedTuple):
    """What a row gave for a datagram, and what the answer hangs on."""

    emission: Any
    carry_out: Callable[[Any, Any, Going], object]
    interface: Interface
    src: int
    version: int
    mtu: int
    resolves: bool
    before: int


class Sending(Paths):
    """The machines `output` and `fragments` of a layer."""

    _whole: tuple[Outgoing, Noted]
    _verdict: Verdict

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._output = self.part(f"{self.name}.output")
        self._fragments = self.part(f"{self.name}.fragments")
        self._routes = self.numbers(f"{self.name}.Route")
        self._answers: dict[Asked, _Judged] = {}

    # ---- what a version of IP adds

    def octets_before(self, flow: Flow) -> int:  # noqa: ARG002  # not every version has a choice
        """Octets of all that goes in front of the payload of a datagram that is not cut."""
        return self._header

    def piece_octets(self, noted: Noted) -> int:
        """The same of one piece of a datagram that is cut."""
        return noted.before

    def numbered(self, pieces: int) -> int:  # noqa: ARG002  # not every datagram has a number
        """The identification of a datagram that leaves in so many pieces."""
        return 0

    @abstractmethod
    def question(self, asked: Asked, way: Way, going: Going) -> tuple[Any, ...]:
        """Parameters and choices of the event `reserve`."""

    @abstractmethod
    def division(self, size: int, noted: Noted) -> tuple[Any, ...]:
        """Parameters of the event `divide`, for a payload of so many octets."""

    @abstractmethod
    def write_headers(self, packet: Outgoing, noted: Noted, piece: Piece | None) -> None:
        """Write all headers in front of what the packet holds; `piece` None where it is whole."""

    # ---- out

    def _interface(self, name: str) -> Interface | None:
        return self.interface(name) if name else None

    def reserve(
        self, flow: Flow, size: int, *, may_wait: bool = False, cut: Cut | None = None
    ) -> Outgoing:
        """Room for one datagram (see `contracts.Internet`)."""
        self.counters["out_requests"] += 1
        if cut is not None and size <= cut.header + cut.text:
            cut = None
        pieces = 1 if cut is None else -((cut.header - size) // cut.text)
        number = self.numbered(pieces)
        asked = (flow, size, may_wait, 0 if cut is None else cut.header + cut.text)
        known = self._answers.get(asked)
        if known is None or not self._holds(known, flow.dst):
            return self._judge(asked, cut, number)
        attempt = Attempt(size)
        going = Going(
            attempt, known.interface, flow, known.src, known.mtu, number, cut, known.before
        )
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
        flow, size = asked[:2]
        way = self.tables.way(flow.dst, flow.interface)
        source = way.src if flow.src is None else flow.src
        interface = self._interface(way.interface)
        mtu = self._mtu(interface, flow.dst)
        before = self.octets_before(flow)
        going = Going(Attempt(size), interface, flow, source, mtu, number, cut, before)
        question = self.question(asked, way, going)
        self._output.step((), "reserve", *question, context=going)
        packet = going.attempt.result()
        assert interface is not None  # there is room
        if len(self._answers) >= MAX_JUDGED:
            self._answers.clear()
        emission = packet.last_note().header
        hand = getattr(self, f"on_output_{emission.output}")
        resolves = self.resolver(interface) is not None
        self._answers[asked] = _Judged(
            emission, hand, interface, source, self.tables.version, mtu, resolves, before
        )
        return packet

    def on_output_loop(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To ourselves, by the loopback interface."""
        self._room(going, emission, b"")

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

    def _room(self, going: Going, emission: Any, station: bytes | None) -> None:
        """Room below; the header is noted until the payload is there."""
        interface, attempt = going.interface, going.attempt
        assert interface is not None  # a way names one
        try:
            packet = self._buffer(going, interface, in_pieces=emission.in_pieces)
        except ReserveError as error:
            self.counters["no_room"] += 1
            attempt.error = error
            return
        noted = Noted(emission, station, going.mtu, going.number, going.flow, going.before)
        packet.note(noted, going.before)
        packet.pseudo = emission.src + emission.dst
        attempt.packet = packet

    def _buffer(self, going: Going, interface: Interface, *, in_pieces: bool) -> Outgoing:
        """A buffer of the link's, or one of our own for what is going to be cut."""
        size = going.attempt.size + going.before
        if in_pieces:
            return Outgoing(interface.name, Buffer.allocate(size), size)
        link = self.link_of(interface)
        if link is None:
            raise LinkDown(interface.name)
        cut = going.cut
        if cut is None:
            return link.reserve(interface, size)
        packet = link.reserve(interface, going.before + cut.header + cut.text, size)
        packet.segment = cut.text
        return packet

    def commit(self, packet: Outgoing) -> Verdict:
        """The headers in front of the payload; then the packet goes to its station."""
        noted: Noted = packet.recall()
        if noted.header.in_pieces:
            return self._divide(packet, noted)
        return self._leave(packet, noted, None)

    def _leave(self, packet: Outgoing, noted: Noted, piece: Piece | None) -> Verdict:
        self.write_headers(packet, noted, piece)
        buffer = packet.buffer
        if packet.segment:
            buffer.segment, buffer.network = packet.segment, buffer.head
        self.counters["out_transmits"] += 1
        interface = self.interface(packet.interface)
        if noted.station is None:
            return self._resolve(interface, noted.header, packet)
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
        buffer = packet.buffer
        for piece in text:
            packet.write(piece)
        start = buffer.prepend(len(head))
        data, at = buffer.data, start + sum_offset
        data[start : start + len(head)] = head
        data[at : at + 2] = b"\0\0"
        pseudo = packet.pseudo + flow.protocol + size
        if packet.partial:
            buffer.leave_sum(start, sum_offset)
            value = pseudo % 65535 or 65535
        else:
            value = checksum(buffer.view, pseudo) or 65535
        data[at : at + 2] = value.to_bytes(2)
        return self.commit(packet)

    # ---- fragments

    def _divide(self, packet: Outgoing, noted: Noted) -> Verdict:
        """Let the pieces leave, each in a buffer of its own."""
        self.counters["out_fragmented"] += 1
        self._whole = packet, noted
        self._verdict = DELIVERED
        self._fragments.step((), "divide", *self.division(len(packet.buffer), noted))
        while self._fragments.state_of(()) == "CUTTING":
            self._fragments.step((), "next")
        return self._verdict

    def on_fragments_fragment(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """A piece leaves with headers of its own."""
        packet, noted = self._whole
        interface = self.interface(packet.interface)
        link = self.link_of(interface)
        try:
            if link is None:
                raise LinkDown(interface.name)
            piece = link.reserve(interface, self.piece_octets(noted) + emission.size)
        except ReserveError:
            self._verdict = self.unsent("no_room")
            return
        piece.write(packet.buffer.view[emission.place : emission.place + emission.size])
        self.counters["out_fragments"] += 1
        verdict = self._leave(piece, noted, Piece(emission.offset, emission.more))
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
        going.attempt.error = NoRoute(self.written(going.flow.dst))
        return self.unsent("no_route")

    def bad_source(self, going: Going, what: str, counter: str) -> Verdict:
        """A source that can't be; `what` says why."""
        going.attempt.error = BadAddress(self.written(going.src), what)
        return self.unsent(counter)

    def on_output_bad_source_out(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """No host may send so."""
        return self.bad_source(going, "no host may send from it so", "bad_source_out")

    def on_output_not_ready(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """The source is not, or not yet, an address of ours."""
        return self.bad_source(going, "it is no address of ours in use", "not_ready")

    def on_output_bad_destination(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nothing may be sent to it."""
        going.attempt.error = BadAddress(self.written(going.flow.dst), "it must not be sent to")
        return self.unsent("bad_destination")

    def on_output_too_big(self, _: CompiledMachine, emission: Any, going: Any) -> Verdict:
        """The way does not carry as much in one piece."""
        going.attempt.error = TooBig(emission.size + going.before, emission.mtu)
        return self.unsent("too_big")
