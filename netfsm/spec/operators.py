"""What the operators and built-in calls take and give: tables from types to operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from attrs import frozen

from netfsm.spec.expr import Expr, Lit, Name, Op, walk
from netfsm.spec.types import (
    BOOL,
    DURATION,
    INSTANT,
    Address,
    Bool,
    Bytes,
    Duration,
    Enum,
    Flags,
    Handle,
    Instant,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
    Type,
)

__all__ = [
    "CALLS",
    "MAX_OCTETS",
    "ORDERS",
    "BuiltinCall",
    "arithmetic",
    "element_of",
    "fits",
    "holds_handle",
    "is_constant",
    "joined",
    "mend_for",
    "narrowed",
]

MAX_OCTETS: Final = 0xFFFF_FFFF  # more than any packet or buffer holds

Result = Callable[[Type, Type], Type]


def _sum(left: Type, right: Type) -> Type:
    return Nat(cast("Nat", left).max + cast("Nat", right).max)


def _product(left: Type, right: Type) -> Type:
    return Nat(cast("Nat", left).max * cast("Nat", right).max)


def _distance(left: Type, _: Type) -> Type:
    return Nat(cast("Seq", left).modulus - 1)


def _first(left: Type, _: Type) -> Type:
    return left


def _duration(_: Type, __: Type) -> Type:
    return DURATION


def _instant(_: Type, __: Type) -> Type:
    return INSTANT


_ARITHMETIC: Final[dict[tuple[str, type, type], tuple[str, Result]]] = {
    ("+", Nat, Nat): ("add", _sum),
    ("+", Seq, Nat): ("seq_add", _first),
    ("+", Duration, Duration): ("add", _duration),
    ("+", Instant, Duration): ("add", _instant),
    ("-", Nat, Nat): ("sub", _first),
    ("-", Seq, Nat): ("seq_back", _first),
    ("-", Seq, Seq): ("seq_sub", _distance),
    ("-", Duration, Duration): ("sub", _duration),
    ("-", Instant, Duration): ("sub", _instant),
    ("-", Instant, Instant): ("sub", _duration),
    ("-", Flags, Flags): ("flags_diff", _first),
    ("|", Flags, Flags): ("flags_or", _first),
    ("&", Flags, Flags): ("flags_and", _first),
    ("*", Nat, Nat): ("mul", _product),
    ("*", Duration, Nat): ("mul", _duration),
    ("*", Nat, Duration): ("mul", _duration),
    ("//", Nat, Nat): ("div", _first),
    ("//", Duration, Nat): ("div", _duration),
    ("%", Nat, Nat): ("mod", _first),
}

# symbol, class of both sides -> operation, and whether its arguments change places
ORDERS: Final[dict[tuple[str, type], tuple[str, bool]]] = {
    (symbol, kind): (op, False)
    for symbol, op in (("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge"))
    for kind in (Nat, Duration, Instant)
} | {
    ("<", Seq): ("seq_lt", False),
    ("<=", Seq): ("seq_le", False),
    (">", Seq): ("seq_lt", True),
    (">=", Seq): ("seq_le", True),
}


def arithmetic(symbol: str, left: Type, right: Type) -> tuple[str, Type] | None:
    """The operation and its type, or None where the two types don't go together so."""
    entry = _ARITHMETIC.get((symbol, type(left), type(right)))
    if entry is None or (
        isinstance(left, Seq | Flags) and type(left) is type(right) and left != right
    ):
        return None
    return entry[0], entry[1](left, right)


