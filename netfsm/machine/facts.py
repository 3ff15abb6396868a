"""What is known where an expression stands: the tests that led there.

A row runs only where its guard is true, and a test that failed is false in all that follows. With
that a generated row does not ask again what its guard has answered.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from netfsm.spec.expr import Expr, Op
from netfsm.spec.types import Bool

Facts = Mapping[Expr, bool]

OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}


def told(test: Expr | None, known: Facts, *, holds: bool) -> dict[Expr, bool]:
    """`known` and what `test` being true, or being false, adds to it."""
    found = dict(known)
    pending = [(test, holds)] if test is not None else []
    while pending:
        expr, truth = pending.pop()
        found[expr] = truth
        if isinstance(expr, Op) and expr.op == "not":
            pending.append((expr.args[0], not truth))
        if isinstance(expr, Op) and expr.op == ("and" if truth else "or"):
            pending += [(arg, truth) for arg in expr.args]
    return found


def fact(expr: Expr, known: Facts) -> bool | None:
    """Whether `expr` is known to be true or false; None where it is not known."""
    if not known or not isinstance(expr.type, Bool):
        return None
    found = known.get(expr)
    if found is None and isinstance(expr, Op) and expr.op in OPPOSITE:
        opposite = known.get(evolve(expr, op=OPPOSITE[expr.op]))
        return None if opposite is None else not opposite
    return found
