"""TCP's hands for what goes out: segments, SYNs and resets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.layers.contracts import Flow
from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.receiving import Arrived, Receiving
from netfsm.machine import CompiledMachine
from netfsm.wire.checksum import Octets

CHECKSUM: Final = 16
"""Octets of a header before its checksum (RFC 9293 §3.1)."""
BLOCK: Final = 8
"""Octets of a block of a SACK option; kind, length and filling take four (RFC 2018 §3)."""
NO_TEXT: Final[Sequence[Octets]] = ()


class Emitting(Receiving):
    """The outputs that are messages."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        codec = self.codec("tcp.segment")
        assert codec.options is not None  # the format has some
        self._encode, self._packet, self._make = codec.encode, codec.packet, codec.make
        self._options, self._no_options = codec.options, codec.options()
        self._send = self._internet.send

    def on_connection_segment(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A segment with text from the queue, and with what is held where the peer understands."""
        socket = self._socket(instance)
        count = emission.len or 0
        size = emission.size
        options = self._no_options
        if emission.timestamps_present:
            options = self._options(
                timestamps_present=True,
                timestamps_value=emission.timestamps_value,
                timestamps_echo=emission.timestamps_echo,
            )
        if emission.sack and socket.received.holds:
            options = self._with_blocks(options, socket.received, size - count)
        packet = self._packet(
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
        text = socket.sending.slice(emission.SEQ, count) if count else NO_TEXT
        self._emit(socket.flow, packet, text, size if count > size else 0)

    def _with_blocks(self, options: Any, received: ReceiveBuffer, room: int) -> Any:
        """A SACK option too, with as many blocks as there is room for beside the text."""
        most = 3 if options.timestamps_present else 4
        found = received.blocks(min(most, max((room - 4) // BLOCK, 0)))
        if not found:
            return options
        fields: dict[str, int | bool] = {"sack_present": True, "sack_count": len(found)}
        for index, (left, right) in enumerate(found, 1):
            fields[f"sack_left{index}"] = left
            fields[f"sack_right{index}"] = right
        return options._replace(**fields)

    def on_connection_syn(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A SYN; the text that follows begins one number later."""
        socket = self._socket(instance)
        socket.sending.number = (emission.SEQ + 1) & 0xFFFFFFFF
        stamped, scaled = emission.timestamps_present, emission.window_scale_present
        options = self._options(
            mss_present=True,
            mss_value=emission.mss_value,
            window_scale_present=scaled,
            window_scale_value=emission.window_scale_value if scaled else 0,
            sack_permitted_present=emission.sack_permitted_present,
            timestamps_present=stamped,
            timestamps_value=emission.timestamps_value if stamped else 0,
            timestamps_echo=emission.timestamps_echo if stamped else 0,
        )
        packet = self._make(
            SPORT=emission.SPORT,
            DPORT=emission.DPORT,
            SEQ=emission.SEQ,
            ACK=emission.ACK or 0,
            CTL=emission.CTL,
            WND=emission.WND,
            options=options,
        )
        self._emit(socket.flow, packet, NO_TEXT, 0)

    def on_connection_reset(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A reset of a connection, or of none."""
        scope = instance.scope
        self._reset(scope.local, scope.remote, emission, emission.ACK or 0)

    def on_listener_reset(self, _: CompiledMachine, emission: Any, arrived: Arrived) -> None:
        """A reset for a segment that acknowledges what was never sent."""
        local, _lport, remote, _rport = arrived.key
        self._reset(local, remote, emission, 0)

    def _reset(self, local: bytes, remote: bytes, emission: Any, acknowledgment: int) -> None:
        self.counters["out_resets"] += 1
        packet = self._make(
            SPORT=emission.SPORT,
            DPORT=emission.DPORT,
            SEQ=emission.SEQ,
            ACK=acknowledgment,
            CTL=emission.CTL,
        )
        flow = Flow(int.from_bytes(remote), self._protocol, int.from_bytes(local))
        self._emit(flow._replace(dont_fragment=True), packet, NO_TEXT, 0)

    def _emit(self, flow: Flow, packet: Any, text: Sequence[Octets], segment: int) -> None:
        """One segment; where there is no room for it now it is lost as on any wire."""
        head = bytearray(self._encode(packet))
        head[CHECKSUM : CHECKSUM + 2] = b"\0\0"
        try:
            self._send(flow, head, text, sum_offset=CHECKSUM, segment=segment)
        except ReserveError:
            self.counters["unsent"] += 1
            return
        self.counters["out_segments"] += 1
