"""What `netfsm run` was asked for, as data: interfaces, addresses, faults."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_interface
from pathlib import Path

import click
from attrs import frozen

from netfsm.services import SERVICES


@frozen
class Place:
    """An address to configure: `eth0`, `192.0.2.2`, 24, of version 4 or 6 of IP."""

    interface: str
    address: str
    prefix: int
    version: int = 4

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix} on {self.interface}"


@frozen
class Gateway:
    """The next hop of a version's default route; `interface` where its scope is a link."""

    address: str
    version: int = 4
    interface: str = ""


@frozen
class Plan:
    """Interfaces by name with the driver of each, and what is configured on them."""

    drivers: tuple[tuple[str, str], ...]
    addresses: tuple[Place, ...]
    gateways: tuple[Gateway, ...]


def plan(
    on: Sequence[str], ipv4: Sequence[str], gateways: Sequence[str], ipv6: Sequence[str] = ()
) -> Plan:
    """Read the options; click.UsageError says what is wrong with one.

    Interfaces are eth0, eth1, ... in the order of `on`.
    """
    drivers = tuple((f"eth{number}", driver) for number, driver in enumerate(on))
    names = [name for name, _ in drivers]
    addresses = [_place(text, names, 4) for text in ipv4] + [
        _place(text, names, 6) for text in ipv6
    ]
    found = tuple(_gateway(text, addresses, names) for text in gateways)
    if len({one.version for one in found}) < len(found):
        raise click.UsageError("one --gateway is enough for each version of IP")
    return Plan(drivers, tuple(addresses), found)


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


def _place(text: str, names: Sequence[str], version: int) -> Place:
    option = f"--ipv{version}"
    interface, equals, written = text.rpartition("=")
    if not equals:
        if len(names) > 1:
            raise click.UsageError(
                f"say which interface: {option} IF={text}, IF being {_or(names)}"
            )
        interface = names[0]
    if interface not in names:
        raise click.UsageError(f"there is no interface {interface}: it is {_or(names)}")
    if "/" not in written:
        usual = 24 if version == 4 else 64
        raise click.UsageError(f"{option} {text} lacks its prefix length: write {written}/{usual}")
    try:
        found = IPv4Interface(written) if version == 4 else IPv6Interface(written)
    except ValueError as error:
        raise click.UsageError(f"{option} {text}: {error}") from None
    return Place(interface, str(found.ip), found.network.prefixlen, version)


def _gateway(text: str, addresses: Sequence[Place], names: Sequence[str]) -> Gateway:
    """A next hop: of IPv4 on a network of ours, of IPv6 also on a link, `fe80::1%eth0`."""
    if ":" in text:
        return _gateway6(text, addresses, names)
    try:
        found = IPv4Address(text)
    except ValueError as error:
        raise click.UsageError(f"--gateway {text}: {error}") from None
    _near(text, found, addresses, 4)
    return Gateway(str(found))


def _gateway6(text: str, addresses: Sequence[Place], names: Sequence[str]) -> Gateway:
    written, _, zone = text.partition("%")
    try:
        found = IPv6Address(written)
    except ValueError as error:
        raise click.UsageError(f"--gateway {text}: {error}") from None
    if not found.is_link_local:
        _near(text, found, addresses, 6)
        return Gateway(str(found), 6)
    if not zone and len(names) > 1:
        raise click.UsageError(f"say which interface: --gateway {text}%IF, IF being {_or(names)}")
    if zone and zone not in names:
        raise click.UsageError(f"there is no interface {zone}: it is {_or(names)}")
    return Gateway(str(found), 6, zone or names[0])


def _near(
    text: str, found: IPv4Address | IPv6Address, addresses: Sequence[Place], version: int
) -> None:
    ours = [f"{one.address}/{one.prefix}" for one in addresses if one.version == version]
    if not ours:
        raise click.UsageError(f"a --gateway is reached from an address: add --ipv{version} A/P")
    networks = [ip_interface(one).network for one in ours]
    if not any(found in network for network in networks):
        listed = _or([str(network) for network in networks])
        raise click.UsageError(f"--gateway {text} is on no network of this host: it is {listed}")


def _or(words: Sequence[str]) -> str:
    return " or ".join(words)
