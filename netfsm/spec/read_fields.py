"""Reads the fields of a format: width, type and role of each, with findings for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import evolve, frozen

from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.formats import PARTS, Checksum, Count, Role, WireField
from netfsm.spec.names import Names, Vocabulary, closest, refused_name
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.parse import parse_node
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_number
from netfsm.spec.types import (
    BOOL,
    BYTES,
    IPV4,
    IPV6,
    MAC,
    Bool,
    Enum,
    Flags,
    Nat,
    Seq,
    Type,
)

__all__ = ["FieldReader", "is_reason", "read_reason"]

_FIELD_KEYS: Final = [
    "bits",
    "bytes",
    "type",
    "enum",
    "flags",
    "seq",
    "says",
    "ref",
    "names",
    "reserved",
    "const",
    "default",
    "min",
    "max",
    "counts",
    "unit",
    "checksum",
    "drop",
]
_FIXED: Final[dict[str, tuple[Type, int]]] = {
    "bool": (BOOL, 1),
    "mac": (MAC, 48),
    "ipv4": (IPV4, 32),
    "ipv6": (IPV6, 128),
}
_ROLES: Final = ("reserved", "const", "default", "counts", "checksum")
_ROLE_OF: Final[dict[str, Role]] = {
    "reserved": "reserved",
    "const": "const",
    "counts": "count",
    "checksum": "checksum",
}
_REASON: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_TAKEN: Final = frozenset(["buffer", "start", "end", "pseudo", "partial", "options", "len"]) | {
    *PARTS
}


@frozen
class _Kind:
    """Type and width of a field."""

    type: Type
    sent: Type
    bits: int
    length: Expr | None


def is_reason(text: str) -> bool:
    """True for lower-case words joined by `_`."""
    return bool(_REASON.match(text))


def read_reason(shape: Shape, findings: Findings, default: str, key: str = "drop") -> str:
    """The name of a refusal under `key`, or the default; FORMAT-REASON where it is none."""
    text = shape.text(key, default=default)
    if text and not is_reason(text):
        hint = "write lower-case words joined by _, such as bad_checksum"
        message = f"{quoted(text)} is no name for a reason"
        findings.add("FORMAT-REASON", shape.where(key), message, hint)
        return default or "malformed"
    return text


class FieldReader:
    """Reads fields of one format; remembers those read for lengths that name them.

    `types` are the enums and flags that a field may name, by name.
    """

    def __init__(self, format_name: str, types: Mapping[str, Type], findings: Findings) -> None:
        self._format = format_name
        self._types = types
        self._findings = findings
        self._vocabulary = Vocabulary()
        self.seen: dict[str, WireField] = {}

    def read(
        self, entries: Iterable[tuple[Scalar, Node]], prefix: str = ""
    ) -> tuple[WireField, ...]:
        """The fields of a mapping, in order; those that make no sense are left out."""
        found: list[WireField] = []
        for key, node in entries:
            wire = self._field(key, node, prefix)
            if wire is not None:
                found.append(wire)
        self._aligned(found)
        return tuple(found)

    # ---- one field

    def _field(self, key: Scalar, node: Node, prefix: str) -> WireField | None:
        name = key.text
        mapping = expect_mapping(node, self._findings, f"field {quoted(name)}")
        if mapping is None or not self._may_be_called(key, prefix):
            self._vocabulary.broken.add(prefix + name)
            return None
        shape = Shape(mapping, self._findings, f"field {quoted(name)}", _FIELD_KEYS)
        kind = self._kind(name, shape, prefix)
        if kind is None:
            self._vocabulary.broken.add(prefix + name)
            return None
        wire = self._with_role(name, shape, kind, key.mark)
        self.seen[prefix + name] = wire
        if wire.role != "reserved":
            self._vocabulary.add_params("", [(prefix + name, wire.type)])
            self._vocabulary.add_members(wire.type)
        return wire

    def _may_be_called(self, key: Scalar, prefix: str) -> bool:
        name = key.text
        trouble = refused_name(f"x.{name}") if "." not in name else "a field's name has no dots"
        if trouble is None and not prefix and name in _TAKEN:
            trouble = f"{name} is the packet's own word"
        if trouble is None and prefix + name in self.seen:
            trouble = "another field has this name"
        if trouble is not None:
            code = "DUPLICATE-NAME" if prefix + name in self.seen else "BAD-NAME"
            self._findings.add(code, key.mark, f"no field can be called {quoted(name)}: {trouble}")
        return trouble is None

    # ---- width and type

    def _kind(self, name: str, shape: Shape, prefix: str) -> _Kind | None:
        if "bytes" in shape:
            return self._octets(name, shape)
        written = shape.text("type")
        if written in _FIXED and "bits" not in shape:
            fixed, bits = _FIXED[written]
            return _Kind(fixed, fixed, bits, None) if self._only(name, shape, ()) else None
        width = shape.number("bits", least=1, most=128)
        if width is None:
            if "bits" not in shape:
                hint = "give it bits: N, bytes: N, or a type with a width of its own"
                self._width(shape.mark, f"field {quoted(name)} has no width", hint)
            return None
        chosen = [k for k in ("enum", "flags", "seq", "type") if k in shape]
        if len(chosen) > 1:
            message = f"field {quoted(name)} has two types: {' and '.join(chosen)}"
            self._width(shape.where(chosen[1]), message, "keep one of them")
            return None
        typed = self._typed(f"{self._format}.{prefix}{name}", shape, width, chosen)
        return None if typed is None else _Kind(typed[0], typed[1], width, None)

    def _only(self, name: str, shape: Shape, allowed: tuple[str, ...]) -> bool:
        """True if no second width or type stands in the field."""
        for key in ("bits", "bytes", "enum", "flags", "seq"):
            if key in shape and key not in allowed:
                message = f"field {quoted(name)} has a width already"
                self._width(shape.where(key), message, f"take {key!r} away")
                return False
        return True

    def _octets(self, name: str, shape: Shape) -> _Kind | None:
        node = shape.node("bytes")
        if not self._only(name, shape, ("bytes",)) or node is None or "type" in shape:
            return None
        if isinstance(node, Scalar) and node.text == "rest":
            return _Kind(BYTES, BYTES, 0, None)
        numbers = Vocabulary()
        numbers.broken |= self._vocabulary.broken
        numbers.add_params("", ((n, f.type) for n, f in self.seen.items() if _is_nat(f)))
        length = parse_node(node, Names(numbers), self._findings, expect=Nat(65535))
        return None if length is None else _Kind(BYTES, BYTES, 0, length)

    def _typed(
        self, full_name: str, shape: Shape, bits: int, chosen: list[str]
    ) -> tuple[Type, Type] | None:
        """Type as received and as sent of a field of bits."""
        match chosen:
            case ["enum"]:
                return _twice(self._enum(full_name, shape, bits))
            case ["flags"]:
                return _twice(self._flags(full_name, shape, bits))
            case ["seq"]:
                return self._seq(shape, bits)
            case ["type"]:
                return _twice(self._named(shape, bits))
            case _:
                return _twice(Nat((1 << bits) - 1))

    def _enum(self, full_name: str, shape: Shape, bits: int) -> Type:
        members = self._numbers(shape, "enum", bits)
        return Enum(full_name, tuple(members.items()), bits, open=True)

    def _numbers(self, shape: Shape, key: str, bits: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for member, node in shape.entries(key):
            most = (1 << bits) - 1
            value = expect_number(node, self._findings, quoted(member.text), least=0, most=most)
            if value is None:
                continue
            if value in found.values():
                message = f"{quoted(member.text)} has the number of another member"
                self._findings.add("FORMAT-VALUE", node.mark, message, "give each its own number")
            found[member.text] = value
        return found

    def _flags(self, full_name: str, shape: Shape, bits: int) -> Type | None:
        members = tuple(member.text for member in shape.texts("flags"))
        if len(members) > bits or not members:
            message = f"{len(members)} flags in {bits} bits"
            self._width(shape.where("flags"), message, "name one flag for each bit, lowest first")
            return None
        return Flags(full_name, members)

    def _seq(self, shape: Shape, bits: int) -> tuple[Type, Type] | None:
        node = shape.node("seq")
        if isinstance(node, MappingNode):
            sides = Shape(node, self._findings, "'seq'", ("received", "sent"))
            received, sent = (
                sides.text("received", required=True),
                sides.text("sent", required=True),
            )
        else:
            received = sent = shape.text("seq")
        if not received or not sent:
            return None
        return self._space(received, shape, bits), self._space(sent, shape, bits)

    def _space(self, name: str, shape: Shape, bits: int) -> Type:
        """The space that the layer declares by that name, or one that only formats know."""
        known = self._types.get(name)
        if not isinstance(known, Seq):
            return Seq(name, bits)
        if known.width != bits:
            message = f"{name} has {known.width} bits, and the field {bits}"
            self._width(shape.where("seq"), message, "mend one of them")
        return known

    def _named(self, shape: Shape, bits: int) -> Type | None:
        name = shape.text("type")
        type_ = self._types.get(name)
        if type_ is None:
            hint = closest(name, [*self._types, *_FIXED], "declare it in a types: file")
            self._findings.add(
                "UNKNOWN-NAME", shape.where("type"), f"there is no type {quoted(name)}", hint
            )
            return None
        width = bits + 1
        if isinstance(type_, Enum):
            width = type_.width or bits
        elif isinstance(type_, Flags):
            width = len(type_.members)
        if width > bits:
            self._width(shape.where("type"), f"{name} does not fit {bits} bits", "mend the width")
            return None
        return evolve(type_, width=bits, open=True) if isinstance(type_, Enum) else type_

    def _width(self, mark: Mark, message: str, hint: str) -> None:
        self._findings.add("FORMAT-WIDTH", mark, message, hint)

    # ---- roles

    def _with_role(self, name: str, shape: Shape, kind: _Kind, mark: Mark) -> WireField:
        roles = [key for key in _ROLES if key in shape]
        if len(roles) > 1:
            message = f"field {quoted(name)} is {roles[0]} and {roles[1]}"
            self._findings.add("FORMAT-ROLE", shape.where(roles[1]), message, "keep one of them")
        role = roles[0] if roles else ""
        if role in ("counts", "checksum") and not isinstance(kind.type, Nat):
            message = f"field {quoted(name)} is computed, so it is a number"
            self._findings.add("FORMAT-ROLE", shape.where(role), message, "give it bits alone")
            role = ""
        minimum, maximum = self._bound(shape, "min", kind), self._bound(shape, "max", kind)
        wire = WireField(
            name,
            _narrowed(kind.type, maximum),
            _narrowed(kind.sent, maximum),
            _ROLE_OF.get(role, "value"),
            kind.bits,
            kind.length,
            self._value(shape, role, kind) if role in ("const", "default") else None,
            minimum,
            maximum,
            self._count(shape) if role == "counts" else None,
            self._checksum(shape) if role == "checksum" else None,
            "",
            tuple(self._numbers(shape, "names", kind.bits or 1).items()),
            shape.text("says"),
            read_refs(shape.node("ref"), self._findings),
            mark,
        )
        if role == "reserved" and not shape.flag("reserved"):
            wire = evolve(wire, role="value")
        return evolve(wire, drop=read_reason(shape, self._findings, _default_reason(wire)))

    def _bound(self, shape: Shape, key: str, kind: _Kind) -> int | None:
        if key not in shape:
            return None
        if not isinstance(kind.type, Nat | Enum):
            message = f"{kind.type} has no bounds"
            self._findings.add("FORMAT-VALUE", shape.where(key), message, f"take '{key}' away")
            return None
        return shape.number(key, least=0, most=(1 << kind.bits) - 1)

    def _value(self, shape: Shape, key: str, kind: _Kind) -> int | None:
        """The number of a constant or default: a number, a truth value, a member or members."""
        node = shape.node(key)
        nodes = node.items if isinstance(node, Sequence) else (node,)
        total = 0
        for each in nodes:
            number = _number_of(each, kind.type)
            if number is None or not kind.bits or number >> kind.bits:
                where = each.mark if each is not None else shape.mark
                hint = "write a number that fits, or a member of the field's type"
                message = f"{quoted(getattr(each, 'text', ''))} is no value of {kind.type}"
                self._findings.add("FORMAT-VALUE", where, message, hint)
                return 0
            total |= number
        return total

    def _count(self, shape: Shape) -> Count | None:
        unit = shape.number("unit", least=1, most=1024) if "unit" in shape else 1
        of = shape.text("counts")
        return Count(of, unit or 1) if of else None

    def _checksum(self, shape: Shape) -> Checksum | None:
        mapping = shape.mapping("checksum")
        if mapping is None:
            return None
        inner = Shape(mapping, self._findings, "'checksum'", ("over", "pseudo", "zero"))
        over = inner.choice("over", ("header", "whole"), required=True)
        zero = inner.choice("zero", ("valid", "unused"))
        pseudo = inner.mapping("pseudo")
        protocol = None
        if pseudo is not None:
            rule = Shape(pseudo, self._findings, "'pseudo'", ("protocol",))
            protocol = rule.number("protocol", required=True, least=0, most=255)
        return Checksum("whole" if over == "whole" else "header", protocol, zero == "unused")

    # ---- alignment

    def _aligned(self, fields: list[WireField]) -> None:
        """Note where bits do not fill whole octets before octets or the end."""
        width = 0
        for wire in fields:
            if not wire.bits and width % 8:
                self._unaligned(wire.mark, width)
            width = width + wire.bits if wire.bits else 0
        if width % 8:
            self._unaligned(fields[-1].mark, width)

    def _unaligned(self, mark: Mark, width: int) -> None:
        hint = f"add a reserved field of {-width % 8} bits, or mend a width"
        self._findings.add("FORMAT-ALIGN", mark, f"{width} bits are no whole octets", hint)


def _twice(type_: Type | None) -> tuple[Type, Type] | None:
    return None if type_ is None else (type_, type_)


def _is_nat(wire: WireField) -> bool:
    return isinstance(wire.type, Nat) and wire.role in ("value", "count")


def _narrowed(type_: Type, maximum: int | None) -> Type:
    return Nat(maximum) if isinstance(type_, Nat) and maximum is not None else type_


def _number_of(node: Node | None, type_: Type) -> int | None:
    if not isinstance(node, Scalar):
        return None
    value = node.value
    if isinstance(value, bool):
        return int(value) if isinstance(type_, Bool) else None
    if isinstance(value, int):
        return value if value >= 0 and not isinstance(type_, Bool) else None
    if isinstance(type_, Enum):
        return type_.value(node.text)
    if isinstance(type_, Flags) and node.text in type_.members:
        return 1 << type_.members.index(node.text)
    return None


def _default_reason(wire: WireField) -> str:
    """The refusal that a field has where `drop` does not say it."""
    if wire.count is not None:
        named = {"header": "bad_header_length", "whole": "bad_total_length"}
        return named.get(wire.count.of, "")
    if wire.checksum is not None:
        return "bad_checksum"
    refuses = wire.role == "const" or wire.minimum is not None or wire.maximum is not None
    return f"bad_{wire.name.lower()}" if refuses else ""
