"""Queries and commands: declared in specs, typed, answered by the layer that is loaded.

Parameters come as a person writes them (`"192.0.2.2"`), hands get the values of
`netfsm.spec.types`, and answers go back as frozen records with text for addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import attrs

from netfsm.spec import model
from netfsm.spec.types import Address, Bool, Bytes, Duration, Enum, Ip, Nat, Prefix, Text, Type


def arguments(control: model.Control, given: Mapping[str, object]) -> dict[str, Any]:
    """`given` as the hands take it.

    Raises TypeError for a parameter that is missing or unknown, ValueError for a value that its
    type does not have.
    """
    params = {param.name: param.type for param in control.params}
    unknown = [name for name in given if name not in params]
    missing = [name for name in params if name not in given and name not in control.optional]
    if unknown or missing:
        wanted = ", ".join(f"{name}: {kind}" for name, kind in params.items()) or "no parameters"
        wrong = ", ".join([f"unknown {n}" for n in unknown] + [f"missing {n}" for n in missing])
        raise TypeError(f"{control.name} takes {wanted} ({wrong})")
    return {name: taken(value, params[name], name) for name, value in given.items()}


def taken(value: object, kind: Type, name: str) -> Any:
    """One parameter as the hands take it. Raises ValueError with the type and the value."""
    try:
        found = _taken(value, kind)
    except ValueError as error:
        raise ValueError(f"{name} must be {kind}, not {value!r}: {error}") from None
    if found is None:
        raise ValueError(f"{name} must be {kind}, not {value!r}")
    return found


def _taken(value: object, kind: Type) -> Any:  # noqa: PLR0911  # one return a type
    match kind, value:
        case (Bool(), bool()) | (Text(), str()) | (Bytes(), bytes()):
            return value
        case Nat(max=most), int() if not isinstance(value, bool) and 0 <= value <= most:
            return value
        case Duration(), int() if value >= 0:
            return value
        case Enum(), str():
            return kind.value(value)
        case Address(family="ipv4"), str() | int() | IPv4Address():
            return int(IPv4Address(value))
        case Address(family="ipv6"), str() | int() | IPv6Address():
            return int(IPv6Address(value))
        case Address(family="mac"), str() | bytes():
            octets = (
                bytes.fromhex(value.replace(":", "").replace("-", ""))
                if isinstance(value, str)
                else value
            )
            return octets if len(octets) == 6 else None
        case Ip(), str() | IPv4Address() | IPv6Address():
            return ip_address(value).packed if value else b""
        case Prefix(), str() | IPv4Network() | IPv6Network():
            network = ip_network(value)
            return int(network.network_address), network.prefixlen
        case _:
            return None


def shown(value: Any, kind: Type) -> Any:
    """A value of the hands as a person reads it."""
    match kind:
        case Address(family="ipv4"):
            return str(IPv4Address(value))
        case Address(family="ipv6"):
            return str(IPv6Address(value))
        case Address(family="mac"):
            return bytes(value).hex(":")
        case Ip():
            return str(ip_address(value)) if value else ""
        case Prefix(family="ipv4"):
            return str(IPv4Network(value))
        case Prefix(family="ipv6"):
            return str(IPv6Network(value))
        case Enum():
            return kind.member(value) or value
        case _:
            return value


@cache
def record_class(record: model.Record) -> type:
    """The frozen class of a record, with a field each in the order of the spec."""
    fields = {field.name: attrs.field(type=object) for field in record.fields}
    return attrs.make_class(record.name.rpartition(".")[2], fields, frozen=True, slots=True)


def answer(control: model.Control, records: Iterable[model.Record], found: Any) -> Any:
    """What a query gives back: hands give a mapping for a record, or a plain value."""
    if control.returns is None:
        return None
    if not isinstance(control.returns, str):
        kind = control.returns
        return tuple(shown(one, kind) for one in found) if control.many else shown(found, kind)
    wanted = control.returns.rpartition(".")[2]
    record = next(one for one in records if one.name.rpartition(".")[2] == wanted)
    return tuple(_record(record, one) for one in found) if control.many else _record(record, found)


def _record(record: model.Record, values: Mapping[str, Any]) -> Any:
    return record_class(record)(*(shown(values[field.name], field.type) for field in record.fields))
