"""The frozen model of a format: how the octets of one message lie on the wire.

docs/reference/formats.md says what each part means; `netfsm.spec.read_format` builds this model,
`netfsm.wire` makes codecs, strategies, tables and hex views of it. Bits count from the most
significant of the first octet, as the RFCs draw them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from attrs import field, frozen

from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark
from netfsm.spec.model import Field, FormatField, Ref
from netfsm.spec.types import BOOL, MAC, Bool, Bytes, Nat, Type, Value

__all__ = [
    "LEN",
    "PARTS",
    "Check",
    "Checksum",
    "Count",
    "Derived",
    "Format",
    "Option",
    "OptionList",
    "Variant",
    "Variants",
    "WireField",
]

PARTS = ("header", "payload", "whole")
LEN = Nat(65535)

Role = Literal["value", "reserved", "const", "count", "checksum"]


@frozen
class Count:
    """What a computed length counts: one of PARTS or a `bytes` field, in steps of `unit` octets."""

    of: str
    unit: int


@frozen
class Checksum:
    """An RFC 1071 checksum over `header` or `whole`.

    `protocol` is the number in the pseudo-header, None where there is none. `optional` says that
    zero on the wire means no checksum (RFC 768).
    """

    over: Literal["header", "whole"]
    protocol: int | None
    optional: bool


@frozen
class WireField:
    """A field as it lies on the wire.

    `type` is what a machine receives, `sent` what it sends (they differ only in the sequence
    space). `bits` is the width, 0 for octets, whose number is `length`: an expression over fields
    before, or None for all that is left. `value` is the constant or default. `drop` names the
    refusal of a wrong value, "" where no value is wrong; `names` are words for values, for readers.
    """

    name: str
    type: Type
    sent: Type
    role: Role
    bits: int
    length: Expr | None
    value: int | None
    minimum: int | None
    maximum: int | None
    count: Count | None
    checksum: Checksum | None
    drop: str
    names: tuple[tuple[str, int], ...]
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)

    def named(self, value: int) -> str | None:
        """The word for `value` in `names`, None where it has none."""
        return next((name for name, number in self.names if number == value), None)

    @property
    def visible(self) -> bool:
        """True if machines see it, and packets hold it."""
        return self.role == "value"

    @property
    def required(self) -> bool:
        """True if whoever sends the message must say it."""
        return self.role == "value" and self.value is None


@frozen
class Variant:
    """Fields that stand where the tag has one of `values`; None for every other value."""

    name: str
    values: tuple[int, ...] | None
    fields: tuple[WireField, ...]
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Variants:
    """All variants and the field that tells which one a packet has."""

    tag: str
    cases: tuple[Variant, ...]
    drop: str
    mark: Mark = field(eq=False)

    @property
    def total(self) -> bool:
        """True if every value of the tag has a variant."""
        return any(case.values is None for case in self.cases)


@frozen
class Option:
    """One known option: its tag and the fields of its value, which stand 1 to `repeat` times."""

    name: str
    kind: int
    fields: tuple[WireField, ...]
    repeat: int
    duplicates: Literal["first", "last", "malformed"]
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)

    @property
    def size(self) -> int:
        """Octets of the fixed part of one value."""
        return sum(f.bits for f in self.fields) // 8

    @property
    def open_ended(self) -> bool:
        """True if the value ends with octets of any number."""
        return any(not f.bits for f in self.fields)

    def members(self, side: Literal["type", "sent"]) -> tuple[Field, ...]:
        """What machines see of it: presence, then its fields, numbered where they repeat.

        `side` tells whether a machine receives or sends it: a sequence number is of another space.
        """
        found = [Field(f"{self.name}.present", BOOL, False, self.says, self.mark)]
        seen = [f for f in self.fields if f.visible]
        if self.repeat == 1:
            return (*found, *(_member(self, f, "", side) for f in seen))
        count = Field(f"{self.name}.count", Nat(self.repeat), False, "how many stand", self.mark)
        times = range(1, self.repeat + 1)
        return (*found, count, *(_member(self, f, str(n), side) for n in times for f in seen))


@frozen
class OptionList:
    """A list of tag, length and value, with widths in octets.

    `counts_whole` says that a length counts tag and length too. `keep_mismatch`: a known tag with
    a wrong length is kept as unknown, not refused.
    """

    kind_octets: Literal[1, 2]
    length_octets: Literal[1, 2]
    counts_whole: bool
    unit: int
    end: int | None
    padding: int | None
    align: int
    drop: str
    keep_mismatch: bool
    options: tuple[Option, ...]
    mark: Mark = field(eq=False)


@frozen
class Derived:
    """A name that the decoder computes for machines."""

    name: str
    type: Type
    expr: Expr
    mark: Mark = field(eq=False)


@frozen
class Check:
    """What must hold of a packet, and the reason for which it is dropped where it does not."""

    holds: Expr
    drop: str
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen(slots=False)
class Format:
    """A whole format, checked.

    `payload` says what follows the header, None where nothing of this message does. `usual` maps
    a counting field to the length it has nearly always.
    """

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    fields: tuple[WireField, ...]
    variants: Variants | None
    options: OptionList | None
    payload: str | None
    derived: tuple[Derived, ...]
    checks: tuple[Check, ...]
    usual: Mapping[str, int] = field(hash=False)
    used_types: tuple[Type, ...]
    mark: Mark = field(eq=False)
    digest: str = field(default="", eq=False)

    @cached_property
    def all_fields(self) -> tuple[WireField, ...]:
        """Fields of the fixed part and of all variants, in order."""
        cases = self.variants.cases if self.variants else ()
        return self.fields + tuple(f for case in cases for f in case.fields)

    @cached_property
    def message_fields(self) -> tuple[Field, ...]:
        """What an event of this message gives a machine, in the order of `Codec.message`."""
        derived = (Field(d.name, d.type, False, "", d.mark) for d in self.derived)
        return (*self._stored("type"), *derived)

    @cached_property
    def settable(self) -> tuple[Field, ...]:
        """What an output of this message may say, in the order of the packet."""
        return tuple(self._stored("sent"))

    @cached_property
    def sent(self) -> tuple[FormatField, ...]:
        """The same with what goes out where an output does not say it."""
        known = {f.name: f.value for f in self.all_fields}
        unknown = {*self.required, "len"}
        return tuple(
            FormatField(f.name, f.type, None if f.name in unknown else _default(f, known))
            for f in self.settable
        )

    @cached_property
    def required(self) -> frozenset[str]:
        """Names that every output of this message must say."""
        return frozenset(f.name for f in self.fields if f.required)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Every reason for which the decoder may refuse, in the order of the checks."""
        fixed = [f.drop for f in self.fields if f.drop and f.role != "checksum"]
        sums = [f.drop for f in self.fields if f.role == "checksum"]
        inner = [f.drop for f in self.all_fields[len(self.fields) :] if f.drop]
        tag = [self.variants.drop] if self.variants and not self.variants.total else []
        lists = [self.options.drop] if self.options else []
        checks = [check.drop for check in self.checks]
        return tuple(dict.fromkeys(["truncated", *fixed, *inner, *tag, *sums, *lists, *checks]))

    @cached_property
    def checksum(self) -> WireField | None:
        """The field that holds the checksum, if there is one."""
        return next((f for f in self.fields if f.checksum), None)

    @cached_property
    def fixed_octets(self) -> int:
        """Octets that every packet has, before octets of a length that another field tells."""
        return sum(f.bits for f in self.fields) // 8

    def counter(self, of: str) -> WireField | None:
        """The field that counts `of`, one of PARTS or a `bytes` field."""
        return next((f for f in self.fields if f.count and f.count.of == of), None)

    def find(self, name: str) -> WireField:
        """The field called `name`, of the fixed part or of a variant; KeyError if there is none."""
        for found in self.all_fields:
            if found.name == name:
                return found
        raise KeyError(name)

    def _stored(self, side: Literal["type", "sent"]) -> Iterator[Field]:
        for f in self.all_fields:
            if f.visible:
                kind = f.type if side == "type" else f.sent
                yield Field(f.name, kind, False, f.says, f.mark)
        for option in self.options.options if self.options else ():
            yield from option.members(side)
        if self.payload is not None:
            yield Field("len", LEN, False, "octets of payload", self.mark)


def _default(sent: Field, known: Mapping[str, int | None]) -> Value:
    """What a field holds that nobody says: its default, or nothing where it does not stand."""
    value = known.get(sent.name) or 0
    match sent.type:
        case Bool():
            return bool(value)
        case Bytes():
            return b""
        case _:
            return bytes(6) if sent.type == MAC else value


def _member(option: Option, wire: WireField, number: str, side: Literal["type", "sent"]) -> Field:
    kind = wire.type if side == "type" else wire.sent
    return Field(f"{option.name}.{wire.name}{number}", kind, False, wire.says, wire.mark)
