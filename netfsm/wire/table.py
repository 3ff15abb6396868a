"""The table of a format for the documentation: a row a field, in wire order."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from netfsm.spec.expr import Expr, Lit, Name
from netfsm.spec.formats import Format, Option, WireField
from netfsm.spec.types import Enum, Flags

__all__ = ["TableRow", "format_rows", "markdown"]


@frozen
class TableRow:
    """`place` is octet.bit from the start of `part`: the header, a variant, an option."""

    part: str
    place: str
    width: str
    name: str
    holds: str
    says: str
    refs: tuple[str, ...]


def format_rows(layout: Format) -> tuple[TableRow, ...]:
    """Header, variants, options and payload, top to bottom."""
    return tuple(_rows(layout))


def markdown(layout: Format) -> str:
    """The rows as a Markdown table, with the refusals below it."""
    lines = ["| part | octet | width | field | holds | says |", "|---|---|---|---|---|---|"]
    for row in format_rows(layout):
        refs = f" ({', '.join(row.refs)})" if row.refs else ""
        cells = (row.part, row.place, row.width, f"`{row.name}`", row.holds, row.says + refs)
        lines.append("| " + " | ".join(cell.strip().replace("|", "\\|") for cell in cells) + " |")
    reasons = ", ".join(f"`{reason}`" for reason in layout.reasons)
    return "\n".join([*lines, "", f"Refused as: {reasons}."]) + "\n"


def _rows(layout: Format) -> Iterator[TableRow]:
    yield from _fields("header", layout.fields)
    for case in layout.variants.cases if layout.variants else ():
        values = ", ".join(_member(layout, v) for v in case.values or ()) or "others"
        part = f"{case.name}: {layout.variants.tag if layout.variants else ''} {values}"
        yield from _fields(part, case.fields)
    for option in layout.options.options if layout.options else ():
        yield from _option(option)
    if layout.payload is not None:
        yield TableRow("payload", "", "the rest", "payload", "octets", layout.payload, ())


def _member(layout: Format, value: int) -> str:
    """The name of a tag's value, or the value."""
    tag = layout.find(layout.variants.tag).type if layout.variants else None
    name = tag.member(value) if isinstance(tag, Enum) else None
    return name or str(value)


def _option(option: Option) -> Iterator[TableRow]:
    part = f"option {option.kind}"
    refs = tuple(str(ref) for ref in option.refs)
    times = f", 1 to {option.repeat} times" if option.repeat > 1 else ""
    twice = f"{option.duplicates} of several{times}"
    yield TableRow(part, "", "", option.name, twice, option.says, refs)
    yield from _fields(part, option.fields, f"{option.name}.")


def _fields(part: str, fields: tuple[WireField, ...], prefix: str = "") -> Iterator[TableRow]:
    at: int | None = 0
    for wire in fields:
        place = "" if at is None else _place(at)
        width = f"{wire.bits} bits" if wire.bits else _octets(wire.length)
        refs = tuple(str(ref) for ref in wire.refs)
        yield TableRow(part, place, width, prefix + wire.name, _holds(wire), wire.says, refs)
        at = at + wire.bits if at is not None and wire.bits else None


def _place(bit: int) -> str:
    return f"{bit // 8}.{bit % 8}" if bit % 8 else str(bit // 8)


def _octets(length: Expr | None) -> str:
    if length is None:
        return "the rest"
    if isinstance(length, Name):
        return f"`{length.name}` octets"
    return f"{length.text} octets" if isinstance(length, Lit) else "computed"


def _holds(wire: WireField) -> str:
    """What stands in a field, in words."""
    match wire.role:
        case "reserved":
            return "reserved"
        case "const":
            return f"always {wire.value}"
        case "count" if wire.count:
            unit = f" in units of {wire.count.unit} octets" if wire.count.unit > 1 else " in octets"
            return f"length of {wire.count.of}{unit}"
        case "checksum" if wire.checksum:
            pseudo = " and pseudo-header" if wire.checksum.protocol is not None else ""
            return f"checksum of {wire.checksum.over}{pseudo}"
        case _:
            return _values(wire)


def _values(wire: WireField) -> str:
    match wire.type:
        case Enum(members=members):
            return ", ".join(f"{name} {value}" for name, value in members)
        case Flags(members=members):
            return " ".join(members) + ", lowest bit first"
        case _:
            named = ", ".join(f"{name} {value}" for name, value in wire.names)
            return named or str(wire.type)
