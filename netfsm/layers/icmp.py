"""The hands of ICMP: messages in and out, and echo requests that a person sends."""

from __future__ import annotations

from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.layers.contracts import ErrorHandler, Flow, Inbound, Internet, Reporter, Trouble
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Verdict
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal

ERRORS: Final = frozenset({3, 4, 5, 11, 12})
"""The types of messages that report errors (RFC 1122 §3.2.2)."""


class Icmp(Hands):
    """Bound to protocol 1 of IPv4, and to its troubles."""

    def setup(self) -> None:
        """Resolve what every message needs."""
        self._input = self.part("icmp.input")
        self._ping = self.part("icmp.ping")
        self._rule = self.part("icmp.errors")
        self._codec = self.codec("icmp.message")
        self._decode, self._encode_into = self._codec.decode, self._codec.encode_into
        self._decode_quoted = self.codec("ipv4.quoted").decode
        self._headers: dict[int, int] = {}
        self._protocol = int(str(self.constants["PROTOCOL"]))
        self._ttl = int(str(self.constants["ECHO_TTL"]))
        self._quote = int(str(self.constants["QUOTE"]))
        self._whys = {name.lower(): number for name, number in self.numbers("icmp.Why").items()}
        self._failures = {number: name for name, number in self.numbers("icmp.Failure").items()}

    @property
    def _internet(self) -> Internet:
        found: Internet = self.below("ipv4.protocol")
        return found

    def quiesce(self) -> None:
        """Nobody waits for a reply any more."""
        self._ping.step_all("cancel")

    # ---- in

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A message from IPv4."""
        self.counters["in_messages"] += 1
        message = self._decode(payload)
        if isinstance(message, Refusal):
            return self.refused(message.reason)
        quoted = self._quoted(message)
        tables = self._internet.tables
        about = 0 if quoted is None else quoted.dst
        verdict = self._input.step(
            (),
            "message",
            message,
            inbound.src,
            inbound.dst,
            inbound.group,
            message.payload,
            quoted is not None and tables.is_ours(quoted.src),
            about,
            0 if quoted is None else quoted.total_length,
            quoted is not None and tables.way(about).next_hop == inbound.src,
            tables.is_near(getattr(message, "gateway", None) or 0),
            (self.clock.now // 1000) & 0x7FFFFFFF | 0x80000000,
            context=quoted,
        )
        return verdict or DELIVERED

    def _quoted(self, message: Any) -> Any:
        """The header that an error quotes; None for a message that is none, or quotes none."""
        if message.type not in ERRORS:
            return None
        found = self._decode_quoted(message.payload)
        return None if isinstance(found, Refusal) else found

    def on_input_tell(self, _: CompiledMachine, emission: Any, quoted: Any) -> None:
        """The owner of a datagram is told what became of it."""
        self._tell(self._failures[emission.failure], quoted)

    def on_input_path(self, _: CompiledMachine, emission: Any, quoted: Any) -> None:
        """The path carries less; the owner of the datagram is told too."""
        self._internet.path_told(emission.dst, emission.mtu, emission.size)
        self._tell("TOO_LONG", quoted)

    def _tell(self, failure: str, quoted: Any) -> None:
        self.counters["errors_heard"] += 1
        handler: ErrorHandler | None = self._internet.owner_of_errors(quoted.protocol)
        if handler is not None:
            handler(failure, quoted.payload, quoted.src, quoted.dst)

    def on_input_reroute(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """There is a better first hop."""
        self.counters["redirected"] += 1
        self._internet.rerouted(emission.dst, emission.gateway)

    # ---- errors

    @property
    def reporter(self) -> Reporter:
        """What is bound to IPv4's troubles."""
        return self

    def tell(self, trouble: Trouble) -> None:
        """Let the rule decide whether a sender is told (see `contracts.Reporter`)."""
        packet = trouble.packet
        self._rule.step(
            (),
            "asked",
            self._whys[trouble.why],
            trouble.src,
            trouble.dst,
            trouble.pointer,
            packet,
            self._is_error(packet),
            trouble.group,
            trouble.link_group,
            trouble.later_fragment,
            trouble.one_host,
        )

    def _is_error(self, packet: memoryview) -> bool:
        """Whether a datagram holds an error message; one that breaks off before its type does."""
        header = self._decode_quoted(packet)
        if isinstance(header, Refusal) or header.protocol != self._protocol:
            return False
        return not header.payload or header.payload[0] in ERRORS

    def on_errors_error(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An error message leaves, with the beginning of the datagram that it is about."""
        self.counters["out_errors"] += 1
        self._send(emission, emission.src, emission.quoted[: self._quote])

    # ---- out

    def on_input_reply(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """A reply leaves, with the data of its request."""
        stamped = emission.originate is not None
        self.counters["out_timestamp_replies" if stamped else "out_echo_replies"] += 1
        self._send(emission, emission.src, emission.data)

    def on_ping_request(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An echo request leaves."""
        self.counters["out_echos"] += 1
        self._send(emission, None, emission.data)

    def _send(self, emission: Any, src: int | None, data: memoryview | bytes) -> None:
        fields = {
            name: value
            for name, value in emission._asdict().items()
            if name not in ("src", "dst", "data", "quoted") and value is not None
        }
        header = self._header_of(fields)
        flow = Flow(emission.dst, self._protocol, src, hop_limit=self._ttl)
        try:
            packet = self._internet.reserve(flow, header + len(data), may_wait=True)
        except ReserveError:
            self.counters["unsent"] += 1
            return
        packet.write(data)
        buffer = packet.buffer
        start = buffer.prepend(header)
        self._encode_into(buffer.data, start, buffer.tail, **fields)
        verdict = self._internet.commit(packet)
        self.counters["out_messages" if verdict is DELIVERED else "unsent"] += 1

    def _header_of(self, fields: dict[str, Any]) -> int:
        """Octets before the data of a message, which hang on its type; found out once."""
        kind = fields["type"]
        if kind not in self._headers:
            self._headers[kind] = len(self._codec.encode(self._codec.make(**fields)))
        return self._headers[kind]

    def on_ping_answered(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The reply came."""
        self.counters["in_echo_replies"] += 1
        self.report(
            "answered",
            peer=emission.peer,
            id=emission.id,
            sequence=emission.sequence,
            rtt=emission.rtt,
        )

    def on_ping_lost(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """No reply came in time."""
        self.counters["lost"] += 1
        self.report("lost", peer=emission.peer, id=emission.id, sequence=emission.sequence)

    def on_ping_stray(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """Nobody waits for this reply."""
        self.counters["stray_replies"] += 1

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # the base's form
        """Too many echo requests wait."""
        raise BlockingIOError("too many echo requests wait for their replies")

    # ---- control

    def command_ping(
        self,
        destination: int,
        id: int = 1,  # noqa: A002  # the field's word
        sequence: int = 1,
        size: int = 56,
    ) -> None:
        """Send one echo request; `icmp.answered` or `icmp.lost` is reported."""
        data = bytes(octet & 0xFF for octet in range(size))
        self._ping.step((destination, id, sequence), "send", data)

    def query_pings(self) -> list[dict[str, object]]:
        """Echo requests that wait."""
        return [
            {"destination": key[0], "id": key[1], "sequence": key[2], "state": one.state}
            for key, one in self._ping.states()
        ]
