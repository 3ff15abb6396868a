"""An instance is cheap: one a neighbour, one a connection, one a sent segment."""

from __future__ import annotations

import sys
import tracemalloc
from types import SimpleNamespace

import pytest

from netfsm.machine import compile_machine
from netfsm.spec import find_specs, load_spec, model
from netfsm.spec.index import scope_of
from tests.machine.samples import connection

MACHINES = [
    name for name, spec in find_specs().items() if spec.kind == "machine" and not scope_of(spec)
]
SLOT = 8  # octets


@pytest.mark.parametrize("name", MACHINES)
def test_a_bare_instance(name: str) -> None:
    """Under 300 octets beside its variables, DESIGN §4."""
    machine = load_spec(name)
    assert isinstance(machine, model.Machine)
    functions = {one.name: repr for one in machine.functions}
    made = compile_machine(machine, functions=functions or None)
    about = made.about
    names = {*about.key, *about.given, *about.variables} - about.shared
    births = [name for name in (*about.key, *about.given) if name not in about.shared]
    scope = {"scope": SimpleNamespace()} if machine.scope else {}
    held = made(*[None] * len(births), **scope)
    own = SLOT * len(names)
    assert sys.getsizeof(held) - own < 150


def test_many_instances() -> None:
    """Ten thousand cost less than 300 octets each, variables and all."""
    made = compile_machine(connection())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = [made() for _ in range(10_000)]
    each = (tracemalloc.get_traced_memory()[0] - before) / len(held)
    tracemalloc.stop()
    assert each < 200
