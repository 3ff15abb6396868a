"""Writes typed expressions and values in the language, with no more parentheses than it needs.

Reading the text again gives an equal tree: `at` lists the states that a group stands for, and
`a > b` of sequence numbers is the `b < a` that it was read as.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op
from netfsm.spec.model import TimerOrder, TimerStep
from netfsm.spec.types import Address, Bool, Bytes, Duration, Enum, Prefix, Type, Value
from netfsm.spec.values import UNITS

__all__ = ["pretty", "pretty_order", "pretty_value"]

# How tightly an operation binds; an operand that binds less stands in parentheses.
_IF, _OR, _AND, _NOT, _COMPARE, _BIT_OR, _BIT_AND, _SUM, _PRODUCT, _ATOM = range(10)
_LEVELS: Final = {"if": _IF, "or": _OR, "and": _AND, "not": _NOT}
_COMPARISONS: Final = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "seq_lt": "<",
    "seq_le": "<=",
    "in_prefix": "in",
    "in_set": "in",
    "in_flags": "in",
}
_MEMBERSHIPS: Final = frozenset({"in_prefix", "in_set", "in_flags"})
_BINARY: Final = {
    "add": ("+", _SUM),
    "sub": ("-", _SUM),
    "seq_add": ("+", _SUM),
    "seq_back": ("-", _SUM),
    "seq_sub": ("-", _SUM),
    "flags_diff": ("-", _SUM),
    "mul": ("*", _PRODUCT),
    "div": ("//", _PRODUCT),
    "mod": ("%", _PRODUCT),
    "flags_or": ("|", _BIT_OR),
    "flags_and": ("&", _BIT_AND),
}


def pretty(expr: Expr) -> str:
    """Return `expr` as a spec would write it."""
    return _text(expr)[0]


def pretty_order(order: TimerOrder) -> str:
    """Return the order for a timer as a spec would write it."""
    if isinstance(order, TimerStep):
        return order.order if order.after is None else f"{order.order}({pretty(order.after)})"
    then = pretty_order(order.then)
    then = then if isinstance(order.then, TimerStep) else f"({then})"
    return f"{then} if {_within(order.test, _OR)} else {pretty_order(order.orelse)}"


def _text(expr: Expr) -> tuple[str, int]:
    """The text of `expr` and how tightly it binds."""
    if isinstance(expr, Lit):
        return expr.text, _ATOM
    if isinstance(expr, Name):
        before = {"out": "o."}.get(expr.kind, "new." if expr.new else "")
        return before + expr.name, _ATOM
    if isinstance(expr, At):
        return f"{'new.' if expr.new else ''}at({', '.join(expr.states)})", _ATOM
    if isinstance(expr, Call):
        args = f"({', '.join(map(pretty, expr.args))})" if expr.args else ""
        return expr.name + (args or ("()" if expr.kind == "function" else "")), _ATOM
    if isinstance(expr, Op):
        return _operation(expr)
    timer = f"({expr.timer})" if expr.timer is not None else ""
    return f"{'new.' if expr.new else ''}{expr.what}{timer}", _ATOM


def _operation(expr: Op) -> tuple[str, int]:
    op, args = expr.op, expr.args
    if op == "not":
        return _negation(args[0])
    if op == "if":
        test, then, orelse = _within(args[0], _OR), _within(args[1], _OR), _within(args[2], _IF)
        return f"{then} if {test} else {orelse}", _IF
    if op == "and" and (chain := _chain(args)) is not None:
        return chain, _COMPARE
    if op in ("and", "or"):
        return f" {op} ".join(_within(arg, _LEVELS[op] + 1) for arg in args), _LEVELS[op]
    if op in _COMPARISONS:
        left, right = _within(args[0], _BIT_OR), _within(args[1], _BIT_OR)
        return f"{left} {_COMPARISONS[op]} {right}", _COMPARE
    if op in _BINARY:
        sign, level = _BINARY[op]
        return f"{_within(args[0], level)} {sign} {_within(args[1], level + 1)}", level
    if op == "nothing":
        return op, _ATOM
    return f"{op.removeprefix('ranges_')}({', '.join(map(pretty, args))})", _ATOM


def _negation(arg: Expr) -> tuple[str, int]:
    if isinstance(arg, Op) and arg.op in _MEMBERSHIPS:
        left, right = _within(arg.args[0], _BIT_OR), _within(arg.args[1], _BIT_OR)
        return f"{left} not in {right}", _COMPARE
    return f"not {_within(arg, _NOT)}", _NOT


def _chain(args: tuple[Expr, ...]) -> str | None:
    """`a < b <= c` for comparisons each of which begins with what the one before ends with."""
    parts: list[str] = []
    end: Expr | None = None
    for arg in args:
        if not isinstance(arg, Op) or arg.op not in _COMPARISONS or arg.op in _MEMBERSHIPS:
            return None
        if end is None:
            parts.append(_within(arg.args[0], _BIT_OR))
        elif end != arg.args[0]:
            return None
        end = arg.args[1]
        parts.append(f"{_COMPARISONS[arg.op]} {_within(end, _BIT_OR)}")
    return " ".join(parts)


def _within(expr: Expr, level: int) -> str:
    """The text of `expr`, in parentheses where it binds less tightly than `level`."""
    text, own = _text(expr)
    return text if own >= level else f"({text})"


def pretty_value(value: Value, kind: Type) -> str:  # noqa: PLR0911  # one return a type
    """A value as a spec writes it: `20 min`, `224.0.0.0/4`, `ff:ff:ff:ff:ff:ff`, `REQUEST`."""
    match kind, value:
        case Bool(), bool():
            return "true" if value else "false"
        case Duration(), int():
            unit = next((u for u in reversed(UNITS) if value and value % UNITS[u] == 0), "s")
            return f"{value // UNITS[unit]} {unit}"
        case Address(family="ipv4"), int():
            return str(IPv4Address(value))
        case Address(family="ipv6"), int():
            return str(IPv6Address(value))
        case Address(family="mac"), bytes():
            return value.hex(":")
        case Prefix(family=family), (int() as address, int() as length):
            return f"{pretty_value(address, Address(family))}/{length}"
        case Bytes(), bytes():
            return value.hex(" ")
        case Enum(), int():
            return kind.member(value) or str(value)
        case _:
            return str(value)
