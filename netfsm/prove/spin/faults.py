"""What may be broken in a composition, by number and name."""

from __future__ import annotations

from typing import Final

from netfsm.machine.layout import identifier
from netfsm.spec.composition import Composition

__all__ = ["FAULTS", "fault", "faults_of"]

FAULTS: Final = {
    "HOLE": "no row of a cell applies",
    "IMPOSSIBLE": "a cell is reached that its spec calls impossible",
    "RANGE": "a value leaves its range",
    "CONTRACT": "a choice breaks its contract",
    "NO_CHOICE": "no choice keeps its contract",
    "ASSUMED": "what an event assumes does not hold",
    "CREATED": "a signal to nobody makes an instance",
    "STUCK": "nothing is possible any more, and a script is not at its end",
    "AGAIN": "a choice of several values is made twice in one step",
}
"""What is wrong with a step, or with an end of all steps, whatever is composed."""


def faults_of(composition: Composition) -> tuple[str, ...]:
    """Every fault that the model of `composition` looks for: one of FAULTS or a property's id."""
    kinds = ("always", "finally", "never")
    checked = [each.id for each in composition.properties if each.kind in kinds]
    return (*FAULTS, *checked)


def fault(name: str) -> str:
    """The name of a fault in Promela."""
    return name if name in FAULTS else f"rule_{identifier(name)}"
