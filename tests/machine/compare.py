"""Drives generated code, interpreter and adapter with the same events and holds them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from zlib import crc32

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from netfsm.machine import CompiledMachine, Result
from netfsm.machine.adapter import Model, to_transitions
from netfsm.machine.arguments import inputs_of, live_values, value_of
from netfsm.machine.interpret import Interpreter
from netfsm.spec import model
from netfsm.spec.types import IPV6, Nat

_Drawn = TypeVar("_Drawn")


class Draw(Protocol):
    """Hypothesis' `data.draw`."""

    def __call__(self, strategy: SearchStrategy[_Drawn], /) -> _Drawn:
        """A value of the strategy."""
        ...


class Trio:
    """Three of one machine, each by itself, stepped together."""

    def __init__(self, machine: model.Machine, made: type[CompiledMachine], draw: Draw) -> None:
        """Begin in the initial state with a key and givens that are drawn."""
        self.machine = machine
        self.draw = draw
        live = live_values(machine)
        fields = machine.key
        key = {f.name: draw(value_of(f.type, live)) for f in fields}
        given = {f.name: draw(value_of(f.type, live)) for f in machine.given}
        hands = {f.name: stand_in(f) for f in machine.functions}
        more = {"functions": hands} if hands else {}
        self.compiled = made(*key.values(), *given.values(), **more)
        self.interpreter = Interpreter(machine, key=key, given=given, functions=hands)
        self.library: Model = library(machine, key=key, given=given, functions=hands)
        self.now = 0

    def possible(self) -> list[str]:
        """The events that may come now: timers only while they run, no impossible cell."""
        return [
            event.name
            for event in self.machine.events
            if not isinstance(self._cell(event), model.Impossible)
            and (event.kind != "timer" or event.name in self.compiled.armed)
        ]

    def step(self) -> Result | None:
        """Take one event with drawn arguments and compare all that can be seen."""
        event = self.machine.event(self.draw(st.sampled_from(self.possible())))
        inputs = self.draw(inputs_of(self.machine, event, self.interpreter))
        if self.machine.uses_now:
            self.now += self.draw(st.sampled_from((0, 1, 1_000_000, 20_000_000)))
            inputs["now"] = self.now
        return self.take(event.name, inputs)

    def take(self, event: str, inputs: dict[str, Any]) -> Result | None:
        """Give all three `event` and compare results and snapshots."""
        expected = self.interpreter.step(event, **inputs)
        found = self.compiled.step(event, **inputs)
        assert expected == found, (event, inputs)
        assert expected == self.library.step(event, **inputs), (event, inputs)
        assert _labels(expected) == _labels(found), (event, inputs)
        held = self.interpreter.snapshot()
        assert held == self.compiled.snapshot(), (event, inputs)
        assert held == self.library.interpreter.snapshot(), (event, inputs)
        assert held.state == self.library.state
        return expected

    def _cell(self, event: model.Event) -> model.Cell | None:
        return self.machine.cells.get((self.compiled.state, event.name))


def library(machine: model.Machine, **fields: Any) -> Any:
    """The model of `to_transitions`, whose methods the library makes."""
    made: Any = to_transitions(machine, **fields)
    return made.model


def stand_in(function: model.Function) -> Callable[..., int]:
    """Some number for each of the arguments of a declared function, always the same."""
    result = function.result
    assert result == IPV6 or isinstance(result, Nat)  # no machine has another yet
    most = result.max if isinstance(result, Nat) else 2**128 - 1
    return lambda *args: crc32(repr(args).encode()) % (most + 1)


def _labels(result: Result | None) -> list[tuple[str, str, tuple[str, ...]]]:
    """What tuples that are equal may still differ in: their output, kind and fields' names."""
    emissions = result[0] if result is not None else ()
    return [(emission.output, emission.kind, emission._fields) for emission in emissions]
