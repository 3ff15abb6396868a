"""Segments out and in: emissions become packets, packets become events."""

from __future__ import annotations

from typing import Any

from netfsm.errors import ReserveError
from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.tcp.base import ANY, Base
from netfsm.layers.tcp.stream import MODULUS, Arrived, Key, Stream
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.offload import lasting
from netfsm.wire.refusal import Refusal

_SYN = 2
_SACKS = 3
"""Blocks that fit beside a time stamp (RFC 2018 §3)."""


class Segments(Base):
    """The road between the machines and IPv4."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        codec = self._codec
        assert codec.options is not None  # the format has some
        assert codec.encode_options is not None
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._options, self._encode_options = codec.options, codec.encode_options
        self._header = codec.header_octets
        self._sum_offset = codec.sum_offset
        self._decode_quoted = self.codec("tcp.quoted").decode
        self._input = self.part("tcp.input")

    # ---- in

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A segment from IPv4."""
        pseudo = inbound.src + inbound.sent_to
        segment = self._decode(payload, pseudo=pseudo, checked=inbound.checked)
        if isinstance(segment, Refusal):
            return self.refused(segment.reason)
        self.counters["in_segments"] += 1
        return self._judge(Arrived(segment, inbound, segment.payload))

    def _judge(self, arrived: Arrived) -> Verdict:
        segment, inbound = arrived.segment, arrived.inbound
        key = self._key(segment, inbound)
        listener = self._listening(key)
        verdict = self._input.step(
            (),
            "segment",
            segment,
            not inbound.group and _one_host(inbound.src),
            key in self._streams,
            listener is not None,
            context=(key, listener, arrived),
        )
        return verdict or DELIVERED

    def _key(self, segment: Any, inbound: Inbound) -> Key:
        return (
            inbound.dst.to_bytes(4),
            segment.DPORT,
            inbound.src.to_bytes(4),
            segment.SPORT,
        )

    def _listening(self, key: Key) -> tuple[bytes, int] | None:
        local, port = key[0], key[1]
        for home in ((local, port), (ANY, port)):
            if home in self._listeners.instances:
                return home
        return None

    def on_input_to_connection(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """A segment of a connection that is there."""
        key, _listener, arrived = context
        self._give(self._streams[key], arrived)

    def on_input_to_nobody(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """CLOSED answers."""
        key, _listener, arrived = context
        self._connections.step(key, "segment", arrived.segment, 0, 0, context=arrived)

    def on_input_to_listener(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """The first segment of a connection, or a stray one."""
        key, listener, arrived = context
        self._listeners.step(listener, "segment", arrived.segment, context=(key, arrived))

    def on_listener_fork(self, instance: CompiledMachine, _: Any, context: Any) -> None:
        """A passive OPEN that names the peer, and the SYN for it."""
        key, arrived = context
        stream = self._stream(key)
        stream.listener = (instance.address, instance.port)
        mss, most = self._way(stream.flow.dst)
        self._connections.step(
            key, "OPEN", False, instance.address, mss, most, 0, True, context=None
        )
        self._give(stream, arrived)

    def _give(self, stream: Stream, arrived: Arrived) -> None:
        """The event of a segment, with what only we can tell of it."""
        segment, key = arrived.segment, stream.key
        isn = self._isn(key) if segment.SYN else 0
        follows = 0
        if stream.receiving.holds:
            follows = stream.receiving.follows(self._place(stream, segment.SEQ) + segment.len)
        self._connections.step(key, "segment", segment, isn, follows, context=arrived)
        if arrived.again:
            arrived.again = False
            self._judge(arrived)

    def _place(self, stream: Stream, number: int) -> int:
        """The place in the peer's stream of a sequence number."""
        instance = self._connections.find(stream.key)
        begin = (
            number if instance is None or instance.scope.RCV_NXT is None else instance.scope.RCV_NXT
        )
        offset = (number - begin) % MODULUS
        return stream.receiving.next + (offset if offset < MODULUS >> 1 else offset - MODULUS)

    def on_connection_hold(self, _: CompiledMachine, emission: Any, arrived: Arrived) -> None:
        """Text that came too early."""
        stream = self._streams[self._key(arrived.segment, arrived.inbound)]
        text = lasting(arrived.text)[: emission.count]
        stream.receiving.hold(self._place(stream, emission.number), text)

    def on_connection_take_text(
        self, instance: CompiledMachine, emission: Any, arrived: Arrived
    ) -> None:
        """Text in order, and what was held behind it."""
        stream = self._of(instance)
        assert stream is not None  # text comes to connections that are there
        begin = emission.skip
        text = lasting(arrived.text[begin : begin + emission.fresh])
        stream.receiving.take(text, emission.take)
        if stream.socket:
            self.report("readable", socket=stream.socket)

    def on_connection_anew(self, _: CompiledMachine, __: Any, arrived: Arrived) -> None:
        """The segment opens another connection: it is judged again when this one is gone."""
        arrived.again = True

    # ---- out

    def on_connection_segment(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A segment of an open connection, with text from the queue."""
        stream = self._of(instance)
        assert stream is not None  # only connections that are there send
        end, count = self._header, emission.len or 0
        options = None
        blocks: tuple[tuple[int, int], ...] = ()
        if emission.sack and stream.receiving.holds:
            fit = (emission.size - min(count, emission.size) - 4) // 8
            blocks = self._blocks(stream, instance, min(fit, _SACKS))
        if emission.timestamps_present or blocks:
            options = self._options(
                timestamps_present=emission.timestamps_present,
                timestamps_value=emission.timestamps_value,
                timestamps_echo=emission.timestamps_echo,
                **_sack(blocks),
            )
            end += len(self._encode_options(options))
        head = bytearray(end)
        fields = {} if options is None else {"options": options}
        self._encode_into(
            head,
            0,
            end,
            SPORT=emission.SPORT,
            DPORT=emission.DPORT,
            SEQ=emission.SEQ,
            ACK=emission.ACK,
            CTL=emission.CTL,
            WND=emission.WND,
            UP=emission.UP or 0,
            partial=True,
            **fields,
        )
        text: list[bytes | memoryview] = []
        if count:
            text = stream.sending.slices(stream.place_sent(emission.SEQ), count)
        self._leave(stream.flow, head, text, emission.size if count > emission.size else 0)

    def on_connection_syn(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A SYN with what we offer, or a SYN,ACK with what was agreed on."""
        stream = self._of(instance)
        assert stream is not None  # it was made for this
        stream.first = (emission.SEQ + 1) % MODULUS
        options = self._options(
            mss_present=True,
            mss_value=emission.mss_value,
            window_scale_present=emission.window_scale_present,
            window_scale_value=emission.window_scale_value,
            sack_permitted_present=emission.sack_permitted_present,
            timestamps_present=emission.timestamps_present,
            timestamps_value=emission.timestamps_value,
            timestamps_echo=emission.timestamps_echo,
        )
        head = bytearray(self._header + len(self._encode_options(options)))
        self._encode_into(
            head,
            0,
            len(head),
            SPORT=emission.SPORT,
            DPORT=emission.DPORT,
            SEQ=emission.SEQ,
            ACK=emission.ACK or 0,
            CTL=emission.CTL,
            WND=emission.WND,
            options=options,
            partial=True,
        )
        self._leave(stream.flow, head, [], 0)

    def on_connection_reset(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A reset, which may be of no connection at all."""
        scope, stream = instance.scope, self._of(instance)
        self._reset(emission, scope.local, scope.remote, 0 if stream is None else stream.flow.tos)

    def on_listener_reset(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """An acknowledgment came where nothing was sent."""
        (local, _lport, remote, _rport), _arrived = context
        self._reset(emission, local, remote)

    def _reset(self, emission: Any, local: bytes, remote: bytes, tos: int = 0) -> None:
        head = bytearray(self._header)
        self._encode_into(
            head,
            0,
            self._header,
            SPORT=emission.SPORT,
            DPORT=emission.DPORT,
            SEQ=emission.SEQ,
            ACK=emission.ACK or 0,
            CTL=emission.CTL,
            partial=True,
        )
        flow = Flow(int.from_bytes(remote), self._protocol, int.from_bytes(local), tos)
        self._leave(flow, head, [], 0)

    def _leave(self, flow: Any, head: bytearray, text: list[Any], segment: int) -> None:
        """Down to IPv4; what it will not send is lost, as it may be anywhere on the way."""
        try:
            self._internet.send(flow, head, text, sum_offset=self._sum_offset, segment=segment)
        except ReserveError:
            self.counters["unsent"] += 1
        else:
            self.counters["out_segments"] += 1

    def _blocks(
        self, stream: Stream, instance: CompiledMachine, most: int
    ) -> tuple[tuple[int, int], ...]:
        """At most so many of the runs that are held, as sequence numbers (RFC 2018 §4)."""
        begin, place = instance.scope.RCV_NXT, stream.receiving.next
        return tuple(
            ((begin + start - place) % MODULUS, (begin + stop - place) % MODULUS)
            for start, stop in stream.receiving.runs()[: max(most, 0)]
        )

    def on_connection_acknowledged(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Text that has arrived is let go."""
        stream = self._of(instance)
        assert stream is not None  # the connection is there
        stream.sending.release(stream.place_sent(emission.upto))
        if stream.wants_room and stream.socket:
            stream.wants_room = False
            self.report("writable", socket=stream.socket)

    # ---- what the network reports

    def told(self, failure: str, quoted: memoryview, src: int, dst: int) -> None:
        """The network reports that a segment of ours did not arrive (RFC 9293 §3.9.2.2)."""
        header = self._decode_quoted(quoted)
        self.counters["errors_told"] += 1
        if isinstance(header, Refusal):
            self.counters["errors_stray"] += 1
            return
        key = (src.to_bytes(4), header.sport, dst.to_bytes(4), header.dport)
        if key not in self._streams:
            self.counters["errors_stray"] += 1
            return
        if failure == "TOO_LONG":
            mss, most = self._way(dst)
            self._connections.step(key, "path", header.seq, mss, most)
        else:
            self._connections.step(key, "reported", header.seq, failure == "REFUSED")


def _one_host(address: int) -> bool:
    """Whether an address can be a single host's (RFC 1122 §3.2.1.3)."""
    return 0 < address >> 24 < 0xE0 and address != 0xFFFFFFFF


def _sack(blocks: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    if not blocks:
        return {}
    found: dict[str, Any] = {"sack_present": True, "sack_count": len(blocks)}
    for number, (left, right) in enumerate(blocks, 1):
        found[f"sack_left{number}"], found[f"sack_right{number}"] = left, right
    return found
