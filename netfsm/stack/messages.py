"""What goes into a stack's step, and what comes out of it."""

from __future__ import annotations

from typing import NamedTuple

from netfsm.stack.part import Key
from netfsm.wire.buffer import Buffer
from netfsm.wire.offload import PLAIN, Offload


class Frame(NamedTuple):
    """An input: a frame that arrived on an interface, and what is known of it besides."""

    interface: str
    data: bytes | bytearray | memoryview
    offload: Offload = PLAIN


class LinkChange(NamedTuple):
    """An input: the link of an interface came up or went down."""

    interface: str
    up: bool


class Lend(NamedTuple):
    """An input: a driver's own free buffer, in which the next packet may be built."""

    interface: str
    buffer: Buffer


class Transmit(NamedTuple):
    """An output: a frame that leaves by an interface, and the rows that made it (when traced).

    `data` lies in `buffer` and is the caller's until the next step. Where the driver has said that
    it can, the checksum may be partial and the frame one that is to be cut: `buffer` tells.
    """

    interface: str
    data: memoryview
    rows: tuple[str, ...]
    buffer: Buffer


class Report(NamedTuple):
    """An output: something happened that whoever runs the stack may want to know."""

    name: str
    data: dict[str, object]


class Taken(NamedTuple):
    """An output of a traced stack: a row that was taken, and the state after it.

    `key` is that of the instance, empty where the machine has one instance only.
    """

    machine: str
    key: Key
    row: str
    state: str


Input = Frame | LinkChange | Lend
Output = Transmit | Report | Taken
