"""A guard taken apart: the conditions that must all be true, and every place where one is asked.

Both go through lets. `conjuncts` splits `and`, negated `or` and plain lets; `reached` gives each
node with the conditions that lead to it, since `and`, `or` and `if` stop as soon as they are
decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, Name, Op
from netfsm.spec.types import BOOL

__all__ = ["conjuncts", "negation", "reached"]

Lets = Mapping[str, model.Let]
Path = tuple[Expr, ...]


def conjuncts(expr: Expr | None, lets: Lets) -> tuple[Expr, ...]:
    """The parts of `expr` that must all be true: `and`, negated `or` and plain lets taken apart."""
    if expr is None:
        return ()
    if isinstance(expr, Op) and expr.op == "and":
        return tuple(part for arg in expr.args for part in conjuncts(arg, lets))
    if isinstance(expr, Call) and expr.kind == "let" and not expr.args:
        return conjuncts(lets[expr.name].expr, lets)
    if isinstance(expr, Op) and expr.op == "not":
        return _negated(expr, expr.args[0], lets)
    return (expr,)


def _negated(whole: Op, inner: Expr, lets: Lets) -> tuple[Expr, ...]:
    if isinstance(inner, Op) and inner.op == "or":
        parts = (Op("not", (arg,), whole.type, whole.mark) for arg in inner.args)
        return tuple(found for part in parts for found in conjuncts(part, lets))
    if isinstance(inner, Op) and inner.op == "not":
        return conjuncts(inner.args[0], lets)
    if isinstance(inner, Call) and inner.kind == "let" and not inner.args:
        return _negated(whole, lets[inner.name].expr, lets)
    return (whole,)


def negation(expr: Expr) -> Expr:
    """`not expr`, without a double negation."""
    if isinstance(expr, Op) and expr.op == "not":
        return expr.args[0]
    return Op("not", (expr,), BOOL, expr.mark)


def reached(expr: Expr, lets: Lets, path: Path = ()) -> Iterator[tuple[Expr, Path]]:
    """Every node of `expr`, through lets, with what is true where it is computed.

    The arguments of a let stand where its parameters did.
    """
    yield expr, path
    match expr:
        case Op(op="and" | "or"):
            before = path
            for arg in expr.args:
                yield from reached(arg, lets, before)
                before = (*before, arg if expr.op == "and" else negation(arg))
        case Op(op="if"):
            test, then, orelse = expr.args
            yield from reached(test, lets, path)
            yield from reached(then, lets, (*path, test))
            yield from reached(orelse, lets, (*path, negation(test)))
        case Call(kind="let"):
            let = lets[expr.name]
            named = {p.name: arg for p, arg in zip(let.params, expr.args, strict=True)}
            yield from reached(_with_arguments(let.expr, named), lets, path)
        case Op() | Call():
            for arg in expr.args:
                yield from reached(arg, lets, path)
        case _:
            return


def _with_arguments(expr: Expr, args: Mapping[str, Expr]) -> Expr:
    if isinstance(expr, Name) and expr.kind == "arg":
        return args[expr.name]
    if isinstance(expr, Op | Call) and args:
        return evolve(expr, args=tuple(_with_arguments(arg, args) for arg in expr.args))
    return expr
