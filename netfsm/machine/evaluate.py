"""The value of a typed expression: what the reference interpreter stands on.

Written from `netfsm.spec.expr.OPS` and apart from the generator. Lets are computed at each use,
`and`, `or` and `if` stop as soon as they are decided, and nothing is rewritten.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from netfsm.machine import values
from netfsm.machine.values import ADDRESS_BITS
from netfsm.spec import model, types
from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op, TimerRef

Args = Mapping[str, Any]


class View(Protocol):
    """What an expression may look at: the machine before a step, its event, and after the step."""

    @property
    def lets(self) -> Mapping[str, model.Let]:
        """The lets of the machine by name."""
        ...

    def named(self, name: Name) -> Any:
        """The value of a variable, parameter, constant, or `now`."""
        ...

    def at(self, at: At) -> bool:
        """Whether the machine is in one of the states."""
        ...

    def timer(self, ref: TimerRef) -> Any:
        """What is asked of a timer."""
        ...

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """What a declared function says."""
        ...


def evaluate(expr: Expr, view: View, args: Args | None = None) -> Any:
    """The value of `expr`; `args` are the arguments of the let that it stands in."""
    match expr:
        case Lit():
            return expr.value
        case Name(kind="arg"):
            return (args or {})[expr.name]
        case Name():
            return view.named(expr)
        case At():
            return view.at(expr)
        case TimerRef():
            return view.timer(expr)
        case Call():
            given = tuple(evaluate(arg, view, args) for arg in expr.args)
            if expr.kind == "function":
                return view.function(expr.name, given)
            let = view.lets[expr.name]
            named = {param.name: value for param, value in zip(let.params, given, strict=True)}
            return evaluate(let.expr, view, named)
        case Op():
            return _operate(expr, view, args)


def _operate(op: Op, view: View, args: Args | None) -> Any:
    match op.op:
        case "and":
            return all(evaluate(arg, view, args) for arg in op.args)
        case "or":
            return any(evaluate(arg, view, args) for arg in op.args)
        case "if":
            test, then, orelse = op.args
            return evaluate(then if evaluate(test, view, args) else orelse, view, args)
        case "nothing":
            return values.nothing(op.type)
        case _:
            given = [evaluate(arg, view, args) for arg in op.args]
            if op.op in _OF_VALUES:
                return _OF_VALUES[op.op](*given)
            return _OF_TYPES[op.op](op, *given)


# ---- operations on values alone


def _flags_diff(a: int, b: int) -> int:
    return a & ~b


def _has_flag(member: int, flags: int) -> bool:
    return flags & member == member


def _is_in(item: object, whole: frozenset[object]) -> bool:
    return item in whole


def _is_empty(whole: object) -> bool:
    return not whole


def _insert(whole: frozenset[object], item: object) -> frozenset[object]:
    return whole | {item}


def _remove(whole: frozenset[object], item: object) -> frozenset[object]:
    return whole - {item}


def _pop(queue: tuple[object, ...]) -> tuple[object, ...]:
    return queue[1:]


def _oldest(queue: tuple[object, ...]) -> object:
    return queue[0]


_OF_VALUES: Mapping[str, Callable[..., Any]] = {
    "not": operator.not_,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "add": int.__add__,
    "sub": int.__sub__,
    "mul": int.__mul__,
    "div": int.__floordiv__,
    "mod": int.__mod__,
    "min": min,
    "max": max,
    "int": int,
    "in_set": _is_in,
    "in_flags": _has_flag,
    "flags_or": int.__or__,
    "flags_and": int.__and__,
    "flags_diff": _flags_diff,
    "empty": _is_empty,
    "insert": _insert,
    "remove": _remove,
    "pop": _pop,
    "oldest": _oldest,
}


# ---- operations that ask the type of an argument or of the result


def _modulus(op: Op) -> int:
    kind = op.args[0].type
    if isinstance(kind, types.Ranges):
        return kind.space.modulus
    assert isinstance(kind, types.Seq)
    return kind.modulus


def _seq_lt(op: Op, a: int, b: int) -> bool:
    return values.seq_lt(a, b, _modulus(op))


def _seq_le(op: Op, a: int, b: int) -> bool:
    return values.seq_le(a, b, _modulus(op))


def _seq_add(op: Op, a: int, b: int) -> int:
    return (a + b) % _modulus(op)


def _seq_sub(op: Op, a: int, b: int) -> int:
    return (a - b) % _modulus(op)


def _push(op: Op, queue: tuple[object, ...], item: object) -> tuple[object, ...]:
    assert isinstance(op.type, types.Queue)
    if op.type.full == "drop_oldest":
        return values.push_or_drop(queue, item, op.type.max)
    return values.push_or_refuse(queue, item, op.type.max)


def _full(op: Op, queue: tuple[object, ...]) -> bool:
    kind = op.args[0].type
    assert isinstance(kind, types.Queue)
    return len(queue) == kind.max


def _length(op: Op, whole: Any) -> int:
    if isinstance(op.args[0].type, types.Ranges):
        return values.ranges_length(whole)
    return len(whole)


def _in_prefix(op: Op, address: int, prefix: tuple[int, int]) -> bool:
    kind = op.args[1].type
    assert isinstance(kind, types.Prefix)
    return values.in_prefix(address, prefix, ADDRESS_BITS[kind.family])


def _add(op: Op, runs: values.Runs, start: int, length: int) -> values.Runs:
    return values.ranges_add(runs, start, length, _modulus(op))


def _cut(op: Op, runs: values.Runs, upto: int) -> values.Runs:
    return values.ranges_cut(runs, upto, _modulus(op))


def _run(op: Op, runs: values.Runs, start: int) -> int:
    return values.ranges_run(runs, start, _modulus(op))


def _covers(op: Op, runs: values.Runs, start: int, length: int) -> bool:
    return values.ranges_covers(runs, start, length, _modulus(op))


_OF_TYPES: Mapping[str, Callable[..., Any]] = {
    "seq_lt": _seq_lt,
    "seq_le": _seq_le,
    "seq_add": _seq_add,
    "seq_back": _seq_sub,
    "seq_sub": _seq_sub,
    "push": _push,
    "full": _full,
    "len": _length,
    "in_prefix": _in_prefix,
    "ranges_add": _add,
    "ranges_cut": _cut,
    "ranges_run": _run,
    "ranges_covers": _covers,
}
