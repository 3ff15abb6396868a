"""Z3 asked for cases of one cell: small numbers, different things different, always the same.

A cell has a context of its own in Z3, so that a model hangs on the cell alone and not on what was
proved before; the limit is one of work and not of time. What makes a case readable is wished for
and given up where it can't be had: small numbers first, then that no two names share a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from netfsm.machine.layout import Layout, literals
from netfsm.prove.encode import View
from netfsm.prove.solver import Term, disj, z3
from netfsm.prove.step import Before, Steps
from netfsm.spec import model, types
from netfsm.spec.expr import Expr
from netfsm.spec.types import INSTANT, Type, Value

__all__ = ["Asked", "Cell", "Found", "Here", "Valued"]

WORK: Final = 5_000_000
"""Units of Z3's own count that one question may take: some seconds."""
_SMALL: Final = ((0, 256), (0, 65_536))
_OWN: Final = 8
"""Numbers of the interval that a name of a scope has to itself."""
_LONGEST: Final = 70_000
"""Octets of bytes in an example; a datagram's length fits."""
_MOST: Final = 64
"""Elements of a set in an example."""
_IPV4: Final = (0xC0000201, 0xC000021E)  # 192.0.2.1 to 30: RFC 5737
_IPV6: Final = ((0x20010DB8 << 96) + 1, (0x20010DB8 << 96) + 30)  # RFC 3849


Names = Mapping[str, tuple[Type, Term]]
Literals = tuple[tuple[Type, Value, Term], ...]


class Valued(Protocol):
    """A model of Z3."""

    def value(self, term: Term) -> Any:
        """What `term` is, completed where the model leaves it open."""
        ...


class Asked(Protocol):
    """A state and an event that a model was found for, and what is to be given values."""

    @property
    def steps(self) -> Steps:
        """The steps of the machine."""
        ...

    @property
    def before(self) -> Before:
        """What is known before the step."""
        ...

    @property
    def names(self) -> Names:
        """Every value that is given, by name: its type and term."""
        ...

    @property
    def literals(self) -> Literals:
        """The literals of opaque sorts: type, value, term."""
        ...


@frozen
class Here:
    """A state and an event in the context of `steps` itself."""

    steps: Steps
    before: Before
    names: Names
    literals: Literals

    @classmethod
    def of(cls, steps: Steps, before: Before) -> Here:
        """With names and literals looked up; the theory learns the literals."""
        return cls(steps, before, dict(_names(steps, before)), tuple(_literals(steps)))


@frozen
class Found:
    """A model of Z3, asked in the terms of `Steps`."""

    _model: Any
    _cell: Cell

    def value(self, term: Term) -> Any:
        """What `term` is, completed where the model leaves it open."""
        return self._model.eval(self._cell.moved(term), model_completion=True)


