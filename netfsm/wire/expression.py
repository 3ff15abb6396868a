"""Typed expressions as Python text: the part of the language that formats use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from netfsm.errors import InternalError
from netfsm.spec.expr import Expr, Lit, Name, Op

__all__ = ["evaluate", "python_of"]

_BETWEEN: Final[Mapping[str, str]] = {
    "and": "and", "or": "or", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "add": "+", "sub": "-", "mul": "*", "div": "//", "mod": "%", "flags_or": "|", "flags_and": "&",
}  # fmt: skip  # a table

_FORMS: Final[Mapping[str, str]] = {
    "not": "(not {0})",
    "if": "({1} if {0} else {2})",
    "flags_diff": "({0} & ~{1})",
    "in_flags": "({0} & {1} != 0)",
    "empty": "({0} == 0)",
    "nothing": "0",
    "min": "min({all})",
    "max": "max({all})",
    "int": "int({0})",
    "seq_add": "({0} + {1} & {mask})",
    "seq_back": "({0} - {1} & {mask})",
    "seq_sub": "({0} - {1} & {mask})",
}


def python_of(expr: Expr, name: Callable[[str], str]) -> str:
    """`expr` as an expression of Python; `name` gives the text for a name or for `len(payload)`.

    For `len` of one of the parts it is asked for `len(header)`, `len(payload)` or `len(whole)`.
    """
    if isinstance(expr, Lit):
        return repr(expr.value)
    if isinstance(expr, Name):
        return name(expr.name)
    if isinstance(expr, Op):
        return _operation(expr, name)
    raise InternalError(f"a format's expression holds {type(expr).__name__}", str(expr.mark))


def _operation(expr: Op, name: Callable[[str], str]) -> str:
    if expr.op == "len" and isinstance(expr.args[0], Name):
        return name(f"len({expr.args[0].name})")
    args = [python_of(arg, name) for arg in expr.args]
    if expr.op in _BETWEEN:
        return "(" + f" {_BETWEEN[expr.op]} ".join(args) + ")"
    if expr.op in _FORMS:
        width = getattr(expr.args[0].type, "width", 0) if expr.args else 0
        return _FORMS[expr.op].format(*args, mask=(1 << width) - 1, all=", ".join(args))
    raise InternalError(f"a format's expression holds {expr.op}", str(expr.mark))


def evaluate(expr: Expr, value: Callable[[str], int]) -> int:
    """The number that `expr` is, for a length: arithmetic, choices and truth; `value` gives names.

    It walks the tree, so it shares nothing with `python_of` but the operations.
    """
    if isinstance(expr, Lit) and isinstance(expr.value, int):
        return expr.value
    if isinstance(expr, Name):
        return value(expr.name)
    if not isinstance(expr, Op):
        raise InternalError(f"a format's expression holds {type(expr).__name__}", str(expr.mark))
    if expr.op == "if":
        test, then, orelse = expr.args
        return evaluate(then if evaluate(test, value) else orelse, value)
    return _EVALUATE[expr.op]([evaluate(arg, value) for arg in expr.args])


_EVALUATE: Final[Mapping[str, Callable[[list[int]], int]]] = {
    "add": sum,
    "sub": lambda a: a[0] - a[1],
    "mul": lambda a: a[0] * a[1],
    "div": lambda a: a[0] // a[1],
    "mod": lambda a: a[0] % a[1],
    "min": min,
    "max": max,
    "int": lambda a: a[0],
    "not": lambda a: not a[0],
    "and": all,
    "or": any,
    "eq": lambda a: a[0] == a[1],
    "ne": lambda a: a[0] != a[1],
    "lt": lambda a: a[0] < a[1],
    "le": lambda a: a[0] <= a[1],
    "gt": lambda a: a[0] > a[1],
    "ge": lambda a: a[0] >= a[1],
}
