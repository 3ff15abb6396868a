"""Numbers as bit-vectors that are as wide as they have to be: the second opinion.

Every number is signed and its sort has room for it: an operation first widens what it is given, so
that nothing wraps. Only a sequence space does, by the arithmetic of its own width. Python's
integers are the same, so that generated code needs no other meaning.

A constant of the spec begins with as many bits as its type asks for. What the language does not
bound is bounded here: times below 2**62 microseconds (146,000 years), lengths of octets and sizes
of sets below 2**32, open enums without a width below 2**64.

A sequence number is written as its anchor and a fresh offset, which loses nothing: distances become
plain variables, and Z3 is many times faster. The anchor is the one that the spec names, or else the
root of the space: the number that the spec speaks of most, itself or by what is anchored at it.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from netfsm.machine.layout import expressions
from netfsm.prove.numbers import Comparison, Number, Operation
from netfsm.prove.solver import Term, z3
from netfsm.spec import model, types
from netfsm.spec.expr import Name, walk
from netfsm.spec.types import Type

_TIME: Final = 62
_OPEN: Final = 64
_WIDE: Final = 256
_FEW: Final = 64
"""Bits of times, of open enums without a width, and of all numbers as arguments of functions.

`_FEW` is how many pairs of values choices are taken apart into: TCP's text to be sent needs more
than ten, and with fewer Z3 needs half a minute where it else needs none.
"""

Join = Callable[[Any, Any], Any]
"""Joins two bit-vectors of one size to one of that size."""


def anchors(machine: model.Machine) -> dict[str, str]:
    """What the spec measures its variables from; the loader has seen to it that none goes round."""
    return {v.name: v.anchor for v in machine.variables if v.anchor is not None}


def roots(machine: model.Machine) -> dict[str, str]:
    """By space the variable that all others are measured from.

    Most of what a spec says of a sequence number is how far it is from this one; from any other
    root each such distance is a difference of two offsets, which costs Z3 ten times as much.
    """
    above = anchors(machine)
    spaces = {v.name: v.type.space for v in machine.variables if isinstance(v.type, types.Seq)}
    count = Counter(dict.fromkeys(spaces, 0))
    for node in (node for expr in expressions(machine) for node in walk(expr)):
        if isinstance(node, Name) and node.kind == "var" and node.name in spaces:
            name = node.name
            while name in above:
                name = above[name]
            count[name] += 1
    return {spaces[name]: name for name, _ in reversed(count.most_common())}


class BitVectors:
    """Signed bit-vectors."""

    def __init__(
        self, anchors: Mapping[str, str] | None, roots: Mapping[str, str] | None = None
    ) -> None:
        """`anchors` of sequence numbers by name; None: each is a constant by itself.

        `roots` by space; where there is none the first number of the space is its root.
        """
        self._anchors = anchors
        self._root_names = roots or {}
        self._roots: dict[str, Term] = {}
        self._made: dict[tuple[str, Type], Term] = {}
        self._free: dict[int, Term] = {}
        self._whole: dict[int, Term] = {}
        self._joined: dict[int, tuple[Term, Join, Term, Term]] = {}
        self._chosen: dict[int, tuple[int, Term, Term, Term]] = {}
        self._widened: dict[tuple[int, int], Term] = {}

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
        """The number from which `name` is measured, in its space's bits; None for the root."""
        if self._anchors is None or not isinstance(kind, types.Seq):
            return None
        if name in self._anchors:
            return _low(self.const(self._anchors[name], kind), kind.width)
        first = self._root_names.get(kind.space, name)
        if kind.space not in self._roots and first != name:
            self.const(first, kind)
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
        left, right = self._term(a), self._term(b)
        if name in _DIVISIONS:
            return _DIVISIONS[name](left, _divisor(name, right))
        size = max(left.size(), right.size())
        match name:
            case "add":
                return self._grown(size + 1, operator.add, left, right)
            case "sub":
                return self._grown(size + 1, operator.sub, left, right)
            case "mul":
                return self._grown(left.size() + right.size(), operator.mul, left, right)
            case "and" if z3.is_bv_value(right) and _is_mask(right.as_signed_long()):
                return self.result(_low(left, right.as_long().bit_length()))
            case _:
                left, right = self._wide(left, size), self._wide(right, size)
                return left & right if name == "and" else left | right

    def compare(self, name: Comparison, a: Number, b: Number) -> Term:
        """How `a` and `b` stand to one another."""
        return self._apart(partial(self._compared, name), self._term(a), self._term(b))

    def _compared(self, name: Comparison, a: Term, b: Term) -> Term:
        size = max(a.size(), b.size())
        return _COMPARE[name](self._wide(a, size), self._wide(b, size))

    def choose(self, test: Term, a: Number, b: Number) -> Term:
        """`a` where `test` is true, else `b`."""
        left, right = self._term(a), self._term(b)
        size = max(left.size(), right.size())
        made = self._grown(size, lambda x, y: z3.If(test, x, y), left, right)
        ways = self._ways(left) + self._ways(right)
        self._chosen[made.get_id()] = (ways, test, left, right)
        return made

    def _ways(self, term: Term) -> int:
        """How many values a nest of choices chooses from."""
        return self._chosen[term.get_id()][0] if term.get_id() in self._chosen else 1

    def _apart(self, join: Join, a: Term, b: Term) -> Term:
        """`join` of each pair of values that `a` and `b` choose from, where those are few.

        What they are measured from then falls out of each pair.
        """
        if self._ways(a) * self._ways(b) > _FEW:
            return join(a, b)
        if a.get_id() in self._chosen:
            _, test, x, y = self._chosen[a.get_id()]
            return self._either(test, self._apart(join, x, b), self._apart(join, y, b))
        if b.get_id() in self._chosen:
            _, test, x, y = self._chosen[b.get_id()]
            return self._either(test, self._apart(join, a, x), self._apart(join, a, y))
        return join(a, b)

    def _either(self, test: Term, a: Term, b: Term) -> Term:
        return z3.If(test, a, b) if z3.is_bool(a) else self.choose(test, a, b)

    def _term(self, number: Number) -> Term:
        return self.value(number) if isinstance(number, int) else number

    def _grown(self, size: int, join: Join, a: Term, b: Term) -> Term:
        """`a` and `b` joined in `size` bits, which hold what comes out."""
        made = join(self._wide(a, size), self._wide(b, size))
        self._joined[made.get_id()] = (made, join, a, b)
        return made

    def _wide(self, term: Term, size: int) -> Term:
        """The same number in `size` bits, which are no fewer than it has.

        A sum that is widened becomes a sum of what is widened: Z3 sees one sum and not several.
        """
        more = size - term.size()
        if not more:
            return term
        if z3.is_bv_value(term):
            return z3.BitVecVal(term.as_signed_long(), size)
        if term.get_id() in self._joined:
            key = (term.get_id(), size)
            if key not in self._widened:
                _, join, a, b = self._joined[term.get_id()]
                self._widened[key] = self._grown(size, join, a, b)
            return self._widened[key]
        return z3.ZeroExt(more, term) if _natural(term) else z3.SignExt(more, term)

    # ---- sequence spaces

    def distance(self, a: Term, b: Term, modulus: int) -> Term:
        """From `b` forward to `a` in a sequence space."""
        return self._around(modulus, operator.sub, a, b)

    def ahead(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` after `a` in a sequence space, however far that is."""
        del below
        return self._around(modulus, operator.add, a, by)

    def back(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` before `a` in a sequence space, however far that is."""
        del below
        return self._around(modulus, operator.sub, a, by)

    def _around(self, modulus: int, join: Join, a: Term, b: Term) -> Term:
        bits = modulus.bit_length() - 1
        return self._apart(lambda x, y: self.result(join(_low(x, bits), _low(y, bits))), a, b)

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
            return self._wide(term, _WIDE)
        narrow = _low(term, _WIDE)
        same = z3.SignExt(term.size() - _WIDE, narrow) == term
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


def _natural(term: Term) -> bool:
    """Whether the form of `term` tells that it is not negative."""
    kind: Any = term.decl().kind()
    return bool(kind == z3.Z3_OP_ZERO_EXT)


def _low(term: Term, bits: int) -> Term:
    """The number modulo 2**bits, in that many bits."""
    more = bits - term.size()
    if more >= 0:
        return z3.SignExt(more, term) if more else term
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
    whole, part = _with(by, a, 1)
    if _natural(a):
        return z3.UDiv(whole, part)
    return (whole - whole % part) / part


def _rest(a: Term, by: int) -> Term:
    """`a` modulo `by`, which is not negative."""
    if by == 1:
        return z3.BitVecVal(0, 1)
    if by & (by - 1) == 0:
        return z3.ZeroExt(1, _low(a, by.bit_length() - 1))
    whole, part = _with(by, a, 0)
    rest = z3.URem(whole, part) if _natural(a) else whole % part
    return z3.ZeroExt(1, _low(rest, by.bit_length()))


def _with(by: int, a: Term, more: int) -> tuple[Term, Term]:
    """`a` and the constant `by` in one size, which has `more` bits than they need."""
    size = max(a.size(), by.bit_length() + 1) + more
    return z3.SignExt(size - a.size(), a), z3.BitVecVal(by, size)


def _divisor(name: Operation, b: Term) -> int:
    value = z3.simplify(b)
    found: int = value.as_signed_long() if z3.is_bv_value(value) else -1
    if found < (0 if name == "shift" else 1):
        raise ValueError(f"{name} by {b}")
    return found


def _is_mask(number: int) -> bool:
    return number > 0 and number & (number + 1) == 0


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
