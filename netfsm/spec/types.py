"""The types of the spec language (docs/reference/language.md, "Types").

What each value is at run time:

======== ==============================================================
bool     ``bool``
nat      ``int``, 0 to ``max``; mathematical, never wraps
seq      ``int``, 0 to 2**width - 1; nominal by ``space``
flags    ``int``, bit i is ``members[i]``
enum     ``int``; a format's enum keeps values that have no name
duration ``int``, microseconds
instant  ``int``, microseconds since the shell's epoch
mac      ``bytes`` of 6
ipv4     ``int``, 32 bits
ipv6     ``int``, 128 bits
ip       ``bytes`` of 4 or 16, or of none; only what a layer is asked and answers has it
prefix   ``tuple[int, int]``: the network's address and its length
bytes    ``bytes``; opaque: length and equality
text     ``str``; names of interfaces, reasons; equality only
handle   anything of the hands' own; never looked into (a packet buffer)
set      ``frozenset``
queue    ``tuple``, oldest first
ranges   ``tuple[tuple[int, int], ...]``: start and length, disjoint, in order
======== ==============================================================
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen


@frozen
class Bool:
    """Truth. No other type converts to it."""

    def __str__(self) -> str:
        return "bool"


@frozen
class Nat:
    """A natural number from 0 to `max`, both included."""

    max: int

    def __str__(self) -> str:
        return f"nat {self.max}"


@frozen
class Seq:
    """A number modulo 2**`width`; two spaces never meet in one expression."""

    space: str
    width: int

    @property
    def modulus(self) -> int:
        """How many numbers the space has."""
        return 1 << self.width

    def __str__(self) -> str:
        return self.space


@frozen
class Flags:
    """A set of named bits; `|`, `&`, `-`, `in` and emptiness."""

    name: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@frozen
class Enum:
    """Named values. `width` bits on the wire; 0 for one that never travels.

    An `open` enum may hold values without a name (a format's field); then no list of its
    members is complete.
    """

    name: str
    members: tuple[tuple[str, int], ...]
    width: int = 0
    open: bool = False

    def value(self, member: str) -> int | None:
        """The number of `member`, or None where there is none of that name."""
        return dict(self.members).get(member)

    def member(self, value: int) -> str | None:
        """The name of `value`, or None where it has none."""
        return next((name for name, number in self.members if number == value), None)

    def __str__(self) -> str:
        return self.name


@frozen
class Duration:
    """A length of time in microseconds, not negative."""

    def __str__(self) -> str:
        return "duration"


@frozen
class Instant:
    """A point in time in microseconds. instant - instant is a duration."""

    def __str__(self) -> str:
        return "instant"


@frozen
class Address:
    """A hardware or protocol address; equality, and `in` a prefix for ipv4 and ipv6."""

    family: Literal["mac", "ipv4", "ipv6"]

    def __str__(self) -> str:
        return self.family


@frozen
class Ip:
    """An address of either version of IP, or none: what a layer over both is asked and answers."""

    def __str__(self) -> str:
        return "ip"


@frozen
class Prefix:
    """A block of addresses, written 224.0.0.0/4 or fe80::/10."""

    family: Literal["ipv4", "ipv6"]

    def __str__(self) -> str:
        return f"{self.family} prefix"


@frozen
class Bytes:
    """Opaque octets: length and equality."""

    def __str__(self) -> str:
        return "bytes"


@frozen
class Text:
    """A name: equality only."""

    def __str__(self) -> str:
        return "text"


@frozen
class Handle:
    """A thing of the hands' own that a machine keeps and hands back, by its kind (`packet`)."""

    kind: str

    def __str__(self) -> str:
        return f"handle {self.kind}"


@frozen
class SetOf:
    """A finite set: `x in s`, insert, remove, len, nothing."""

    element: Type

    def __str__(self) -> str:
        return f"set {self.element}"


@frozen
class Queue:
    """A bounded queue: push, pop, oldest, len, full, nothing; `full` says what `push` then does."""

    element: Type
    max: int
    full: Literal["drop_oldest", "refuse"]

    def __str__(self) -> str:
        return f"queue of {self.element}"


@frozen
class Ranges:
    """Disjoint runs of a sequence space: add, cut, run, covers, len, nothing."""

    space: Seq

    def __str__(self) -> str:
        return f"ranges {self.space}"


Type = (
    Bool
    | Nat
    | Seq
    | Flags
    | Enum
    | Duration
    | Instant
    | Address
    | Ip
    | Prefix
    | Bytes
    | Text
    | Handle
    | SetOf
    | Queue
    | Ranges
)

Value = bool | int | bytes | str | tuple[object, ...] | frozenset[object] | object

BOOL = Bool()
DURATION = Duration()
INSTANT = Instant()
BYTES = Bytes()
TEXT = Text()
MAC = Address("mac")
IPV4 = Address("ipv4")
IPV6 = Address("ipv6")
IP = Ip()
