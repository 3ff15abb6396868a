"""Somebody whose segments reach Bob as if they came from Alice."""

from __future__ import annotations

from typing import Any

from netfsm.layers.contracts import Inbound
from netfsm.sim import Simulation
from tests.layers.tcp.worlds import ADDRESSES

FIN, SYN, RST, ACK = 1, 2, 4, 16
SPACE = 1 << 32
PORT = 7


def number(address: str) -> int:
    """An address as hands have it."""
    return int.from_bytes(bytes(int(part) for part in address.split(".")))


class Stranger:
    """Somebody who sends segments to Bob under Alice's address."""

    def __init__(self, world: Simulation) -> None:
        self.stack = world.hosts["bob"].stack
        self.hands: Any = self.stack.layer("tcp")
        self.codec = self.stack.codec("tcp.segment")
        src, dst = number(ADDRESSES["alice"]), number(ADDRESSES["bob"])
        interface = self.stack.interfaces["eth0"]
        self.inbound = Inbound(interface, src, dst, False, dst)

    def say(self, text: bytes = b"", **fields: Any) -> str:
        """Send one segment; the verdict."""
        packet = self.codec.make(payload=text, **{"DPORT": PORT, "ACK": 0, "WND": 1000, **fields})
        return self.octets(self.codec.encode(packet, self.inbound.src + self.inbound.dst))

    def octets(self, payload: bytes) -> str:
        """Send what may be no segment."""
        return str(self.hands.receive(memoryview(payload), self.inbound))

    @property
    def scope(self) -> Any:
        """What Bob's only connection keeps."""
        (one,) = self.hands.part("tcp.connection").instances.values()
        return one.scope
