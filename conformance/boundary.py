"""Examples that Z3 finds at the edges of a spec, taken by a target beside the model.

A case an example (`netfsm.prove.finding`): both are put into its situation, both take its event,
and everything they give is compared. Rows that are taken so do not count as taken by a walk.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Final

from netfsm.conformance.contracts import contracted
from netfsm.conformance.crew import PlacedCrew
from netfsm.conformance.pair import Move
from netfsm.conformance.placed import Begin
from netfsm.conformance.subjects import Maker, Placed, Setting, first_setting
from netfsm.conformance.tour import Spot, Walk
from netfsm.machine.base import Snapshot
from netfsm.prove.example import Example
from netfsm.prove.finding import examples_of, why_none
from netfsm.spec import model
from netfsm.spec.types import Value

__all__ = ["Examples", "example_walk", "find_examples", "why_no_example", "why_not"]

Examples = tuple[Example, ...]
WITHOUT_Z3: Final = 'z3 is not installed: pip install "netfsm[prove]"'


def find_examples(
    machines: Mapping[str, model.Machine],
    jobs: int = 1,
    known: Mapping[str, model.Machine] | None = None,
    edges: int | None = None,
) -> dict[str, Examples]:
    """The examples of each machine, in order. Raises ModuleNotFoundError without Z3.

    `known` and `edges` are as `examples_of` has them.
    """
    return examples_of(machines, hands=contracted, jobs=jobs, known=known, edges=edges)


def why_not(machine: model.Machine, make: Maker, kin: tuple[model.Machine, ...] = ()) -> str:
    """Why a target can't take examples of `machine`; "" where it can."""
    if importlib.util.find_spec("z3") is None:
        return WITHOUT_Z3
    if machine.shares is not None and {each.name for each in kin} != set(machine.shares.machines):
        return "not all machines of the scope are here"
    if not isinstance(make(machine, first_setting(machine, kin)), Placed | PlacedCrew):
        return "the target can't be put into a situation"
    return ""


def why_no_example(machine: model.Machine, known: Mapping[str, model.Machine], spot: Spot) -> str:
    """Why there is no example that takes a row of a scope's machine; "" where there is one."""
    return why_none(machine, known, contracted, (spot.state, spot.event, spot.row))


def example_walk(
    machine: model.Machine, example: Example, kin: tuple[model.Machine, ...] = ()
) -> Walk:
    """The one step of `example`, from where it begins; `kin` are all machines of the scope."""
    held = example.before
    key = dict(zip((part.name for part in machine.key), held.key, strict=True))
    begin = Begin(held, example.now, example.others)
    if not kin:
        setting = Setting(key, _given(machine, held))
        return Walk(setting, (Move(example.event, example.inputs, example.now),), begin)
    others = {each.name: _given(each, begin.all[each.name]) for each in kin}
    move = Move(example.event, example.inputs, example.now, held.machine)
    return Walk(Setting(key, others=others), (move,), begin)


def _given(machine: model.Machine, held: Snapshot) -> dict[str, Value]:
    return dict(zip((part.name for part in machine.given), held.given, strict=True))
