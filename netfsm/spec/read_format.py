"""Reads a format file into the frozen model: `read_format` is the one door."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from math import prod
from typing import Final

from attrs import evolve

from netfsm.spec.expr import Expr, Lit, Name, Op
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import (
    LEN,
    PARTS,
    Check,
    Derived,
    Format,
    Variant,
    Variants,
    WireField,
)
from netfsm.spec.names import Names, Vocabulary, closest, refused_name
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.parse import parse_node
from netfsm.spec.read_fields import FieldReader, read_reason
from netfsm.spec.read_options import read_options
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_number
from netfsm.spec.types import BOOL, BYTES, Enum, Nat, Type

__all__ = ["read_format"]

_KEYS: Final = [
    "format",
    "netfsm",
    "title",
    "says",
    "ref",
    "fields",
    "variants",
    "options",
    "payload",
    "derive",
    "valid",
    "usual",
]


def read_format(
    mapping: Mapping, findings: Findings, types: MappingOf[str, Type] | None = None
) -> Format | None:
    """The format that `mapping` holds, a whole file of kind `format`; None where it holds none.

    `types` are enums and flags of `types:` files that fields may name. Everything wrong becomes a
    finding; a format is returned as far as it can be read, so look at `findings.errors`.
    """
    shape = Shape(mapping, findings, "a format", _KEYS)
    name = shape.text("format", required=True)
    if shape.number("netfsm", required=True, least=1, most=1) is None or not name:
        return None
    return _Reader(name, shape, findings, types or {}).read()


class _Reader:
    """Reads one format, part by part, in the order in which parts name one another."""

    def __init__(
        self, name: str, shape: Shape, findings: Findings, types: MappingOf[str, Type]
    ) -> None:
        self._name = name
        self._shape = shape
        self._findings = findings
        self._types = types
        self._fields = FieldReader(name, types, findings)

    def read(self) -> Format | None:
        """The whole format."""
        shape = self._shape
        fields = self._fields.read(shape.entries("fields", required=True))
        if not fields:
            return None
        variants = self._variants(fields)
        options = shape.mapping("options")
        listed = (
            None
            if options is None
            else read_options(self._name, options, self._findings, self._types)
        )
        payload = shape.scalar("payload")
        draft = Format(
            self._name,
            shape.text("title", required=True),
            shape.text("says"),
            read_refs(shape.node("ref", required=True), self._findings),
            fields,
            variants,
            listed,
            None if payload is None else payload.text,
            (),
            (),
            self._usual(fields),
            (),
            shape.mark,
        )
        self._consistent(draft)
        derived, checks = self._derived(draft), self._checks(draft)
        found = {str(f.type): f.type for f in draft.all_fields if _is_named(f)}
        return evolve(draft, derived=derived, checks=checks, used_types=tuple(found.values()))

    # ---- variants

    def _variants(self, fields: tuple[WireField, ...]) -> Variants | None:
        mapping = self._shape.mapping("variants")
        if mapping is None:
            return None
        shape = Shape(mapping, self._findings, "'variants'", ("by", "of", "drop"))
        by = shape.scalar("by", required=True)
        tag = next((f for f in fields if by is not None and f.name == by.text), None)
        if by is not None and (tag is None or not isinstance(tag.type, Nat | Enum)):
            hint = closest(by.text, [f.name for f in fields], "name a number or an enum")
            message = f"{quoted(by.text)} is no field that can tell variants apart"
            self._findings.add("UNKNOWN-NAME", by.mark, message, hint)
            tag = None
        cases: list[Variant] = []
        taken: dict[int, str] = {}
        for key, node in shape.entries("of", required=True):
            case = self._variant(key, node, tag, taken)
            if cases and cases[-1].values is None:
                message = f"{quoted(cases[-1].name)} takes all the rest, so none comes after it"
                self._findings.add("FORMAT-VALUE", key.mark, message, "put it last")
            if case is not None:
                cases.append(case)
        if tag is None or not cases:
            return None
        drop = read_reason(shape, self._findings, f"unknown_{tag.name.lower()}")
        return Variants(tag.name, tuple(cases), drop, shape.mark)

    def _variant(
        self, key: Scalar, node: Node, tag: WireField | None, taken: dict[int, str]
    ) -> Variant | None:
        mapping = expect_mapping(node, self._findings, f"variant {quoted(key.text)}")
        if mapping is None:
            return None
        what = f"variant {quoted(key.text)}"
        shape = Shape(mapping, self._findings, what, ("when", "fields", "says", "ref"))
        when = shape.node("when", required=True)
        fields = self._fields.read(shape.entries("fields") if "fields" in shape else ())
        for wire in fields:
            if wire.role in ("count", "checksum") or (wire.length is None and not wire.bits):
                message = f"{quoted(wire.name)} has no place in a variant"
                self._findings.add("FORMAT-ROLE", wire.mark, message, "put it into 'fields'")
        values = self._values(when, tag, taken, key.text)
        refs = read_refs(shape.node("ref"), self._findings)
        return Variant(key.text, values, fields, shape.text("says"), refs, key.mark)

    def _values(
        self, when: Node | None, tag: WireField | None, taken: dict[int, str], name: str
    ) -> tuple[int, ...] | None:
        if when is None or (isinstance(when, Scalar) and when.text == "else"):
            return None
        found: list[int] = []
        for node in when.items if isinstance(when, Sequence) else (when,):
            number = node.value if isinstance(node, Scalar) else None
            if isinstance(number, str) and tag is not None and isinstance(tag.type, Enum):
                number = tag.type.value(number)
            if not isinstance(number, int) or (tag is not None and number >> tag.bits):
                message = f"{quoted(getattr(node, 'text', ''))} is no value of the tag"
                hint = "write a number that fits, a member, or else"
                self._findings.add("FORMAT-VALUE", node.mark, message, hint)
            elif number in taken:
                message = f"{number} has variant {quoted(taken[number])} already"
                self._findings.add("FORMAT-VALUE", node.mark, message, "keep one of them")
            else:
                taken[number] = name
                found.append(number)
        return tuple(found)

    # ---- what joins the parts

    def _consistent(self, draft: Format) -> None:
        """Note lengths that count nothing, checksums out of place, and fields behind the rest."""
        before_octets = True
        seen: set[str] = set()
        sums = 0
        offset = 0
        for wire in draft.fields:
            if wire.count is not None:
                self._count(draft, wire, seen, before_octets)
            if wire.checksum is not None:
                sums += 1
                self._sum(wire, offset, before_octets, sums)
            if (
                not wire.bits
                and wire.length is None
                and (
                    wire is not draft.fields[-1]
                    or draft.variants
                    or draft.options
                    or draft.payload is not None
                )
            ):
                message = f"{quoted(wire.name)} takes all the rest, so nothing comes after it"
                self._findings.add("FORMAT-COUNTS", wire.mark, message, "give it a length")
            before_octets = before_octets and wire.bits > 0
            offset += wire.bits

    def _count(self, draft: Format, wire: WireField, seen: set[str], before_octets: bool) -> None:
        of = wire.count.of if wire.count else ""
        octets = [f.name for f in draft.fields if not f.bits and f.length is not None]
        known = [*PARTS, *octets]
        if of not in known or of in seen or (of == "payload" and draft.payload is None):
            message = f"{quoted(wire.name)} counts {quoted(of)}"
            message += ", which is counted already" if of in seen else ", which is nothing to count"
            hint = closest(of, known, f"one of: {', '.join(known)}")
            self._findings.add("FORMAT-COUNTS", wire.mark, message, hint)
        elif of not in PARTS:
            length = draft.find(of).length
            unit = wire.count.unit if wire.count else 1
            if not _is_name(length, wire.name, unit):
                hint = f"write {of}: {{bytes: {wire.name}{f' * {unit}' if unit > 1 else ''}}}"
                message = f"{quoted(wire.name)} counts {quoted(of)}, whose length is another"
                self._findings.add("FORMAT-COUNTS", wire.mark, message, hint)
        if not before_octets:
            message = f"{quoted(wire.name)} counts octets and lies behind some of a varying number"
            self._findings.add("FORMAT-COUNTS", wire.mark, message, "lengths come first")
        seen.add(of)

    def _sum(self, wire: WireField, offset: int, before_octets: bool, sums: int) -> None:
        problem = ""
        if wire.bits != 16 or offset % 16 or not before_octets:
            problem = "a checksum is 16 bits wide and lies at an even octet of the fixed part"
        elif sums > 1:
            problem = "a format has one checksum"
        if problem:
            hint = "move it, or sum the other way by hand"
            self._findings.add("FORMAT-CHECKSUM", wire.mark, problem, hint)

    def _usual(self, fields: tuple[WireField, ...]) -> MappingOf[str, int]:
        found: dict[str, int] = {}
        counters = {f.name: f for f in fields if f.count and f.count.of not in PARTS}
        for key, node in self._shape.entries("usual") if "usual" in self._shape else ():
            number = expect_number(node, self._findings, quoted(key.text), least=0, most=65535)
            if key.text not in counters:
                message = f"{quoted(key.text)} counts no octets of a field"
                hint = closest(key.text, counters, "name a field with 'counts'")
                self._findings.add("FORMAT-COUNTS", key.mark, message, hint)
            elif number is not None:
                found[key.text] = number
        return found

    # ---- expressions

    def _names(self, draft: Format, *, received: bool) -> Names:
        """What an expression may name: all that is received, or what a packet keeps."""
        vocabulary = Vocabulary()
        for wire in draft.all_fields:
            if wire.visible or (received and wire.role != "reserved"):
                vocabulary.add_params("", [(wire.name, wire.type)])
            vocabulary.add_members(wire.type)
        for option in draft.options.options if draft.options else ():
            vocabulary.add_params("", [(m.name, m.type) for m in option.members("type")])
        parts = PARTS if received else ("payload",)
        known = [p for p in parts if p != "payload" or draft.payload is not None]
        vocabulary.add_params("", [(part, BYTES) for part in known])
        return Names(vocabulary)

    def _derived(self, draft: Format) -> tuple[Derived, ...]:
        if "derive" not in self._shape:
            return ()
        names = self._names(draft, received=False)
        taken = {f.name for f in draft.settable}
        found: list[Derived] = []
        for key, node in self._shape.entries("derive"):
            trouble = refused_name(f"x.{key.text}") or (
                "another field has this name" if key.text in taken else None
            )
            if trouble is not None:
                message = f"nothing can be called {quoted(key.text)}: {trouble}"
                code = "DUPLICATE-NAME" if key.text in taken else "BAD-NAME"
                self._findings.add(code, key.mark, message)
                continue
            taken.add(key.text)
            expr = parse_node(node, names, self._findings)
            if expr is not None:
                bound = upper_bound(expr)
                type_ = Nat(bound) if isinstance(expr.type, Nat) and bound else expr.type
                found.append(Derived(key.text, type_, expr, key.mark))
        return tuple(found)

    def _checks(self, draft: Format) -> tuple[Check, ...]:
        names = self._names(draft, received=True)
        found: list[Check] = []
        for mapping in self._shape.mappings("valid") if "valid" in self._shape else ():
            shape = Shape(mapping, self._findings, "a check", ("holds", "drop", "ref", "says"))
            node = shape.node("holds", required=True)
            holds = None if node is None else parse_node(node, names, self._findings, expect=BOOL)
            shape.text("drop", required=True)
            drop = read_reason(shape, self._findings, "malformed")
            refs = read_refs(shape.node("ref", required=True), self._findings)
            if holds is not None:
                found.append(Check(holds, drop, shape.text("says"), refs, mapping.mark))
        return tuple(found)


def upper_bound(expr: Expr) -> int:
    """The most that a number of a format can be, a packet being 65,535 octets at most."""
    if not isinstance(expr, Op):
        return expr.type.max if isinstance(expr.type, Nat) else 0
    if expr.op == "len":
        return LEN.max
    args = [upper_bound(arg) for arg in expr.args]
    match expr.op:
        case "add":
            return sum(args)
        case "mul":
            return prod(args)
        case "sub" | "div":
            return args[0]
        case "min":
            return min(args)
        case "max" | "if":
            return max(args)
        case _:
            return expr.type.max if isinstance(expr.type, Nat) else 0


def _is_named(wire: WireField) -> bool:
    return not isinstance(wire.type, Nat) and bool(getattr(wire.type, "members", ()))


def _is_name(length: object, name: str, unit: int) -> bool:
    """True if `length` says `name * unit`."""
    if unit == 1:
        return isinstance(length, Name) and length.name == name
    if not isinstance(length, Op) or length.op != "mul":
        return False
    names = [a.name for a in length.args if isinstance(a, Name)]
    numbers = [a.value for a in length.args if isinstance(a, Lit)]
    return names == [name] and numbers == [unit]
