"""What `netfsm run` was asked for, as data: interfaces, addresses, faults."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError
from pathlib import Path

import click
from attrs import frozen

from netfsm.services import SERVICES


@frozen
class Place:
    """An address to configure: `eth0`, `192.0.2.2`, 24."""

    interface: str
    address: str
    prefix: int

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix} on {self.interface}"


@frozen
class Plan:
    """Interfaces by name with the driver of each, and what is configured on them."""

    drivers: tuple[tuple[str, str], ...]
    addresses: tuple[Place, ...]
    gateway: str | None


def plan(on: Sequence[str], ipv4: Sequence[str], gateway: str | None) -> Plan:
    """Read the options; click.UsageError says what is wrong with one.

    Interfaces are eth0, eth1, ... in the order of `on`.
    """
    drivers = tuple((f"eth{number}", driver) for number, driver in enumerate(on))
    names = [name for name, _ in drivers]
    addresses = tuple(_place(text, names) for text in ipv4)
    if gateway is not None and not addresses:
        raise click.UsageError("a --gateway is reached from an address: add --ipv4 A/P")
    return Plan(drivers, addresses, None if gateway is None else _gateway(gateway, addresses))


def services(wanted: Sequence[str]) -> dict[int, tuple[str, Path]]:
    """Read `--serve NAME:PORT` and `--serve http:PORT=DIR`: by port the name and the folder.

    click.UsageError says what is wrong with one.
    """
    found: dict[int, tuple[str, Path]] = {}
    for text in wanted:
        name, _, rest = text.partition(":")
        number, _, folder = rest.partition("=")
        if name not in SERVICES:
            raise click.UsageError(f"--serve {text}: a service is one of {', '.join(SERVICES)}")
        if not number.isdecimal() or not 0 < int(number) < 65536:
            raise click.UsageError(f"--serve {text}: write {name}:PORT, PORT from 1 to 65535")
        if int(number) in found:
            there = found[int(number)][0]
            raise click.UsageError(f"--serve {text}: {there} has this port already")
        if (name == "http") != bool(folder):
            raise click.UsageError(f"--serve {text}: http needs =DIR, and nothing else has one")
        if folder and not Path(folder).is_dir():
            raise click.UsageError(f"--serve {text}: {folder} is no directory")
        found[int(number)] = name, Path(folder)
    return found


def _place(text: str, names: Sequence[str]) -> Place:
    interface, equals, written = text.rpartition("=")
    if not equals:
        if len(names) > 1:
            raise click.UsageError(f"say which interface: --ipv4 IF={text}, IF being {_or(names)}")
        interface = names[0]
    if interface not in names:
        raise click.UsageError(f"there is no interface {interface}: it is {_or(names)}")
    if "/" not in written:
        raise click.UsageError(f"--ipv4 {text} lacks its prefix length: write {written}/24")
    try:
        found = IPv4Interface(written)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise click.UsageError(f"--ipv4 {text}: {error}") from None
    return Place(interface, str(found.ip), found.network.prefixlen)


def _gateway(text: str, addresses: Sequence[Place]) -> str:
    try:
        found = IPv4Address(text)
    except AddressValueError as error:
        raise click.UsageError(f"--gateway {text}: {error}") from None
    networks = [IPv4Interface(f"{each.address}/{each.prefix}").network for each in addresses]
    if not any(found in network for network in networks):
        listed = _or([str(network) for network in networks])
        raise click.UsageError(f"--gateway {text} is on no network of this host: it is {listed}")
    return str(found)


def _or(words: Sequence[str]) -> str:
    return " or ".join(words)
