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
            return _APPLY[op.op](op, *given)


def _modulus(op: Op) -> int:
    kind = op.args[0].type
    if isinstance(kind, types.Ranges):
        return kind.space.modulus
    assert isinstance(kind, types.Seq)  # typing has said so
    return kind.modulus


def _push(op: Op, queue: Any, item: Any) -> Any:
    assert isinstance(op.type, types.Queue)  # typing has said so
    drops = op.type.full == "drop_oldest"
    push = values.push_or_drop if drops else values.push_or_refuse
    return push(queue, item, op.type.max)


def _full(op: Op, queue: Any) -> bool:
    kind = op.args[0].type
    assert isinstance(kind, types.Queue)  # typing has said so
    return len(queue) == kind.max


def _length(op: Op, whole: Any) -> int:
    if isinstance(op.args[0].type, types.Ranges):
        return values.ranges_length(whole)
    return len(whole)


def _in_prefix(op: Op, address: int, prefix: tuple[int, int]) -> bool:
    kind = op.args[1].type
    assert isinstance(kind, types.Prefix)  # typing has said so
    return values.in_prefix(address, prefix, ADDRESS_BITS[kind.family])


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _op, *given: function(*given)


_APPLY: Mapping[str, Callable[..., Any]] = {
    "not": _plain(operator.not_),
    "eq": _plain(operator.eq),
    "ne": _plain(operator.ne),
    "lt": _plain(operator.lt),
    "le": _plain(operator.le),
    "gt": _plain(operator.gt),
    "ge": _plain(operator.ge),
    "seq_lt": lambda op, a, b: values.seq_lt(a, b, _modulus(op)),
    "seq_le": lambda op, a, b: values.seq_le(a, b, _modulus(op)),
    "add": _plain(operator.add),
    "sub": _plain(operator.sub),
    "mul": _plain(operator.mul),
    "div": _plain(operator.floordiv),
    "mod": _plain(operator.mod),
    "seq_add": lambda op, a, b: (a + b) % _modulus(op),
    "seq_back": lambda op, a, b: (a - b) % _modulus(op),
    "seq_sub": lambda op, a, b: (a - b) % _modulus(op),
    "min": _plain(min),
    "max": _plain(max),
    "int": _plain(int),
    "len": _length,
    "in_prefix": _in_prefix,
    "in_set": lambda _op, item, whole: item in whole,
    "in_flags": lambda _op, member, flags: flags & member == member,
    "flags_or": _plain(operator.or_),
    "flags_and": _plain(operator.and_),
    "flags_diff": lambda _op, a, b: a & ~b,
    "empty": _plain(operator.not_),
    "full": _full,
    "insert": lambda _op, whole, item: whole | {item},
    "remove": lambda _op, whole, item: whole - {item},
    "push": _push,
    "pop": lambda _op, queue: queue[1:],
    "oldest": lambda _op, queue: queue[0],
    "ranges_add": lambda op, runs, at, count: values.ranges_add(runs, at, count, _modulus(op)),
    "ranges_cut": lambda op, runs, upto: values.ranges_cut(runs, upto, _modulus(op)),
    "ranges_run": lambda op, runs, at: values.ranges_run(runs, at, _modulus(op)),
    "ranges_covers": lambda op, runs, at, n: values.ranges_covers(runs, at, n, _modulus(op)),
}
