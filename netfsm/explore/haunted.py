"""A machine with its ghosts at work: what exploring runs, and the runtime erases.

Ghost variables become variables, ghost fields of outputs and ghost parameters are sent and taken.
A message's own ghost parameters come beside it, as choices of hands do.
"""

from __future__ import annotations

import hashlib

from attrs import evolve

from netfsm.spec import model

__all__ = ["ghost_params", "haunted"]


def haunted(machine: model.Machine) -> model.Machine:
    """`machine` with all that is a ghost made real; itself where it has none."""
    if not _ghosts(machine):
        return machine
    return evolve(
        machine,
        variables=tuple(evolve(v, ghost=False) for v in machine.variables),
        outputs=tuple(
            evolve(o, fields=tuple(evolve(f, ghost=False) for f in o.fields))
            for o in machine.outputs
        ),
        events=tuple(_event(event) for event in machine.events),
        digest=hashlib.sha256(f"haunted {machine.digest}".encode()).hexdigest(),
    )


def ghost_params(event: model.Event) -> tuple[model.Field, ...]:
    """The parameters of an event that the runtime does not have."""
    return tuple(param for param in event.params if param.ghost)


def _ghosts(machine: model.Machine) -> bool:
    fields = [field for output in machine.outputs for field in output.fields]
    fields += [param for event in machine.events for param in event.params]
    return any(v.ghost for v in machine.variables) or any(field.ghost for field in fields)


def _event(event: model.Event) -> model.Event:
    ghosts = ghost_params(event)
    if event.kind != "message":
        return evolve(event, params=tuple(evolve(p, ghost=False) for p in event.params))
    own = tuple(model.Choice(g.name, g.type, None, g.says, g.mark) for g in ghosts)
    params = tuple(param for param in event.params if not param.ghost)
    return evolve(event, params=params, choices=(*event.choices, *own))