@define
class Cell:
    """The questions about one state and one event."""

    steps: Steps
    before: Before
    names: dict[str, tuple[Type, Term]] = field(init=False)
    literals: tuple[tuple[Type, Value, Term], ...] = field(init=False)
    _context: Any = field(init=False)
    _solver: Any = field(init=False)
    _told: int = field(init=False, default=0)
    _wishes: dict[str, list[Term]] = field(init=False, factory=dict[str, list[Term]])
    _moved: dict[int, tuple[Term, Term]] = field(init=False, factory=dict[int, tuple[Term, Term]])

    def __attrs_post_init__(self) -> None:
        """Tell Z3 what is known before the step."""
        self._context = z3.Context()
        self._solver = z3.SimpleSolver(ctx=self._context)
        self._solver.set("rlimit", WORK)
        self._solver.set("random_seed", 0)
        self.names = dict(_names(self.steps, self.before))
        self.literals = tuple(_literals(self.steps))
        self._add([*self.before.assume, *self._facts()])
        self._wish()

    def ask(self, conditions: tuple[Expr, ...], view: View) -> Found | None:
        """A model in which all of `conditions` are true; None where Z3 finds none."""
        return self.ask_terms([self.steps.encode(each, view) for each in conditions])

    def ask_terms(self, terms: list[Term]) -> Found | None:
        """The same of terms."""
        self._add([])
        self._solver.push()
        self._solver.add(*(term.translate(self._context) for term in terms))
        found = self._solve()
        self._solver.pop()
        return None if found is None else Found(found, self)

    def learn(self, facts: list[Term]) -> None:
        """Take up what functions of the hands say."""
        self._add(facts)

    def moved(self, term: Term) -> Term:
        """`term` in the context of this cell; the term is kept, so that its number stays its."""
        if term.get_id() not in self._moved:
            self._moved[term.get_id()] = (term, term.translate(self._context))
        return self._moved[term.get_id()][1]

    # ---- wishes

    def _solve(self) -> Any:
        """A model with as many wishes as may be; those in conflict are given up, weak ones first.

        A chain of wishes holds one literal a step; the first of each is tried first.
        """
        left = {name: list(steps) for name, steps in self._wishes.items()}
        while True:
            wanted = {steps[0].get_id(): name for name, steps in left.items() if steps}
            found = self._solver.check(*(left[name][0] for name in wanted.values()))
            if found == z3.sat:
                return self._solver.model()
            if found == z3.unknown:
                return None
            core = [wanted[literal.get_id()] for literal in self._solver.unsat_core()]
            if not core:
                return None
            weak = [name for name in core if not name.startswith("differ")]
            for name in weak or core:
                left[name].pop(0)

    def _wish(self) -> None:
        theory = self.steps.theory
        if self.before.held is not None:
            self._wish_apart()
            return
        alike = Counter(_group(kind) for kind, _ in self.names.values())
        for name, (kind, term) in self.names.items():
            for first, last in _readable(kind, alike[_group(kind)]):
                self._chain(f"small {name}", theory.between(term, first, last))
            for first, last in _lengths(kind):
                wish = theory.between(theory.length(kind, term), first, last)
                self._chain(f"small {name}", wish)
        for name in Layout(self.steps.machine).deadlines:
            self._chain(f"small {name}", self.before.was.timers[name].armed)
        things = [*self.names.values(), *self._oldest()]
        fixed = [(kind, term) for kind, _, term in self.literals]
        pairs = (*combinations(things, 2), *product(things, fixed))
        for number, ((kind, x), (other, y)) in enumerate(pairs):
            if _comparable(kind) and _group(kind) == _group(other):
                self._chain(f"differ {number}", z3.Not(theory.equal(x, y)))
        self._add([])

    def _wish_apart(self) -> None:
        """In a scope: each number in an interval of its own, for there are too many pairs."""
        theory = self.steps.theory
        count = Counter[str]()
        for name, (kind, term) in self.names.items():
            if not isinstance(kind, types.Nat | types.Seq | types.Duration | types.Instant):
                continue
            first = _OWN * count[_group(kind)]
            count[_group(kind)] += 1
            for low, high in ((first + 1, first + _OWN), *_SMALL):
                self._chain(f"small {name}", theory.between(term, low, high))
        self._add([])

    def _oldest(self) -> Iterator[tuple[Type, Term]]:
        for kind, term in self.names.values():
            if isinstance(kind, types.Queue):
                yield kind.element, self.steps.theory.oldest(kind, term)

    def _chain(self, name: str, wish: Term) -> None:
        steps = self._wishes.setdefault(name, [])
        literal = z3.Bool(f"{name} {len(steps)}", ctx=self._context)
        self._solver.add(z3.Implies(literal, wish.translate(self._context)))
        steps.append(literal)

    # ---- what is known

    def _add(self, terms: list[Term]) -> None:
        """Tell Z3 `terms` and the facts that the theory has noted since."""
        facts = self.steps.theory.facts
        fresh, self._told = facts[self._told :], len(facts)
        self._solver.add(*(term.translate(self._context) for term in (*fresh, *terms)))

    def _facts(self) -> Iterator[Term]:
        """What holds of real values and is no matter of proofs."""
        theory = self.steps.theory
        compare = theory.numbers.compare
        empty = theory.value(types.BYTES, b"")
        for kind, term in self.names.values():
            if isinstance(kind, types.Bytes):
                size = theory.length(kind, term)
                yield compare("le", size, _LONGEST)
                yield compare("eq", size, 0) == (term == empty)
            elif isinstance(kind, types.SetOf):
                size = theory.length(kind, term)
                yield z3.And(self._fewest(kind, term, size), compare("le", size, _MOST))
            elif isinstance(kind, types.Queue | types.Ranges):
                theory.length(kind, term)
        timers = self.before.held.timers if self.before.held else self.before.was.timers
        for timer in timers.values():
            yield theory.fits(INSTANT, timer.deadline)

    def _fewest(self, kind: types.SetOf, whole: Term, size: Term) -> Term:
        """That a set is at least as large as the names of its element's type that are in it."""
        theory = self.steps.theory
        known = [term for other, term in self.names.values() if other == kind.element]
        count: Term | int = 0
        for index, term in enumerate(known):
            again = disj([theory.equal(term, other) for other in known[:index]])
            new = z3.And(theory.inside(whole, term), z3.Not(again))
            one = theory.numbers.choose(new, 1, theory.numbers.value(0))
            count = theory.numbers.operate("add", one, count)
        return theory.numbers.compare("ge", size, count)


