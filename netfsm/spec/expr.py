"""Typed expressions: the tree that every back-end reads.

A spec's expression is text in Python's grammar; `netfsm.spec.parse` turns it into this tree and
types it. There are few kinds of node; what an operation means hangs on its name alone, which
typing has already resolved (`sub` of naturals, `seq_sub` of sequence numbers), so a back-end is a
table from operation to code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from attrs import field, frozen

from netfsm.spec.findings import Mark
from netfsm.spec.types import Type, Value


@frozen
class Lit:
    """A constant value written in the expression, or an enum's or flag's member."""

    value: Value
    type: Type
    text: str
    mark: Mark = field(eq=False)


@frozen
class Name:
    """A value by name.

    kind: `var` (a variable; `new` says the value after the step), `given` (what the hands set on
    the instance), `key` (a part of the instance's key), `param` (an event parameter, also
    `SEG.SEQ`), `const`, `out` (`o.field` in an output), `arg` (an argument of a let), `now`,
    `state` (the name of the state before the step).
    """

    kind: Literal["var", "given", "key", "param", "const", "out", "arg", "now", "state"]
    name: str
    type: Type
    new: bool
    mark: Mark = field(eq=False)


@frozen
class Op:
    """An operation of `OPS` on typed arguments."""

    op: str
    args: tuple[Expr, ...]
    type: Type
    mark: Mark = field(eq=False)


@frozen
class Call:
    """A call of a `let` (with or without arguments) or of a declared function."""

    kind: Literal["let", "function"]
    name: str
    args: tuple[Expr, ...]
    type: Type
    mark: Mark = field(eq=False)


@frozen
class At:
    """True in one of `states`; `new` for the state after the step."""

    states: tuple[str, ...]
    new: bool
    type: Type
    mark: Mark = field(eq=False)


@frozen
class TimerRef:
    """What is known of a timer: `armed`, `restarted` (in this step), `deadline` (an instant).

    `timer` is None for `timers_armed`, the number of armed timers.
    """

    what: Literal["armed", "restarted", "deadline", "timers_armed"]
    timer: str | None
    new: bool
    type: Type
    mark: Mark = field(eq=False)


Expr = Lit | Name | Op | Call | At | TimerRef

OPS: Final[dict[str, str]] = {
    "not": "not a",
    "and": "a and b and ...",
    "or": "a or b or ...",
    "if": "args: test, then, else",
    "eq": "a == b, both of one type",
    "ne": "a != b",
    "lt": "a < b on naturals, durations, instants",
    "le": "a <= b",
    "gt": "a > b",
    "ge": "a >= b",
    "seq_lt": "a < b in one sequence space: 0 < b - a < 2**(width-1)",
    "seq_le": "a == b or a < b",
    "add": "a + b on naturals, durations, instant + duration; mathematical",
    "sub": "a - b; never below zero (a proof obligation); instant - instant is a duration",
    "mul": "a * b, one of them a constant",
    "div": "a // b, b a constant above zero",
    "mod": "a % b, b a constant above zero",
    "seq_add": "seq + nat, modulo 2**width",
    "seq_back": "seq - nat, modulo 2**width",
    "seq_sub": "seq - seq of one space: the distance, 0 to 2**width - 1",
    "min": "the least of two or more",
    "max": "the greatest of two or more",
    "int": "1 for true, 0 for false",
    "len": "octets of bytes, elements of a set or queue, total length of ranges",
    "in_prefix": "address in prefix",
    "in_set": "x in a set",
    "in_flags": "member in flags",
    "flags_or": "a | b",
    "flags_and": "a & b",
    "flags_diff": "a - b: the bits of a that are not in b",
    "empty": "true for an empty set, queue, ranges or flags",
    "full": "true for a queue that holds its maximum",
    "nothing": "the empty set, queue, ranges or flags; no arguments",
    "insert": "insert(set, x)",
    "remove": "remove(set, x)",
    "push": "push(queue, x); when full, what the queue's type says",
    "pop": "pop(queue): the queue without its oldest; never of an empty one (an obligation)",
    "oldest": "oldest(queue); never of an empty one (an obligation)",
    "ranges_add": "add(ranges, start, length)",
    "ranges_cut": "cut(ranges, upto): all before `upto` taken away",
    "ranges_run": "run(ranges, start): how far it is unbroken from `start`",
    "ranges_covers": "covers(ranges, start, length)",
}


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct arguments of `expr`."""
    return expr.args if isinstance(expr, Op | Call) else ()


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and all below it, parents first; lets are not entered."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))
