"""Reads the values of constants: `20 min`, `0.0.0.0`, `224.0.0.0/4`, `"00 1b 44"`, `REQUEST`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Final, cast

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.names import closest
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.types import (
    Address,
    Bool,
    Bytes,
    Duration,
    Enum,
    Flags,
    Instant,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
    Text,
    Type,
    Value,
)

__all__ = ["UNITS", "parse_value", "read_value"]

UNITS: Final = {  # microseconds
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
}
MAX_OCTETS: Final = 4_096
_DURATION: Final = re.compile(r"([0-9]{1,18}) ?([a-z]+)\Z", re.ASCII)
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,39}|0x[0-9a-fA-F]{1,32})\Z", re.ASCII)
_MAC: Final = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\Z", re.ASCII)
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}(?:[ :]?[0-9a-fA-F]{2})*)?\Z", re.ASCII)


class _WrongValueError(Exception):
    """What is wrong with a text, and the mend."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def parse_value(node: Node, type_: Type, findings: Findings) -> Value | None:
    """Return the value of `type_` that `node` writes, as `netfsm.spec.types` lists them.

    A set is a list, flags are a list of members or `nothing`. None with a finding (VALUE, or
    OUT-OF-BOUNDS for a number beyond its type) where it is no such value.
    """
    if isinstance(type_, SetOf | Flags) and isinstance(node, Sequence):
        return _collected(node, type_, findings)
    if not isinstance(node, Scalar):
        findings.add("VALUE", node.mark, f"a value of {type_} is wanted here, on one line")
        return None
    if isinstance(type_, Bytes | Text) and not isinstance(node.value, str) and node.plain:
        message = f"{node.text} is a number or a truth, and {type_} is wanted"
        findings.add("VALUE", node.mark, message, f'put it in quotes: "{node.text}"')
        return None
    return read_value(node.text, type_, node.mark, findings)


def read_value(text: str, type_: Type, mark: Mark, findings: Findings) -> Value | None:
    """Return the value of `type_` that `text` writes, or None with a finding at `mark`."""
    rule = _RULES.get(type(type_))
    if rule is None:
        message = f"no value of {type_} can be written"
        findings.add("VALUE", mark, message, "the hands or an event give it")
        return None
    try:
        value = rule(text.strip(), type_)
    except _WrongValueError as error:
        findings.add("VALUE", mark, f"{quoted(text)} {error.what}", error.hint)
        return None
    top = _greatest(type_)
    if top is not None and isinstance(value, int) and value > top:
        findings.add("OUT-OF-BOUNDS", mark, f"{text.strip()} is more than {type_} holds ({top})")
        return None
    return value


def _greatest(type_: Type) -> int | None:
    if isinstance(type_, Nat):
        return type_.max
    return type_.modulus - 1 if isinstance(type_, Seq) else None


def _collected(node: Sequence, type_: SetOf | Flags, findings: Findings) -> Value | None:
    element = type_.element if isinstance(type_, SetOf) else type_
    values = [parse_value(item, element, findings) for item in node.items]
    if any(value is None for value in values):
        return None
    if isinstance(type_, SetOf):
        return frozenset(values)
    bits = 0
    for value in values:
        bits |= cast("int", value)
    return bits


# ---- one rule a type


def _bool(text: str, _: Type) -> Value:
    if text not in ("true", "false"):
        raise _WrongValueError("is no truth", "write true or false")
    return text == "true"


def _number(text: str, type_: Type) -> Value:
    if not _NUMBER.match(text):
        raise _WrongValueError(f"is no {type_}", "write a number, decimal or after 0x")
    return int(text, 0)


def _duration(text: str, _: Type) -> Value:
    match = _DURATION.match(text)
    if match is None or match[2] not in UNITS:
        hint = f"write a whole number and one of {', '.join(UNITS)}: 200 ms"
        raise _WrongValueError("is no duration", hint)
    return int(match[1]) * UNITS[match[2]]


def _address(text: str, type_: Type) -> Value:
    family = cast("Address", type_).family
    if family == "mac":
        if not _MAC.match(text):
            raise _WrongValueError("is no mac", "write six octets: 02:00:00:00:00:01")
        return bytes.fromhex(text.replace(":", ""))
    make = ipaddress.IPv4Address if family == "ipv4" else ipaddress.IPv6Address
    try:
        return int(make(text.replace("%", " ")))  # an address of a constant has no zone
    except ValueError as error:
        hint = "such as 192.0.2.1" if family == "ipv4" else "such as 2001:db8::1"
        raise _WrongValueError(f"is no {family} address", hint) from error


def _prefix(text: str, type_: Type) -> Value:
    family = cast("Prefix", type_).family
    head, slash, length = text.partition("/")
    bits = 32 if family == "ipv4" else 128
    if not slash or not _NUMBER.match(length) or int(length, 0) > bits:
        example = "224.0.0.0/4" if family == "ipv4" else "fe80::/10"
        raise _WrongValueError(f"is no {family} prefix", f"such as {example}")
    address = cast("int", _address(head, Address(family)))
    host = address & ((1 << (bits - int(length, 0))) - 1)
    if host:
        make = ipaddress.IPv4Address if family == "ipv4" else ipaddress.IPv6Address
        raise _WrongValueError(
            "has bits beyond its length", f"the block is {make(address - host)}/{length}"
        )
    return (address, int(length, 0))


def _bytes(text: str, _: Type) -> Value:
    if len(text) > MAX_OCTETS * 3 or not _HEX.match(text):
        raise _WrongValueError("is no octets", 'write them in hexadecimal, in quotes: "00 1b 44"')
    return bytes.fromhex(text.replace(":", " "))


def _text(text: str, _: Type) -> Value:
    return text


def _enum(text: str, type_: Type) -> Value:
    enum = cast("Enum", type_)
    number = enum.value(text)
    if number is None:
        names = [name for name, _ in enum.members]
        listed = f"one of {', '.join(names[:12])}"
        raise _WrongValueError(f"is no member of {enum}", closest(text, names, listed))
    return number


def _flags(text: str, type_: Type) -> Value:
    flags = cast("Flags", type_)
    if text == "nothing":
        return 0
    if text not in flags.members:
        listed = f"one of {', '.join(flags.members[:12])}, or a list of them"
        raise _WrongValueError(f"is no member of {flags}", closest(text, flags.members, listed))
    return 1 << flags.members.index(text)


def _nothing(text: str, type_: Type) -> Value:
    if text != "nothing":
        raise _WrongValueError(f"is no {type_}", "write nothing, or a list for a set")
    return frozenset[object]() if isinstance(type_, SetOf) else ()


_RULES: Final[dict[type, Callable[[str, Type], Value]]] = {
    Bool: _bool,
    Nat: _number,
    Seq: _number,
    Instant: _number,
    Duration: _duration,
    Address: _address,
    Prefix: _prefix,
    Bytes: _bytes,
    Text: _text,
    Enum: _enum,
    Flags: _flags,
    SetOf: _nothing,
    Queue: _nothing,
    Ranges: _nothing,
}
