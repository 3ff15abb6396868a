"""Numbers as bit-vectors that are as wide as they have to be: the second opinion.

Every number is signed and its sort has room for it: an operation first widens what it is given, so
that nothing wraps. Only a sequence space does, by the arithmetic of its own width. Python's
integers are the same, so that generated code needs no other meaning.

A constant of the spec begins with as many bits as its type asks for. What the language does not
bound is bounded here: times below 2**62 microseconds (146,000 years), lengths of octets and sizes
of sets below 2**32, open enums without a width below 2**64.

A sequence number is written as its anchor and a fresh offset, which loses nothing: distances become
plain variables, and Z3 is many times faster. The anchor is the one that the spec names, or else the
first number of the same space.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from netfsm.prove.numbers import Comparison, Number, Operation
from netfsm.prove.solver import Term, z3
from netfsm.spec import model, types
from netfsm.spec.types import Type

_TIME: Final = 62
_OPEN: Final = 64
_WIDE: Final = 256
"""Bits of times, of open enums without a width, and of all numbers as arguments of functions."""


def anchors(machine: model.Machine) -> dict[str, str]:
    """What the spec measures its variables from; the loader has seen to it that none goes round."""
    return {v.name: v.anchor for v in machine.variables if v.anchor is not None}


class BitVectors:
    """Signed bit-vectors."""

    def __init__(self, anchors: Mapping[str, str] | None) -> None:
        """`anchors` of sequence numbers by name; None: each is a constant by itself."""
        self._anchors = anchors
        self._roots: dict[str, Term] = {}
        self._made: dict[tuple[str, Type], Term] = {}
        self._free: dict[int, Term] = {}
        self._whole: dict[int, Term] = {}

    # ---- constants

    def const(self, name: str, kind: Type) -> Term:
        """A number of type `kind` that nothing is known of but its name."""
        key = (name, kind)
        if key not in self._made:
            free = z3.Const(name, self.sort(kind))
            base = self._anchor(name, kind, free)
            made = self.result(free if base is None else base + free)
            self._made[key] = made
            self._free[made.get_id()] = free
            self._whole[free.get_id()] = made
        return self._made[key]

    def _anchor(self, name: str, kind: Type, free: Term) -> Term | None:
        """The number from which `name` is measured, in its space's bits; None for the first."""
        if self._anchors is None or not isinstance(kind, types.Seq):
            return None
        if name in self._anchors:
            return _low(self.const(self._anchors[name], kind), kind.width)
        root = self._roots.setdefault(kind.space, free)
        return None if root is free else root

    def value(self, number: int, kind: Type | None = None) -> Term:
        """The number `number`, in as few bits as it takes; of any `kind`."""
        del kind
        return z3.BitVecVal(number, number.bit_length() + 1)

    def is_number(self, term: Term) -> bool:
        """Whether `term` can be calculated with."""
        return bool(z3.is_bv(term))

    # ---- operations

    def operate(self, name: Operation, a: Number, b: Number) -> Term:
        """`a` and `b` joined as Python joins its integers."""
        if name in _DIVISIONS:
            return _DIVISIONS[name](self._term(a), self._divisor(name, b))
        if name in ("add", "sub"):
            left, right = self._alike(a, b, 1)
            return left + right if name == "add" else left - right
        if name == "mul":
            size = self._term(a).size() + self._term(b).size()
            return _wide(self._term(a), size) * _wide(self._term(b), size)
        mask = self._term(b).as_long() if z3.is_bv_value(self._term(b)) else 0
        if name == "and" and mask & (mask + 1) == 0 < mask < 1 << self._term(b).size() - 1:
            return self.result(_low(self._term(a), mask.bit_length()))
        left, right = self._alike(a, b)
        return left & right if name == "and" else left | right

    def _divisor(self, name: Operation, b: Number) -> int:
        found: int = self._term(b).as_signed_long() if z3.is_bv_value(self._term(b)) else -1
        if found < (0 if name == "shift" else 1):
            raise ValueError(f"{name} by {b}")
        return found

    def compare(self, name: Comparison, a: Number, b: Number) -> Term:
        """How `a` and `b` stand to one another."""
        left, right = self._alike(a, b)
        return _COMPARE[name](left, right)

    def choose(self, test: Term, a: Number, b: Number) -> Term:
        """`a` where `test` is true, else `b`."""
        return z3.If(test, *self._alike(a, b))

    def _alike(self, a: Number, b: Number, more: int = 0) -> tuple[Term, Term]:
        """Both in one size, which holds them and `more` bits."""
        left, right = self._term(a), self._term(b)
        size: int = max(left.size(), right.size()) + more
        return _wide(left, size), _wide(right, size)

    def _term(self, number: Number) -> Term:
        return self.value(number) if isinstance(number, int) else number

    # ---- sequence spaces

    def distance(self, a: Term, b: Term, modulus: int) -> Term:
        """From `b` forward to `a` in a sequence space."""
        return self.back(a, b, modulus, below=True)

    def ahead(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` after `a` in a sequence space, however far that is."""
        del below
        bits = modulus.bit_length() - 1
        return self.result(_low(a, bits) + _low(by, bits))

    def back(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` before `a` in a sequence space, however far that is."""
        del below
        bits = modulus.bit_length() - 1
        return self.result(_low(a, bits) - _low(by, bits))

    # ---- where Z3 sees them

    def sort(self, kind: Type) -> Term:
        """The sort of what functions give for `kind`: no sign, it is not negative."""
        return z3.BitVecSort(_bits(kind))

    def argument_sort(self, kind: Type) -> Term:
        """The sort of all numbers as arguments and as elements of sets."""
        del kind
        return z3.BitVecSort(_WIDE)

    def argument(self, term: Term) -> Term:
        """`term` in the sort of arguments; nothing is known of one that is too wide for it."""
        if not z3.is_bv(term):
            return term
        if term.size() <= _WIDE:
            return _wide(term, _WIDE)
        narrow = _low(term, _WIDE)
        same = _wide(narrow, term.size()) == term
        return z3.If(same, narrow, z3.FreshConst(narrow.sort()))

    def result(self, term: Term) -> Term:
        """What a function gave, as a number: with a sign, which is 0."""
        return z3.ZeroExt(1, term) if z3.is_bv(term) else term

    def free(self, term: Term) -> Term:
        """The constant of Z3 by which `const` made `term`."""
        return self._free.get(term.get_id(), term)

    def whole(self, constant: Term) -> Term:
        """The number that `const` made by that constant of Z3."""
        return self._whole.get(constant.get_id(), constant)

    def small(self, constant: Term, bound: int) -> Term | None:
        """That a constant of Z3, an offset among them, is at most `bound`."""
        if not z3.is_bv(constant):
            return None
        return self.compare("le", self.result(constant), bound)

    def moved(self, terms: list[Term], by: Term, space: types.Seq) -> list[tuple[Term, Term]]:
        """What to put for which constants of Z3 so that all of `terms` move `by` in their space."""
        if not terms:
            return []
        found = [self.free(term) for term in terms]
        if self._anchors is not None:
            found = [self._roots[space.space]]  # all others are measured from it
        return [(each, each + _low(by, space.width)) for each in found]


def _bits(kind: Type) -> int:
    """How many bits hold every value of `kind`."""
    match kind:
        case types.Nat():
            top = kind.max
        case types.Seq():
            return kind.width
        case types.Flags():
            return max(1, len(kind.members))
        case types.Enum(open=True):
            return kind.width or _OPEN
        case types.Enum():
            top = max((number for _, number in kind.members), default=0)
        case types.Duration() | types.Instant():
            return _TIME
        case types.Address():
            return 32 if kind.family == "ipv4" else 128
        case _:
            raise TypeError(f"a {kind} is no number")
    return max(1, top.bit_length())


def _wide(term: Term, size: int) -> Term:
    """The same number in `size` bits, which are no fewer than it has."""
    more = size - term.size()
    if not more:
        return term
    if z3.is_bv_value(term):
        return z3.BitVecVal(term.as_signed_long(), size)
    if _natural(term):
        return z3.ZeroExt(more, term)
    return z3.SignExt(more, term)


def _natural(term: Term) -> bool:
    """Whether the form of `term` tells that it is not negative."""
    kind: Any = term.decl().kind()
    return bool(kind == z3.Z3_OP_ZERO_EXT)


def _low(term: Term, bits: int) -> Term:
    """The number modulo 2**bits, in that many bits."""
    if term.size() <= bits:
        return _wide(term, bits)
    kind: Any = term.decl().kind()
    if kind in (z3.Z3_OP_ZERO_EXT, z3.Z3_OP_SIGN_EXT):
        inner = term.arg(0)
        if inner.size() >= bits:
            return _low(inner, bits)
        more = bits - inner.size()
        return (z3.ZeroExt if kind == z3.Z3_OP_ZERO_EXT else z3.SignExt)(more, inner)
    return z3.Extract(bits - 1, 0, term)


def _shifted(a: Term, by: int) -> Term:
    """`a` // 2**by."""
    size = a.size()
    return z3.Extract(size - 1, min(by, size - 1), a)


def _divided(a: Term, by: int) -> Term:
    """`a` // by, rounded down."""
    if by & (by - 1) == 0:
        return _shifted(a, by.bit_length() - 1)
    size = max(a.size(), by.bit_length() + 1) + 1
    whole, part = _wide(a, size), z3.BitVecVal(by, size)
    if _natural(a):
        return z3.UDiv(whole, part)
    return (whole - whole % part) / part


def _rest(a: Term, by: int) -> Term:
    """`a` modulo `by`, which is not negative."""
    if by & (by - 1) == 0:
        return z3.ZeroExt(1, _low(a, by.bit_length() - 1)) if by > 1 else z3.BitVecVal(0, 1)
    size = max(a.size(), by.bit_length() + 1)
    whole, part = _wide(a, size), z3.BitVecVal(by, size)
    rest = z3.URem(whole, part) if _natural(a) else whole % part
    return z3.ZeroExt(1, _low(rest, by.bit_length()))


_DIVISIONS: Final[Mapping[str, Callable[[Term, int], Term]]] = {
    "div": _divided,
    "mod": _rest,
    "shift": _shifted,
}
_COMPARE: Final[Mapping[str, Callable[[Term, Term], Term]]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
