"""Functions that a spec leaves to the hands, as suites need them: any value the contract allows.

A stub gives for each arguments the first value of the result's type with which the contract holds,
so it is a function, repeatable, and no better than what the spec promises. A number that the
arguments alone make is tried first, so that other arguments mostly get another answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zlib import crc32

from netfsm.conformance.candidates import candidates
from netfsm.errors import InternalError
from netfsm.machine.evaluate import evaluate
from netfsm.spec import model, types
from netfsm.spec.expr import At, Name, TimerRef
from netfsm.spec.types import Type, Value

__all__ = ["contracted"]


def contracted(machine: model.Machine) -> Mapping[str, Callable[..., Any]]:
    """An implementation of every declared function of `machine`."""
    constants = {c.name: c.value for c in machine.constants}
    return {f.name: partial(_answer, machine, f, constants) for f in machine.functions}


def _answer(
    machine: model.Machine,
    function: model.Function,
    constants: Mapping[str, Value],
    *args: Value,
) -> Value:
    named = {part.name: value for part, value in zip(function.params, args, strict=True)}
    known = tuple((part.type, named[part.name]) for part in function.params)
    known += tuple((c.type, c.value) for c in machine.constants)
    lets = {let.name: let for let in machine.lets}
    for value in (*_scattered(function.result, args), *candidates(function.result, known)):
        view = _View(lets, {**constants, **named, "result": value})
        if function.contract is None or evaluate(function.contract, view, view.values):
            return value
    raise InternalError(
        f"no value was found that keeps the contract of {function.name}{args}", machine.name
    )


def _scattered(kind: Type, args: tuple[Value, ...]) -> tuple[int, ...]:
    """A number of `kind` made of the arguments; none for what is no number."""
    number = crc32(repr(args).encode())
    match kind:
        case types.Nat():
            return (number % (kind.max + 1),)
        case types.Seq():
            return (number % kind.modulus,)
        case _:
            return ()


class _View:
    """A contract's names: the arguments, the result and constants."""

    def __init__(self, lets: Mapping[str, model.Let], values: Mapping[str, Value]) -> None:
        self.lets = lets
        self.values = values

    def named(self, name: Name) -> Any:
        """The value of a constant or an argument."""
        return self.values[name.name]

    def at(self, at: At) -> bool:
        """A contract speaks of no state."""
        raise InternalError("a contract speaks of a state", str(at.mark))

    def timer(self, ref: TimerRef) -> Any:
        """A contract speaks of no timer."""
        raise InternalError("a contract speaks of a timer", str(ref.mark))

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """A contract calls no other function."""
        raise InternalError(f"a contract calls {name}{args}", name)
