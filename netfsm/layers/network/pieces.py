"""Fragments that wait for the others of their datagram, in the machine `reassembly` of a layer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Generic, TypeVar

from netfsm.layers.network.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.part import Key
from netfsm.stack.verdicts import held, told

Piece = TypeVar("Piece")
"""A fragment and how it came."""


class Reassembling(Base, Generic[Piece]):
    """Keeps what `reassembly` orders to keep; the layer puts a whole datagram on its way."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._reassembly = self.part(f"{self.name}.reassembly")
        self._key_names = tuple(one.name for one in self._reassembly.machine.key)
        self._pieces: dict[Key, dict[int, Piece]] = {}

    @abstractmethod
    def lasting_piece(self, piece: Piece) -> Piece:
        """The piece with octets of its own: the driver's buffer is not ours."""

    @abstractmethod
    def fragment_of(self, piece: Piece) -> memoryview:
        """The octets of the datagram that the piece brings."""

    @abstractmethod
    def joined(self, first: Piece, payload: memoryview) -> Verdict | None:
        """The datagram goes on as if it had come whole; `first` is its first fragment."""

    @abstractmethod
    def late(self, first: Piece) -> None:
        """Tell the sender that not all fragments came in time."""

    def given_reassembly(self, _: Key) -> tuple[int]:
        """Payloads begin at zero."""
        return (0,)

    def pieces_of(self, key: Key) -> dict[int, Piece]:
        """What waits of a datagram, by place."""
        return self._pieces.get(key, {})

    def on_reassembly_keep(self, instance: CompiledMachine, emission: Any, _: Any) -> Verdict:
        """A fragment is kept."""
        kept = self.lasting_piece(emission.packet)
        self._pieces.setdefault(self._key(instance), {})[emission.offset] = kept
        return held(self.name)

    def on_reassembly_whole(
        self, instance: CompiledMachine, emission: Any, _: Any
    ) -> Verdict | None:
        """The pieces are put together."""
        pieces = self._pieces.pop(self._key(instance))
        pieces[emission.offset] = emission.packet
        payload = bytearray(emission.size)
        for place, piece in pieces.items():
            octets = self.fragment_of(piece)
            payload[place : place + len(octets)] = octets
        self.counters["reassembled"] += 1
        return told(self.joined(pieces[0], memoryview(payload)))

    def on_reassembly_lost(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The pieces are let go."""
        self._pieces.pop(self._key(instance), None)
        self.counters["fragments_lost"] += 1

    def on_reassembly_timed_out(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The pieces are let go; the sender is told where the first is there."""
        pieces = self._pieces.pop(self._key(instance))
        self.counters["reassembly_timed_out"] += 1
        if emission.tell:
            self.late(pieces[0])

    def quiesce(self) -> None:
        """Fragments that wait for others are let go."""
        self._reassembly.step_all("discard")

    def _key(self, instance: CompiledMachine) -> Key:
        return tuple(getattr(instance, name) for name in self._key_names)
