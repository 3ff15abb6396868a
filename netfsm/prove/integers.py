"""Numbers as linear integers: ranges are facts, a sequence space wraps by one conditional step.

Flags are a bit-vector of one bit a member, which is that many booleans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from netfsm.prove.numbers import Comparison, Number, Operation
from netfsm.prove.solver import Term, z3
from netfsm.spec import types
from netfsm.spec.types import Type


class Integers:
    """The integers of Z3."""

    def const(self, name: str, kind: Type) -> Term:
        """A number of type `kind` that nothing is known of but its name."""
        return z3.Const(name, self.sort(kind))

    def value(self, number: int, kind: Type | None = None) -> Term:
        """The number `number`; `kind` has to be told for flags only."""
        if isinstance(kind, types.Flags):
            return z3.BitVecVal(number, self.sort(kind))
        return z3.IntVal(number)

    def is_number(self, term: Term) -> bool:
        """Whether `term` can be calculated with."""
        return bool(z3.is_int(term))

    def operate(self, name: Operation, a: Number, b: Number) -> Term:
        """`a` and `b` joined as Python joins its integers."""
        if name in ("div", "mod") and not _above_zero(b):
            raise ValueError(f"{name} by {b}")
        if name == "shift" and isinstance(b, int):
            return a / (1 << b)
        if z3.is_bv(a) or z3.is_bv(b):
            found = _ON_FLAGS.get(name)
        elif name == "and" and isinstance(b, int) and b & (b + 1) == 0:
            return a % (b + 1)
        else:
            found = _ON_NUMBERS.get(name)
        if found is None:
            raise ValueError(f"{name} of {a} and {b}")
        return found(a, b)

    def compare(self, name: Comparison, a: Number, b: Number) -> Term:
        """How `a` and `b` stand to one another."""
        return _COMPARE[name](a, b)

    def choose(self, test: Term, a: Number, b: Number) -> Term:
        """`a` where `test` is true, else `b`."""
        return z3.If(test, a, b)

    def distance(self, a: Term, b: Term, modulus: int) -> Term:
        """From `b` forward to `a` in a sequence space."""
        return z3.If(a >= b, a - b, a - b + modulus)

    def ahead(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` after `a` in a sequence space."""
        total = a + by
        return z3.If(total >= modulus, total - modulus, total) if below else total % modulus

    def back(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` before `a` in a sequence space."""
        rest = a - by
        return z3.If(rest < 0, rest + modulus, rest) if below else rest % modulus

    # ---- where Z3 sees them

    def sort(self, kind: Type) -> Term:
        """The sort of what functions give for `kind`."""
        if isinstance(kind, types.Flags):
            return z3.BitVecSort(max(1, len(kind.members)))
        return z3.IntSort()

    def argument_sort(self, kind: Type) -> Term:
        """The sort in which a `kind` stands as an argument, or as an element of a set."""
        return self.sort(kind)

    def argument(self, term: Term) -> Term:
        """`term` as an argument of a function, or an element of a set."""
        return term

    def result(self, term: Term) -> Term:
        """What a function gave, as a number."""
        return term

    def free(self, term: Term) -> Term:
        """The constant of Z3 by which `const` made `term`."""
        return term

    def whole(self, constant: Term) -> Term:
        """The number that `const` made by that constant of Z3."""
        return constant

    def small(self, constant: Term, bound: int) -> Term | None:
        """That a constant of Z3 is at most `bound`; None for what is no number."""
        return constant <= bound if z3.is_int(constant) else None

    def moved(self, terms: list[Term], by: Term, space: types.Seq) -> list[tuple[Term, Term]]:
        """What to put for which constants of Z3 so that all of `terms` move `by` in their space."""
        return [(term, self.ahead(term, by, space.modulus, below=True)) for term in terms]


def _above_zero(number: Number) -> bool:
    """Whether `number` is a constant by which Z3 divides as Python does."""
    value = number if isinstance(number, int) else z3.simplify(number)
    return value > 0 if isinstance(value, int) else z3.is_int_value(value) and value.as_long() > 0


_ON_NUMBERS: Final[Mapping[str, Callable[[Any, Any], Term]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "mod": lambda a, b: a % b,
}
_ON_FLAGS: Final[Mapping[str, Callable[[Any, Any], Term]]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
}
_COMPARE: Final[Mapping[str, Callable[[Any, Any], Term]]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
