"""Reads types where they are used, and named types where they are declared."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from typing import Final, cast

from attrs import Factory, evolve, frozen

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.model import Field, Record
from netfsm.spec.names import closest, refused_name
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.shape import Entries, Shape, expect_entries, expect_number
from netfsm.spec.types import (
    BOOL,
    BYTES,
    DURATION,
    INSTANT,
    IP,
    IPV4,
    IPV6,
    MAC,
    TEXT,
    Enum,
    Flags,
    Handle,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
    Type,
)

__all__ = [
    "TypeNames",
    "good_name",
    "parse_fields",
    "parse_named_types",
    "parse_records",
    "parse_type",
]

MAX_WIDTH: Final = 64
MAX_TEXT: Final = 200
MAX_NAT: Final = (1 << 128) - 1
MAX_QUEUE: Final = 1_000_000
_PLAIN: Final[MappingOf[str, Type]] = {
    "bool": BOOL,
    "duration": DURATION,
    "instant": INSTANT,
    "mac": MAC,
    "ipv4": IPV4,
    "ipv6": IPV6,
    "bytes": BYTES,
    "text": TEXT,
    "ipv4 prefix": Prefix("ipv4"),
    "ipv6 prefix": Prefix("ipv6"),
}
_WORDS: Final = ("nat", "handle", "set", "ranges", *_PLAIN)
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,39}|0x[0-9a-fA-F]{1,32})\Z", re.ASCII)
_FIRST_WORD: Final = re.compile(r"\s*(\S+)\s*")
_FORMS: Final = ("enum", "flags", "seq", "record")


@frozen
class TypeNames:
    """What a type may name: other types, and the constants that `nat MAX` and `max:` may use.

    A name in `broken` has a finding already, so a use of it gets none.
    """

    types: MappingOf[str, Type]
    numbers: MappingOf[str, int] = Factory(dict[str, int])
    broken: frozenset[str] = frozenset()

    @property
    def of_controls(self) -> TypeNames:
        """The names that queries, commands and flows may use: addresses of either IP, too."""
        return evolve(self, types={**self.types, "ip": IP})


def parse_type(node: Node, names: TypeNames, findings: Findings) -> Type | None:
    """Return the type that `node` writes: `nat 7`, `set ipv4`, `{queue: bytes, max: 3, full: ...}`.

    None with a finding where it is none.
    """
    if isinstance(node, Mapping):
        return _queue(node, names, findings)
    if isinstance(node, Scalar) and node.text.strip() and len(node.text) <= MAX_TEXT:
        return _type_text(node, node.text, 0, names, findings)
    findings.add("TYPE-FORM", node.mark, "a type is wanted here", "such as bool, nat 65535, bytes")
    return None


def parse_fields(
    entries: Entries, names: TypeNames, findings: Findings, *, ghost: bool = False
) -> tuple[Field, ...]:
    """Return the typed fields of `{name: type}`, or of `{name: {type: ..., says: ...}}`."""
    fields: list[Field] = []
    for key, node in entries:
        says = ""
        is_ghost = ghost
        written: Node | None = node
        if isinstance(node, Mapping) and node.get("queue") is None:
            shape = Shape(node, findings, key.text, ("type", "says", "ghost"))
            written = shape.node("type", required=True)
            says, is_ghost = shape.text("says"), shape.flag("ghost", default=ghost)
        type_ = None if written is None else parse_type(written, names, findings)
        if good_name(key, findings) and type_ is not None:
            fields.append(Field(key.text, type_, is_ghost, says, key.mark))
    return tuple(fields)


def parse_named_types(
    node: Node, findings: Findings, *, owner: str = ""
) -> dict[str, Enum | Flags | Seq]:
    """Return the enums, flags and sequence spaces of a `types:` mapping by name.

    `owner`, a layer, stands before the dot in the types' own names, so that one type is the same
    wherever it is used. Records come later (`parse_records`): their fields have types.
    """
    found: dict[str, Enum | Flags | Seq] = {}
    for key, value in expect_entries(node, findings, "types"):
        form = _form(key, value, findings)
        if form is None or form[0] == "record":
            continue
        kind, shape, inner = form
        name = f"{owner}.{key.text}" if owner else key.text
        if not good_name(key, findings):
            continue
        if kind == "seq":
            width = expect_number(inner, findings, "the width of a space", least=2, most=MAX_WIDTH)
            if width is not None:
                found[key.text] = Seq(name, width)
        elif kind == "flags":
            members = _listed_members(inner, findings)
            if members:
                found[key.text] = Flags(name, tuple(members))
        else:
            numbered = _members(inner, findings)
            width = shape.number("width", least=1, most=MAX_WIDTH) or 0
            if numbered and _fit(numbered, width, findings):
                pairs = tuple((member.text, number) for member, number in numbered)
                found[key.text] = Enum(name, pairs, width, shape.flag("open"))
    return found


def parse_records(
    node: Node, names: TypeNames, findings: Findings, *, owner: str = ""
) -> tuple[Record, ...]:
    """Return the records of a `types:` mapping, whose other faults `parse_named_types` notes."""
    records: list[Record] = []
    silent = Findings()
    for key, value in expect_entries(node, silent, "types"):
        form = _form(key, value, silent)
        if form is None or form[0] != "record" or not good_name(key, findings):
            continue
        entries = expect_entries(form[2], findings, key.text)
        fields = parse_fields(entries, names.of_controls, findings)
        name = f"{owner}.{key.text}" if owner else key.text
        records.append(Record(name, fields, form[1].text("says"), key.mark))
    return tuple(records)


def good_name(key: Scalar, findings: Findings, *, state: bool = False) -> bool:
    """True where `key` may be declared as a name; else NAME is noted. A state's may hold `-`."""
    reason = refused_name(key.text, state=state)
    if reason is not None:
        findings.add("NAME", key.mark, f"{quoted(key.text)} can't be a name: {reason}")
    return reason is None


