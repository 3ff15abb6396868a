"""Reads a register map: offsets, widths, fields and what access does, each place held by one."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Final

from attrs import evolve

from netfsm.spec.declare import good_name
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.refs import read_refs
from netfsm.spec.registers import ACCESS, USUAL, WIDTH, BitField, Register, RegisterMap
from netfsm.spec.shape import Shape, expect_items, expect_mapping, expect_number

__all__ = ["read_registers"]

_KEYS: Final = ["registers", "netfsm", "title", "ref", "says", "size", "map"]
_REGISTER_KEYS: Final = [
    "at",
    "count",
    "stride",
    "access",
    "reset",
    "fields",
    "like",
    "says",
    "ref",
]
_FIELD_KEYS: Final = ["bit", "bits", "access", "reset", "says"]


def read_registers(root: Mapping, findings: Findings, digest: str) -> RegisterMap:
    """Return the register map in `root`; what is wrong with it is noted."""
    shape = Shape(root, findings, "a register map", _KEYS)
    size = shape.number("size", required=True, least=4, most=1 << 24) or 0
    above: dict[str, Register] = {}
    for key, node in shape.entries("map", required=True):
        register = _register(key, node, above, findings)
        if register is not None:
            above[register.name] = register
    registers = tuple(above.values())
    _check_places(registers, size, findings)
    return RegisterMap(
        name=shape.text("registers"),
        title=shape.text("title"),
        says=shape.text("says"),
        refs=read_refs(shape.node("ref", required=True), findings),
        size=size,
        registers=registers,
        mark=shape.mark,
        digest=digest,
    )


def _register(
    key: Scalar, node: Node, above: MappingOf[str, Register], findings: Findings
) -> Register | None:
    mapping = expect_mapping(node, findings, f"register {key.text}")
    if mapping is None or not good_name(key, findings):
        return None
    shape = Shape(mapping, findings, f"register {key.text}", _REGISTER_KEYS)
    at = shape.number("at", required=True, least=0)
    access = shape.choice("access", tuple(ACCESS)) or USUAL
    reset = _reset(shape, WIDTH, findings)
    fields = [_field(key, node, access, findings) for key, node in shape.entries("fields")]
    like = shape.choice("like", tuple(above))
    if like is not None:
        fields = [evolve(each, access=access, reset=0) for each in above[like].fields]
    if at is None:
        return None
    if "fields" in shape and "reset" in shape:
        what = f"register {key.text} has fields and a reset value of its own"
        hint = "say the reset value of each field"
        findings.add("REGISTER-RESET", shape.where("reset"), what, hint)
    sound = tuple(each for each in fields if each is not None)
    _check_fields(sound, findings)
    return Register(
        name=key.text,
        at=at,
        count=shape.number("count", least=1, most=4096) or 1,
        stride=shape.number("stride", least=4, most=4096) or 4,
        access=access,
        reset=sum(each.reset << each.low for each in sound) or reset,
        fields=sound,
        says=shape.text("says"),
        refs=read_refs(shape.node("ref", required=True), findings),
        mark=key.mark,
    )


def _field(key: Scalar, node: Node, access: str, findings: Findings) -> BitField | None:
    mapping = expect_mapping(node, findings, f"field {key.text}")
    if mapping is None or not good_name(key, findings):
        return None
    shape = Shape(mapping, findings, f"field {key.text}", _FIELD_KEYS)
    bits = _bits(key, shape, findings)
    if bits is None:
        return None
    low, high = bits
    return BitField(
        name=key.text,
        low=low,
        high=high,
        access=shape.choice("access", tuple(ACCESS)) or access,
        reset=_reset(shape, high - low + 1, findings),
        says=shape.text("says"),
        mark=key.mark,
    )


def _bits(key: Scalar, shape: Shape, findings: Findings) -> tuple[int, int] | None:
    """The lowest and the highest bit of a field."""
    if ("bit" in shape) == ("bits" in shape):
        what = f"field {key.text} has no place" if "bit" not in shape else f"{key.text} has two"
        hint = "write 'bit: N', or 'bits: [LOW, HIGH]'"
        findings.add("REGISTER-WIDTH", key.mark, what, hint)
        return None
    single, several = shape.node("bit"), shape.node("bits")
    nodes: tuple[Node, ...] = () if single is None else (single,)
    if several is not None:
        nodes = expect_items(several, findings, "'bits'")
    found = [expect_number(each, findings, "a bit", least=0) for each in nodes]
    if not found or None in found:
        return None
    numbers = [each for each in found if each is not None]
    if len(numbers) > 2 or numbers[-1] < numbers[0] or numbers[-1] >= WIDTH:
        what = f"field {key.text} has bits {', '.join(map(str, numbers))} of {WIDTH}"
        hint = f"write 'bits: [LOW, HIGH]', of 0 to {WIDTH - 1}"
        findings.add("REGISTER-WIDTH", key.mark, what, hint)
        return None
    return numbers[0], numbers[-1]


def _reset(shape: Shape, width: int, findings: Findings) -> int:
    """The value after reset; 0 with REGISTER-RESET noted where it has more bits than there are."""
    value = shape.number("reset", least=0) or 0
    if value >> width:
        what = f"the reset value {value:#x} has more than {width} bits"
        findings.add("REGISTER-RESET", shape.where("reset"), what, "it must fit its bits")
        return 0
    return value


def _check_fields(fields: tuple[BitField, ...], findings: Findings) -> None:
    """No bit belongs to two fields."""
    taken: dict[int, str] = {}
    for field in fields:
        for bit in range(field.low, field.high + 1):
            owner = taken.setdefault(bit, field.name)
            if owner != field.name:
                what = f"bit {bit} of {field.name} belongs to {owner} too"
                findings.add("FIELD-OVERLAP", field.mark, what, "each bit has one field")
                break


def _check_places(registers: tuple[Register, ...], size: int, findings: Findings) -> None:
    """Registers stand at offsets of their own, aligned, inside the window."""
    taken: dict[int, str] = {}
    for each in registers:
        last = each.offsets()[-1]
        if each.at % 4 or each.stride % 4 or last + 4 > size:
            what = f"{each.name} stands at {each.at:#x} to {last:#x} of {size:#x}"
            hint = "offset and stride are multiples of 4, inside the map's size"
            findings.add("REGISTER-WIDTH", each.mark, what, hint)
        for offset in each.offsets():
            owner = taken.setdefault(offset, each.name)
            if owner != each.name:
                what = f"{each.name} stands at {offset:#x}, where {quoted(owner)} is"
                findings.add("REGISTER-OVERLAP", each.mark, what, "each offset has one register")
                break
