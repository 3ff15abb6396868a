"""A register map as a table and as data."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from netfsm.cli.common import Exit, reply
from netfsm.cli.tables import show_table, show_title
from netfsm.spec.registers import BitField, Register, RegisterMap

__all__ = ["show_registers"]


def show_registers(model: RegisterMap, form: str) -> int:
    """Print every register with its offset, access and reset value."""
    if form == "json":
        reply("show", Exit.FINE, more=registers_json(model))
        return Exit.FINE
    rows = [
        (f"{each.at:05x}", each.name, str(each.count), each.access, f"{each.reset:x}", each.says)
        for each in model.registers
    ]
    show_title(model.title)
    show_table(("offset", "register", "count", "access", "reset", "what it is"), rows, ("", "bold"))
    return Exit.FINE


def registers_json(model: RegisterMap) -> dict[str, Any]:
    """The map as `--format json` has it."""
    return {
        "kind": "registers",
        "name": model.name,
        "title": model.title,
        "refs": [str(ref) for ref in model.refs],
        "size": model.size,
        "registers": [_register(each) for each in model.registers],
    }


def _register(each: Register) -> dict[str, Any]:
    plain = ("name", "at", "count", "stride", "access", "reset", "says")
    return {
        **{name: getattr(each, name) for name in plain},
        "refs": [str(ref) for ref in each.refs],
        "fields": [_field(field) for field in each.fields],
    }


def _field(field: BitField) -> dict[str, Any]:
    return asdict(field, filter=lambda attribute, _: attribute.name != "mark")
