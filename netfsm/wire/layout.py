"""Fields gathered into the words that one `struct` reads: what decoder, encoder and views share."""

from __future__ import annotations

import keyword
from typing import Final

from attrs import frozen

from netfsm.spec.expr import Lit, Name
from netfsm.spec.formats import Format, WireField
from netfsm.spec.types import Address, Bool

__all__ = [
    "Bits",
    "Run",
    "Word",
    "attribute",
    "is_bool",
    "is_octets",
    "runs",
    "struct_text",
    "usual_length",
]

_CODES: Final = {8: "B", 16: "H", 32: "I", 64: "Q"}


@frozen
class Bits:
    """A field in a word: `shift` to the right, then `mask`."""

    field: WireField
    shift: int

    @property
    def mask(self) -> int:
        """Ones in the width of the field."""
        return (1 << self.field.bits) - 1


@frozen
class Word:
    """`octets` at `offset` from the start of its run, read at once.

    `code` is its letter in a struct; text (`6s`) for a width that struct has no number for.
    """

    offset: int
    octets: int
    code: str
    parts: tuple[Bits, ...]

    @property
    def single(self) -> WireField | None:
        """The field that fills the word, None where several share it."""
        return self.parts[0].field if len(self.parts) == 1 else None

    @property
    def is_number(self) -> bool:
        """True if struct reads a number, not octets."""
        return not self.code.endswith("s")


@frozen
class Run:
    """Fields of bits side by side, then at most one field of octets (`tail`)."""

    words: tuple[Word, ...]
    tail: WireField | None

    @property
    def octets(self) -> int:
        """Size of the fixed part."""
        return sum(word.octets for word in self.words)


def runs(fields: tuple[WireField, ...]) -> tuple[Run, ...]:
    """`fields` cut after each field of octets; bits before it fill whole octets."""
    found: list[Run] = []
    pending: list[WireField] = []
    for wire in fields:
        if wire.bits:
            pending.append(wire)
        else:
            found.append(Run(_words(pending), wire))
            pending = []
    if pending:
        found.append(Run(_words(pending), None))
    return tuple(found)


def struct_text(words: tuple[Word, ...]) -> str:
    """The format of a struct for `words`, in network order."""
    return ">" + "".join(word.code for word in words)


def usual_length(layout: Format, tail: WireField) -> int | None:
    """The length that a field of octets nearly always has, None where nothing says so."""
    if isinstance(tail.length, Lit) and isinstance(tail.length.value, int):
        return tail.length.value
    return layout.usual.get(tail.length.name) if isinstance(tail.length, Name) else None


def attribute(name: str) -> str:
    """The attribute of a packet that holds `name` (`mss.value` is `mss_value`)."""
    plain = name.replace(".", "_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _words(fields: list[WireField]) -> tuple[Word, ...]:
    found: list[Word] = []
    offset = 0
    group: list[WireField] = []
    for wire in fields:
        group.append(wire)
        width = sum(f.bits for f in group)
        if width % 8 == 0:
            found.append(_word(offset, width, group))
            offset += width // 8
            group = []
    return tuple(found)


def _word(offset: int, width: int, group: list[WireField]) -> Word:
    """The word of `group`; a MAC address stays octets."""
    parts: list[Bits] = []
    shift = width
    for wire in group:
        shift -= wire.bits
        parts.append(Bits(wire, shift))
    code = _CODES.get(width, f"{width // 8}s")
    return Word(offset, width // 8, code, tuple(parts))


def is_octets(wire: WireField) -> bool:
    """True if the value at run time is `bytes`: a field of octets or a MAC address."""
    return not wire.bits or wire.type == Address("mac")


def is_bool(wire: WireField) -> bool:
    """True if the value at run time is a `bool`."""
    return wire.type == Bool()
