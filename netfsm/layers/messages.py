"""What the hands of ICMP and ICMPv6 share: messages out, and echo requests of a person."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from netfsm.errors import ReserveError
from netfsm.layers.contracts import ErrorHandler, Flow, Internet, Reporter
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED

NOT_SENT = ("src", "dst", "data", "quoted")
"""What emissions tell the hands besides the fields of the message."""


class Messages(Hands):
    """Hands of a layer with the machines `input`, `ping` and `errors`, over the layer `network`."""

    network = ""

    def setup(self) -> None:
        """Resolve what every message needs."""
        self._input = self.part(f"{self.name}.input")
        self._ping = self.part(f"{self.name}.ping")
        self._rule = self.part(f"{self.name}.errors")
        self._codec = self.codec(f"{self.name}.message")
        self._decode, self._encode_into = self._codec.decode, self._codec.encode_into
        self._headers: dict[int, int] = {}
        self._protocol = self.number("PROTOCOL")
        whys, failures = self.numbers(f"{self.name}.Why"), self.numbers(f"{self.name}.Failure")
        self._whys = {name.lower(): number for name, number in whys.items()}
        self._failures = {number: name for name, number in failures.items()}

    @property
    def _internet(self) -> Internet:
        found: Internet = self.below(f"{self.network}.protocol")
        return found

    @property
    def reporter(self) -> Reporter:
        """What is bound to the troubles of the network layer."""
        return self

    @abstractmethod
    def tell(self, trouble: Any) -> None:
        """Let the rule decide whether a sender is told (see `contracts.Reporter`)."""

    def quiesce(self) -> None:
        """Nobody waits for a reply any more."""
        self._ping.step_all("cancel")

    def tell_owner(
        self, protocol: int, failure: str, quoted: memoryview, src: int, dst: int
    ) -> bool:
        """Tell the owner of a datagram what became of it; False where there is none."""
        self.counters["errors_heard"] += 1
        handler: ErrorHandler | None = self._internet.owner_of_errors(protocol)
        if handler is not None:
            handler(failure, quoted, src, dst)
        return handler is not None

    # ---- out

    def send_message(self, emission: Any, flow: Flow, data: memoryview | bytes) -> None:
        """Let the message of an emission leave, with `data` behind it."""
        fields = {
            name: value
            for name, value in emission._asdict().items()
            if name not in NOT_SENT and value is not None
        }
        header = self._header_of(fields)
        try:
            packet = self._internet.reserve(flow, header + len(data), may_wait=True)
        except ReserveError:
            self.counters["unsent"] += 1
            return
        packet.write(data)
        start = packet.buffer.prepend(header)
        self.write_message(packet, start, fields)
        verdict = self._internet.commit(packet)
        self.counters["out_messages" if verdict is DELIVERED else "unsent"] += 1

    def write_message(self, packet: Outgoing, start: int, fields: dict[str, Any]) -> None:
        """Write the header of a message in front of its data."""
        self._encode_into(packet.buffer.data, start, packet.buffer.tail, **fields)

    def _header_of(self, fields: dict[str, Any]) -> int:
        """Octets before the data of a message, which hang on its type; found out once."""
        kind = fields["type"]
        if kind not in self._headers:
            self._headers[kind] = len(self._codec.encode(self._codec.make(**fields)))
        return self._headers[kind]

    # ---- echo requests of ours

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

    def query_pings(self) -> list[dict[str, object]]:
        """Echo requests that wait."""
        return [
            {"destination": key[0], "id": key[1], "sequence": key[2], "state": one.state}
            for key, one in self._ping.states()
        ]


def echo_data(size: int) -> bytes:
    """What an echo request of ours carries."""
    return bytes(octet & 0xFF for octet in range(size))
