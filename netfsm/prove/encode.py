"""Typed expressions in Z3, as `netfsm.machine.evaluate` means them.

A `View` says where names are found. What an expression asks on its way (a subtraction that must
not go below zero, a queue that must not be empty) is noted as a `Side`, with the tests that led
there: `and`, `or` and `if` stop as soon as they are decided.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import define, field, frozen

from netfsm.prove.numbers import Comparison, Operation
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.theory import Theory
from netfsm.spec import model, types
from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op, TimerRef
from netfsm.spec.pretty import pretty


@frozen
class Side:
    """What an expression needs to have a value: `needs` wherever `path` leads to it."""

    kind: str
    path: tuple[Term, ...]
    needs: Term
    expr: Expr

    @property
    def goal(self) -> Term:
        """The whole as one formula."""
        return z3.Implies(conj(list(self.path)), self.needs)

    def __str__(self) -> str:
        """The expression as the spec writes it."""
        return pretty(self.expr)


@frozen
class Timer:
    """A timer before or after a step: whether it runs, until when; `set`: in this step."""

    armed: Term
    deadline: Term
    set: Term


@define
class View:
    """What an expression sees: before the step, and after it where that is known.

    `there` says of variables that other machines own whether they have a value.
    """

    state: str
    old: Mapping[str, Term]
    timers: Mapping[str, Timer]
    inputs: Mapping[str, Term]
    fixed: Mapping[str, Term]
    now: Term
    after: str = ""
    new: Mapping[str, Term] = field(factory=dict[str, Term])
    new_timers: Mapping[str, Timer] = field(factory=dict[str, Timer])
    there: Mapping[str, Term] = field(factory=dict[str, Term])
    new_there: Mapping[str, Term] = field(factory=dict[str, Term])
    out: Mapping[str, Term] = field(factory=dict[str, Term])


Args = Mapping[str, Term]


class Encoder:
    """Encodes the expressions of one machine."""

    def __init__(self, machine: model.Machine, theory: Theory) -> None:
        self.machine = machine
        self.theory = theory
        self._numbers = numbers = theory.numbers
        self._lets = {let.name: let for let in machine.lets}
        self._functions = {function.name: function for function in machine.functions}
        self._constants = {c.name: c for c in machine.constants}
        self._path: list[Term] = []
        self._sides: list[Side] | None = None
        self._operations: Mapping[str, Callable[[Op, list[Term]], Term]] = {
            "not": lambda _, a: z3.Not(a[0]),
            "eq": lambda _, a: theory.equal(a[0], a[1]),
            "ne": lambda _, a: z3.Not(theory.equal(a[0], a[1])),
            "lt": lambda _, a: numbers.compare("lt", a[0], a[1]),
            "le": lambda _, a: numbers.compare("le", a[0], a[1]),
            "gt": lambda _, a: numbers.compare("gt", a[0], a[1]),
            "ge": lambda _, a: numbers.compare("ge", a[0], a[1]),
            "seq_lt": lambda op, a: self._before(op, a, 1),
            "seq_le": lambda op, a: self._before(op, a, 0),
            "add": lambda _, a: numbers.operate("add", a[0], a[1]),
            "sub": self._sub,
            "mul": lambda _, a: numbers.operate("mul", a[0], a[1]),
            "div": lambda op, a: self._divided("div", op, a),
            "mod": lambda op, a: self._divided("mod", op, a),
            "seq_add": lambda op, a: self._moved(numbers.ahead, op, a),
            "seq_back": lambda op, a: self._moved(numbers.back, op, a),
            "seq_sub": lambda op, a: numbers.distance(a[0], a[1], _space(op)),
            "min": lambda _, a: self._extreme("lt", a),
            "max": lambda _, a: self._extreme("gt", a),
            "int": lambda _, a: numbers.choose(a[0], 1, 0),
            "len": lambda op, a: theory.length(op.args[0].type, a[0]),
            "in_prefix": self._in_prefix,
            "in_set": lambda _, a: theory.inside(a[1], a[0]),
            "in_flags": lambda _, a: theory.equal(numbers.operate("and", a[1], a[0]), a[0]),
            "flags_or": lambda _, a: numbers.operate("or", a[0], a[1]),
            "flags_and": lambda _, a: numbers.operate("and", a[0], a[1]),
            "flags_diff": lambda _, a: numbers.operate("and", a[0], ~a[1]),
            "empty": self._empty,
            "full": self._full,
            "nothing": lambda op, _: theory.nothing(op.type),
            "insert": self._insert,
            "remove": lambda op, a: theory.change(_kind(op.type), a[0], a[1], there=False),
            "push": self._push,
            "pop": self._pop,
            "oldest": self._oldest,
        }

    @contextmanager
    def noting(self) -> Generator[list[Side]]:
        """A list that takes up the sides of what is encoded meanwhile."""
        before, self._sides = self._sides, []
        yield self._sides
        self._sides = before

    @contextmanager
    def given(self, *tests: Term) -> Generator[None]:
        """What is encoded meanwhile is reached only where `tests` hold."""
        self._path += tests
        yield
        del self._path[len(self._path) - len(tests) :]

    def __call__(  # noqa: PLR0911  # one return a kind of node
        self, expr: Expr, view: View, args: Args | None = None
    ) -> Term:
        """The value of `expr`."""
        match expr:
            case Lit():
                return self.theory.value(expr.type, expr.value)
            case Name():
                return self._name(expr, view, args or {})
            case At():
                return z3.BoolVal((view.after if expr.new else view.state) in expr.states)
            case TimerRef():
                return self._timer(expr, view)
            case Call():
                return self._call(expr, view, args)
            case Op(op="and"):
                return conj(self._each(expr, view, args, holds=True))
            case Op(op="or"):
                return disj(self._each(expr, view, args, holds=False))
            case Op(op="if"):
                return self._if(expr, view, args)
            case Op():
                terms = [self(arg, view, args) for arg in expr.args]
                if expr.op.startswith("ranges_"):
                    return self._ranges(expr, terms)
                return self._operations[expr.op](expr, terms)

    # ---- leaves

    def _name(self, name: Name, view: View, args: Args) -> Term:
        match name.kind:
            case "arg":
                return args[name.name]
            case "const":
                constant = self._constants[name.name]
                return self.theory.value(constant.type, constant.value)
            case "now":
                return view.now
            case "state":
                return self.theory.value(types.TEXT, view.state)
            case "out":
                return view.out[name.name]
            case "param":
                return view.inputs[name.name]
            case "key" | "given":
                return view.fixed[name.name]
            case "var":
                there = (view.new_there if name.new else view.there).get(name.name)
                if there is not None:
                    self._need("has_value", name, there)
                return (view.new if name.new else view.old)[name.name]

    def _timer(self, ref: TimerRef, view: View) -> Term:
        timers = view.new_timers if ref.new else view.timers
        if ref.timer is None:
            count = self._numbers.value(0)
            for timer in timers.values():
                one = self._numbers.choose(timer.armed, 1, 0)
                count = self._numbers.operate("add", count, one)
            return count
        if ref.what == "restarted":
            return view.new_timers[ref.timer].set
        timer = timers[ref.timer]
        return timer.armed if ref.what == "armed" else timer.deadline

    # ---- calls and what stops early

    def _call(self, call: Call, view: View, args: Args | None) -> Term:
        terms = [self(arg, view, args) for arg in call.args]
        if call.kind == "let":
            let = self._lets[call.name]
            named = {p.name: term for p, term in zip(let.params, terms, strict=True)}
            return self(let.expr, view, named)
        function = self._functions[call.name]
        for param, term in zip(function.params, terms, strict=True):
            self._keep_to(param.type, call, term)
        made = self.theory.function(call.name, function.result, terms)
        if function.contract is not None:
            named = {p.name: term for p, term in zip(function.params, terms, strict=True)}
            fits = [self.theory.fits(p.type, named[p.name]) for p in function.params]
            with self.noting():
                promise = self(function.contract, view, {**named, "result": made})
            self.theory.state(made, [z3.Implies(conj(fits), promise)], "contract")
        return made

    def _each(self, op: Op, view: View, args: Args | None, *, holds: bool) -> list[Term]:
        found: list[Term] = []
        for arg in op.args:
            before = found if holds else [z3.Not(term) for term in found]
            with self.given(*before):
                found.append(self(arg, view, args))
        return found

    def _if(self, op: Op, view: View, args: Args | None) -> Term:
        test = self(op.args[0], view, args)
        with self.given(test):
            then = self(op.args[1], view, args)
        with self.given(z3.Not(test)):
            orelse = self(op.args[2], view, args)
        return self.theory.choose(test, then, orelse)

    # ---- operations

    def _need(self, kind: str, expr: Expr, needs: Term) -> None:
        if self._sides is not None:
            self._sides.append(Side(kind, tuple(self._path), needs, expr))

    def _keep_to(self, kind: types.Type, expr: Expr, term: Term) -> None:
        """What is put into a collection or passed to a function is to be of its type."""
        if isinstance(kind, types.Nat | types.Duration | types.Instant):
            self._need("in_type", expr, self.theory.fits(kind, term))

    def _insert(self, op: Op, a: list[Term]) -> Term:
        kind: types.SetOf = _kind(op.type)
        self._keep_to(kind.element, op, a[1])
        return self.theory.change(kind, a[0], a[1], there=True)

    def _push(self, op: Op, a: list[Term]) -> Term:
        kind: types.Queue = _kind(op.type)
        self._keep_to(kind.element, op, a[1])
        return self.theory.push(kind, a[0], a[1])

    def _ranges(self, op: Op, a: list[Term]) -> Term:
        kind: types.Ranges = _kind(op.args[0].type)
        if op.op == "ranges_add":
            self._keep_to(types.Nat(kind.space.modulus), op, a[2])
        return self.theory.ranges(op.op, kind, *a)

    def _divided(self, name: Operation, op: Op, a: list[Term]) -> Term:
        """By a constant; one that is not above zero gives a number of which nothing is known."""
        above = z3.simplify(self._numbers.compare("gt", a[1], 0))
        if z3.is_true(above):
            return self._numbers.operate(name, a[0], a[1])
        self._need("divisor", op, above)
        unknown = self.theory.const(pretty(op), op.type)
        self.theory.state(unknown, [self.theory.fits(op.type, unknown)], "quotient")
        return unknown

    def _sub(self, op: Op, a: list[Term]) -> Term:
        self._need("natural", op, self._numbers.compare("ge", a[0], a[1]))
        return self._numbers.operate("sub", a[0], a[1])

    def _extreme(self, test: Comparison, a: list[Term]) -> Term:
        found = a[0]
        for term in a[1:]:
            found = self._numbers.choose(self._numbers.compare(test, term, found), term, found)
        return found

    def _pop(self, op: Op, a: list[Term]) -> Term:
        kind = _kind(op.type)
        self._need("not_empty", op, z3.Not(self._none(kind, a[0])))
        return self.theory.pop(kind, a[0])

    def _oldest(self, op: Op, a: list[Term]) -> Term:
        kind = _kind(op.args[0].type)
        self._need("not_empty", op, z3.Not(self._none(kind, a[0])))
        return self.theory.oldest(kind, a[0])

    def _before(self, op: Op, a: list[Term], least: int) -> Term:
        """The order of a sequence space: from the one forward to the other is less than half."""
        modulus = _space(op)
        distance = self._numbers.distance(a[1], a[0], modulus)
        return self.theory.between(distance, least, modulus // 2 - 1)

    def _moved(self, way: Callable[..., Term], op: Op, a: list[Term]) -> Term:
        """A sequence number moved; whether by less than the space may be told by the form."""
        top, modulus = self._top(op.args[1]), _space(op)
        return way(a[0], a[1], modulus, below=top is not None and top < modulus)

    def _top(self, expr: Expr) -> int | None:
        """A number that `expr` never exceeds, where one can be told from its form."""
        match expr:
            case Lit(value=int() as value) | Name(type=types.Nat(max=value), kind="var" | "param"):
                return value
            case Name(kind="const") if isinstance(self._constants[expr.name].value, int):
                found: Any = self._constants[expr.name].value
                return int(found)
            case Call(kind="let"):
                return self._top(self._lets[expr.name].expr)
            case Op(op="seq_sub"):
                return _space(expr) - 1
            case Op(op="int"):
                return 1
            case Op(op="sub" | "div"):
                return self._top(expr.args[0])
            case Op(op="add" | "max" | "if" | "min"):
                return self._top_of_parts(expr)
            case _:
                return None

    def _top_of_parts(self, op: Op) -> int | None:
        tops = [self._top(arg) for arg in (op.args[1:] if op.op == "if" else op.args)]
        known = [top for top in tops if top is not None]
        if op.op == "min":
            return min(known, default=None)
        if len(known) < len(tops):
            return None
        return sum(known) if op.op == "add" else max(known)

    def _in_prefix(self, op: Op, a: list[Term]) -> Term:
        prefix = op.args[1]
        assert isinstance(prefix.type, types.Prefix)  # typing has said so
        if isinstance(prefix, Name) and prefix.kind == "const":
            value: Any = self._constants[prefix.name].value
            bits = 32 if prefix.type.family == "ipv4" else 128
            return self.theory.in_interval(a[0], value, bits)
        return self.theory.in_prefix(prefix.type.family, a[0], a[1])

    def _empty(self, op: Op, a: list[Term]) -> Term:
        kind = op.args[0].type
        if isinstance(kind, types.Flags):
            return self.theory.equal(a[0], self.theory.nothing(kind))
        return self._none(kind, a[0])

    def _none(self, kind: types.Type, term: Term) -> Term:
        return self._numbers.compare("eq", self.theory.length(kind, term), 0)

    def _full(self, op: Op, a: list[Term]) -> Term:
        kind: types.Queue = _kind(op.args[0].type)
        return self._numbers.compare("eq", self.theory.length(kind, a[0]), kind.max)


def _space(op: Op) -> int:
    kind = op.args[0].type
    assert isinstance(kind, types.Seq)  # typing has said so
    return kind.modulus


def _kind(kind: types.Type) -> Any:
    """The type of a collection, which typing has told."""
    return kind
