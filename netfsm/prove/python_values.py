"""Values of generated Python while it is read back: terms of Z3, and plain values beside them.

A plain value (a number, a tuple of emissions) becomes a term where it meets one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from attrs import field, frozen

from netfsm.prove.numbers import Comparison, Operation
from netfsm.prove.solver import Term, z3
from netfsm.prove.theory import Theory
from netfsm.spec import model, types
from netfsm.spec.types import Type

V = Any
"""A term, or a plain value of Python."""


class UnreadableCodeError(Exception):
    """Code that the generator does not write, or that fails where it is run."""


@frozen
class Record:
    """An emission: what its class says of itself, and its fields by attribute."""

    about: Mapping[str, V]
    names: tuple[str, ...]
    values: tuple[V, ...]


@frozen
class Class:
    """A class of emissions."""

    name: str
    about: Mapping[str, V]
    names: tuple[str, ...]


@frozen
class Message:
    """A packet: its fields by attribute."""

    fields: Mapping[str, V] = field(factory=dict[str, V])


class Arithmetic:
    """What operators and functions of Python do with terms."""

    def __init__(self, machine: model.Machine, theory: Theory) -> None:
        self.theory = theory
        self._machine = machine

    @cached_property
    def _kinds(self) -> dict[str, Type]:
        return {str(self.theory.sort(kind)): kind for kind in types_of(self._machine)}

    def kind(self, term: Term) -> Any:
        """The type of the spec that `term` has by its sort."""
        found = self._kinds.get(str(term.sort()))
        if found is None:
            raise UnreadableCodeError(f"{term} has a type that the spec does not have")
        return found

    def lift(self, value: V, kind: Type) -> Term:
        """`value` as a term of type `kind`."""
        if is_term(value):
            return value if isinstance(kind, types.Bool) else self.number(value)
        if value is None:
            raise UnreadableCodeError("None stands where a value should")
        if is_plain(value, tuple) and isinstance(kind, types.Queue):
            made = self.theory.nothing(kind)
            for item in value:
                made = self.theory.push(kind, made, self.lift(item, kind.element))
            return made
        return self.theory.value(kind, value)

    def like(self, value: V, term: Term) -> Term:
        """`value` as a term that can be compared with `term`."""
        if is_term(value):
            return _flags(value, term) if z3.is_int(value) and z3.is_bv(term) else value
        if z3.is_bool(term):
            return z3.BoolVal(bool(value))
        if self.theory.numbers.is_number(term):
            if not isinstance(value, int):
                raise UnreadableCodeError(f"{value!r} stands where a number should")
            return self.theory.numbers.value(int(value))
        return self.lift(value, self.kind(term))

    def same(self, value: V, term: Term) -> Term:
        """That `value` is `term`."""
        if value is None:
            return z3.BoolVal(False)
        if value is term:
            return z3.BoolVal(True)
        lifted, is_number = self.like(value, term), self.theory.numbers.is_number
        if is_number(lifted) != is_number(term):
            return z3.BoolVal(False)
        if not is_number(term) and lifted.sort() != term.sort():
            return z3.BoolVal(False)
        return self.theory.equal(lifted, term)

    def truth(self, value: V) -> V:
        """What `if` sees in `value`."""
        if not is_term(value):
            return bool(value)
        if z3.is_bool(value):
            return value
        compare = self.theory.numbers.compare
        if z3.is_bv(value) or self.theory.numbers.is_number(value):
            return compare("ne", value, 0)
        return compare("gt", self.theory.length(self.kind(value), value), 0)

    def number(self, value: V) -> V:
        """`value` as a number: True is 1."""
        if is_term(value) and z3.is_bool(value):
            return self.theory.numbers.choose(value, 1, 0)
        return int(value) if isinstance(value, bool) else value

    def operate(self, name: str, a: V, b: V) -> V:
        """A binary operator by the name of its node."""
        if is_plain(b, frozenset) and name in ("BitOr", "Sub"):
            (item,) = b
            return self._set(name, a, item)
        if not is_term(a) and not is_term(b):
            return _ON_PLAIN[name](a, b)
        if name not in _OPERATIONS:
            raise UnreadableCodeError(f"{name} on numbers")
        try:
            return self.theory.numbers.operate(_OPERATIONS[name], self.number(a), self.number(b))
        except ValueError as error:
            raise UnreadableCodeError(str(error)) from error

    def _set(self, name: str, whole: V, item: V) -> V:
        kind = self.kind(whole) if is_term(whole) else types.SetOf(self.kind(item))
        start = self.lift(whole, kind)
        return self.theory.change(kind, start, self.like_element(item, kind), there=name == "BitOr")

    def like_element(self, item: V, kind: types.SetOf) -> Term:
        """`item` as an element of a set."""
        return self.lift(item, kind.element)

    def compare(self, name: str, a: V, b: V) -> V:
        """A comparison by the name of its node."""
        if name in ("In", "NotIn"):
            found = self._inside(a, b)
            return found if name == "In" else self.negate(found)
        if not is_term(a) and not is_term(b):
            return _COMPARE[name](a, b)
        left = a if is_term(a) else self.like(a, b)
        right = b if is_term(b) else self.like(b, a)
        if self.theory.numbers.is_number(left) and self.theory.numbers.is_number(right):
            return self.theory.numbers.compare(_COMPARISONS[name], left, right)
        return _COMPARE[name](left, right)

    def _inside(self, a: V, b: V) -> V:
        if is_term(b):
            kind = self.kind(b)
            return self.theory.inside(b, self.lift(a, kind.element))
        if is_term(a):
            raise UnreadableCodeError("a term in a plain tuple")
        return a in b

    def negate(self, value: V) -> V:
        """`not value`."""
        found = self.truth(value)
        return z3.Not(found) if is_term(found) else not found

    def choose(self, test: V, then: V, orelse: V) -> V:
        """`then if test else orelse`."""
        if not is_term(test):
            return then if test else orelse
        if not is_term(then) and not is_term(orelse):
            if isinstance(then, bool) and isinstance(orelse, bool):
                return z3.If(test, z3.BoolVal(then), z3.BoolVal(orelse))
            if isinstance(then, int) and isinstance(orelse, int):
                return self.theory.numbers.choose(test, then, orelse)
            raise UnreadableCodeError("a choice between plain values")
        left = then if is_term(then) else self.like(then, orelse)
        right = orelse if is_term(orelse) else self.like(orelse, then)
        return self.theory.choose(test, left, right)

    def least(self, values: list[V], *, greatest: bool) -> V:
        """`min` and `max`."""
        found = values[0]
        for value in values[1:]:
            test = self.compare("Gt" if greatest else "Lt", value, found)
            found = self.choose(test, value, found)
        return found

    def length(self, value: V) -> V:
        """`len` and the total length of ranges."""
        return self.theory.length(self.kind(value), value) if is_term(value) else len(value)

    def ranges(self, name: str, parts: list[V], modulus: int) -> V:
        """`values.ranges_add` and its like; a plain empty tuple is `nothing`."""
        runs, *rest = parts
        found = [self.kind(runs)] if is_term(runs) else list(self._kinds.values())
        kinds = [k for k in found if isinstance(k, types.Ranges) and k.space.modulus == modulus]
        if len(kinds) != 1:
            raise UnreadableCodeError(f"{name} with modulus {modulus}")
        (kind,) = kinds
        types_: tuple[Type, ...] = (kind.space, types.Nat(modulus))
        terms = [self.lift(each, type_) for each, type_ in zip(rest, types_, strict=False)]
        return self.theory.ranges(name, kind, self.lift(runs, kind), *terms)

    def queue(self, value: V) -> types.Queue:
        """The type of a queue that is a term."""
        kind: object = self.kind(value) if is_term(value) else None
        if not isinstance(kind, types.Queue):
            raise UnreadableCodeError(f"{value!r} stands where a queue should")
        return kind

    def first(self, value: V) -> V:
        """`value[0]` of a queue."""
        return self.theory.oldest(self.queue(value), value)

    def rest(self, value: V) -> V:
        """`value[1:]` of a queue."""
        return self.theory.pop(self.queue(value), value)

    def push(self, name: str, queue: V, item: V, limit: int) -> V:
        """`values.push_or_drop` and `values.push_or_refuse`."""
        if isinstance(queue, tuple):
            from netfsm.machine import values

            plain: Callable[..., V] = getattr(values, name)
            return plain(queue, item, limit)
        kind = self.kind(queue)
        full = "drop_oldest" if name == "push_or_drop" else "refuse"
        if (kind.max, kind.full) != (limit, full):
            raise UnreadableCodeError(f"{name} with {limit} on a {kind} of {kind.max}")
        return self.theory.push(kind, queue, self.lift(item, kind.element))


def is_term(value: V) -> bool:
    """Whether `value` is a term of Z3."""
    return hasattr(value, "sort") and not isinstance(value, list)


def _flags(value: Term, flags: Term) -> Term:
    """A choice between plain numbers, read as the flags that it meets."""
    if z3.is_int_value(value):
        return z3.BitVecVal(value.as_long(), flags.sort())
    if z3.is_app_of(value, z3.Z3_OP_ITE):
        test, then, orelse = value.children()
        return z3.If(test, _flags(then, flags), _flags(orelse, flags))
    raise UnreadableCodeError(f"{value} stands where flags should")


def is_plain(value: V, kind: type) -> bool:
    """Whether `value` is a plain value of `kind`."""
    return isinstance(value, kind)


def types_of(machine: model.Machine) -> list[Type]:
    """Every type that a value of the machine may have."""
    found = [variable.type for variable in machine.variables]
    fields = [*machine.given, *machine.key]
    for event in machine.events:
        fields += event.params
        found += [choice.type for choice in event.choices]
    for output in machine.outputs:
        fields += output.fields
    for function in machine.functions:
        fields += function.params
        found.append(function.result)
    found += [each.type for each in fields] + [c.type for c in machine.constants]
    found += [k.element for k in found if isinstance(k, types.Queue | types.SetOf)]
    return found


Operator = Callable[[Any, Any], Any]

_OPERATIONS: Final[Mapping[str, Operation]] = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "FloorDiv": "div",
    "Mod": "mod",
    "BitAnd": "and",
    "BitOr": "or",
    "RShift": "shift",
}
_ON_PLAIN: Final[Mapping[str, Operator]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b,
    "Mod": lambda a, b: a % b,
    "BitAnd": lambda a, b: a & b,
    "BitOr": lambda a, b: a | b,
    "RShift": lambda a, b: a >> b,
}
_COMPARISONS: Final[Mapping[str, Comparison]] = {
    "Eq": "eq",
    "NotEq": "ne",
    "Lt": "lt",
    "LtE": "le",
    "Gt": "gt",
    "GtE": "ge",
}
_COMPARE: Final[Mapping[str, Operator]] = {
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
}
