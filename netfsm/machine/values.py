"""What operations on sets, queues, ranges and prefixes do: pure functions on plain values.

The interpreter and the generated code share these and nothing else. A set is a ``frozenset``, a
queue a ``tuple`` with its oldest first, ranges a ``tuple`` of (start, length), disjoint, apart and
in order (`netfsm.spec.types`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from netfsm.spec import types
from netfsm.spec.types import Type, Value

Item = TypeVar("Item")
Runs = tuple[tuple[int, int], ...]

ADDRESS_BITS = {"mac": 48, "ipv4": 32, "ipv6": 128}


def push_or_refuse(queue: tuple[Item, ...], item: Item, limit: int) -> tuple[Item, ...]:
    """`queue` with `item` as its newest; the same queue where it holds `limit` already."""
    return (*queue, item) if len(queue) < limit else queue


def push_or_drop(queue: tuple[Item, ...], item: Item, limit: int) -> tuple[Item, ...]:
    """`queue` with `item` as its newest, without its oldest where it held `limit` already."""
    return (*queue, item)[-limit:] if limit else ()


def in_prefix(address: int, prefix: tuple[int, int], bits: int) -> bool:
    """True if the first octets of `address` are those of `prefix` (network address, length)."""
    network, length = prefix
    return (address ^ network) >> (bits - length) == 0


def seq_lt(a: int, b: int, modulus: int) -> bool:
    """True if `b` lies ahead of `a` by less than half the space (RFC 1982 §3.2)."""
    return 0 < (b - a) % modulus < modulus // 2


def seq_le(a: int, b: int, modulus: int) -> bool:
    """True if `a` is `b`, or `b` lies ahead of it by less than half the space."""
    return (b - a) % modulus < modulus // 2


def ranges_add(runs: Runs, start: int, length: int, modulus: int) -> Runs:
    """`runs` with `length` numbers from `start`, at most all of the space; runs that meet are one.

    They stand in the order of the space, where all lie within half of it, as in a window.
    """
    if length == 0:
        return runs
    before, after = 0, length  # how far the new run reaches, measured from `start`
    apart: list[tuple[int, int]] = []
    for at, count in runs:
        offset = (at - start) % modulus
        if offset <= length:
            after = max(after, offset + count)
        elif offset + count >= modulus:  # it reaches `start` from behind
            before = modulus - offset
            after = max(after, offset + count - modulus)
        else:
            apart.append((at, count))
    base = runs[0][0] if runs else start
    whole = ((start - before) % modulus, min(before + after, modulus))
    return tuple(sorted((*apart, whole), key=lambda run: _ahead(run[0], base, modulus)))


def ranges_cut(runs: Runs, upto: int, modulus: int) -> Runs:
    """`runs` without all numbers before `upto`."""
    kept: list[tuple[int, int]] = []
    for start, length in runs:
        passed = -_ahead(start, upto, modulus)
        if passed <= 0:
            kept.append((start, length))
        elif passed < length:
            kept.append((upto, length - passed))
    return tuple(kept)


def ranges_run(runs: Runs, start: int, modulus: int) -> int:
    """How many numbers from `start` on are there without a gap."""
    for at, length in runs:
        offset = (start - at) % modulus
        if offset < length:
            return length - offset
    return 0


def ranges_covers(runs: Runs, start: int, length: int, modulus: int) -> bool:
    """True if all `length` numbers from `start` are there."""
    return ranges_run(runs, start, modulus) >= length


def ranges_length(runs: Runs) -> int:
    """How many numbers there are in all runs."""
    return sum(length for _, length in runs)


def _ahead(number: int, base: int, modulus: int) -> int:
    """How far `number` is ahead of `base`, negative where it is behind."""
    half = modulus // 2
    return (number - base + half) % modulus - half


def nothing(kind: Type) -> Value:
    """The empty set, queue, ranges or flags of type `kind`."""
    match kind:
        case types.SetOf():
            return frozenset[object]()
        case types.Flags():
            return 0
        case _:
            return ()


def fits(kind: Type, value: object) -> bool:
    """True if `value` is one of type `kind`; what checked machines ask of every store."""
    match kind:
        case types.Bool():
            return isinstance(value, bool)
        case types.Handle():
            return True
        case types.Bytes():
            return isinstance(value, bytes | bytearray | memoryview)
        case types.Text():
            return isinstance(value, str)
        case types.Address(family="mac"):
            return isinstance(value, bytes) and len(value) == 6
        case types.SetOf():
            return isinstance(value, frozenset) and _fits_all(
                kind.element, cast("frozenset[object]", value)
            )
        case types.Queue() | types.Ranges() | types.Prefix():
            return isinstance(value, tuple) and _fits_tuple(kind, cast("tuple[object, ...]", value))
        case _:
            return isinstance(value, int) and _fits_number(kind, value)


def _fits_all(element: Type, items: Iterable[object]) -> bool:
    return all(fits(element, item) for item in items)


def _fits_tuple(kind: types.Queue | types.Ranges | types.Prefix, value: tuple[object, ...]) -> bool:
    match kind:
        case types.Queue():
            return len(value) <= kind.max and _fits_all(kind.element, value)
        case types.Prefix():
            return len(value) == 2 and all(isinstance(part, int) for part in value)
        case types.Ranges():
            return all(_fits_run(kind.space, run) for run in value)


def _fits_run(space: types.Seq, run: object) -> bool:
    match run:
        case (int(start), int(length)):
            return fits(space, start) and length > 0
        case _:
            return False


def _fits_number(kind: Type, value: int) -> bool:
    match kind:
        case types.Nat():
            return 0 <= value <= kind.max
        case types.Seq():
            return 0 <= value < kind.modulus
        case types.Flags():
            return 0 <= value < 1 << len(kind.members)
        case types.Enum(open=True):
            return 0 <= value < 1 << kind.width if kind.width else value >= 0
        case types.Enum():
            return kind.member(value) is not None
        case types.Address():
            return 0 <= value < 1 << ADDRESS_BITS[kind.family]
        case _:
            return value >= 0
