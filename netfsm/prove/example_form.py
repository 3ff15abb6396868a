"""Examples as JSON has them: a value that JSON lacks is marked by its kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from netfsm.machine.base import Snapshot
from netfsm.prove.example import Example, Sent
from netfsm.spec.types import Value

__all__ = ["example_of", "held_of", "named_of", "pairs", "plain_held", "plain_of"]

_NAMES: Final = ("id", "kind", "says", "about", "event", "now", "row")


def plain_of(one: Example) -> dict[str, Any]:
    """`one` as JSON."""
    told: dict[str, Any] = {name: getattr(one, name) for name in _NAMES}
    told["before"], told["after"] = plain_held(one.before), plain_held(one.after)
    told["orders"] = one.orders
    if one.others:
        told["others"] = [plain_held(each) for each in one.others]
        told["rest"] = [plain_held(each) for each in one.rest]
        told["rows"] = one.rows
    told["inputs"] = pairs(one.inputs)
    told["emissions"] = [[s.name, s.kind, pairs(dict(s.values))] for s in one.emissions]
    return told


def example_of(told: dict[str, Any]) -> Example:
    """The example that `plain_of` wrote."""
    return Example(
        **{name: told[name] for name in _NAMES},
        before=held_of(told["before"]),
        inputs=named_of(told["inputs"]),
        after=held_of(told["after"]),
        emissions=tuple(
            Sent(name, kind, tuple(named_of(values).items()))
            for name, kind, values in told["emissions"]
        ),
        orders=tuple((timer, after) for timer, after in told["orders"]),
        others=tuple(held_of(each) for each in told.get("others", ())),
        rest=tuple(held_of(each) for each in told.get("rest", ())),
        rows=tuple((machine, row) for machine, row in told.get("rows", ())),
    )


def plain_held(held: Snapshot) -> list[Any]:
    """What a machine holds as JSON."""
    key, given = ([_value(each) for each in part] for part in (held.key, held.given))
    variables, armed = pairs(held.variables), sorted(held.armed)
    return [held.machine, key, given, held.state, variables, armed, dict(held.deadlines)]


def held_of(told: list[Any]) -> Snapshot:
    """What `plain_held` wrote."""
    machine, key, given, state, variables, armed, deadlines = told
    key, given = (tuple(_back(each) for each in part) for part in (key, given))
    return Snapshot(machine, key, given, state, named_of(variables), frozenset(armed), deadlines)


def pairs(values: Mapping[str, Value | None]) -> list[list[Any]]:
    """Values by name as JSON, in their order."""
    return [[name, _value(value)] for name, value in values.items()]


def named_of(told: list[list[Any]]) -> dict[str, Any]:
    """What `pairs` wrote."""
    return {name: _back(value) for name, value in told}


def _value(value: object) -> Any:
    match value:
        case bytes():
            return {"octets": value.hex()}
        case tuple():
            return {"tuple": [_value(item) for item in cast("tuple[object, ...]", value)]}
        case frozenset():
            items = (_value(item) for item in cast("frozenset[object]", value))
            return {"set": sorted(items, key=json.dumps)}
        case _:
            return value


def _back(plain: Any) -> Any:
    match plain:
        case {"octets": text}:
            return bytes.fromhex(text)
        case {"tuple": items}:
            return tuple(_back(item) for item in items)
        case {"set": items}:
            return frozenset(_back(item) for item in items)
        case _:
            return plain