# ---- types in text


def _type_text(
    node: Scalar, text: str, start: int, names: TypeNames, findings: Findings
) -> Type | None:
    """The type that `text` writes, which stands at `start` in the text of `node`."""
    whole = " ".join(text.split())
    if whole in _PLAIN:
        return _PLAIN[whole]
    match = _FIRST_WORD.match(text)
    first, after = (match[1], start + match.end()) if match else ("", start)
    rest = whole.partition(" ")[2]
    inner = text[after - start :]
    if first == "nat" and rest:
        top = _top(node, rest, after, names, findings)
        return None if top is None else Nat(top)
    if first == "handle" and rest and not refused_name(rest):
        return Handle(rest)
    if first == "set" and rest:
        element = _type_text(node, inner, after, names, findings)
        return None if element is None else _set(node, element, findings)
    if first == "ranges" and rest:
        space = _type_text(node, inner, after, names, findings)
        if space is None or isinstance(space, Seq):
            return space and Ranges(space)
        message = f"ranges are of a sequence space, not of {space}"
        findings.add("TYPE-FORM", node.at(after), message, "declare one: types: {snd: {seq: 32}}")
        return None
    return _named(node, whole, start, names, findings)


def _named(
    node: Scalar, name: str, start: int, names: TypeNames, findings: Findings
) -> Type | None:
    if name in names.types:
        return names.types[name]
    if name in names.broken:
        return None
    if name in ("nat", "handle", "set", "ranges", "queue", "prefix", "seq", "enum"):
        hint = {
            "nat": "write its greatest value: nat 65535",
            "handle": "write its kind: handle packet",
            "set": "write its elements' type: set ipv4",
            "ranges": "write its sequence space: ranges rcv",
            "queue": "write {queue: TYPE, max: 3, full: drop_oldest}",
            "prefix": "write ipv4 prefix or ipv6 prefix",
        }.get(name, f"declare it by a name: types: {{name: {{{name}: ...}}}}")
        findings.add("TYPE-FORM", node.at(start), f"{name} alone is no type", hint)
        return None
    hint = closest(name, [*_WORDS, *names.types], "declare it under types:")
    findings.add("UNKNOWN-TYPE", node.at(start), f"there is no type {quoted(name)}", hint)
    return None


def _top(node: Scalar, text: str, start: int, names: TypeNames, findings: Findings) -> int | None:
    """The greatest value of a nat, a number or the name of a constant."""
    if _NUMBER.match(text):
        top = int(text, 0)
        if top <= MAX_NAT:
            return top
    if text in names.numbers:
        return names.numbers[text]
    if text in names.broken:
        return None
    hint = closest(text, names.numbers, "write a number or a constant of type nat: nat 65535")
    message = f"{quoted(text)} is no greatest value of a nat"
    findings.add("TYPE-FORM", node.at(start), message, hint)
    return None


