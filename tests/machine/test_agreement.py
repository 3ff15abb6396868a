"""Generated code, interpreter and `transitions` do the same on whatever comes."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec import find_specs, load_spec, model
from netfsm.spec.index import scope_of
from tests.machine.compare import Trio
from tests.machine.samples import connection, toolbox
from tests.machine.trial import CONNECTION, PATHS, Step

OWN = {made.name: made for made in (connection(), toolbox())}
NAMES = [
    *OWN,
    str(CONNECTION),
    *(n for n, spec in find_specs().items() if spec.kind == "machine" and not scope_of(spec)),
]
NARROW = (HealthCheck.filter_too_much,)  # what an event assumes may be hard to draw
STARTS: dict[str, list[list[Step]]] = {str(CONNECTION): list(PATHS.values())}
"""Ways into a machine, where a walk seldom finds them; a walk goes on from one."""


@cache
def machine_of(name: str) -> tuple[model.Machine, type[CompiledMachine]]:
    """A machine and its class, made once."""
    machine = OWN.get(name) or load_spec(name)
    assert isinstance(machine, model.Machine)
    return machine, compile_machine(machine)


def begin(name: str, trio: Trio, data: st.DataObject) -> None:
    """Lead the three of `trio` somewhere to begin with."""
    ways = STARTS.get(name, [])
    for event, inputs in data.draw(st.sampled_from(ways)) if ways else ():
        trio.take(event, inputs)


@pytest.mark.parametrize("name", NAMES, ids=[name.rpartition("/")[2] for name in NAMES])
def test_the_three_agree(name: str) -> None:
    """On a random walk every result, state, variable and timer is the same in all three."""
    machine, made = machine_of(name)

    @settings(max_examples=60, deadline=None, suppress_health_check=NARROW)
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        trio = Trio(machine, made, data.draw)
        begin(name, trio, data)
        for _ in range(data.draw(st.integers(1, 15))):
            trio.step()

    walk()


@pytest.mark.parametrize("name", NAMES, ids=[name.rpartition("/")[2] for name in NAMES])
def test_walks_take_rows(name: str) -> None:
    """Arguments built towards what a machine holds take more than a third of its rows."""
    machine, _ = machine_of(name)
    made = compile_machine(machine, traced=True)
    taken: set[str] = set()

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=NARROW)
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        trio = Trio(machine, made, data.draw)
        trio.compiled.trace = taken.add
        begin(name, trio, data)
        for _ in range(12):
            trio.step()

    walk()
    rows = {row.id for row in machine.rows}
    assert taken <= rows
    assert len(taken) > len(rows) / 3, sorted(rows - taken)
