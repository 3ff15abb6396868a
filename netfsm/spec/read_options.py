"""Reads the options of a format: a list of tag, length and value."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Final, Literal, cast

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Option, OptionList, WireField
from netfsm.spec.names import refused_name
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.read_fields import FieldReader, read_reason
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping
from netfsm.spec.types import Type

__all__ = ["read_options"]

_LIST_KEYS: Final = (
    "kind",
    "length",
    "end",
    "padding",
    "align",
    "drop",
    "mismatch",
    "of",
    "says",
    "ref",
)
_OPTION_KEYS: Final = ("kind", "fields", "repeat", "duplicates", "says", "ref")
_MOST_REPEATS: Final = 16


def read_options(
    format_name: str, mapping: Mapping, findings: Findings, types: MappingOf[str, Type]
) -> OptionList | None:
    """The list that `mapping` says, its fields of `types`; None where it can't be told."""
    shape = Shape(mapping, findings, "'options'", _LIST_KEYS)
    kind = _octets(shape, "kind", ("bits",), findings)
    length = _octets(shape, "length", ("bits", "counts", "unit"), findings)
    if kind is None or length is None:
        return None
    kind_octets = kind[1]
    sizes, length_octets = length
    unit = sizes.number("unit", least=1, most=1024) if "unit" in sizes else 1
    counts = sizes.choice("counts", ("whole", "value"), required=True)
    most = (1 << 8 * kind_octets) - 1
    end = shape.number("end", least=0, most=most)
    padding = shape.number("padding", least=0, most=most)
    taken = {
        number: word for number, word in ((end, "end"), (padding, "padding")) if number is not None
    }
    if len(taken) < (end is not None) + (padding is not None):
        message = "end and padding are the same kind"
        findings.add("FORMAT-OPTION", shape.where("padding"), message, "give each its own")
    fields = FieldReader(format_name, types, findings)
    found = [
        _option(key, node, fields=fields, taken=taken, most=most, findings=findings)
        for key, node in (shape.entries("of") if "of" in shape else ())
    ]
    align = shape.number("align", least=1, most=64) if "align" in shape else 1
    if align and align > 1 and (kind_octets > 1 or (end is None and padding is None)):
        message = "no tag of one octet to fill the list up with"
        findings.add("FORMAT-OPTION", shape.where("align"), message, "give it 'end' or 'padding'")
    return OptionList(
        cast(Literal[1, 2], kind_octets),
        cast(Literal[1, 2], length_octets),
        counts == "whole",
        unit or 1,
        end,
        padding,
        align or 1,
        read_reason(shape, findings, "bad_options"),
        shape.choice("mismatch", ("keep", "drop")) == "keep",
        tuple(option for option in found if option is not None),
        shape.mark,
    )


def _octets(
    shape: Shape, key: str, known: tuple[str, ...], findings: Findings
) -> tuple[Shape, int] | None:
    """What stands under `key`, and its width in octets."""
    mapping = shape.mapping(key, required=True)
    if mapping is None:
        return None
    inner = Shape(mapping, findings, quoted(key), known)
    bits = inner.number("bits", required=True)
    if bits not in (8, 16):
        if bits is not None:
            message = f"{quoted(key)} of an option has 8 or 16 bits, not {bits}"
            findings.add("FORMAT-WIDTH", inner.where("bits"), message, "write 8 or 16")
        return None
    return inner, bits // 8


def _option(
    key: Scalar,
    node: Node,
    *,
    fields: FieldReader,
    taken: dict[int, str],
    most: int,
    findings: Findings,
) -> Option | None:
    name = key.text
    mapping = expect_mapping(node, findings, f"option {quoted(name)}")
    trouble = refused_name(f"x.{name}") if "." not in name else "an option's name has no dots"
    if trouble is not None:
        findings.add("BAD-NAME", key.mark, f"no option can be called {quoted(name)}: {trouble}")
    if mapping is None or trouble is not None:
        return None
    shape = Shape(mapping, findings, f"option {quoted(name)}", _OPTION_KEYS)
    kind = shape.number("kind", required=True, least=0, most=most)
    if kind is None:
        return None
    if kind in taken:
        message = f"kind {kind} is {quoted(taken[kind])} already"
        findings.add("FORMAT-OPTION", shape.where("kind"), message, "give each its own kind")
    taken[kind] = name
    found = fields.read(shape.entries("fields") if "fields" in shape else (), f"{name}.")
    repeat = shape.number("repeat", least=1, most=_MOST_REPEATS) if "repeat" in shape else 1
    _plain(found, repeat or 1, findings)
    duplicates = shape.choice("duplicates", ("first", "last", "malformed")) or "first"
    return Option(
        name,
        kind,
        found,
        repeat or 1,
        cast(Literal["first", "last", "malformed"], duplicates),
        shape.text("says"),
        read_refs(shape.node("ref"), findings),
        key.mark,
    )


def _plain(fields: tuple[WireField, ...], repeat: int, findings: Findings) -> None:
    """Note what the value of an option can't hold."""
    for wire in fields:
        problem = ""
        if wire.role in ("count", "checksum"):
            problem = "an option computes no lengths and sums"
        elif not wire.bits and (wire is not fields[-1] or wire.length is not None):
            problem = "octets in an option are its last field, and take the rest of it"
        elif repeat > 1 and (wire.bits not in (8, 16, 32, 64) or wire.role != "value"):
            problem = "what stands several times has 8, 16, 32 or 64 bits and is no constant"
        if problem:
            findings.add("FORMAT-OPTION", wire.mark, problem, "mend or remove the field")
