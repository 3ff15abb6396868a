"""A step that was taken as a file of vectors: a case that a person can read, edit and keep.

The file says where the step begins, what comes, and what the spec makes of it. It is run by
`netfsm replay`, and beside a spec, in its folder `vectors`, by every run of the suites.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from netfsm.conformance.pair import Taken
from netfsm.conformance.placed import Begin
from netfsm.conformance.plain import to_plain
from netfsm.conformance.results import setting_to_plain
from netfsm.conformance.tour import Walk
from netfsm.conformance.vector_begin import RUNNING
from netfsm.conformance.view import fields_of
from netfsm.machine.base import Emission, Order
from netfsm.spec import model
from netfsm.spec.types import DURATION, Type, Value

__all__ = ["document", "told_begin", "yaml_text"]

_WORD: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
SCHEMA: Final = "# yaml-language-server: $schema=../../../netfsm/spec/schemas/vectors.json"


def document(
    machine: model.Machine, name: str, says: str, walk: Walk, steps: Iterable[Taken]
) -> dict[str, Any]:
    """The vectors of one case, as YAML and JSON have them; of each step all that comes of it."""
    steps = tuple(steps)
    refs = next((step.row.refs for step in steps if step.row is not None), machine.refs)
    case: dict[str, Any] = {"name": name, "says": says, **setting_to_plain(machine, walk.setting)}
    if walk.begin is not None:
        case["before"] = _before(machine, walk.begin)
    case["steps"] = [_step(machine, step) for step in steps]
    cited = [str(ref) for ref in refs or machine.refs]
    return {"vectors": machine.name, "netfsm": 1, "ref": cited, "cases": [case]}


def told_begin(machine: model.Machine, walk: Walk) -> str:
    """Where a walk begins, in one line: `from INCOMPLETE with tries=2, retransmit running`."""
    if walk.begin is None:
        return f"from {machine.initial}"
    told = _before(machine, walk.begin)
    fixed = setting_to_plain(machine, walk.setting)
    values = {**fixed["key"], **fixed["given"], **told["variables"]}
    parts = [f"{name}={value}" for name, value in values.items()]
    parts += [f"{name} {due}" for name, due in told["timers"].items()]
    more = f" with {', '.join(parts)}" if parts else ""
    return f"from {told['state']}{more}"


def _before(machine: model.Machine, begin: Begin) -> dict[str, Any]:
    """The situation in which a walk begins; variables that have no value are left out."""
    held = begin.held
    timers = {name: held.deadlines.get(name, RUNNING) for name in sorted(held.armed)}
    return {
        "state": held.state,
        "variables": _values(machine, held.variables),
        "timers": timers,
        "at": begin.now,
    }


def _values(machine: model.Machine, values: Mapping[str, Value | None]) -> dict[str, Any]:
    kinds = {variable.name: variable.type for variable in machine.variables}
    return {n: to_plain(kinds[n], value) for n, value in values.items() if value is not None}


def _step(machine: model.Machine, step: Taken) -> dict[str, Any]:
    kinds = dict(machine.event(step.move.event).inputs)
    told: dict[str, Any] = {
        "event": step.move.event,
        "with": {name: to_plain(kinds[name], value) for name, value in step.move.inputs.items()},
    }
    if step.row is not None:
        told["row"] = step.row.id
    told["state"] = step.after.state
    told["variables"] = _values(machine, step.after.variables)
    told["emits"] = [_emission(machine, emission) for emission in step.emissions]
    told["timers"] = dict(_order(order) for order in step.orders)
    return told


def _order(order: Order) -> tuple[str, Any]:
    timer, after = order
    return timer, "stop" if after is None else to_plain(DURATION, after)


def _emission(machine: model.Machine, emission: Emission) -> dict[str, Any]:
    if emission.kind == "signal":
        kinds = dict(_sent(machine, emission.output))
        pairs = zip(kinds.items(), emission[1], strict=True)
        told = {name: to_plain(kind, value) for (name, kind), value in pairs}
        return {f"signal {emission.output}": told}
    kinds = dict(_written(machine, emission.output))
    fields = fields_of(emission, machine)
    return {emission.output: {name: to_plain(kinds[name], v) for name, v in fields.items()}}


def _sent(machine: model.Machine, name: str) -> Iterator[tuple[str, Type]]:
    for row in machine.rows:
        for part in row.emissions:
            if isinstance(part, model.Signal) and f"{part.machine}.{part.event}" == name:
                yield from ((field, expr.type) for field, expr in part.fields)
                return


def _written(machine: model.Machine, output: str) -> Iterator[tuple[str, Type]]:
    """The fields that rows write into an output, with the types that are declared or written."""
    for row in machine.rows:
        for part in row.emissions:
            if isinstance(part, model.Emit) and part.output == output:
                yield from ((field, expr.type) for field, expr in part.fields)
    for declared in machine.outputs:
        if declared.name == output:
            yield from ((field.name, field.type) for field in declared.fields)


# ---- as text


def yaml_text(document: Mapping[str, Any], remarks: Iterable[str]) -> str:
    """The document as a file; `remarks` stand above it. Values are in YAML's flow form."""
    lines = [SCHEMA, *(f"# {line}" for line in remarks)]
    for name, value in document.items():
        if name != "cases":
            lines.append(f"{name}: {_flow(value)}")
    lines.append("cases:")
    for case in document["cases"]:
        lines += [f"  {'-' if not n else ' '} {line}" for n, line in enumerate(_case(case))]
    return "\n".join([*lines, ""])


def _case(case: Mapping[str, Any]) -> Iterator[str]:
    for name, value in case.items():
        if name == "steps":
            yield "steps:"
            for step in value:
                yield from (
                    f"  {'-' if not n else ' '} {key}: {_flow(part)}"
                    for n, (key, part) in enumerate(step.items())
                )
        elif name == "before":
            yield "before:"
            yield from (f"  {key}: {_flow(part)}" for key, part in value.items())
        else:
            yield f"{name}: {_flow(value)}"


def _flow(value: object) -> str:
    """A value in flow form; words that can't be taken for anything else stand without quotes."""
    match value:
        case dict():
            named = cast("dict[str, object]", value)
            return (
                f"{{{', '.join(f'{_flow(name)}: {_flow(each)}' for name, each in named.items())}}}"
            )
        case list():
            items = cast("list[object]", value)
            return f"[{', '.join(_flow(each) for each in items)}]"
        case str() if _WORD.fullmatch(value) and value.lower() not in _WORDS:
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
