"""`prove`: every obligation of a machine, answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from netfsm.machine import python_source
from netfsm.prove.answer import Answer, Obligation, Witnesses, answer
from netfsm.prove.code import Code
from netfsm.prove.obligations import Obligations
from netfsm.prove.properties import Claims
from netfsm.prove.step import Steps
from netfsm.spec import model
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import Type


def prove(
    machine: model.Machine,
    machines: Mapping[str, model.Machine] | None = None,
    *,
    source: str | None = None,
) -> tuple[Answer, ...]:
    """Every obligation of `machine`, each proved, refuted or unknown.

    `machines` are those that it may signal to, by name; `source` is the Python that should run it,
    where it is not the generator's.
    """
    steps = Steps(machine)
    names = Witnesses(steps.theory, _kinds(machine), pretty_value)
    return tuple(answer(each, steps.theory, names) for each in _all(steps, machines or {}, source))


def _all(
    steps: Steps, machines: Mapping[str, model.Machine], source: str | None
) -> Iterator[Obligation]:
    basis = Obligations(steps)
    yield from basis.all()
    yield from Claims(basis, machines).all()
    yield from Code(basis, python_source(steps.machine) if source is None else source).all()


def _kinds(machine: model.Machine) -> dict[str, Any]:
    """The type of every name, for those who write its values."""
    found: dict[str, Type] = {v.name: v.type for v in machine.variables}
    fields = [*machine.given, *(machine.instances.key if machine.instances else ())]
    for event in machine.events:
        fields += event.params
        found |= {choice.name: choice.type for choice in event.choices}
    return found | {each.name: each.type for each in fields}


Progress = Callable[[str, tuple[Answer, ...]], None]
