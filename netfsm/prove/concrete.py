"""From a model of Z3 to values that a machine can hold.

Numbers are what the model says. Things of opaque sorts get values by order: the literal that the
model says they are, else the next that nobody has: `02 00 00 00 00 01`, `eth0`, `p1`. Equal where
the model has them equal, different where it has not, of the lengths that it says. Sets, queues and
runs hold what the model says of them, and fresh elements for the rest. The interpreter confirms
what comes of it, for Z3 knows of collections only what their contracts promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from attrs import define, field

from netfsm.machine.values import ADDRESS_BITS, Runs, in_prefix, nothing, ranges_add
from netfsm.prove.asking import Asked, Valued
from netfsm.prove.numbers import is_numeric
from netfsm.prove.solver import Term, z3
from netfsm.prove.theory import sort_name
from netfsm.spec import types
from netfsm.spec.expr import Call, Expr, Name, Op, walk
from netfsm.spec.types import Type, Value

__all__ = ["Concrete"]

Element = tuple[str, int]
"""A sort and the number of an element in the model."""
_GAP: Final = 8
"""Numbers between the runs of an example."""


@define
class Concrete:
    """The values of one model; `asked` are the conditions that it was found for."""

    cell: Asked
    found: Valued
    asked: tuple[Expr, ...]
    _values: dict[Element, Value] = field(init=False, factory=dict[Element, Value])
    _used: dict[str, set[Value]] = field(init=False, factory=dict[str, set[Value]])
    _alive: list[Term] = field(init=False, factory=list[Term])

    def __attrs_post_init__(self) -> None:
        """Literals keep their values."""
        for kind, value, term in self.cell.literals:
            self._keep(kind, term, value)

    def named(self, name: str) -> Value:
        """The value of a variable, key, given field, input or `now`."""
        kind, term = self.cell.names[name]
        return self.of(kind, term, name)

    def truth(self, term: Term) -> bool:
        """Whether `term` is true."""
        return bool(z3.is_true(self.found.value(term)))

    def of(self, kind: Type, term: Term, name: str = "") -> Value:
        """The value of `term`; `name` is the variable that it stands for, "" for none."""
        match kind:
            case types.Bool():
                return self.truth(term)
            case types.SetOf():
                return self._set(kind, term)
            case types.Queue():
                return self._queue(kind, term)
            case types.Ranges():
                return self._ranges(kind, term, name)
            case types.Prefix():
                return self._prefix(kind, name)
            case _ if is_numeric(kind):
                return self._number(term)
            case _:
                return self._opaque(kind, term)

    def _number(self, term: Term) -> int:
        number: int = self.found.value(term).as_long()
        return number

    def _element(self, kind: Type, term: Term) -> Element:
        value = self.found.value(term)
        self._alive.append(value)  # its number stays its own
        return sort_name(kind), value.get_id()

    # ---- things that are only compared

    def _opaque(self, kind: Type, term: Term) -> Value:
        key = self._element(kind, term)
        if key not in self._values:
            length = None
            if isinstance(kind, types.Bytes | types.Address):
                length = self._number(self.cell.steps.theory.length(types.BYTES, term))
            self._values[key] = self.fresh(kind, length)
        return self._values[key]

    def _keep(self, kind: Type, term: Term, value: Value) -> None:
        self._values[self._element(kind, term)] = value
        self._used.setdefault(sort_name(kind), set()).add(value)

    def fresh(self, kind: Type, length: int | None = None) -> Value:
        """A value of `kind` that nothing else has, where there are enough; bytes of `length`."""
        used = self._used.setdefault(sort_name(kind), set())
        value: Value = nothing(kind) if length is None else bytes(length)
        for value in _series(kind, length):
            if value not in used:
                break
        used.add(value)
        return value

    # ---- collections

    def _queue(self, kind: types.Queue, term: Term) -> Value:
        theory = self.cell.steps.theory
        size = self._number(theory.length(kind, term))
        key = self._element(kind, term)
        if key not in self._values:
            first = [self.of(kind.element, theory.oldest(kind, term))] if size else []
            self._used.setdefault(sort_name(kind.element), set()).update(first)
            rest = [self.fresh(kind.element) for _ in range(min(size, kind.max) - 1)]
            self._values[key] = (*first, *rest)
        return self._values[key]

    def _set(self, kind: types.SetOf, term: Term) -> Value:
        size = self._number(self.cell.steps.theory.length(kind, term))
        items: set[Value] = set()
        for name, (other, item) in self.cell.names.items():
            if other == kind.element:
                value = self.of(kind.element, item, name)
                self._used.setdefault(sort_name(kind.element), set()).add(value)
                if self.truth(self.cell.steps.theory.inside(term, item)):
                    items.add(value)
        while len(items) < size:
            before = len(items)
            items.add(self.fresh(kind.element))
            if len(items) == before:
                break  # a small type has no more
        return frozenset(items)

    def _ranges(self, kind: types.Ranges, term: Term, name: str) -> Value:
        """Runs from where the conditions ask, and one more for the rest of the length."""
        modulus = kind.space.modulus
        size = self._number(self.cell.steps.theory.length(kind, term))
        runs: Runs = ()
        end = 0
        for start, length in self._asked_runs(name):
            runs = ranges_add(runs, start, length, modulus)
            end = start + length
        rest = size - sum(length for _, length in runs)
        if rest > 0:
            runs = ranges_add(runs, (end + _GAP) % modulus, rest, modulus)
        return runs

    def _asked_runs(self, name: str) -> Iterator[tuple[int, int]]:
        for node in self._nodes("ranges_run", "ranges_covers", "ranges_add", "ranges_cut"):
            held = node.args[0]
            if not (isinstance(held, Name) and held.kind == "var" and held.name == name):
                continue
            if node.op in ("ranges_run", "ranges_covers"):
                start = self._encoded(node.args[1])
                run = Op("ranges_run", (held, node.args[1]), types.Nat(1 << 32), node.mark)
                length = self._encoded(run)
                yield start, length

    def _prefix(self, kind: types.Prefix, name: str) -> Value:
        """The narrowest prefix with the addresses that the conditions have in it, and no other."""
        bits = ADDRESS_BITS[kind.family]
        inside: set[int] = set()
        outside: set[int] = set()
        for node in self._nodes("in_prefix"):
            prefix = node.args[1]
            if isinstance(prefix, Name) and prefix.name == name:
                there = self.truth(self.cell.steps.encode(node, self.cell.before.view))
                (inside if there else outside).add(self._encoded(node.args[0]))
        if not inside:
            free = (n for n in count(1) if n not in outside)
            return (next(free), bits)
        for length in range(bits, -1, -1):
            network = min(inside) >> (bits - length) << (bits - length)
            if all(in_prefix(address, (network, length), bits) for address in inside):
                return (network, length)
        raise AssertionError("the prefix of length 0 holds all addresses")

    def _nodes(self, *ops: str) -> Iterator[Op]:
        """The operations that the conditions ask for, with arguments that can be told."""
        for node in self.cell.steps.nodes(*self.asked):
            if isinstance(node, Op) and node.op in ops and not _open(node):
                yield node

    def _encoded(self, expr: Expr) -> int:
        return self._number(self.cell.steps.encode(expr, self.cell.before.view))


def _open(node: Op) -> bool:
    """Whether an argument of a let stands in `node`, or something of after the step."""
    return any(
        (isinstance(part, Name) and (part.kind in ("arg", "out") or part.new))
        or (isinstance(part, Call) and part.kind == "function")
        for part in walk(node)
    )


# ---- fresh values


def _series(kind: Type, length: int | None) -> Iterator[Value]:
    """Values of `kind` in order."""
    make = _SERIES.get(type(kind), _numbers)
    yield from make(kind, length)


def _octets(_kind: Type, length: int | None) -> Iterator[Value]:
    """Octets that end in a number: an address of hardware, of a host, or zeros before it."""
    size = 6 if length is None else length
    if size == 0:
        yield b""
        return
    head = {6: b"\x02", 4: b"\xc0\x00\x02"}.get(size, b"")
    for number in range(1, 1 << min(16, 8 * (size - len(head)))):
        yield head + number.to_bytes(size - len(head), "big")


def _words(kind: Type, _length: int | None) -> Iterator[Value]:
    for number in count():
        yield f"eth{number}" if isinstance(kind, types.Text) else f"p{number + 1}"


def _addresses(kind: Type, length: int | None) -> Iterator[Value]:
    assert isinstance(kind, types.Address)
    if kind.family == "mac":
        yield from _octets(kind, length)
        return
    base = 0xC0000200 if kind.family == "ipv4" else 0x20010DB8 << 96
    yield from (base + number for number in range(1, 1 << 16))


def _numbers(kind: Type, _length: int | None) -> Iterator[Value]:
    match kind:
        case types.Bool():
            yield from (False, True)
        case types.Enum():
            yield from (number for _, number in kind.members)
        case types.Nat():
            yield from range(1, min(kind.max, 1 << 16) + 1)
        case _:
            yield from range(1, 1 << 16)


_SERIES: Final[dict[type, Callable[[Type, int | None], Iterator[Value]]]] = {
    types.Bytes: _octets,
    types.Address: _addresses,
    types.Text: _words,
    types.Handle: _words,
}
