"""The machines of specs/e1000 as classes, each made once."""

from __future__ import annotations

from functools import cache

from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec.load import load_spec
from netfsm.spec.model import Machine

__all__ = ["kind_of"]


@cache
def kind_of(name: str) -> type[CompiledMachine]:
    """The class of `e1000.NAME`."""
    machine = load_spec(f"e1000.{name}")
    assert isinstance(machine, Machine)  # so are all of its specs that are asked for here
    return compile_machine(machine)
