"""The hands of ICMP: messages in and out, and echo requests that a person sends."""

from __future__ import annotations

from typing import Any

from netfsm.errors import ReserveError
from netfsm.layers.contracts import Flow, Inbound, Internet
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Verdict
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal


class Icmp(Hands):
    """Bound to protocol 1 of IPv4."""

    def setup(self) -> None:
        """Resolve what every message needs."""
        self._input = self.part("icmp.input")
        self._ping = self.part("icmp.ping")
        codec = self.codec("icmp.message")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = 8  # octets before the data of every message (RFC 792)
        self._protocol = int(str(self.constants["PROTOCOL"]))
        self._ttl = int(str(self.constants["ECHO_TTL"]))

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
        verdict = self._input.step(
            (),
            "message",
            message,
            inbound.src,
            inbound.dst,
            inbound.group,
            message.payload,
        )
        return verdict or DELIVERED

    # ---- out

    def on_input_reply(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An echo reply leaves, with the data of its request."""
        self.counters["out_echo_replies"] += 1
        self._send(emission, emission.src, emission.data)

    def on_ping_request(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An echo request leaves."""
        self.counters["out_echos"] += 1
        self._send(emission, None, emission.data)

    def _send(self, emission: Any, src: int | None, data: memoryview | bytes) -> None:
        internet: Internet = self.below("ipv4.protocol")
        flow = Flow(emission.dst, self._protocol, src, ttl=self._ttl)
        try:
            packet = internet.reserve(flow, self._header + len(data), may_wait=True)
        except ReserveError:
            self.counters["unsent"] += 1
            return
        packet.write(data)
        buffer = packet.buffer
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            type=emission.type,
            code=emission.code,
            id=emission.id,
            seq=emission.seq,
        )
        verdict = internet.commit(packet)
        self.counters["out_messages" if verdict is DELIVERED else "unsent"] += 1

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
