"""Drives generated code, interpreter and adapter with the same events and holds them together."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from netfsm.machine import compile_machine
from netfsm.machine.adapter import to_transitions
from netfsm.machine.arguments import inputs_of, live_values, value_of
from netfsm.machine.interpret import Interpreter
from netfsm.spec import model


class Trio:
    """Three of one machine, each by itself, stepped together."""

    def __init__(self, machine: model.Machine, classes: dict[str, Any], draw: Any) -> None:
        self.machine = machine
        live = live_values(machine)
        fields = machine.instances.key if machine.instances else ()
        key = {f.name: draw(value_of(f.type, live)) for f in fields}
        given = {f.name: draw(value_of(f.type, live)) for f in machine.given}
        compiled = classes.setdefault(machine.name, None) or compile_machine(machine, checked=False)
        classes[machine.name] = compiled
        self.compiled = compiled(*key.values(), *given.values())
        self.interpreter = Interpreter(machine, key=key, given=given)
        self.library = to_transitions(machine, key=key, given=given).model
        self.now = 0

    def possible(self) -> list[model.Event]:
        """The events that may come now: timers only while they run, no impossible cell."""
        found = []
        for event in self.machine.events:
            cell = self.machine.cells.get((self.compiled.state, event.name))
            if isinstance(cell, model.Impossible):
                continue
            if event.kind != "timer" or event.name in self.compiled.armed:
                found.append(event)
        return found

    def step(self, draw: Any) -> str:
        """Take one event with drawn arguments and compare all that can be seen."""
        event = draw(st.sampled_from(self.possible()))
        inputs = draw(inputs_of(self.machine, event, self.interpreter))
        if self.machine.uses_now:
            self.now += draw(st.sampled_from((0, 1, 1_000_000, 20_000_000)))
            inputs["now"] = self.now
        expected = self.interpreter.step(event.name, **inputs)
        assert expected == self.compiled.step(event.name, **inputs), (event.name, inputs)
        assert expected == self.library.step(event.name, **inputs), (event.name, inputs)
        assert self.interpreter.snapshot() == self.compiled.snapshot(), (event.name, inputs)
        assert self.interpreter.snapshot() == self.library.interpreter.snapshot()
        assert self.interpreter.state == self.library.state
        return event.name
