"""Segments out and in: emissions become packets, packets become events."""

from __future__ import annotations

from itertools import islice
from typing import Any

from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.tcp.leaving import Leaving
from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.stream import MODULUS, Arrived, Key, Stream
from netfsm.layers.transport import ANY, V6, zone
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.checksum import Octets
from netfsm.wire.refusal import Refusal

_SYN = 2
_SACKS = 3
"""Blocks that fit beside a time stamp (RFC 2018 §3)."""
_SACK_HEAD, _SACK_BLOCK = 4, 8
"""Octets of the option without its blocks, filled up, and of each block."""


class Segments(Leaving):
    """The road between the machines and IP."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        codec = self._codec
        assert codec.options is not None  # the format has some
        self._decode, self._encode = codec.decode, codec.encode
        self._packet, self._make = codec.packet, codec.make
        self._options, self._no_options = codec.options, codec.options()
        self._decode_quoted = self.codec("tcp.quoted").decode
        self._input = self.part("tcp.input")
        self._most_runs = self.number("MAX_RUNS")

    # ---- in

    def arrived(self, payload: memoryview, inbound: Inbound, octets: int) -> Verdict:
        """A segment from IP."""
        segment = self._decode(payload, pseudo=inbound.pseudo, checked=inbound.checked)
        if isinstance(segment, Refusal):
            return self.refused(segment.reason)
        self.counters["in_segments"] += 1
        return self._judge(Arrived(segment, inbound, segment.payload, octets))

    def _judge(self, arrived: Arrived) -> Verdict:
        segment, inbound = arrived.segment, arrived.inbound
        key = _key(arrived)
        listener = self._listening(key)
        verdict = self._input.step(
            (),
            "segment",
            segment,
            not inbound.group and _one_host(key[2]),
            key in self._streams,
            listener is not None,
            context=(key, listener, arrived),
        )
        return verdict or DELIVERED

    def _listening(self, key: Key) -> tuple[bytes, int] | None:
        local, port = key[0], key[1]
        for home in ((local, port), (bytes(len(local)), port), (ANY, port)):
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
        stream = self._stream(key, arrived.inbound.interface.name)
        home = stream.listener = (instance.address, instance.port)
        self._callers.setdefault(home, {})[key] = None
        mss, most = self._way(key[2])
        refused = self._connections.step(
            key, "OPEN", False, instance.address, mss, most, 0, True, context=None
        )
        if refused is None:
            self._give(stream, arrived)
            return
        self._forget(stream)
        self._listeners.step(home, "failed")

    def on_listener_displace(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The oldest of a listener's half-open connections ends, or all of them."""
        callers = self._callers.get((instance.address, instance.port), {})
        for key in list(callers) if emission.all else list(islice(callers, 1)):
            self._uncall(self._streams[key])
            self.counters["displaced"] += 1
            self._connections.step(key, "displaced")

    def _give(self, stream: Stream, arrived: Arrived) -> None:
        """The event of a segment, with what only we can tell of it."""
        segment, key = arrived.segment, stream.key
        isn = self._isn(key) if segment.SYN else 0
        follows = 0
        if stream.receiving is not None and stream.receiving.holds:
            follows = stream.receiving.follows((segment.SEQ + segment.len) % MODULUS)
        self._connections.step(key, "segment", segment, isn, follows, context=arrived)
        if arrived.again:
            arrived.again = False
            self._judge(arrived)

    def on_connection_hold(
        self, instance: CompiledMachine, emission: Any, arrived: Arrived
    ) -> None:
        """Text that came too early."""
        stream = self._streams[_key(arrived)]
        text = arrived.text[: emission.count]
        buffer = stream.buffer(instance.scope.RCV_NXT)
        held = buffer.hold(emission.number, text, self._most_runs)
        self.counters["runs_full"] += not held

    def on_connection_take_text(
        self, instance: CompiledMachine, emission: Any, arrived: Arrived
    ) -> None:
        """Text in order, and what was held behind it."""
        stream = self._of(instance)
        assert stream is not None  # text comes to connections that are there
        begin = emission.skip
        number = (arrived.segment.SEQ + arrived.segment.SYN + begin) % MODULUS
        fresh = arrived.text[begin : begin + emission.fresh]
        stream.buffer(number).take(fresh, emission.take)
        if stream.socket and not stream.told:
            stream.told = True
            self.report("readable", socket=stream.socket)

    def on_connection_anew(self, _: CompiledMachine, __: Any, arrived: Arrived) -> None:
        """The segment opens another connection: it is judged again when this one is gone."""
        arrived.again = True

    # ---- out

    def on_connection_segment(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A segment of an open connection, with text from the queue."""
        stream = self._of(instance)
        assert stream is not None  # only connections that are there send
        count, size = emission.len or 0, emission.size
        options = self._no_options
        if emission.timestamps_present:
            options = self._options(
                timestamps_present=True,
                timestamps_value=emission.timestamps_value,
                timestamps_echo=emission.timestamps_echo,
            )
        receiving = stream.receiving
        if emission.sack and receiving is not None and receiving.holds:
            options = self._with_blocks(options, receiving, size - count)
        head = self._encode(
            self._packet(
                emission.SPORT,
                emission.DPORT,
                emission.SEQ,
                emission.ACK,
                emission.CTL,
                emission.WND,
                emission.UP or 0,
                options,
                b"",
            )
        )
        text: list[Octets] = []
        if count:
            assert stream.sending is not None  # the connection has text to send
            text = stream.sending.slice(emission.SEQ, count)
        octets = len(stream.key[0])
        self._leave(octets, self._flow(stream), head, text, size if count > size else 0)

    def _with_blocks(self, options: Any, receiving: ReceiveBuffer, room: int) -> Any:
        """A SACK option too, with as many blocks as there is room for beside the text."""
        most = _SACKS if options.timestamps_present else _SACKS + 1
        found = receiving.blocks(min(most, max((room - _SACK_HEAD) // _SACK_BLOCK, 0)))
        if not found:
            return options
        fields: dict[str, int] = {"sack_present": True, "sack_count": len(found)}
        for number, (left, right) in enumerate(found, 1):
            fields[f"sack_left{number}"], fields[f"sack_right{number}"] = left, right
        return options._replace(**fields)

    def on_connection_syn(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A SYN with what we offer, or a SYN,ACK with what was agreed on."""
        stream = self._of(instance)
        assert stream is not None  # it was made for this
        stream.begun = True
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
        head = self._encode(
            self._make(
                SPORT=emission.SPORT,
                DPORT=emission.DPORT,
                SEQ=emission.SEQ,
                ACK=emission.ACK or 0,
                CTL=emission.CTL,
                WND=emission.WND,
                options=options,
            )
        )
        self._leave(len(stream.key[0]), self._flow(stream), head, [], 0)

    def on_connection_reset(self, instance: CompiledMachine, emission: Any, context: Any) -> None:
        """A reset, which may be of no connection at all."""
        stream = self._of(instance)
        flow = self._back(context) if stream is None else self._flow(stream)
        self._reset(emission, emission.ACK or 0, flow, len(instance.scope.local))

    def on_listener_reset(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """An acknowledgment came where nothing was sent."""
        _key, arrived = context
        self._reset(emission, 0, self._back(arrived), arrived.octets)

    def _back(self, arrived: Arrived) -> Flow:
        """To where a segment came from, which is of no connection."""
        local, _, remote, _ = _key(arrived)
        via = zone(remote, arrived.inbound.interface.name)
        return Flow(int.from_bytes(remote), self._protocol, int.from_bytes(local), interface=via)

    def _reset(self, emission: Any, acknowledged: int, flow: Flow, octets: int) -> None:
        head = self._encode(
            self._make(
                SPORT=emission.SPORT,
                DPORT=emission.DPORT,
                SEQ=emission.SEQ,
                ACK=acknowledged,
                CTL=emission.CTL,
            )
        )
        self._leave(octets, flow, head, [], 0)

    def on_connection_acknowledged(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Text that has arrived is let go."""
        stream = self._of(instance)
        assert stream is not None  # the connection is there
        stream.release(emission.upto)
        remote = stream.key[2]
        internet = self.carrier(len(remote))
        if internet is not None:
            internet.reached(int.from_bytes(remote))
        roomy = 2 * stream.unsent <= self._send_room
        if stream.wants_room and roomy and stream.socket:
            stream.wants_room = False
            self.report("writable", socket=stream.socket)

    # ---- what the network reports

    def failed(self, failure: str, quoted: memoryview, src: bytes, dst: bytes) -> None:
        """The network reports that a segment of ours did not arrive (RFC 9293 §3.9.2.2)."""
        header = self._decode_quoted(quoted)
        self.counters["errors_told"] += 1
        if isinstance(header, Refusal):
            self.counters["errors_stray"] += 1
            return
        key = (src, header.sport, dst, header.dport)
        if key not in self._streams:
            self.counters["errors_stray"] += 1
            return
        if failure == "TOO_LONG":
            mss, most = self._way(dst)
            self._connections.step(key, "path", header.seq, mss, most)
        else:
            self._connections.step(key, "reported", header.seq, failure == "REFUSED")


def _key(arrived: Arrived) -> Key:
    segment, inbound, octets = arrived.segment, arrived.inbound, arrived.octets
    return (
        inbound.dst.to_bytes(octets),
        segment.DPORT,
        inbound.src.to_bytes(octets),
        segment.SPORT,
    )


def _one_host(address: bytes) -> bool:
    """Whether an address can be a single host's (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2, §2.7)."""
    first = address[0]
    return first != 0xFF and any(address) if len(address) == V6 else 0 < first < 0xE0
