"""Properties are asked of live steps: each kind is found when it does not hold."""

from __future__ import annotations

import pytest
from attrs import evolve

from netfsm.conformance.inputs import Calls
from netfsm.conformance.subjects import compiled, compiled_class
from netfsm.conformance.tour import plan_tour, run_walk
from netfsm.conformance.vector_walk import vocabulary_of
from netfsm.spec import model
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import Names
from netfsm.spec.parse import parse_expression
from netfsm.spec.types import BOOL, BYTES
from tests.conformance.faulty import neighbour, stock

PLACE = Mark("specs/arp/neighbour.yaml", 1, 1)


def claim(kind: str, text: str, **more: object) -> model.Property:
    """A property of the neighbour machine; those here claim too much."""
    machine = neighbour()
    event = more.get("event")
    known = vocabulary_of(machine)
    for each in machine.events:
        known.add_params(each.name, each.inputs)
    names = evolve(
        Names(known, event=str(event) if event else ""),
        allow_new=kind != "invariant",
        allow_restarted=kind != "invariant",
        out={"lladdr": BYTES, "tpa": BYTES},
    )
    findings = Findings()
    holds = parse_expression(text, PLACE, names, findings, expect=BOOL)
    assert holds is not None, [str(finding) for finding in findings]
    base = {
        "id": "claimed", "kind": kind, "where": ("INCOMPLETE", "REACHABLE", "PROBE"),
        "event": None, "tag": None, "when": None, "emits": None, "holds": holds,
        "ghost": False, "refs": (), "mark": PLACE,
    }  # fmt: skip
    return model.Property(**{**base, **more})  # type: ignore[arg-type]  # the parts are typed above


WRONG = [
    claim("invariant", "armed(retransmit)"),
    claim("invariant", "len(source) == 4"),
    claim("step", "restarted(retransmit)", event="retransmit"),
    claim("step", "new.lladdr != sha", event="heard"),
    claim("output", "o.tpa != address", tag="request"),
    claim("must", "o.lladdr != sha", event="heard", emits="release", where=("INCOMPLETE",)),
    claim("must", "new.at(PROBE)", event="heard"),
]
RIGHT = [
    claim("invariant", "armed(retransmit) or armed(lifetime)"),
    claim("step", "new.lladdr == sha", event="heard"),
    claim("output", "o.tpa == address", tag="request"),
    claim("must", "o.lladdr == sha", event="heard", emits="release", where=("INCOMPLETE",)),
]


def broken(prop: model.Property) -> set[str]:
    """The codes that the tour of the neighbour machine with this one property gives."""
    machine = evolve(neighbour(), properties=(prop,))
    calls = Calls(machine, stock().codec)
    make = compiled(compiled_class(machine))
    return {
        problem.code
        for walk in plan_tour(machine, calls).walks.values()
        for step in run_walk(machine, calls, walk, make)
        for problem in step.problems
    }


@pytest.mark.parametrize("prop", WRONG, ids=lambda prop: prop.kind)
def test_property_that_does_not_hold_is_found(prop: model.Property) -> None:
    """A walk breaks it, and it is told by its code."""
    assert {"PROPERTY"} == broken(prop)


@pytest.mark.parametrize("prop", RIGHT, ids=lambda prop: prop.kind)
def test_property_that_holds_is_silent(prop: model.Property) -> None:
    """No walk breaks it."""
    assert set() == broken(prop)
