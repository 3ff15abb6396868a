"""Drivers by the words of the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netfsm.drivers import drivers, parse_driver
from netfsm.errors import TargetError

ALL = "write one of tap:NAME, packet:IF, socket:PATH"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", f"'' isn't available: a driver is written NAME:ARGUMENT; {ALL}"),
        ("tap0", f"tap0 isn't available: a driver is written NAME:ARGUMENT; {ALL}"),
        ("tun:tun0", f"tun:tun0 isn't available: no driver is called 'tun'; {ALL}"),
        ("tap:", "tap: isn't available: it names nothing; write tap:NAME"),
        ("tap:a-name-too-long-for-linux", "a link's name has 1 to 15 octets"),
        ("socket:/no/such/socket", "No such file or directory; start the peer first"),
    ],
)
def test_what_is_no_driver_is_told(text: str, sentence: str) -> None:
    """One line says what is missing and what would be right."""
    with pytest.raises(TargetError) as caught:
        parse_driver(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_link_that_is_not_there_is_told_with_those_that_are() -> None:
    """Without the privilege the remedy is the privilege; with it, the links that there are."""
    with pytest.raises(TargetError) as caught:
        parse_driver("packet:no-such-link")
    expected = "links are lo" if os.geteuid() == 0 else "run as root"
    assert expected in str(caught.value)


@pytest.mark.skipif(Path("/dev/net/tun").exists(), reason="this machine has /dev/net/tun")
def test_a_machine_without_tun_is_told_the_module() -> None:
    """Where the device is missing, the kernel module is named."""
    with pytest.raises(TargetError, match="modprobe tun"):
        parse_driver("tap:tap0")


def test_the_drivers_are_listed() -> None:
    """Each has a line on how it is written."""
    assert ["tap", "packet", "socket", "e1000"] == list(drivers())
    for name, says in drivers().items():
        assert says.startswith(f"{name}:")
