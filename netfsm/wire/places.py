"""Where each field lies in given octets: what the hex view shows and malformed packets change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from netfsm.spec.formats import Format, OptionList, Variants, WireField
from netfsm.wire.checksum import Octets
from netfsm.wire.expression import evaluate

__all__ = ["Place", "places", "put_bits", "take_bits"]


@frozen
class Place:
    """`bits` from bit `start` on, counted from the first octet; `field` is None for other parts.

    `name` is the field's, `mss.value` for an option's, or one of `padding`, `option 99`, `payload`.
    """

    name: str
    start: int
    bits: int
    field: WireField | None

    @property
    def octets(self) -> tuple[int, int]:
        """First octet, and the one behind the last."""
        return self.start // 8, -(-(self.start + self.bits) // 8)


def take_bits(data: Octets, place: Place) -> int:
    """The number at `place`."""
    first, last = place.octets
    number = int.from_bytes(data[first:last], "big")
    return number >> (last * 8 - place.start - place.bits) & ((1 << place.bits) - 1)


def put_bits(data: bytearray, place: Place, value: int) -> None:
    """Write `value` at `place`, leaving its neighbours alone."""
    first, last = place.octets
    shift = last * 8 - place.start - place.bits
    mask = ((1 << place.bits) - 1) << shift
    number = int.from_bytes(data[first:last], "big") & ~mask | (value << shift & mask)
    data[first:last] = number.to_bytes(last - first, "big")


def places(layout: Format, data: Octets) -> Iterator[Place]:
    """Every part of `data` in order, as far as it goes; nothing is verified."""
    values: dict[str, int] = {}
    end = len(data)
    found = _fields(layout.fields, data, 0, values)
    if layout.variants and layout.variants.tag in values:
        at = _behind(found)
        found += _fields(_case(layout.variants, values), data, at, values)
    yield from found
    at = _behind(found)
    body = _counted(layout, "header", values, end if layout.options else at // 8)
    stop = min(_counted(layout, "whole", values, end), end)
    if layout.options and at // 8 < body:
        yield from _options(layout.options, data, at // 8, min(body, stop))
    at = max(at, 8 * min(body, stop))
    if at < 8 * stop:
        yield Place("payload" if layout.payload is not None else "padding", at, 8 * stop - at, None)
    if max(at, 8 * stop) < 8 * end:
        behind = max(at, 8 * stop)
        yield Place("padding", behind, 8 * end - behind, None)


def _counted(layout: Format, part: str, values: Mapping[str, int], otherwise: int) -> int:
    """Where a part ends by the field that counts it."""
    wire = layout.counter(part)
    if wire is None or wire.count is None or wire.name not in values:
        return otherwise
    return values[wire.name] * wire.count.unit


def _behind(found: list[Place]) -> int:
    """The bit behind all that was found."""
    return found[-1].start + found[-1].bits if found else 0


def _case(variants: Variants, values: Mapping[str, int]) -> tuple[WireField, ...]:
    """The fields that the tag stands for."""
    tag = values[variants.tag]
    for case in variants.cases:
        if case.values is None or tag in case.values:
            return case.fields
    return ()


def _fields(
    fields: tuple[WireField, ...], data: Octets, at: int, values: dict[str, int]
) -> list[Place]:
    """The places of `fields` from bit `at` on, as far as `data` goes; their numbers in `values`."""
    found: list[Place] = []
    end = len(data)
    for wire in fields:
        bits = wire.bits
        if not bits:
            octets = end - at // 8
            if wire.length is not None:
                octets = evaluate(wire.length, values.__getitem__)
            bits = 8 * octets
        if at + bits > 8 * end:
            break
        place = Place(wire.name, at, bits, wire)
        if wire.bits:
            values[wire.name] = take_bits(data, place)
        if bits:
            found.append(place)
        at += bits
    return found


def _options(listed: OptionList, data: Octets, at: int, end: int) -> Iterator[Place]:
    """The options in data[at:end], as far as their lengths can be believed."""
    known = {option.kind: option for option in listed.options}
    head = listed.kind_octets + listed.length_octets
    while at < end:
        kind = int.from_bytes(data[at : at + listed.kind_octets], "big")
        if kind == listed.end:
            break
        if kind == listed.padding:
            yield Place("padding", 8 * at, 8 * listed.kind_octets, None)
            at += listed.kind_octets
            continue
        size = int.from_bytes(data[at + listed.kind_octets : at + head], "big") * listed.unit
        size += 0 if listed.counts_whole else head
        if size < head or at + size > end:
            break
        option = known.get(kind)
        name = option.name if option else f"option {kind}"
        yield Place(name, 8 * at, 8 * size, None)
        at += size
    if at < end:
        yield Place("padding", 8 * at, 8 * (end - at), None)
