"""Values worth trying for a type: its bounds, constants, what the machine holds, and neighbours.

Random values never meet a guard like `SEG.ACK == SND.NXT`; values taken from the machine itself do
(COUNTERPARTS §5: 0 of 24 rows against 24 of 24). The order is fixed, the usual ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, cast

from netfsm.machine.base import Snapshot
from netfsm.machine.values import ADDRESS_BITS, fits
from netfsm.spec import model, types
from netfsm.spec.types import Type, Value

__all__ = ["Known", "candidates", "known_values", "usual"]

Known = tuple[tuple[Type, Value], ...]
"""Values with their types: what the machine holds and its constants."""

OCTETS: Final = bytes.fromhex("0200000000010000")
HANDLES: Final = ("p1", "p2")
_ADDRESSES: Final[Mapping[str, tuple[Value, ...]]] = {
    "mac": (bytes.fromhex("020000000009"), bytes.fromhex("020000000008")),
    "ipv4": (0xC0000209, 0xC6336409),  # 192.0.2.9, 198.51.100.9: RFC 5737
    "ipv6": ((0x20010DB8 << 96) + 9, (0xFE80 << 112) + 9),  # RFC 3849, RFC 4291
}


def known_values(
    machine: model.Machine, held: Snapshot, constants: Mapping[str, Value], now: int
) -> Known:
    """What the machine holds and its constants, each with its type: what guards compare with."""
    key = machine.key
    found: list[tuple[Type, Value]] = [(types.INSTANT, now)]
    found += [(v.type, held.variables[v.name]) for v in machine.variables if not v.ghost]
    found += [(part.type, value) for part, value in zip(key, held.key, strict=True)]
    found += [(part.type, value) for part, value in zip(machine.given, held.given, strict=True)]
    found += [(c.type, constants[c.name]) for c in machine.constants]
    return tuple(pair for pair in found if pair[1] is not None)


def candidates(kind: Type, known: Known) -> tuple[Value, ...]:
    """Values of `kind`, each once, in a fixed order."""
    make = _MAKERS.get(type(kind))
    found = make(kind, known) if make is not None else iter(())
    return tuple(dict.fromkeys(value for value in found if fits(kind, value)))


def usual(kind: Type, known: Known = ()) -> Value:
    """The value that stands where nothing else is asked for."""
    return candidates(kind, known)[0]


def _numbers(known: Known, *kinds: type) -> Iterator[int]:
    for kind, value in known:
        if isinstance(kind, kinds) and isinstance(value, int):
            yield value


def _around(numbers: Iterable[int]) -> Iterator[int]:
    listed = list(dict.fromkeys(numbers))
    yield from listed
    for number in listed:
        yield number + 1
        yield number - 1


def _bool(_kind: Type, _known: Known) -> Iterator[Value]:
    yield from (False, True)


def _nat(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Nat)
    yield from (0, 1, kind.max)
    yield from _around(_numbers(known, types.Nat))
    yield kind.max - 1


def _seq(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Seq)
    held = [v for k, v in known if k == kind and isinstance(v, int)] or [kind.modulus - 2]
    steps = [0, 1, kind.modulus // 2, kind.modulus - 1]
    steps += [n for n in _numbers(known, types.Nat) if n < kind.modulus]
    for number in held:
        yield from ((number + step) % kind.modulus for step in dict.fromkeys(steps))


def _enum(kind: Type, _known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Enum)
    yield from (number for _, number in kind.members)
    if kind.open:
        top = (1 << kind.width) - 1
        taken = {number for _, number in kind.members}
        yield from (n for n in (top, top - 1) if n not in taken)


def _flags(kind: Type, _known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Flags)
    yield 0
    yield from (1 << bit for bit in range(len(kind.members)))
    yield (1 << len(kind.members)) - 1


def _time(kind: Type, known: Known) -> Iterator[Value]:
    yield from _around(_numbers(known, type(kind)))
    yield from (0, 1)


def _address(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Address)
    yield from _ADDRESSES[kind.family]
    yield from (value for k, value in known if k == kind)
    bits = ADDRESS_BITS[kind.family]
    for k, value in known:
        if isinstance(k, types.Prefix) and k.family == kind.family:
            network, length = cast("tuple[int, int]", value)
            yield from (network + 1, network, network | ((1 << (bits - length)) - 1))
    if kind.family != "mac":
        yield from (0, (1 << bits) - 1)


def _prefix(kind: Type, known: Known) -> Iterator[Value]:
    yield from (value for k, value in known if k == kind)
    yield (0, 0)


def _bytes(_kind: Type, known: Known) -> Iterator[Value]:
    held = [v for k, v in known if isinstance(k, types.Bytes) and isinstance(v, bytes)]
    lengths = [len(value) for value in held] + [n for n in _numbers(known, types.Nat) if n <= 16]
    usual_length = max(lengths[: len(held)], default=6)
    for length in dict.fromkeys((usual_length, *lengths, 1, 0)):
        yield OCTETS[:length].ljust(length, b"\x5a")
    yield from held
    yield from (value[:-1] + b"\x77" for value in held if value)


def _text(_kind: Type, known: Known) -> Iterator[Value]:
    yield from (value for k, value in known if isinstance(k, types.Text))
    yield from ("eth0", "eth1")


def _handle(kind: Type, known: Known) -> Iterator[Value]:
    yield from HANDLES
    yield from (value for k, value in known if k == kind)


def _queue(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Queue)
    items = candidates(kind.element, known)[:2]
    yield ()
    if items:
        yield items[:1]
        yield tuple(items[n % len(items)] for n in range(kind.max))
    yield from (value for k, value in known if k == kind)


def _set(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.SetOf)
    items = candidates(kind.element, known)[:2]
    yield frozenset[object]()
    yield frozenset(items[:1])
    yield frozenset(items)
    yield from (value for k, value in known if k == kind)


def _ranges(kind: Type, known: Known) -> Iterator[Value]:
    assert isinstance(kind, types.Ranges)
    yield ()
    yield from (((start, 1),) for start in candidates(kind.space, known)[:2])
    yield from (value for k, value in known if k == kind)


_MAKERS: Final[Mapping[type, Callable[[Type, Known], Iterator[Value]]]] = {
    types.Bool: _bool,
    types.Nat: _nat,
    types.Seq: _seq,
    types.Enum: _enum,
    types.Flags: _flags,
    types.Duration: _time,
    types.Instant: _time,
    types.Address: _address,
    types.Prefix: _prefix,
    types.Bytes: _bytes,
    types.Text: _text,
    types.Handle: _handle,
    types.Queue: _queue,
    types.SetOf: _set,
    types.Ranges: _ranges,
}
