"""The edges of an expression: values at which a wrong operator, bound or mask shows.

Each edge is a condition in the spec's own language, so that Z3 can be asked for it and the
interpreter can confirm it.

| expression | its edges |
|---|---|
| truth | true, false |
| number, duration, instant | 0, 1, the bound and one below, 2^31 with its neighbours, 2^32 - 1 |
| sequence number | 0, 1, 2^(w-1) with its neighbours, 2^w - 1 |
| comparison | equal, one below, one above |
| distance | the same as of a number, and past the wrap |
| order in a sequence space | the same of the distance |
| sum in a sequence space | just before, at and past the wrap and half the space |
| length | 0, 1, full, one below full |
| enum | each member, and where it is open the least and the greatest that is none |
| flags | none, all |
| membership in a constant prefix | its first and last address, and those beside them |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from netfsm.machine.values import ADDRESS_BITS
from netfsm.spec import types
from netfsm.spec.conjuncts import negation
from netfsm.spec.expr import Call, Expr, Lit, Name, Op
from netfsm.spec.findings import Mark
from netfsm.spec.model import Constant
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import BOOL, Type, Value

__all__ = ["edges", "equal", "unequal"]

_ORDERS: Final = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_NUMBERS: Final = (types.Nat, types.Duration, types.Instant)
_HALF, _WHOLE = 1 << 31, 1 << 32


def edges(node: Expr, constants: dict[str, Constant]) -> Iterator[Expr]:
    """The edges of `node`, each a condition; none of a constant."""
    if isinstance(node, Lit) or (isinstance(node, Name) and node.kind == "const"):
        return
    if isinstance(node, Op):
        yield from _of_operation(node, constants)
    if isinstance(node, Call) and node.kind == "let":
        return  # its body is looked at
    yield from _of_type(node)


def _of_type(node: Expr) -> Iterator[Expr]:
    """Edges that hang on the type alone."""
    match node.type:
        case types.Bool():
            yield node
            yield negation(node)
        case types.Nat() | types.Duration() | types.Instant() | types.Seq() | types.Enum():
            yield from (equal(node, value) for value in _values(node.type))
        case types.Flags():
            everything = (1 << len(node.type.members)) - 1
            yield from (equal(node, value) for value in (0, everything))
        case types.Queue():
            size = Op("len", (node,), types.Nat(node.type.max), node.mark)
            numbers = {0, 1, node.type.max - 1, node.type.max}
            yield from (equal(size, value) for value in sorted(numbers) if value >= 0)
        case types.SetOf() | types.Ranges():
            empty = Op("empty", (node,), BOOL, node.mark)
            yield from (empty, negation(empty))
        case _:
            return


def _values(kind: Type) -> tuple[int, ...]:
    match kind:
        case types.Nat():
            found = (0, 1, kind.max - 1, kind.max, _HALF - 1, _HALF, _HALF + 1, _WHOLE - 1)
            return tuple(sorted({value for value in found if 0 <= value <= kind.max}))
        case types.Seq():
            half = kind.modulus >> 1
            return (0, 1, half - 1, half, half + 1, kind.modulus - 1)
        case types.Enum():
            return _members(kind)
        case _:
            return (0, 1, _HALF - 1, _HALF, _HALF + 1, _WHOLE - 1, _WHOLE)


def _members(kind: types.Enum) -> tuple[int, ...]:
    numbers = {number for _, number in kind.members}
    if not kind.open:
        return tuple(sorted(numbers))
    top = (1 << kind.width) - 1 if kind.width else max(numbers, default=0) + 1
    below = next((n for n in range(top + 1) if n not in numbers), None)
    above = next((n for n in range(top, -1, -1) if n not in numbers), None)
    return tuple(sorted(numbers | {n for n in (below, above) if n is not None}))


def _of_operation(node: Op, constants: dict[str, Constant]) -> Iterator[Expr]:
    args = node.args
    match node.op:
        case op if op in _ORDERS and isinstance(args[0].type, _NUMBERS):
            yield from _beside(args[0], args[1])
        case "min" | "max":
            for index in range(len(args) - 1):
                yield from _beside(args[index], args[index + 1])
        case "seq_lt" | "seq_le":
            yield from _order(args[0], args[1])
        case "seq_sub":
            yield from _past_the_wrap(args[0], args[1])
        case "seq_add" | "seq_back":
            yield from _sum(node)
        case "in_prefix":
            yield from _prefix(node, constants)
        case "push" | "pop" | "oldest" | "full":
            yield from _of_type(args[0])
        case _:
            return


def _beside(a: Expr, b: Expr) -> Iterator[Expr]:
    """`a` is `b`, one below, one above."""
    if a == b:
        return
    yield Op("eq", (a, b), BOOL, a.mark)
    yield Op("eq", (_next(a), b), BOOL, a.mark)
    yield Op("eq", (a, _next(b)), BOOL, a.mark)


def _order(a: Expr, b: Expr) -> Iterator[Expr]:
    space = a.type
    assert isinstance(space, types.Seq)  # typing has said so
    distance = Op("seq_sub", (b, a), types.Nat(space.modulus - 1), a.mark)
    yield from (equal(distance, value) for value in _values(space))


def _past_the_wrap(a: Expr, b: Expr) -> Iterator[Expr]:
    """`b` is the last number of the space and `a` the first: the plain difference is negative."""
    space = a.type
    assert isinstance(space, types.Seq)  # typing has said so
    parts = (equal(a, 0), equal(b, space.modulus - 1))
    yield Op("and", parts, BOOL, a.mark)


def _sum(node: Op) -> Iterator[Expr]:
    """The sum reaches an edge and something is really added."""
    moved = unequal(node.args[1], 0)
    for value in _values(node.type):
        yield Op("and", (moved, equal(node, value)), BOOL, node.mark)


def _prefix(node: Op, constants: dict[str, Constant]) -> Iterator[Expr]:
    address, prefix = node.args
    value: Value | None = prefix.value if isinstance(prefix, Lit) else None
    if isinstance(prefix, Name) and prefix.kind == "const":
        value = constants[prefix.name].value
    if value is None:
        return
    network, length = cast("tuple[int, int]", value)
    assert isinstance(prefix.type, types.Prefix)  # typing has said so
    bits = ADDRESS_BITS[prefix.type.family]
    first = network >> (bits - length) << (bits - length)
    last = first + (1 << (bits - length)) - 1
    for number in (first - 1, first, last, last + 1):
        if 0 <= number < 1 << bits:
            yield equal(address, number)


# ---- conditions


def equal(node: Expr, value: Value) -> Expr:
    """`node == value`."""
    return Op("eq", (node, _literal(value, node.type, node.mark)), BOOL, node.mark)


def unequal(node: Expr, value: Value) -> Expr:
    """`node != value`."""
    return Op("ne", (node, _literal(value, node.type, node.mark)), BOOL, node.mark)


def _next(node: Expr) -> Expr:
    one = _literal(1, types.Nat(1), node.mark)
    return Op("add", (node, one), node.type, node.mark)


def _literal(value: Value, kind: Type, mark: Mark) -> Lit:
    return Lit(value, kind, pretty_value(value, kind), mark)