def narrowed(op: str, type_: Type, right: Expr) -> Type:
    """The range of a quotient or remainder where the divisor is written as a number."""
    if isinstance(type_, Nat) and isinstance(right, Lit) and isinstance(right.value, int):
        if op == "div" and right.value:
            return Nat(type_.max // right.value)
        if op == "mod" and right.value:
            return Nat(min(type_.max, right.value - 1))
    return type_


def is_constant(expr: Expr) -> bool:
    """True where only literals and constants stand in `expr`."""
    return all(
        isinstance(node, Lit | Op) or (isinstance(node, Name) and node.kind == "const")
        for node in walk(expr)
    )


def fits(type_: Type, wanted: Type) -> bool:
    """True where a value of `type_` may stand where `wanted` is; a nat's range is a proof's."""
    if isinstance(type_, Nat):
        return isinstance(wanted, Nat)
    return type_ == wanted


def joined(first: Type, second: Type) -> Type | None:
    """The type of a value that has one of two types; None where they are not of one kind."""
    if isinstance(first, Nat) and isinstance(second, Nat):
        return first if first.max >= second.max else second
    return first if fits(first, second) else None


def holds_handle(type_: Type) -> bool:
    """True for a handle and for what holds handles: nobody compares those."""
    while isinstance(type_, SetOf | Queue):
        type_ = type_.element
    return isinstance(type_, Handle)


@frozen
class BuiltinCall:
    """A built-in call: what its first argument may be, and by its type the others and the result.

    `takes` says the same in words, for messages.
    """

    op: str
    first: tuple[type, ...]
    rest: Callable[[Type], tuple[Type, ...]]
    result: Callable[[Type], Type]
    takes: str


def _nothing_more(_: Type) -> tuple[Type, ...]:
    return ()


def _element(type_: Type) -> Type:
    return cast("SetOf | Queue", type_).element


def _space(type_: Type) -> Seq:
    return cast("Ranges", type_).space


def _length(type_: Type) -> Type:
    if isinstance(type_, Queue):
        return Nat(type_.max)
    return Nat(_space(type_).modulus if isinstance(type_, Ranges) else MAX_OCTETS)


def _same(type_: Type) -> Type:
    return type_


def _bool(_: Type) -> Type:
    return BOOL


def _start_and_length(type_: Type) -> tuple[Type, ...]:
    return (_space(type_), Nat(_space(type_).modulus))


CALLS: Final[dict[str, BuiltinCall]] = {
    "int": BuiltinCall("int", (Bool,), _nothing_more, lambda _: Nat(1), "a bool"),
    "len": BuiltinCall(
        "len", (Bytes, SetOf, Queue, Ranges), _nothing_more, _length, "bytes or a collection"
    ),
    "empty": BuiltinCall(
        "empty", (SetOf, Queue, Ranges, Flags), _nothing_more, _bool, "a collection or flags"
    ),
    "full": BuiltinCall("full", (Queue,), _nothing_more, _bool, "a queue"),
    "insert": BuiltinCall(
        "insert", (SetOf,), lambda t: (_element(t),), _same, "a set and an element"
    ),
    "remove": BuiltinCall(
        "remove", (SetOf,), lambda t: (_element(t),), _same, "a set and an element"
    ),
    "push": BuiltinCall(
        "push", (Queue,), lambda t: (_element(t),), _same, "a queue and an element"
    ),
    "pop": BuiltinCall("pop", (Queue,), _nothing_more, _same, "a queue"),
    "oldest": BuiltinCall("oldest", (Queue,), _nothing_more, _element, "a queue"),
    "add": BuiltinCall(
        "ranges_add", (Ranges,), _start_and_length, _same, "ranges, a start and a length"
    ),
    "cut": BuiltinCall(
        "ranges_cut", (Ranges,), lambda t: (_space(t),), _same, "ranges and a sequence number"
    ),
    "run": BuiltinCall(
        "ranges_run",
        (Ranges,),
        lambda t: (_space(t),),
        lambda t: Nat(_space(t).modulus),
        "ranges and a sequence number",
    ),
    "covers": BuiltinCall(
        "ranges_covers", (Ranges,), _start_and_length, _bool, "ranges, a start and a length"
    ),
}


def element_of(type_: Type) -> tuple[str, Type | None]:
    """The operation of `in`, and what may stand before it."""
    if isinstance(type_, Prefix):
        return "in_prefix", Address(type_.family)
    if isinstance(type_, SetOf):
        return "in_set", type_.element
    if isinstance(type_, Flags):
        return "in_flags", type_
    return "", None


def mend_for(one: Type, other: Type) -> str:
    """What to do where `one` is wanted or stands first, and `other` is there."""
    if isinstance(one, Seq) and isinstance(other, Seq):
        return "two sequence spaces never meet: compare distances within each"
    if isinstance(one, Seq) and isinstance(other, Nat):
        return "a distance is the difference of two sequence numbers of one space"
    if isinstance(one, Bool) and isinstance(other, Nat):
        return "compare it, as in x > 0; int(b) is 1 or 0"
    if isinstance(one, Nat) and isinstance(other, Bool):
        return "int(b) is 1 or 0"
    if isinstance(one, Enum) and isinstance(other, Nat):
        return "write the member's name"
    if isinstance(one, Duration | Instant) and isinstance(other, Nat):
        return "a duration stands as a constant, as in {type: duration, value: 5 s}"
    if isinstance(one, Queue | SetOf) and not isinstance(other, Queue | SetOf):
        return "push, insert and nothing make collections"
    return ""