def _names(steps: Steps, before: Before) -> Iterator[tuple[str, tuple[Type, Term]]]:
    """Every value that an example gives, by name: key and given, variables, inputs, the time."""
    for name, kind in steps.fields.items():
        yield name, (kind, steps.fixed[name])
    if steps.whole is not None and before.held is not None:
        yield from steps.whole.named(before.held)
    for variable in steps.machine.variables:
        if before.held is None and steps.in_scope(variable, before.state):
            yield variable.name, (variable.type, steps.old[variable.name])
    if before.event is not None:
        for name, kind in inputs_of(before.event):
            yield name, (kind, before.view.inputs[name])
    if steps.machine.uses_now or steps.whole is not None:
        yield "now", (INSTANT, steps.now)


def _literals(steps: Steps) -> Iterator[tuple[Type, Value, Term]]:
    """The constants and literals of opaque sorts that stand in the machine."""
    each = steps.whole.steps.values() if steps.whole is not None else (steps,)
    machines = [one.machine for one in each]
    known = [(c.type, c.value) for machine in machines for c in machine.constants]
    known += [pair for machine in machines for pair in literals(machine)]
    found = dict.fromkeys([*known, (types.BYTES, b"")])
    for kind, value in found:
        if isinstance(kind, types.Bytes | types.Text | types.Handle) or kind == types.MAC:
            yield kind, value, steps.theory.value(kind, value)


def inputs_of(event: model.Event) -> list[tuple[str, Type]]:
    """Every parameter and choice of `event`, ghosts among them."""
    return [(p.name, p.type) for p in event.params] + [(c.name, c.type) for c in event.choices]


def _readable(kind: Type, alike: int) -> Iterator[tuple[int, int]]:
    """Intervals in which a number of `kind` reads well, best first.

    There is room for four times as many as the `alike` numbers that should differ: fewer pigeons
    than holes are found at once, nearly as many take Z3 for ever.
    """
    match kind:
        case types.Nat() | types.Seq() | types.Duration() | types.Instant():
            yield 1, max(16, 4 * alike)
            yield from _SMALL
        case types.Address(family="ipv4"):
            yield _IPV4
        case types.Address(family="ipv6"):
            yield _IPV6
        case _:
            return


def _lengths(kind: Type) -> Iterator[tuple[int, int]]:
    """Lengths that read well: octets of an address, few elements."""
    match kind:
        case types.Bytes():
            yield from ((4, 6), (1, 16), (0, 256))
        case types.Queue() | types.SetOf():
            yield from ((0, 3), (0, 16))
        case types.Ranges():
            yield (0, 16)
        case _:
            return


def _comparable(kind: Type) -> bool:
    """Whether two values of `kind` are better different: truths and members hardly can be."""
    few = types.Bool | types.Flags | types.Enum | types.Queue | types.SetOf | types.Ranges
    return not isinstance(kind, few)


def _group(kind: Type) -> str:
    """What is worth telling apart: all naturals are of one kind, and all octets."""
    if isinstance(kind, types.Nat):
        return "nat"
    return "bytes" if kind == types.MAC else str(kind)
