"""What a person may get wrong in one expression: each change as a typed tree.

A change is told by its operator and by the how-many-eth place of its kind it is, counted in the
order in which the expression is read; so ids stay while nothing before them changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve, frozen

from netfsm.spec import model, types
from netfsm.spec.expr import Call, Expr, Lit, Name, Op
from netfsm.spec.model import TimerIf, TimerOrder, TimerStep
from netfsm.spec.pretty import pretty, pretty_order

__all__ = ["Changed", "Variants"]

_BOUNDS: Final = {
    "lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "seq_lt": "seq_le", "seq_le": "seq_lt",
}  # fmt: skip
_OTHERS: Final = {"min": "max", "max": "min"}
_SWAPPED: Final = frozenset({"sub", "seq_sub", "flags_diff"})
# By how much a bound on the right moves where its comparison is changed; left, the other way.
_MOVES: Final = {"lt": 1, "le": -1, "gt": -1, "ge": 1}
_NEGATIONS: Final = {
    "eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt",
}  # fmt: skip


@frozen
class Changed:
    """An expression with one change: `2/drop` and its text."""

    name: str
    text: str


Wrap = Callable[[Expr], Expr]


@frozen
class Variants:
    """Changes of the expressions of `machine`; constants and members of its types stand in them."""

    machine: model.Machine

    def of(self, expr: Expr) -> Iterator[Changed]:
        """Every change of `expr`."""
        count = Counter[str]()
        joined = isinstance(expr, Op) and expr.op in ("and", "or")
        if isinstance(expr.type, types.Bool) and not joined and not isinstance(expr, Lit):
            yield Changed("1/negate", pretty(negated(expr)))
            count["negate"] += 1
        for op, new in self._below(expr, lambda part: part):
            count[op] += 1
            yield Changed(f"{count[op]}/{op}", pretty(new))

    def of_order(self, order: TimerOrder) -> Iterator[Changed]:
        """Every change of an order for a timer."""
        count = Counter[str]()
        for op, new in self._orders(order):
            count[op] += 1
            yield Changed(f"{count[op]}/{op}", pretty_order(new))

    # ---- orders

    def _orders(self, order: TimerOrder) -> Iterator[tuple[str, TimerOrder]]:
        if isinstance(order, TimerIf):
            yield "swap", TimerIf(order.test, order.orelse, order.then)
            for op, test in self._below(order.test, lambda part: part):
                yield op, evolve(order, test=test)
            yield from ((op, evolve(order, then=new)) for op, new in self._orders(order.then))
            yield from ((op, evolve(order, orelse=new)) for op, new in self._orders(order.orelse))
            return
        if order.after is None:
            return
        other = TimerStep("restart" if order.order == "start" else "start", order.after)
        yield other.order, other
        yield "stop", TimerStep("stop", None)
        for op, after in self._below(order.after, lambda part: part):
            yield op, evolve(order, after=after)

    # ---- one node, then those below it

    def _below(self, expr: Expr, wrap: Wrap, *, bound: int = 0) -> Iterator[tuple[str, Expr]]:
        """Changes of `expr` and of all below it, each in its whole by `wrap`.

        `bound`: how far this operand of a comparison moves where the comparison itself is changed.
        """
        for op, new in self._here(expr, bound):
            yield op, wrap(new)
        if isinstance(expr, Op | Call):
            for index, arg in enumerate(expr.args):
                inner = _wrapped(expr, index, wrap)
                yield from self._below(arg, inner, bound=_moves(expr, index))

    def _here(self, expr: Expr, bound: int) -> Iterator[tuple[str, Expr]]:
        match expr:
            case Op(op="and" | "or"):
                yield from _joined(expr)
            case Op(op="if"):
                test, then, orelse = expr.args
                yield "swap", evolve(expr, args=(test, orelse, then))
            case Op(op=op) if op in _BOUNDS:
                yield "bound", evolve(expr, op=_BOUNDS[op])
            case Op(op=op) if op in _OTHERS:
                yield "other", evolve(expr, op=_OTHERS[op])
            case Op(op=op) if op in _SWAPPED and expr.args[0].type == expr.args[1].type:
                yield "swap", evolve(expr, args=(expr.args[1], expr.args[0]))
            case Lit():
                yield from self._literal(expr, bound)
            case Name(kind="const"):
                yield from self._constant(expr, bound)
            case _:
                return

    def _literal(self, lit: Lit, bound: int) -> Iterator[tuple[str, Expr]]:
        match lit.type, lit.value:
            case types.Bool(), value:
                yield "flip", _lit(lit, not value, str(not value))
            case types.Nat(), int() as value:
                if bound <= 0:
                    yield "more", _lit(lit, value + 1, str(value + 1))
                if bound >= 0 and value > 0:
                    yield "less", _lit(lit, value - 1, str(value - 1))
            case types.Seq(modulus=modulus), int() as value:
                yield "more", _lit(lit, (value + 1) % modulus, str((value + 1) % modulus))
            case types.Enum(members=members), int() as value if len(members) > 1:
                numbers = [number for _, number in members]
                name, number = members[(numbers.index(value) + 1) % len(members)]
                yield "other", _lit(lit, number, name)
            case _:
                return

    def _constant(self, name: Name, bound: int) -> Iterator[tuple[str, Expr]]:
        if bound and isinstance(name.type, types.Nat):
            op, says = ("add", "more") if bound < 0 else ("sub", "less")
            one = Lit(1, name.type, "1", name.mark)
            yield says, Op(op, (name, one), name.type, name.mark)
        other = self._next_constant(name)
        if other is not None:
            yield "other", other

    def _next_constant(self, name: Name) -> Name | None:
        """The constant of the same type that is declared next, round to the first."""
        same = [c.name for c in self.machine.constants if c.type == name.type]
        if len(same) < 2 or name.name not in same:
            return None
        return evolve(name, name=same[(same.index(name.name) + 1) % len(same)])


def negated(expr: Expr) -> Expr:
    """The opposite of a truth, as a person writes it."""
    if isinstance(expr, Op) and expr.op == "not":
        return expr.args[0]
    if isinstance(expr, Op) and expr.op in _NEGATIONS:
        return evolve(expr, op=_NEGATIONS[expr.op])
    return Op("not", (expr,), types.BOOL, expr.mark)


def _joined(expr: Op) -> Iterator[tuple[str, Expr]]:
    """Each part of `and` or `or` left out, and each negated."""
    for index, part in enumerate(expr.args):
        rest = (*expr.args[:index], *expr.args[index + 1 :])
        yield "drop", rest[0] if len(rest) == 1 else evolve(expr, args=rest)
        yield "negate", _with(expr, index, negated(part))


def _wrapped(expr: Op | Call, index: int, wrap: Wrap) -> Wrap:
    return lambda part: wrap(_with(expr, index, part))


def _with(expr: Op | Call, index: int, part: Expr) -> Expr:
    return evolve(expr, args=(*expr.args[:index], part, *expr.args[index + 1 :]))


def _moves(expr: Expr, index: int) -> int:
    """How far argument `index` moves where the comparison `expr` is changed; 0 elsewhere."""
    move = _MOVES.get(expr.op, 0) if isinstance(expr, Op) else 0
    return move if index else -move


def _lit(lit: Lit, value: types.Value, text: str) -> Lit:
    return Lit(value, lit.type, text, lit.mark)
