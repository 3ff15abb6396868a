"""Names and small pieces of text that all parts of a generated codec share."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from attrs import frozen

from netfsm.spec.formats import Format, Variant, WireField
from netfsm.spec.types import BOOL, Flags
from netfsm.wire.layout import Bits, Run, Word, attribute, is_bool, is_octets, runs

__all__ = ["Plan", "even_header", "fixed_octets", "mask_of", "tuple_of", "zero_of"]

# What the generated functions call their own names; a field of that name gets a `_` behind it.
_TAKEN: Final = frozenset(
    (
        "at",
        "blocks",
        "body",
        "bool",
        "buffer",
        "bytes",
        "checked",
        "count",
        "data",
        "end",
        "error",
        "from_bytes",
        "header",
        "int",
        "kind",
        "len",
        "max",
        "min",
        "new",
        "offset",
        "options",
        "packet",
        "partial",
        "parts",
        "payload",
        "pseudo",
        "raw",
        "rest",
        "size",
        "start",
        "stop",
        "total",
        "tuple",
        "unknown",
        "value",
        "values",
        "whole",
    )
)


@frozen(slots=False)
class Plan:
    """A format with the names of its codec."""

    format: Format

    @cached_property
    def packet(self) -> str:
        """The name of the packet's class: `arp.packet` is `ArpPacket`."""
        words = self.format.name.replace("_", ".").replace("-", ".").split(".")
        return "".join(word[:1].upper() + word[1:] for word in words)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs of the fixed part."""
        return runs(self.format.fields)

    @cached_property
    def stored(self) -> tuple[WireField, ...]:
        """Fields that a packet holds, in order."""
        return tuple(f for f in self.format.all_fields if f.visible)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Attributes of a packet, in order."""
        names = [attribute(f.name) for f in self.stored]
        names += ["options"] if self.format.options else []
        names += ["payload"] if self.format.payload is not None else []
        return tuple(names)

    @cached_property
    def locals(self) -> tuple[str, ...]:
        """The local names that hold `attributes` in generated functions."""
        names = [self.local(f) for f in self.stored]
        names += ["options"] if self.format.options else []
        names += ["payload"] if self.format.payload is not None else []
        return tuple(names)

    @cached_property
    def least_octets(self) -> int:
        """Octets that every packet has: the fixed part and the smallest variant."""
        cases = self.format.variants.cases if self.format.variants else ()
        return self.format.fixed_octets + min((fixed_octets(case) for case in cases), default=0)

    @cached_property
    def fused(self) -> tuple[WireField, int] | None:
        """The tag of the variants and its octet, where each variant is read in one struct.

        That is where the whole header is of fixed fields and nothing but the tag is looked at
        before the variants are told apart.
        """
        variants = self.format.variants
        plain = all(
            f.bits and (f.role == "checksum" or (f.role in ("value", "reserved") and not f.drop))
            for f in self.format.all_fields
        )
        if variants is None or not plain:
            return None
        words = self.runs[0].words if self.runs else ()
        for word in words:
            if word.octets == 1 and word.single and word.single.name == variants.tag:
                return word.single, word.offset
        return None

    def refusal(self, reason: str) -> str:
        """The constant that holds the refusal for `reason`."""
        return f"REFUSE_{reason.upper()}"

    def struct(self, owner: str, number: int) -> str:
        """The constant that holds the struct of run `number` of `owner`."""
        return f"{owner.upper()}_{number}" if number else owner.upper()

    def local(self, wire: WireField) -> str:
        """The local name of a field."""
        name = attribute(wire.name)
        return f"{name}_" if name in _TAKEN else name

    def named(self, name: str) -> str:
        """The local name of the field called `name`."""
        return self.local(self.format.find(name))

    def word(self, word: Word) -> str:
        """The local name of a word: its field's where one field fills it with what it is."""
        single = word.single
        if single and (word.is_number or is_octets(single)) and mask_of(single) is None:
            return self.local(single)
        return "_".join(self.local(part.field).rstrip("_") for part in word.parts[:3]) + "_word"

    def extract(self, word: Word, part: Bits) -> str:
        """The text that takes a field out of its word."""
        text = self.word(word)
        if not word.is_number:
            text = f"from_bytes({text})"
        if is_bool(part.field):
            return f"{text} & {1 << part.shift:#x} != 0"
        if part.shift:
            text = f"{text} >> {part.shift}"
        top = part.shift + part.field.bits == word.octets * 8
        flags = mask_of(part.field)
        if flags is not None:
            return f"{text} & {flags:#x}"
        return text if top else f"{text} & {part.mask:#x}"


def fixed_octets(case: Variant) -> int:
    """Octets of the fixed part of a variant."""
    return sum(f.bits for f in case.fields) // 8


def even_header(layout: Format) -> bool:
    """True if no checksum is wanted, or every header is of whole 16-bit words."""
    cases = layout.variants.cases if layout.variants else ()
    fixed = layout.fixed_octets % 2 == 0 and all(fixed_octets(case) % 2 == 0 for case in cases)
    listed = layout.options is None or layout.options.align % 2 == 0
    return layout.checksum is None or (fixed and listed)


def mask_of(wire: WireField) -> int | None:
    """The bits of a flags field that have names, where some have none."""
    if isinstance(wire.type, Flags) and len(wire.type.members) < wire.bits:
        return (1 << len(wire.type.members)) - 1
    return None


def zero_of(wire: WireField) -> str:
    """The text of the value that a field has where it does not stand in the packet."""
    if is_octets(wire):
        return f"bytes({wire.bits // 8})" if wire.bits else "b''"
    return "False" if wire.type == BOOL else "0"


def tuple_of(names: tuple[str, ...] | list[str]) -> str:
    """The text of a tuple of `names`."""
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
