"""Octets that a format must refuse, each with the reason that it must give.

Each kind of fault is one function from a valid packet's octets to wrong ones; `malformed` picks
among those that a format has. What the checksum covers is summed again, so that the fault is the
only one. Needs Hypothesis (extra `conform`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from netfsm.spec.formats import Format, WireField
from netfsm.wire.checksum import checksum
from netfsm.wire.codec import Codec
from netfsm.wire.places import Place, places, put_bits, take_bits
from netfsm.wire.strategies import edges, packets

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["Fault", "malformed"]


class Fault(NamedTuple):
    """Wrong octets, and the reason for which they are refused."""

    octets: bytes
    reason: str


Maker = Callable[["DrawFn", Codec, bytes], Fault]


def malformed(codec: Codec) -> SearchStrategy[Fault]:
    """Faults of every kind that the format has."""
    from hypothesis import strategies as st

    makers = _makers(codec.format)

    @st.composite
    def draw_fault(draw: DrawFn) -> Fault:
        octets = codec.encode(draw(packets(codec)))
        return draw(st.sampled_from(makers))(draw, codec, octets)

    return draw_fault()


def _makers(layout: Format) -> list[Maker]:
    found: list[Maker] = [_cut]
    for wire in layout.fields:
        if wire.role == "const" and wire.bits:
            found.append(_changed_constant(wire))
        if wire.minimum is not None or wire.maximum is not None:
            found.append(_outside(wire))
        if wire.count and wire.count.of == "header":
            found.append(_short_header(wire))
            found.append(_long_header(wire))
        if wire.count and wire.count.of == "whole":
            found += [_short_whole(wire), _cut_whole]
        if wire.checksum is not None:
            found.append(_wrong_sum(wire))
    if layout.variants and not layout.variants.total:
        found.append(_unknown_tag)
    if layout.options is not None and layout.options.end is not None:
        found.append(_lying_option)
    return found


# ---- faults


def _cut(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
    """Fewer octets than every packet has."""
    from hypothesis import strategies as st

    return Fault(octets[: draw(st.integers(0, codec.header_octets - 1))], "truncated")


def _cut_whole(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
    """Fewer octets than the packet says, its header being there."""
    from hypothesis import strategies as st

    body = _header_octets(codec.format, octets)
    if body == len(octets):
        return _cut(draw, codec, octets)
    return Fault(octets[: draw(st.integers(body, len(octets) - 1))], "truncated")


def _changed_constant(wire: WireField) -> Maker:
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        values = st.integers(0, (1 << wire.bits) - 1).filter(lambda v: v != wire.value)
        return Fault(_put(codec.format, octets, wire, draw(values)), wire.drop)

    return make


def _outside(wire: WireField) -> Maker:
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        low, high = edges(wire)
        below = st.integers(0, low - 1) if low else st.nothing()
        above = st.integers(high + 1, (1 << wire.bits) - 1)
        above = above if high + 1 < 1 << wire.bits else st.nothing()
        return Fault(_put(codec.format, octets, wire, draw(below | above)), wire.drop)

    return make


def _short_header(wire: WireField) -> Maker:
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        unit = wire.count.unit if wire.count else 1
        steps = st.integers(0, -(-codec.header_octets // unit) - 1)
        return Fault(_put(codec.format, octets, wire, draw(steps)), wire.drop)

    return make


def _long_header(wire: WireField) -> Maker:
    """A header that is longer than all there is."""
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        unit = wire.count.unit if wire.count else 1
        least = len(octets) // unit + 1
        if least >= 1 << wire.bits:
            return _cut(draw, codec, octets)
        steps = st.integers(least, (1 << wire.bits) - 1)
        return Fault(_put(codec.format, octets, wire, draw(steps)), wire.drop)

    return make


def _short_whole(wire: WireField) -> Maker:
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        body = _header_octets(codec.format, octets)
        return Fault(_put(codec.format, octets, wire, draw(st.integers(0, body - 1))), wire.drop)

    return make


def _wrong_sum(wire: WireField) -> Maker:
    from hypothesis import strategies as st

    def make(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
        right = take_bits(octets, _place(codec.format, octets, wire))
        same = {right, right ^ 0xFFFF} if right in (0, 0xFFFF) else {right}
        unused = {0} if wire.checksum and wire.checksum.optional else set[int]()
        values = st.integers(0, 0xFFFF).filter(lambda v: v not in same | unused)
        return Fault(_put(codec.format, octets, wire, draw(values)), wire.drop)

    return make


def _unknown_tag(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
    from hypothesis import strategies as st

    variants = codec.format.variants
    if variants is None:
        return _cut(draw, codec, octets)
    tag = codec.format.find(variants.tag)
    taken = {value for case in variants.cases for value in case.values or ()}
    values = st.integers(0, (1 << tag.bits) - 1).filter(lambda v: v not in taken)
    return Fault(_put(codec.format, octets, tag, draw(values)), variants.drop)


def _lying_option(draw: DrawFn, codec: Codec, octets: bytes) -> Fault:
    """An option, the only one, whose length is below its own head or runs past the list."""
    from hypothesis import strategies as st

    listed, make = codec.format.options, codec.options
    packet: Any = codec.decode(octets, checked=True)
    if listed is None or make is None:
        return _cut(draw, codec, octets)
    head = listed.kind_octets + listed.length_octets
    taken = {option.kind for option in listed.options} | {listed.end, listed.padding}
    kind = next(k for k in range(253, 0, -1) if k not in taken)
    values = {**packet._asdict(), "options": make(unknown=((kind, bytes(2)),))}
    changed = bytearray(codec.encode(codec.make(**values)))
    at = codec.header_octets + listed.kind_octets
    long = (1 << 8 * listed.length_octets) - 1
    least = head if listed.counts_whole else 0
    short = st.integers(0, least - 1) if least else st.nothing()
    length = draw(short | st.integers(head + 3, long))
    changed[at : at + listed.length_octets] = length.to_bytes(listed.length_octets, "big")
    return Fault(_resummed(codec.format, changed), listed.drop)


# ---- octets


def _place(layout: Format, octets: bytes, wire: WireField) -> Place:
    return next(place for place in places(layout, octets) if place.field is wire)


def _header_octets(layout: Format, octets: bytes) -> int:
    """Octets before the payload."""
    for place in places(layout, octets):
        if place.name == "payload":
            return place.start // 8
    return len(octets)


def _put(layout: Format, octets: bytes, wire: WireField, value: int) -> bytes:
    """`octets` with another value in a field, summed again unless it is the checksum's."""
    changed = bytearray(octets)
    body = _header_octets(layout, octets)
    put_bits(changed, _place(layout, octets, wire), value)
    return bytes(changed) if wire.checksum else _resummed(layout, changed, body)


def _resummed(layout: Format, octets: bytearray, body: int | None = None) -> bytes:
    """`octets` with a right checksum; the pseudo-header's addresses are zero."""
    wire = layout.checksum
    if wire is None or wire.checksum is None:
        return bytes(octets)
    place = _place(layout, bytes(octets), wire)
    put_bits(octets, place, 0)
    end = len(octets)
    if wire.checksum.over == "header":
        end = _header_octets(layout, bytes(octets)) if body is None else body
    protocol = wire.checksum.protocol
    pseudo = 0 if protocol is None else protocol + end
    value = checksum(octets[:end], pseudo)
    put_bits(octets, place, value or (0xFFFF if wire.checksum.optional else 0))
    return bytes(octets)
