"""Values of the spec's types as JSON and YAML have them, and back.

Octets are hexadecimal, addresses and durations as people write them, members by name; a handle is
any word. Vectors, recorded cases and reports share this form.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast

from netfsm.spec import types
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.types import Type, Value
from netfsm.spec.values import parse_value

__all__ = ["from_plain", "read_plain", "to_plain"]

Plain = bool | int | str | list[Any]


def to_plain(kind: Type, value: Value) -> Plain:
    """`value` of `kind` as JSON has it."""
    match kind:
        case types.Bytes() | types.Address(family="mac"):
            return cast(bytes, value).hex(" ")
        case types.Address():
            made = ipaddress.IPv4Address if kind.family == "ipv4" else ipaddress.IPv6Address
            return str(made(cast(int, value)))
        case types.Prefix():
            network, length = cast("tuple[int, int]", value)
            return f"{to_plain(types.Address(kind.family), network)}/{length}"
        case types.Duration():
            return _duration(cast(int, value))
        case types.Enum():
            return kind.member(cast(int, value)) or cast(int, value)
        case types.Flags() | types.Queue() | types.SetOf() | types.Ranges():
            return _listed(kind, value)
        case _:
            return value if isinstance(value, bool | int) else str(value)


def _listed(
    kind: types.Flags | types.Queue | types.SetOf | types.Ranges, value: Value
) -> list[Any]:
    match kind:
        case types.Flags():
            bits = cast(int, value)
            return [name for bit, name in enumerate(kind.members) if bits >> bit & 1]
        case types.Ranges():
            return [list(run) for run in cast("tuple[tuple[int, int], ...]", value)]
        case types.Queue():
            return [to_plain(kind.element, item) for item in cast("tuple[Value, ...]", value)]
        case types.SetOf():
            items = [to_plain(kind.element, item) for item in cast("frozenset[Value]", value)]
            return sorted(items, key=str)


def from_plain(kind: Type, plain: Plain) -> Value:
    """The value of `kind` that `to_plain` wrote. Raises ValueError for what is none."""
    findings = Findings()
    found = read_plain(kind, _node(plain), findings)
    if found is None:
        raise ValueError("; ".join(str(finding) for finding in findings))
    return found


def read_plain(kind: Type, node: Node, findings: Findings) -> Value | None:
    """The value of `kind` that `node` writes, None with a finding where it is none."""
    match kind:
        case types.Handle():
            return _word(node, findings)
        case types.Instant() | types.Enum(open=True) if _number(node) is not None:
            return _number(node)
        case types.Instant():
            return read_plain(types.DURATION, node, findings)
        case types.Address(family="mac") | types.Bytes() if isinstance(node, Scalar):
            return _octets(kind, node, findings)
        case types.Queue() if isinstance(node, Sequence):
            return _items(kind.element, node, findings)
        case types.Ranges() if isinstance(node, Sequence):
            return _runs(node, findings)
        case _:
            return parse_value(node, kind, findings)


def _word(node: Node, findings: Findings) -> Value | None:
    if isinstance(node, Scalar) and node.text:
        return node.text
    findings.add("VALUE", node.mark, "a handle is any word", "such as p1")
    return None


def _number(node: Node) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _octets(kind: Type, node: Scalar, findings: Findings) -> Value | None:
    """Octets with or without spaces; a number in quotes is octets too."""
    text = "".join(node.text.replace(":", " ").split())
    if not node.plain or isinstance(node.value, str):
        try:
            octets = bytes.fromhex(text)
        except ValueError:
            return parse_value(node, types.BYTES, findings)
        if isinstance(kind, types.Bytes) or len(octets) == 6:
            return octets
    return parse_value(node, kind, findings)


def _items(kind: Type, node: Sequence, findings: Findings) -> Value | None:
    found = [read_plain(kind, item, findings) for item in node.items]
    return None if any(value is None for value in found) else tuple(found)


def _runs(node: Sequence, findings: Findings) -> Value | None:
    found: list[tuple[int, int]] = []
    for item in node.items:
        pair = [_number(part) for part in item.items] if isinstance(item, Sequence) else []
        if len(pair) != 2 or pair[0] is None or pair[1] is None:
            findings.add("VALUE", item.mark, "a run is [start, length]")
            return None
        found.append((pair[0], pair[1]))
    return tuple(found)


def _node(plain: Plain) -> Node:
    mark = Mark("a recorded case", 1, 1)
    if isinstance(plain, list):
        return Sequence(tuple(_node(item) for item in plain), mark)
    text = str(plain).lower() if isinstance(plain, bool) else str(plain)
    return Scalar(plain, text, isinstance(plain, bool | int), mark)


def _duration(microseconds: int) -> str:
    for unit, size in (("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000)):
        if microseconds and microseconds % size == 0:
            return f"{microseconds // size} {unit}"
    return f"{microseconds} us"
