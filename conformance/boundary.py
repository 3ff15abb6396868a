"""Examples that Z3 finds at the edges of a spec, taken by a target beside the model.

A case an example (`netfsm.prove.finding`): both are put into its situation, both take its event,
and everything they give is compared. Rows that are taken so do not count as taken by a walk.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Final

from netfsm.conformance.contracts import contracted
from netfsm.conformance.pair import Move
from netfsm.conformance.placed import Begin
from netfsm.conformance.subjects import Maker, Placed, Setting, first_setting
from netfsm.conformance.tour import Walk
from netfsm.prove.example import Example
from netfsm.prove.finding import examples_of
from netfsm.spec import model

__all__ = ["Examples", "example_walk", "find_examples", "why_not"]

Examples = tuple[Example, ...]
WITHOUT_Z3: Final = 'z3 is not installed: pip install "netfsm[prove]"'


def find_examples(machines: Mapping[str, model.Machine], jobs: int = 1) -> dict[str, Examples]:
    """The examples of each machine, in order. Raises ModuleNotFoundError without Z3."""
    return examples_of(machines, hands=contracted, jobs=jobs)


def why_not(machine: model.Machine, make: Maker) -> str:
    """Why a target can't take examples of `machine`; "" where it can."""
    if importlib.util.find_spec("z3") is None:
        return WITHOUT_Z3
    if machine.shares is not None:
        return "examples are of machines that share no scope"
    if not isinstance(make(machine, first_setting(machine)), Placed):
        return "the target can't be put into a situation"
    return ""


def example_walk(machine: model.Machine, example: Example) -> Walk:
    """The one step of `example`, from where it begins."""
    held = example.before
    setting = Setting(
        {part.name: value for part, value in zip(machine.key, held.key, strict=True)},
        {part.name: value for part, value in zip(machine.given, held.given, strict=True)},
    )
    move = Move(example.event, example.inputs, example.now)
    return Walk(setting, (move,), Begin(held, example.now))
