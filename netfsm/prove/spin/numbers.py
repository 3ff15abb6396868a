"""Values as small numbers: what a Promela model holds in place of bytes, queues and sets.

Promela knows integers of 32 bits. Every value of a finite composition fits one:

| type | number |
|---|---|
| bool, nat, seq, flags, enum | itself |
| bytes, text, handle, addresses, prefixes | its place in the list of all values that occur |
| set | one bit for each value that its elements may have |
| queue | its length in the lowest bits, then the elements, oldest first |
| ranges | one bit for each number of the space |
| duration, instant | microseconds; a step is at 0, since a model of steps has no clock |

A variable that has no value is 0; its state tells that it has none. So two situations of the
running machines have the same numbers exactly if they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import define, field

from netfsm.errors import NetfsmError
from netfsm.machine import values
from netfsm.spec import types
from netfsm.spec.types import Type, Value

__all__ = ["LONGEST", "WORD", "Beyond", "Numbers", "timed"]

WORD: Final = 31  # bits of a Promela int that are not its sign
LONGEST: Final = (1 << WORD) // 16 - 1
"""Microseconds (134 s) that a time which is kept may have; longer ones end the search.

So there is room for what expressions make of it, which `Writer` sees to.
"""
_LISTED = (types.Bytes, types.Text, types.Handle, types.Address, types.Prefix)


@define(eq=False)
class Beyond(NetfsmError):
    """A spec holds what no Promela model can say: `subject`, and why not."""

    subject: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.subject}: {self.reason}"


def timed(kind: Type) -> bool:
    """True for times, whose types have no bound."""
    return isinstance(kind, types.Duration | types.Instant)


@define
class Numbers:
    """The values that occur, each with its number.

    All of them are learnt before the first number of bits is asked for.
    """

    _listed: dict[str, dict[Value, int]] = field(factory=dict[str, dict[Value, int]])
    _closed: bool = False

    def learn(self, kind: Type, value: Any) -> None:
        """Give `value`, or all that it is made of, a number; None is no value."""
        match kind:
            case types.SetOf() | types.Queue():
                for item in value or ():
                    self.learn(kind.element, item)
            case _ if isinstance(kind, _LISTED) and value is not None:
                held = self._listed.setdefault(str(kind), {})
                assert value in held or not self._closed, f"{value!r} is learnt too late"
                held.setdefault(value, len(held))
            case _:
                return

    def listed(self, kind: Type) -> dict[Value, int]:
        """The values of an opaque `kind` that occur, with their numbers."""
        return self._listed.get(str(kind), {})

    def all(self) -> Iterator[tuple[str, dict[Value, int]]]:
        """Each opaque type with its values and their numbers."""
        yield from self._listed.items()

    # ---- sizes

    def count(self, kind: Type, subject: str) -> int:
        """How many values of `kind` there may be; raises Beyond where an int can't hold them."""
        return 1 << self.bits(kind, subject) if not isinstance(kind, _LISTED) else self._some(kind)

    def _some(self, kind: Type) -> int:
        self._closed = True
        return max(1, len(self.listed(kind)))

    def bits(self, kind: Type, subject: str) -> int:
        """How many bits a value of `kind` takes; raises Beyond where there are too many."""
        found = self._bits(kind, subject)
        if found > WORD:
            reason = f"{kind} takes {found} bits, and a number of Promela has {WORD}"
            raise Beyond(subject, f"{reason}; give its bound a small size")
        return found

    def _bits(self, kind: Type, subject: str) -> int:
        match kind:
            case types.SetOf():
                return self.count(kind.element, subject)
            case types.Queue():
                return self.length_bits(kind) + kind.max * self.bits(kind.element, subject)
            case types.Ranges():
                return kind.space.modulus
            case types.Duration() | types.Instant():
                return WORD
            case _ if isinstance(kind, _LISTED):
                return (self._some(kind) - 1).bit_length()
            case _:
                return _width(kind)

    def length_bits(self, kind: types.Queue) -> int:
        """How many bits the length of a queue takes."""
        return kind.max.bit_length()

    # ---- there and back

    def number(self, kind: Type, value: Any) -> int:
        """The number of `value`; 0 for None."""
        match kind, value:
            case _, None:
                return 0
            case types.SetOf(), _:
                return sum(1 << self.number(kind.element, item) for item in value)
            case types.Queue(), _:
                width, shift = self.bits(kind.element, str(kind)), self.length_bits(kind)
                parts = (self.number(kind.element, item) for item in value)
                placed = (part << (shift + width * at) for at, part in enumerate(parts))
                return len(value) + sum(placed)
            case types.Ranges(), _:
                space = kind.space.modulus
                return sum(1 << (at + n) % space for at, count in value for n in range(count))
            case _ if isinstance(kind, _LISTED):
                return self.listed(kind)[value]
            case _:
                return int(value)

    def value(self, kind: Type, number: int) -> Value:
        """The value that `number` stands for."""
        match kind:
            case types.Bool():
                return bool(number)
            case types.SetOf():
                bits = range(number.bit_length())
                return frozenset(self.value(kind.element, at) for at in bits if number >> at & 1)
            case types.Queue():
                width, shift = self.bits(kind.element, str(kind)), self.length_bits(kind)
                length, rest = number & (1 << shift) - 1, number >> shift
                parts = (rest >> width * at & (1 << width) - 1 for at in range(length))
                return tuple(self.value(kind.element, part) for part in parts)
            case types.Ranges():
                return _runs(kind.space.modulus, number)
            case _ if isinstance(kind, _LISTED):
                return next(value for value, at in self.listed(kind).items() if at == number)
            case _:
                return number


def _width(kind: Type) -> int:
    """The bits of a value that is its own number."""
    match kind:
        case types.Nat():
            return kind.max.bit_length()
        case types.Seq():
            return kind.width
        case types.Flags():
            return len(kind.members)
        case types.Enum():
            most = max((number for _, number in kind.members), default=0)
            return max(kind.width if kind.open else 0, most.bit_length())
        case _:
            return 1


def _runs(space: int, number: int) -> values.Runs:
    """The runs that the bits of `number` tell, in the order in which a window meets them."""
    held = [at for at in range(space) if number >> at & 1]
    runs: values.Runs = ()
    for at in sorted(held, key=lambda at: (at - held[0] + space // 2) % space):
        runs = values.ranges_add(runs, at, 1, space)
    return runs