def _set(node: Node, element: Type, findings: Findings) -> Type | None:
    if isinstance(element, SetOf | Queue | Ranges | Handle):
        message = f"a set holds plain values, not {element}"
        findings.add("TYPE-FORM", node.mark, message, "make it an instance of its own machine")
        return None
    return SetOf(element)


def _queue(node: Mapping, names: TypeNames, findings: Findings) -> Type | None:
    shape = Shape(node, findings, "a queue", ("queue", "max", "full"))
    inner = shape.node("queue", required=True)
    element = None if inner is None else parse_type(inner, names, findings)
    bound = shape.node("max", required=True)
    top = None
    if isinstance(bound, Scalar) and isinstance(bound.value, str):
        top = _top(bound, bound.text.strip(), 0, names, findings)
    elif bound is not None:
        top = expect_number(bound, findings, "'max'", least=1, most=MAX_QUEUE)
    full = shape.choice("full", ("drop_oldest", "refuse"), required=True)
    if isinstance(element, SetOf | Queue | Ranges):
        message = f"a queue holds plain values, not {element}"
        findings.add("TYPE-FORM", node.mark, message, "make it an instance of its own machine")
        return None
    if element is None or top is None or full is None:
        return None
    return Queue(element, top, "refuse" if full == "refuse" else "drop_oldest")


# ---- declarations


def _form(key: Scalar, node: Node, findings: Findings) -> tuple[str, Shape, Node] | None:
    """Which of the forms a named type has, its shape, and what stands under that form's key."""
    kinds = [form for form in _FORMS if isinstance(node, Mapping) and node.get(form) is not None]
    if len(kinds) != 1 or not isinstance(node, Mapping):
        message = f"type {quoted(key.text)} has one of the keys enum, flags, seq, record"
        hint = "such as {enum: [OPEN, CLOSED]} or {seq: 32}"
        findings.add("TYPE-FORM", key.mark, message, hint)
        return None
    kind = kinds[0]
    known = (kind, "says", "width", "open") if kind == "enum" else (kind, "says")
    shape = Shape(node, findings, f"type {key.text}", known)
    return kind, shape, cast("Node", node.get(kind))


def _listed_members(node: Node, findings: Findings) -> list[str]:
    return [member.text for member, _ in _numbered(node, findings)]


def _members(node: Node, findings: Findings) -> list[tuple[Scalar, int]]:
    """The members of an enum: listed, from 0, or a mapping from names to numbers."""
    if not isinstance(node, Mapping):
        return _numbered(node, findings)
    members: list[tuple[Scalar, int]] = []
    for key, value in node.items:
        number = expect_number(value, findings, key.text, least=0, most=(1 << MAX_WIDTH) - 1)
        if good_name(key, findings) and number is not None:
            members.append((key, number))
    return _distinct(members, findings)


def _numbered(node: Node, findings: Findings) -> list[tuple[Scalar, int]]:
    items = node.items if isinstance(node, Sequence) else ()
    scalars = [item for item in items if isinstance(item, Scalar) and item.text]
    if not items or len(scalars) < len(items):
        message = "members are a list of names"
        findings.add("TYPE-FORM", node.mark, message, "such as [CEASE, ONCE, ALWAYS]")
        return []
    if len(items) > MAX_WIDTH * MAX_WIDTH:
        findings.add("TYPE-FORM", node.mark, f"{len(items)} members are too many")
        return []
    named = [scalar for scalar in scalars if good_name(scalar, findings)]
    return _distinct([(scalar, number) for number, scalar in enumerate(named)], findings)


def _distinct(members: list[tuple[Scalar, int]], findings: Findings) -> list[tuple[Scalar, int]]:
    names: set[str] = set()
    numbers: dict[int, str] = {}
    good: list[tuple[Scalar, int]] = []
    for member, number in members:
        if member.text in names:
            message = f"member {member.text} stands twice"
            findings.add("DUPLICATE-MEMBER", member.mark, message, "take one of them away")
        elif number in numbers:
            message = f"{member.text} and {numbers[number]} have the number {number}"
            findings.add("DUPLICATE-MEMBER", member.mark, message, "one name for one number")
        else:
            good.append((member, number))
        names.add(member.text)
        numbers.setdefault(number, member.text)
    return good


def _fit(members: list[tuple[Scalar, int]], width: int, findings: Findings) -> bool:
    beyond = [(key, number) for key, number in members if width and number >> width]
    for key, number in beyond:
        findings.add("OUT-OF-BOUNDS", key.mark, f"{number} does not fit {width} bits")
    return not beyond
