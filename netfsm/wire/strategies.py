"""Hypothesis strategies from a format: valid packets, boundary packets, malformed octets.

`packets` gives whatever a sender may say; `boundary` the packets with one field at its edge;
`malformed` octets that must be refused, each with the reason, where the reason can be known from
the format alone (a `valid:` expression can't be broken without solving it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netfsm.spec.formats import Format, Option, OptionList, Variant, WireField
from netfsm.spec.types import Address, Bool, Enum, Flags, Nat
from netfsm.wire.codec import Codec, Packet
from netfsm.wire.expression import evaluate
from netfsm.wire.layout import attribute, is_octets
from netfsm.wire.refusal import EncodeError, Refusal

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["boundary", "field_values", "options_of", "packets"]

_LONGEST = 20  # octets of a field whose length the packet tells
_UNKNOWN_LONGEST = 6


def field_values(wire: WireField) -> SearchStrategy[Any]:
    """Values that a field of bits may have, its edges and names often."""
    from hypothesis import strategies as st

    match wire.type:
        case Bool():
            return st.booleans()
        case Address(family="mac"):
            return st.binary(min_size=6, max_size=6)
        case Flags(members=members):
            return st.integers(0, (1 << len(members)) - 1)
        case _:
            low, high = edges(wire)
            named = [v for v in _named(wire) if low <= v <= high]
            return st.sampled_from([low, high, *named]) | st.integers(low, high)


def edges(wire: WireField) -> tuple[int, int]:
    """The least and the greatest value of a field of numbers."""
    most = wire.type.max if isinstance(wire.type, Nat) else (1 << wire.bits) - 1
    return wire.minimum or 0, most if wire.maximum is None else min(most, wire.maximum)


def packets(codec: Codec, *, longest: int = 64) -> SearchStrategy[Packet]:
    """Packets that decode again, with payloads of up to `longest` octets."""
    return _any_packets(codec, longest).filter(lambda packet: _decodes(codec, packet))


def boundary(codec: Codec) -> tuple[Packet, ...]:
    """Packets with one field at an edge and the others at their least; those that decode."""
    layout = codec.format
    base = {wire.name: _least(wire) for wire in layout.all_fields}
    if layout.variants is not None:
        base[layout.variants.tag] = _tag_of(layout, layout.variants.cases[0])
    base |= dict(layout.usual)
    found = [codec.make(**_filled(layout, base))]
    own = {wire.name: case for case in _cases(layout) for wire in case.fields}
    for wire in layout.all_fields:
        if not wire.visible or not wire.bits:
            continue
        values = dict(base)
        case = own.get(wire.name)
        if case is not None and layout.variants is not None:
            values[layout.variants.tag] = _tag_of(layout, case)
        found += [
            codec.make(**_filled(layout, {**values, wire.name: value}))
            for value in _edge_values(wire)
        ]
    if layout.payload is not None:
        least = _filled(layout, base)
        found += [codec.make(**least, payload=bytes(size)) for size in (1, 2, 3)]
    return tuple(dict.fromkeys(packet for packet in found if _decodes(codec, packet)))


def options_of(codec: Codec) -> SearchStrategy[Any]:
    """Options that fit the header."""
    from hypothesis import strategies as st

    listed, make, encode = codec.format.options, codec.options, codec.encode_options
    if listed is None or make is None or encode is None:
        raise ValueError(f"{codec.format.name} has no options")
    room = _room(codec)

    @st.composite
    def draw_options(draw: DrawFn) -> Any:
        values: dict[str, object] = {}
        most = 3 if listed.options else 0
        chosen = draw(st.lists(st.sampled_from(listed.options), max_size=most, unique=True))
        for option in chosen:
            trial = {**values, **draw(_option_values(option))}
            if len(encode(make(**trial))) <= room:
                values = trial
        unknown = tuple(draw(st.lists(_unknown(listed), max_size=2)))
        if unknown and len(encode(make(**values, unknown=unknown))) <= room:
            values["unknown"] = unknown
        return make(**values)

    return draw_options()


# ---- packets


def _any_packets(codec: Codec, longest: int) -> SearchStrategy[Packet]:
    from hypothesis import strategies as st

    layout = codec.format

    @st.composite
    def draw_packet(draw: DrawFn) -> Packet:
        values: dict[str, object] = {}
        lengths: dict[str, int] = {}
        for wire in layout.fields:
            _draw_field(draw, layout, wire, values, lengths)
        if layout.variants is not None:
            case = draw(st.sampled_from(layout.variants.cases))
            values[attribute(layout.variants.tag)] = draw(_tags(layout, case))
            for wire in case.fields:
                _draw_field(draw, layout, wire, values, lengths)
        if layout.options is not None:
            values["options"] = draw(st.just(codec.options and codec.options()) | options_of(codec))
        if layout.payload is not None:
            values["payload"] = draw(st.binary(max_size=longest))
        return codec.make(**values)

    return draw_packet()


def _draw_field(
    draw: DrawFn,
    layout: Format,
    wire: WireField,
    values: dict[str, object],
    lengths: dict[str, int],
) -> None:
    """Draw one field; a counting field gets the length that its octets will have."""
    from hypothesis import strategies as st

    if wire.count is not None and wire.count.of not in ("header", "payload", "whole"):
        usual = layout.usual.get(wire.name, 0)
        most = min((1 << wire.bits) - 1, _LONGEST)
        lengths[wire.name] = draw(st.just(usual) | st.integers(0, most))
    elif wire.visible and wire.bits:
        value = draw(field_values(wire))
        values[attribute(wire.name)] = value
        lengths[wire.name] = value if isinstance(value, int) else 0
    elif wire.visible:
        size = None if wire.length is None else evaluate(wire.length, lengths.__getitem__)
        low, high = (0, _LONGEST) if size is None else (size, size)
        values[attribute(wire.name)] = draw(st.binary(min_size=low, max_size=high))


def _tags(layout: Format, case: Variant) -> SearchStrategy[int]:
    """Values of the tag that mean `case`."""
    from hypothesis import strategies as st

    if case.values is not None:
        return st.sampled_from(case.values)
    taken = {v for other in _cases(layout) for v in other.values or ()}
    tag = layout.find(layout.variants.tag if layout.variants else "")
    return field_values(tag).filter(lambda value: value not in taken)


def _tag_of(layout: Format, case: Variant) -> int:
    """One value of the tag that means `case`."""
    if case.values is not None:
        return case.values[0]
    taken = {v for other in _cases(layout) for v in other.values or ()}
    return next(value for value in range(len(taken) + 1) if value not in taken)


def _cases(layout: Format) -> tuple[Variant, ...]:
    return layout.variants.cases if layout.variants else ()


def _decodes(codec: Codec, packet: Packet) -> bool:
    """True for a packet that a sender may send, and a receiver takes."""
    try:
        return not isinstance(codec.decode(codec.encode(packet)), Refusal)
    except EncodeError:
        return False


def _filled(layout: Format, values: Mapping[str, Any]) -> dict[str, object]:
    """Attributes of a packet, with as many zero octets as its numbers say."""
    own = {wire.name: case for case in _cases(layout) for wire in case.fields}
    found: dict[str, object] = {}
    for wire in layout.all_fields:
        case = own.get(wire.name)
        here = case is None or values[layout.variants.tag if layout.variants else ""] in (
            case.values or ()
        )
        value = values[wire.name]
        if not wire.bits and wire.length is not None and here:
            value = bytes(evaluate(wire.length, values.__getitem__))
        if wire.visible:
            found[attribute(wire.name)] = value
    return found


# ---- values


def _named(wire: WireField) -> list[int]:
    if isinstance(wire.type, Enum):
        return [value for _, value in wire.type.members]
    return [value for _, value in wire.names]


def _least(wire: WireField) -> object:
    if is_octets(wire):
        return bytes(wire.bits // 8)
    return False if isinstance(wire.type, Bool) else wire.minimum or 0


def _edge_values(wire: WireField) -> list[object]:
    if isinstance(wire.type, Bool):
        return [False, True]
    if is_octets(wire):
        return [bytes(6), b"\xff" * 6, b"\x01" + bytes(5)]
    if isinstance(wire.type, Flags):
        return [0, *(1 << bit for bit in range(len(wire.type.members)))]
    low, high = edges(wire)
    middle = (low + high) // 2
    return list(dict.fromkeys([low, low + 1, middle, middle + 1, high - 1, high, *_named(wire)]))


# ---- options


def _room(codec: Codec) -> int:
    """Octets that the options may take."""
    header = codec.format.counter("header")
    if header is None or header.count is None:
        return 256
    return ((1 << header.bits) - 1) * header.count.unit - codec.header_octets


def _option_values(option: Option) -> SearchStrategy[dict[str, object]]:
    """Attributes of an option that is present."""
    from hypothesis import strategies as st

    @st.composite
    def draw_values(draw: DrawFn) -> dict[str, object]:
        found: dict[str, object] = {attribute(f"{option.name}.present"): True}
        count = draw(st.integers(1, option.repeat))
        if option.repeat > 1:
            found[attribute(f"{option.name}.count")] = count
        for wire in (f for f in option.fields if f.visible):
            for number in range(1, count + 1):
                name = f"{option.name}.{wire.name}{number if option.repeat > 1 else ''}"
                octets = st.binary(max_size=_UNKNOWN_LONGEST)
                found[attribute(name)] = draw(field_values(wire) if wire.bits else octets)
        return found

    return draw_values()


def _unknown(listed: OptionList) -> SearchStrategy[tuple[int, bytes]]:
    """A tag that nothing knows, with its value."""
    from hypothesis import strategies as st

    taken = {option.kind for option in listed.options} | {listed.end, listed.padding}
    kinds = st.integers(0, (1 << 8 * listed.kind_octets) - 1).filter(lambda k: k not in taken)
    return st.tuples(kinds, _value_octets(listed))


def _value_octets(listed: OptionList) -> SearchStrategy[bytes]:
    """Octets that make an option of whole units."""
    from hypothesis import strategies as st

    head = listed.kind_octets + listed.length_octets if listed.counts_whole else 0

    def fits(value: bytes) -> bool:
        return (len(value) + head) % listed.unit == 0

    plain = st.binary(max_size=_UNKNOWN_LONGEST)
    return plain if listed.unit == 1 else plain.filter(fits)
