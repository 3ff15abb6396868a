"""What an encoding of numbers gives to proofs; `integers` and `bitvectors` are the two.

Naturals, sequence numbers, enums, times and addresses are numbers; so are flags to generated
Python. The two encodings share no arithmetic: where both give one answer, neither is wrong by a
slip of its own. In both a number is the mathematical one: nothing wraps but a sequence space.
"""

from __future__ import annotations

from typing import Literal, Protocol

from netfsm.prove.solver import Term
from netfsm.spec import types
from netfsm.spec.types import Type

Encoding = Literal["int", "bitvec"]
Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Operation = Literal["add", "sub", "mul", "div", "mod", "and", "or", "shift"]
Number = Term | int


class Numbers(Protocol):
    """Constants, literals and operations. A plain integer may stand where one term is given."""

    def const(self, name: str, kind: Type) -> Term:
        """A number of type `kind` that nothing is known of but its name."""
        ...

    def value(self, number: int, kind: Type | None = None) -> Term:
        """The number `number`; `kind` has to be told for flags only."""
        ...

    def is_number(self, term: Term) -> bool:
        """Whether `term` can be calculated with."""
        ...

    def operate(self, name: Operation, a: Number, b: Number) -> Term:
        """`a` and `b` joined as Python joins its integers. `/`, `%` and `>>` by a constant above 0.

        Raises ValueError where the encoding has no such operation.
        """
        ...

    def compare(self, name: Comparison, a: Number, b: Number) -> Term:
        """How `a` and `b` stand to one another."""
        ...

    def choose(self, test: Term, a: Number, b: Number) -> Term:
        """`a` where `test` is true, else `b`."""
        ...

    def distance(self, a: Term, b: Term, modulus: int) -> Term:
        """From `b` forward to `a` in a sequence space."""
        ...

    def ahead(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` after `a` in a sequence space; `below`: `by` is known to fit into it."""
        ...

    def back(self, a: Term, by: Term, modulus: int, *, below: bool) -> Term:
        """What stands `by` before `a` in a sequence space."""
        ...

    # ---- where Z3 sees them

    def sort(self, kind: Type) -> Term:
        """The sort of what functions give for `kind`."""
        ...

    def argument_sort(self, kind: Type) -> Term:
        """The sort in which a `kind` stands as an argument, or as an element of a set."""
        ...

    def argument(self, term: Term) -> Term:
        """`term` as an argument of a function, or an element of a set."""
        ...

    def result(self, term: Term) -> Term:
        """What a function gave, as a number."""
        ...

    def free(self, term: Term) -> Term:
        """The constant of Z3 by which `const` made `term`: to quantify over, to replace."""
        ...

    def whole(self, constant: Term) -> Term:
        """The number that `const` made by that constant of Z3."""
        ...

    def small(self, constant: Term, bound: int) -> Term | None:
        """That a constant of Z3 is at most `bound`; None for what is no number."""
        ...

    def moved(self, terms: list[Term], by: Term, space: types.Seq) -> list[tuple[Term, Term]]:
        """What to put for which constants of Z3 so that all of `terms` move `by` in their space."""
        ...


def is_numeric(kind: Type) -> bool:
    """Whether values of `kind` are numbers in both encodings."""
    numbers = types.Nat | types.Seq | types.Enum | types.Duration | types.Instant
    if isinstance(kind, types.Address):
        return kind.family != "mac"
    return isinstance(kind, numbers | types.Flags)
