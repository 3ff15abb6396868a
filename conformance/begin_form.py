"""Where a walk of a scope begins, as JSON has it: the state of each machine, what it owns, timers.

A variable stands with its owner and nowhere else; what has no value is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netfsm.conformance.placed import Begin
from netfsm.conformance.plain import from_plain, to_plain
from netfsm.conformance.subjects import Setting
from netfsm.conformance.tour import Walk
from netfsm.machine.base import Snapshot
from netfsm.machine.layout import Layout
from netfsm.spec import model
from netfsm.spec.types import Value

__all__ = ["held_to_plain", "read_held", "told_scope"]

Kin = tuple[model.Machine, ...]


def held_to_plain(begin: Begin, kin: Kin) -> dict[str, Any]:
    """What `read_held` takes back: instants and deadlines in microseconds."""
    return {
        "at": begin.now,
        "takes": begin.held.machine,
        "machines": {each.name: _plain(each, begin) for each in kin},
    }


def _plain(machine: model.Machine, begin: Begin) -> dict[str, Any]:
    held = begin.all[machine.name]
    values = {v: held.variables.get(v.name) for v in machine.variables if _owns(machine, v)}
    timers = [timer.name for timer in machine.timers if _owns(machine, timer)]
    return {
        "state": held.state,
        "variables": {v.name: to_plain(v.type, x) for v, x in values.items() if x is not None},
        "timers": {name: begin.deadlines[name] for name in timers if name in held.armed},
    }


def read_held(told: Mapping[str, Any], kin: Kin, setting: Setting) -> Begin:
    """What `held_to_plain` wrote. Raises ValueError for values that are none."""
    values: dict[str, Value | None] = {}
    due: dict[str, int] = {}
    own: dict[str, dict[str, Value | None]] = {}
    for machine in kin:
        part = told["machines"][machine.name]
        kinds = {v.name: v.type for v in machine.variables}
        read = {name: from_plain(kinds[name], x) for name, x in part["variables"].items()}
        own[machine.name] = dict(read)
        values |= {
            v.name: read.get(v.name) for v in machine.variables if v.shared and v.name in read
        }
        due |= part["timers"]
    held = {
        machine.name: Snapshot(
            machine.name,
            tuple(setting.key[part.name] for part in machine.key),
            tuple(setting.given_of(machine)[part.name] for part in machine.given),
            told["machines"][machine.name]["state"],
            {
                v.name: (values if v.shared else own[machine.name]).get(v.name)
                for v in machine.variables
            },
            frozenset(timer.name for timer in machine.timers if timer.name in due),
            {name: due[name] for name in Layout(machine).deadlines if name in due},
        )
        for machine in kin
    }
    first = held.pop(told["takes"])
    return Begin(first, int(told["at"]), tuple(held.values()))


def told_scope(walk: Walk, kin: Kin) -> str:
    """Where a walk begins, in one line: the state of each machine, then what they hold."""
    if walk.begin is None:
        return "from the beginning"
    parts: list[str] = []
    for name, each in held_to_plain(walk.begin, kin)["machines"].items():
        held = [f"{key}={value}" for key, value in {**each["variables"], **each["timers"]}.items()]
        parts.append(f"{name} in {each['state']}{' with ' if held else ''}{', '.join(held)}")
    return f"from {'; '.join(parts)}"


def _owns(machine: model.Machine, thing: model.Variable | model.Timer) -> bool:
    return not thing.shared or thing.owner == machine.name
