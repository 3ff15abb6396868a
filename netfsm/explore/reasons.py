"""Why an expression is false: the one conjunct that is, and the values that it reads."""

from __future__ import annotations

from netfsm.explore.values import Look, read_names, value_of
from netfsm.spec.composition import Place
from netfsm.spec.expr import At, Call, Expr, Op, TimerRef
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import Type

__all__ = ["false_part", "readings"]


def false_part(expr: Expr, look: Look) -> Expr:
    """The smallest part of a false `expr` that makes it false: a conjunct, through lets and not."""
    if isinstance(expr, Call) and expr.kind == "let":
        return false_part(look.lets[expr.name].expr, look)
    if isinstance(expr, Op) and expr.op == "and":
        return false_part(next(part for part in expr.args if not value_of(part, look)), look)
    if isinstance(expr, Op) and expr.op == "not":
        return _negated(expr.args[0], look)
    return expr


def _negated(expr: Expr, look: Look) -> Expr:
    """The smallest part of `not expr`, `expr` being true: of several that are true, the first."""
    if isinstance(expr, Call) and expr.kind == "let":
        return _negated(look.lets[expr.name].expr, look)
    if isinstance(expr, Op) and expr.op == "or":
        return _negated(next(part for part in expr.args if value_of(part, look)), look)
    if isinstance(expr, Op) and expr.op == "not":
        return false_part(expr.args[0], look)
    return Op("not", (expr,), expr.type, expr.mark)


def readings(expr: Expr, look: Look) -> tuple[str, ...]:
    """What `expr` reads, each with its value: `A.uses = true`, `A.address is BOUND`."""
    names = read_names(expr, look.places, look.lets)
    found = (_reading(name, place, node, look) for name, (place, node) in names.items())
    return tuple(dict.fromkeys(found))


def _reading(name: str, place: Place, node: Expr, look: Look) -> str:
    if isinstance(node, At):
        here = next(
            name
            for name, other in look.places.states.items()
            if (other.end, other.slot) == (place.end, place.slot) and look.read(other)
        )
        return f"{_whose(here, look)} is {look.places.states[here].name}"
    value = look.read(place)
    kind: Type = node.type
    if isinstance(node, TimerRef):
        return f"{name} = {'true' if value else 'false'}"
    return f"{name} = {'nothing' if value is None else pretty_value(value, kind)}"


def _whose(state: str, look: Look) -> str:
    """`A.address` of `A.address.BOUND`."""
    return state.removesuffix(look.places.states[state].name).rstrip(".")
