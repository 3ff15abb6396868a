"""Types and their operations in Z3: numbers as an encoding has them, and contracts for the rest.

| type | sort |
|---|---|
| bool | Bool |
| nat, seq, enum, duration, instant, ipv4, ipv6, flags | a number (`numbers`) |
| bytes, mac, text, handle, a prefix that is no constant | a sort of its own: equality |
| set | an array from element to bool, and its size |
| queue, ranges | a sort of its own: the operations are functions that keep their contracts |

What a function of an opaque sort promises is added for each term as it is made (`facts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field

from netfsm.prove.numbers import Number, Numbers, is_numeric
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.spec import types
from netfsm.spec.types import Type, Value

_LENGTH: Final = types.Nat((1 << 32) - 1)
"""How long octets are and how large sets, where an encoding needs a bound."""


@define
class Theory:
    """Sorts, literals and operations of one machine; `facts` hold always."""

    numbers: Numbers
    facts: list[Term] = field(factory=list[Term])
    _sorts: dict[str, Term] = field(factory=dict[str, Term])
    _literals: dict[tuple[str, object], Term] = field(factory=dict[tuple[str, object], Term])
    _stated: set[tuple[int, str]] = field(factory=set[tuple[int, str]])
    _kept: list[Term] = field(factory=list[Term])

    # ---- sorts and values

    def sort(self, kind: Type) -> Term:
        """The sort of values of type `kind`."""
        match kind:
            case types.Bool():
                return z3.BoolSort()
            case types.SetOf():
                return z3.ArraySort(self._element_sort(kind), z3.BoolSort())
            case _ if is_numeric(kind):
                return self.numbers.sort(kind)
            case _:
                return self._opaque(sort_name(kind))

    def _element_sort(self, kind: types.SetOf) -> Term:
        inner = kind.element
        return self.numbers.argument_sort(inner) if is_numeric(inner) else self.sort(inner)

    def _opaque(self, name: str) -> Term:
        if name not in self._sorts:
            self._sorts[name] = z3.DeclareSort(name)
        return self._sorts[name]

    def const(self, name: str, kind: Type) -> Term:
        """A value of type `kind` that nothing is known of but its name."""
        if is_numeric(kind):
            return self.numbers.const(name, kind)
        return z3.Const(name, self.sort(kind))

    def value(self, kind: Type, value: Value) -> Term:
        """The value `value` of type `kind`."""
        match kind, value:
            case types.Bool(), _:
                return z3.BoolVal(bool(value))
            case _, int() if is_numeric(kind):
                return self.numbers.value(value, kind)
            case ((types.SetOf() | types.Queue() | types.Ranges()), _) if not value:
                return self.nothing(kind)
            case _:
                return self._literal(kind, value)

    def _literal(self, kind: Type, value: Value) -> Term:
        """A literal of an opaque sort: no two of a sort are the same."""
        sort = self.sort(kind)
        key = (str(sort), value)
        if key not in self._literals:
            made = z3.Const(f"{sort}:{shown(value)}", sort)
            others = [t for (name, _), t in self._literals.items() if name == str(sort)]
            self.facts += [made != other for other in others]
            if isinstance(value, bytes):
                self.facts.append(self.equal(self._length(kind, made), len(value)))
            self._literals[key] = made
        return self._literals[key]

    def literals(self) -> dict[Term, str]:
        """The literals of opaque sorts with how they are written."""
        return {term: shown(value) for (_, value), term in self._literals.items()}

    def equal(self, a: Term, b: Number) -> Term:
        """Equality of two values of one type."""
        return self.numbers.compare("eq", a, b) if self.numbers.is_number(a) else a == b

    def choose(self, test: Term, a: Term, b: Number) -> Term:
        """`a` where `test` is true, else `b`; both of one type."""
        return self.numbers.choose(test, a, b) if self.numbers.is_number(a) else z3.If(test, a, b)

    # ---- ranges

    def fits(self, kind: Type, term: Term) -> Term:
        """That `term` is a value of type `kind`."""
        match kind:
            case types.Nat():
                return self.between(term, 0, kind.max)
            case types.Seq():
                return self.between(term, 0, kind.modulus - 1)
            case types.Enum():
                return self._member(kind, term)
            case types.Address(family="mac"):
                return self.equal(self.length(types.BYTES, term), 6)
            case types.Address():
                return self.between(term, 0, (1 << (32 if kind.family == "ipv4" else 128)) - 1)
            case types.Duration() | types.Instant():
                return self.numbers.compare("ge", term, 0)
            case types.Queue():
                return self.numbers.compare("le", self.length(kind, term), kind.max)
            case _:
                return z3.BoolVal(True)

    def between(self, term: Term, first: int, last: int) -> Term:
        """That a number is one of `first` to `last`."""
        compare = self.numbers.compare
        return z3.And(compare("ge", term, first), compare("le", term, last))

    def _member(self, kind: types.Enum, term: Term) -> Term:
        if kind.open and not kind.width:
            return self.numbers.compare("ge", term, 0)
        if kind.open:
            return self.between(term, 0, (1 << kind.width) - 1)
        numbers = sorted({number for _, number in kind.members})
        if numbers and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return self.between(term, numbers[0], numbers[-1])
        return disj([self.equal(term, number) for number in numbers])

    # ---- lengths and collections

    def length(self, kind: Type, term: Term) -> Term:
        """Octets of bytes, elements of a set or queue, total length of ranges; not negative."""
        compare, found = self.numbers.compare, self._length(kind, term)
        self._once(found, lambda: [compare("ge", found, 0)])
        if isinstance(kind, types.Ranges):
            self._once(found, lambda: [compare("le", found, kind.space.modulus)], "space")
        if isinstance(kind, types.SetOf | types.Queue | types.Ranges):
            none = compare("eq", found, 0)
            self._once(term, lambda: [none == (term == self.nothing(kind))])
        return found

    def _length(self, kind: Type, term: Term) -> Term:
        of: Type = _LENGTH
        if isinstance(kind, types.Ranges):
            of = types.Nat(kind.space.modulus)
        elif isinstance(kind, types.Queue):
            of = types.Nat(kind.max)
        return self._apply(f"len:{term.sort()}", of, term)

    def nothing(self, kind: Type) -> Term:
        """The empty set, queue, ranges or flags."""
        if isinstance(kind, types.Flags):
            return self.numbers.value(0, kind)
        if isinstance(kind, types.SetOf):
            return z3.K(self._element_sort(kind), False)
        return z3.Const(f"nothing:{sort_name(kind)}", self.sort(kind))

    def push(self, kind: types.Queue, queue: Term, item: Term) -> Term:
        """`queue` with `item` as its newest, as the type says where it is full."""
        made = self._apply(f"push:{sort_name(kind)}", kind, queue, item)
        size, old = self.length(kind, made), self.length(kind, queue)
        first, compare = self._oldest(kind, queue), self.numbers.compare
        some, room = compare("gt", old, 0), compare("lt", old, kind.max)
        larger = self.numbers.choose(room, self.numbers.operate("add", old, 1), old)
        facts = [
            compare("eq", size, larger),
            z3.Implies(z3.And(some, room), self.equal(self._oldest(kind, made), first)),
        ]
        if kind.max:
            alone = z3.And(z3.Not(some), self.fits(kind.element, item))
            facts.append(z3.Implies(alone, self.equal(self._oldest(kind, made), item)))
        self._once(made, lambda: facts, "push")
        return made

    def pop(self, kind: types.Queue, queue: Term) -> Term:
        """`queue` without its oldest."""
        made = self._apply(f"pop:{sort_name(kind)}", kind, queue)
        size, old = self.length(kind, made), self.length(kind, queue)
        some = self.numbers.compare("gt", old, 0)
        smaller = self.numbers.choose(some, self.numbers.operate("sub", old, 1), old)
        self._once(made, lambda: [self.equal(size, smaller)], "pop")
        return made

    def oldest(self, kind: types.Queue, queue: Term) -> Term:
        """The oldest of `queue`."""
        found = self._oldest(kind, queue)
        self._once(found, lambda: [self.fits(kind.element, found)])
        return found

    def _oldest(self, kind: types.Queue, queue: Term) -> Term:
        return self._apply(f"oldest:{sort_name(kind)}", kind.element, queue)

    def inside(self, whole: Term, item: Term) -> Term:
        """Whether `item` is an element of a set."""
        return z3.Select(whole, self.numbers.argument(item))

    def change(self, kind: types.SetOf, whole: Term, item: Term, *, there: bool) -> Term:
        """The set with `item`, or without it."""
        made = z3.Store(whole, self.numbers.argument(item), there)
        size, old = self.length(kind, made), self.length(kind, whole)
        changed = self.numbers.operate("add" if there else "sub", old, 1)
        same = self.inside(whole, item) == there
        self._once(made, lambda: [self.equal(self.choose(same, old, changed), size)], "change")
        return made

    def ranges(self, op: str, kind: types.Ranges, *args: Term) -> Term:
        """An operation on ranges: `ranges_add`, `ranges_cut`, `ranges_run`, `ranges_covers`."""
        compare = self.numbers.compare
        if op == "ranges_covers":
            runs, start, length = args
            return compare("ge", self.ranges("ranges_run", kind, runs, start), length)
        result: Type = types.Nat(kind.space.modulus) if op == "ranges_run" else kind
        made = self._apply(f"{op}:{sort_name(kind)}", result, *args)
        facts: list[Term] = []
        if op == "ranges_run":
            facts = [compare("ge", made, 0), compare("le", made, self.length(kind, args[0]))]
        elif op == "ranges_add":
            size, old = self.length(kind, made), self.length(kind, args[0])
            run = self.ranges("ranges_run", kind, made, args[1])
            most = self.numbers.operate("add", old, args[2])
            told = [compare("ge", size, old), compare("le", size, most)]
            told.append(compare("ge", run, args[2]))
            told.append(z3.Implies(compare("eq", args[2], 0), made == args[0]))
            facts = [z3.Implies(self.fits(types.Nat(kind.space.modulus), args[2]), conj(told))]
        elif op == "ranges_cut":
            facts = [compare("le", self.length(kind, made), self.length(kind, args[0]))]
        self._once(made, lambda: facts, op)
        return made

    def in_prefix(self, family: str, address: Term, prefix: Term) -> Term:
        """Membership in a prefix that is no constant."""
        return self._apply(f"in:{family}", types.BOOL, address, prefix)

    def in_interval(self, address: Term, prefix: tuple[int, int], bits: int) -> Term:
        """Membership in a constant prefix: an interval of addresses."""
        network, length = prefix
        size = 1 << (bits - length)
        first = network - network % size
        return self.between(address, first, first + size - 1)

    # ---- functions

    def function(self, name: str, result: Type, args: list[Term]) -> Term:
        """What a declared function says of `args`; in the range of its type."""
        made = self._apply(f"function:{name}", result, *args)
        self._once(made, lambda: [self.fits(result, made)])
        return made

    def _apply(self, name: str, result: Type, *args: Term) -> Term:
        numbers = self.numbers
        given = [numbers.argument(arg) for arg in args]
        sorts = [arg.sort() for arg in given]
        return numbers.result(z3.Function(name, *sorts, self.sort(result))(*given))

    def state(self, about: Term, facts: list[Term], why: str) -> None:
        """Note `facts`, once for the term `about`."""
        self._once(about, lambda: facts, why)

    def _once(self, about: Term, facts: Callable[[], list[Term]], why: str = "") -> None:
        key = (about.get_id(), why)
        if key not in self._stated:
            self._stated.add(key)
            self._kept.append(about)  # so that no other term gets its number
            self.facts += facts()


def sort_name(kind: Type) -> str:
    """The name of an opaque sort; addresses of hardware are octets too."""
    if isinstance(kind, types.Address):
        return "bytes"
    if isinstance(kind, types.Queue):
        return f"queue {sort_name(kind.element)} {kind.max} {kind.full}"
    return str(kind)


def shown(value: object) -> str:
    """A literal of an opaque sort, for a person."""
    return value.hex(" ") if isinstance(value, bytes) else str(value)
