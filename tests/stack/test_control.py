"""Queries and commands take what a person writes, and say what they want instead."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import attrs
import pytest

from netfsm.errors import NotLoaded
from netfsm.stack import Stack
from tests.stack.bench import OUR_MAC, Plug, ready_stack

GOOD = {"interface": "eth0", "address": "192.0.2.1", "prefix": 24}


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"prefix": None}, ValueError, "prefix must be nat 32"),
        ({"metric": 1}, TypeError, "unknown metric"),
        ({"address": "192.0.2.256"}, ValueError, "address must be ipv4"),
        ({"address": "2001:db8::1"}, ValueError, "address must be ipv4"),
        ({"prefix": 33}, ValueError, "prefix must be nat 32, not 33"),
        ({"prefix": True}, ValueError, "prefix must be nat 32"),
        ({"interface": 0}, ValueError, "interface must be text"),
        ({"interface": "eth7"}, LookupError, "no interface eth7: there is lo, eth0"),
        ({"defence": "FIGHT"}, ValueError, "CEASE, DEFEND or KEEP"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    change: dict[str, Any], kind: type[Exception], message: str
) -> None:
    """Each wrong parameter is an error that names it and its type, and changes nothing."""
    stack = Stack(layers=["arp"])
    stack.attach(Plug(), "eth0")
    with pytest.raises(kind, match=message):
        stack.command("ipv4.add_address", **{**GOOD, **change})
    assert ["lo"] == [one.interface for one in stack.query("ipv4.addresses")]


def test_a_missing_parameter_is_named() -> None:
    """What has to be said, and is not, is told with all that the command takes."""
    with pytest.raises(TypeError, match=r"takes interface: text, .* \(missing prefix\)"):
        ready_stack().command("ipv4.add_address", interface="eth0", address="192.0.2.5")


def test_parameters_come_in_every_form_that_is_clear() -> None:
    """Addresses are text, numbers or ipaddress objects; MAC addresses text or octets."""
    stack = ready_stack()
    station = {"interface": "eth0", "lladdr": "02-00-00-00-00-7f"}
    for form in ("192.0.2.77", 0xC000024E, IPv4Address("192.0.2.79")):
        stack.command("arp.set_neighbour", address=form, **station)
    stack.command("arp.set_neighbour", interface="eth0", address="192.0.2.80", lladdr=OUR_MAC)
    expected = [(f"192.0.2.{last}", "02:00:00:00:00:7f") for last in (77, 78, 79)]
    expected.append(("192.0.2.80", "02:00:00:00:00:01"))
    assert expected == [(one.address, one.lladdr) for one in stack.query("arp.neighbours")]


def test_answers_are_frozen_records() -> None:
    """A record has the spec's fields, addresses as text, and can't be changed."""
    (lo, eth0) = ready_stack().query("ipv4.addresses")
    assert ("lo", "127.0.0.1", 8, "ASSIGNED") == attrs.astuple(lo)
    assert ("eth0", "192.0.2.1", 24, "ASSIGNED") == attrs.astuple(eth0)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        eth0.prefix = 8


def test_unknown_names_are_told_what_there_is() -> None:
    """A layer that is not loaded, a query that its layer lacks, a command asked as a query."""
    stack = ready_stack()
    with pytest.raises(NotLoaded, match=r"load udp, as in stack.load\(\"udp\"\)|no known spec"):
        stack.query("udp.endpoints")
    with pytest.raises(LookupError, match=r"no query arp.cache: layer arp has arp.neighbours"):
        stack.query("arp.cache")
    with pytest.raises(LookupError, match=r"no query arp.flush"):
        stack.query("arp.flush")


def test_every_control_can_be_listed() -> None:
    """Queries and commands of all loaded layers, and of no other."""
    stack = Stack(layers=["ethernet", "ipv4"])
    wanted = {"ipv4.addresses", "ipv4.groups", "ipv4.path_mtus", "ipv4.routes"}
    assert wanted == {one.name for one in stack.queries()}
    assert {one.name.partition(".")[0] for one in stack.commands()} == {"ipv4"}
