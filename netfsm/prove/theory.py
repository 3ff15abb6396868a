"""Types and their operations in Z3: linear integers, and contracts for what is opaque.

| type | sort |
|---|---|
| bool | Bool |
| nat, seq, enum, duration, instant, ipv4, ipv6 | Int with its range |
| flags | a bit-vector of one bit a member, which is that many booleans |
| bytes, mac, text, handle, a prefix that is no constant | a sort of its own: equality |
| set | an array from element to bool, and its size |
| queue, ranges | a sort of its own: the operations are functions that keep their contracts |

What a function of an opaque sort promises is added for each term as it is made (`facts`).
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.spec import types
from netfsm.spec.types import Type, Value


@define
class Theory:
    """Sorts, literals and operations of one machine; `facts` hold always."""

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
            case types.Flags():
                return z3.BitVecSort(max(1, len(kind.members)))
            case types.SetOf():
                return z3.ArraySort(self.sort(kind.element), z3.BoolSort())
            case _ if is_integer(kind):
                return z3.IntSort()
            case _:
                return self._opaque(sort_name(kind))

    def _opaque(self, name: str) -> Term:
        if name not in self._sorts:
            self._sorts[name] = z3.DeclareSort(name)
        return self._sorts[name]

    def const(self, name: str, kind: Type) -> Term:
        """A value of type `kind` that nothing is known of but its name."""
        return z3.Const(name, self.sort(kind))

    def value(self, kind: Type, value: Value) -> Term:
        """The value `value` of type `kind`."""
        match kind, value:
            case types.Bool(), _:
                return z3.BoolVal(bool(value))
            case types.Flags(), int():
                return z3.BitVecVal(value, self.sort(kind))
            case _, int() if is_integer(kind):
                return z3.IntVal(value)
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
                self.facts.append(self.length_function(sort)(made) == len(value))
            self._literals[key] = made
        return self._literals[key]

    def literals(self) -> dict[Term, str]:
        """The literals of opaque sorts with how they are written."""
        return {term: shown(value) for (_, value), term in self._literals.items()}

    # ---- ranges

    def fits(self, kind: Type, term: Term) -> Term:
        """That `term` is a value of type `kind`."""
        match kind:
            case types.Nat():
                return z3.And(term >= 0, term <= kind.max)
            case types.Seq():
                return z3.And(term >= 0, term < kind.modulus)
            case types.Enum():
                return _member(kind, term)
            case types.Address(family="mac"):
                return self.length(types.BYTES, term) == 6
            case types.Address():
                return z3.And(term >= 0, term < 1 << (32 if kind.family == "ipv4" else 128))
            case types.Duration() | types.Instant():
                return term >= 0
            case types.Queue():
                return self.length(kind, term) <= kind.max
            case _:
                return z3.BoolVal(True)

    # ---- lengths and collections

    def length_function(self, sort: Term) -> Term:
        """The length of values of `sort`."""
        return z3.Function(f"len:{sort}", sort, z3.IntSort())

    def length(self, kind: Type, term: Term) -> Term:
        """Octets of bytes, elements of a set or queue, total length of ranges; not negative."""
        found = self.length_function(term.sort())(term)
        self._once(found, lambda: [found >= 0])
        if isinstance(kind, types.Ranges):
            modulus = kind.space.modulus
            self._once(found, lambda: [found <= modulus], "space")
        if isinstance(kind, types.SetOf | types.Queue | types.Ranges):
            self._once(term, lambda: [(found == 0) == (term == self.nothing(kind))])
        return found

    def nothing(self, kind: Type) -> Term:
        """The empty set, queue, ranges or flags."""
        if isinstance(kind, types.Flags):
            return z3.BitVecVal(0, self.sort(kind))
        if isinstance(kind, types.SetOf):
            return z3.K(self.sort(kind.element), False)
        return z3.Const(f"nothing:{sort_name(kind)}", self.sort(kind))

    def push(self, kind: types.Queue, queue: Term, item: Term) -> Term:
        """`queue` with `item` as its newest, as the type says where it is full."""
        made = self._apply(f"push:{sort_name(kind)}", kind, queue, item)
        size, old = self.length(kind, made), self.length(kind, queue)
        first = self._oldest(kind, queue)
        facts = [
            size == z3.If(old < kind.max, old + 1, old),
            z3.Implies(z3.And(old > 0, old < kind.max), self._oldest(kind, made) == first),
        ]
        if kind.max:
            facts.append(z3.Implies(old == 0, self._oldest(kind, made) == item))
        self._once(made, lambda: facts, "push")
        return made

    def pop(self, kind: types.Queue, queue: Term) -> Term:
        """`queue` without its oldest."""
        made = self._apply(f"pop:{sort_name(kind)}", kind, queue)
        size, old = self.length(kind, made), self.length(kind, queue)
        self._once(made, lambda: [size == z3.If(old > 0, old - 1, old)], "pop")
        return made

    def oldest(self, kind: types.Queue, queue: Term) -> Term:
        """The oldest of `queue`."""
        found = self._oldest(kind, queue)
        self._once(found, lambda: [self.fits(kind.element, found)])
        return found

    def _oldest(self, kind: types.Queue, queue: Term) -> Term:
        return self._apply(f"oldest:{sort_name(kind)}", kind.element, queue)

    def change(self, kind: types.SetOf, whole: Term, item: Term, *, there: bool) -> Term:
        """The set with `item`, or without it."""
        made = z3.Store(whole, item, there)
        size, old = self.length(kind, made), self.length(kind, whole)
        step = z3.If(z3.Select(whole, item) == there, 0, 1 if there else -1)
        self._once(made, lambda: [size == old + step], "change")
        return made

    def ranges(self, op: str, kind: types.Ranges, *args: Term) -> Term:
        """An operation on ranges: `ranges_add`, `ranges_cut`, `ranges_run`, `ranges_covers`."""
        if op == "ranges_covers":
            runs, start, length = args
            return self.ranges("ranges_run", kind, runs, start) >= length
        result: Type = types.Nat(kind.space.modulus) if op == "ranges_run" else kind
        made = self._apply(f"{op}:{sort_name(kind)}", result, *args)
        facts: list[Term] = []
        if op == "ranges_run":
            facts = [made >= 0, made <= self.length(kind, args[0])]
        elif op == "ranges_add":
            size, old = self.length(kind, made), self.length(kind, args[0])
            run = self.ranges("ranges_run", kind, made, args[1])
            facts = [size >= old, size <= old + args[2], run >= args[2]]
            facts.append(z3.Implies(args[2] == 0, made == args[0]))
        elif op == "ranges_cut":
            facts = [self.length(kind, made) <= self.length(kind, args[0])]
        self._once(made, lambda: facts, op)
        return made

    def in_prefix(self, family: str, address: Term, prefix: Term) -> Term:
        """Membership in a prefix that is no constant."""
        sort = self._opaque(f"{family} prefix")
        inside = z3.Function(f"in:{family}", z3.IntSort(), sort, z3.BoolSort())
        return inside(address, prefix)

    # ---- functions

    def function(self, name: str, result: Type, args: list[Term]) -> Term:
        """What a declared function says of `args`; in the range of its type."""
        made = self._apply(f"function:{name}", result, *args)
        self._once(made, lambda: [self.fits(result, made)])
        return made

    def _apply(self, name: str, result: Type, *args: Term) -> Term:
        sorts = [arg.sort() for arg in args]
        return z3.Function(name, *sorts, self.sort(result))(*args)

    def state(self, about: Term, facts: list[Term], why: str) -> None:
        """Note `facts`, once for the term `about`."""
        self._once(about, lambda: facts, why)

    def _once(self, about: Term, facts: Callable[[], list[Term]], why: str = "") -> None:
        key = (about.get_id(), why)
        if key not in self._stated:
            self._stated.add(key)
            self._kept.append(about)  # so that no other term gets its number
            self.facts += facts()


def is_integer(kind: Type) -> bool:
    """Whether values of `kind` are integers in Z3."""
    numbers = types.Nat | types.Seq | types.Enum | types.Duration | types.Instant
    if isinstance(kind, types.Address):
        return kind.family != "mac"
    return isinstance(kind, numbers)


def sort_name(kind: Type) -> str:
    """The name of an opaque sort; addresses of hardware are octets too."""
    if isinstance(kind, types.Address):
        return "bytes"
    if isinstance(kind, types.Queue):
        return f"queue {sort_name(kind.element)} {kind.max} {kind.full}"
    return str(kind)


def in_interval(address: Term, prefix: tuple[int, int], bits: int) -> Term:
    """Membership in a constant prefix: an interval of addresses."""
    network, length = prefix
    size = 1 << (bits - length)
    first = network - network % size
    return z3.And(address >= first, address < first + size)


def shown(value: object) -> str:
    """A literal of an opaque sort, for a person."""
    return value.hex(" ") if isinstance(value, bytes) else str(value)


def _member(kind: types.Enum, term: Term) -> Term:
    if kind.open:
        return z3.And(term >= 0, term < 1 << kind.width) if kind.width else term >= 0
    numbers = sorted({number for _, number in kind.members})
    if numbers and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return conj([term >= numbers[0], term <= numbers[-1]])
    return disj([term == number for number in numbers])
