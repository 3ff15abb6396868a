"""Neighbour discovery judged by the kernel, ndisc6, rdisc6 and radvd."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netfsm import programs
from netfsm.stack.control_socket import ask
from tests.kernel.asking import counters, eventually
from tests.kernel.conftest import Start
from tests.kernel.namespace import KERNEL6, OURS6, Namespace
from tests.kernel.test_ping import losses

pytestmark = [pytest.mark.root, pytest.mark.needs("ip", "ping"), pytest.mark.slow]

RIVAL = "02:00:00:00:00:99"
RADVD = """
interface tap0 {
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvLinkMTU 1400;
  AdvCurHopLimit 77; AdvReachableTime 1000; AdvRetransTimer 200; AdvDefaultLifetime 600;
  prefix 2001:db8:7::/64 { AdvValidLifetime 7200; AdvPreferredLifetime 3600; };
};
"""


@pytest.fixture
def control(tmp_path: Path) -> Path:
    """Where the running stack is asked and told."""
    return tmp_path / "control"


def addresses(control: Path) -> dict[str, str]:
    """The addresses of the running stack on eth0, with their states."""
    rows = ask(control, query="nd.addresses", params={"interface": "eth0"})
    return {row["address"]: row["state"] for row in rows}


def kernel_address(place: Namespace, scope: str) -> list[str]:
    """What the kernel has on the TAP, and may use."""
    found = json.loads(place.must("ip", "-j", "-6", "addr", "show", "dev", "tap0"))
    every = [one for link in found for one in link.get("addr_info", [])]
    return [one["local"] for one in every if one["scope"] == scope and not one.get("tentative")]


def formed_from(prefix: str, found: list[str]) -> list[str]:
    """The addresses that begin so."""
    return [one for one in found if one.startswith(prefix)]


def test_pings_global_and_link_local_both_ways(
    place6: Namespace, start: Start, control: Path
) -> None:
    """Each side reaches the other by both kinds of address, and knows it as a neighbour."""
    with start("--ipv6", f"{OURS6}/64", "--control", str(control)):
        (ours,) = [one for one in addresses(control) if one.startswith("fe80")]
        (theirs,) = eventually(lambda: kernel_address(place6, "link"))
        near = place6.must("ping", "-6", "-c", "5", "-i", "0.1", OURS6)
        link = place6.must("ping", "-6", "-c", "5", "-i", "0.1", f"{ours}%tap0")
        for number, peer in enumerate((KERNEL6, theirs)):
            told = {"destination": peer, "sequence": number, "interface": "eth0"}
            ask(control, command="icmpv6.ping", params=told)
        replies = eventually(lambda: counters(control, "icmpv6").get("in_echo_replies", 0) == 2)
        known = {row["address"] for row in ask(control, query="nd.neighbours", params={})}
    assert (5, 5) == losses(near)
    assert (5, 5) == losses(link)
    assert replies
    assert {KERNEL6, theirs} <= known


def test_a_taken_address_is_not_used(place6: Namespace) -> None:
    """The kernel defends its address: netfsm says so and never becomes ready."""
    command = [sys.executable, "-m", "netfsm", "run", "--on", "tap:tap0"]
    done = place6.run(*command, "--ipv6", f"{KERNEL6}/64", timeout=40)
    assert 1 == done.returncode, done.stderr
    assert "ready" not in done.stdout
    assert "RFC 4862" in done.stderr
    assert KERNEL6 in done.stderr


def test_the_kernel_finds_our_address_taken(place6: Namespace, start: Start) -> None:
    """Its duplicate address detection hears our defence."""
    with start("--ipv6", f"{OURS6}/64"):
        place6.must("ip", "addr", "add", f"{OURS6}/64", "dev", "tap0")
        failed = eventually(
            lambda: "dadfailed" in place6.must("ip", "-6", "addr", "show", "dev", "tap0")
        )
    assert failed


@pytest.mark.requirement("RFC 4861 §4.2 5", "RFC 4861 §6.2.2 2")
@pytest.mark.needs("ndisc6")
def test_a_netfsm_router_configures_the_kernel(
    place6: Namespace, start: Start, control: Path
) -> None:
    """`ndisc6` finds our address, `rdisc6` what we advertise, and the kernel takes an address."""
    with start("--ipv6", f"{OURS6}/64", "--control", str(control)):
        neighbour = place6.must("ndisc6", "-1", OURS6, "tap0")
        prefix = {"interface": "eth0", "prefix": "2001:db8:5::/64"}
        ask(control, command="nd.add_prefix", params=prefix)
        ask(control, command="ipv6.set_forwarding", params={"interface": "eth0", "on": True})
        told = {"interface": "eth0", "mtu": 1400, "hop_limit": 33}
        ask(control, command="nd.advertise", params=told)
        taken = eventually(lambda: formed_from("2001:db8:5:", kernel_address(place6, "global")))
        heard = place6.must("rdisc6", "-1", "tap0")
        routes = place6.must("ip", "-6", "route", "show", "default")
        ask(control, command="nd.cease", params={"interface": "eth0"})
    assert "Target link-layer address" in neighbour
    assert 1 == len(taken)
    assert "default via fe80::" in routes
    assert re.search(r"Prefix +: 2001:db8:5::/64", heard), heard
    assert re.search(r"MTU +: +1400", heard), heard
    assert re.search(r"Hop limit +: +33", heard), heard


@contextmanager
def advertised(place: Namespace, folder: Path) -> Generator[None]:
    """The kernel forwards, and `radvd` tells its link."""
    place.must("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    place.must("ip", "addr", "add", "2001:db8:7::1/64", "dev", "tap0", "nodad")
    config = folder / "radvd.conf"
    config.write_text(RADVD, encoding="utf-8")
    radvd = programs.find("radvd")
    assert radvd is not None
    command = [radvd, "-C", str(config), "-n", "-m", "stderr", "-p", str(folder / "radvd.pid")]
    with subprocess.Popen(place.inside(command), stderr=subprocess.DEVNULL) as daemon:
        try:
            yield
        finally:
            daemon.terminate()


@pytest.mark.needs("radvd")
def test_radvd_configures_us_and_a_new_mac_is_found(
    place6: Namespace, start: Start, control: Path, tmp_path: Path
) -> None:
    """An address, a router and what to send with; then the kernel's MAC changes under traffic."""
    with advertised(place6, tmp_path), start("--ipv6", f"{OURS6}/64", "--control", str(control)):
        formed = eventually(
            lambda: [
                one
                for one, state in addresses(control).items()
                if one.startswith("2001:db8:7:") and state == "PREFERRED"
            ]
        )
        routes = ask(control, query="ipv6.routes", params={})
        (link,) = ask(control, query="nd.links", params={})
        here = place6.must("ping", "-6", "-c", "3", "-i", "0.1", formed[0])
        assert eventually(lambda: replies_of(control))
        place6.must("ip", "link", "set", "tap0", "address", RIVAL)
        before = eventually(lambda: replies_of(control) * (station_of(control) == RIVAL))
        recovered = before and eventually(lambda: replies_of(control) > before + 1)
    assert (3, 3) == losses(here)
    assert {"::/0", "2001:db8:7::/64"} <= {row["destination"] for row in routes}
    assert (77, 1400, 200_000) == (link["hop_limit"], link["mtu"], link["retrans"])
    assert 500_000 <= link["reachable"] <= 1_500_000
    assert recovered


def station_of(control: Path) -> str:
    """The kernel's address on the link, as we know it."""
    rows = ask(control, query="nd.neighbours", params={})
    return next((str(row["lladdr"]) for row in rows if row["address"] == KERNEL6), "")


def replies_of(control: Path) -> int:
    """Send one more echo request to the kernel; how many were answered so far."""
    ask(control, command="icmpv6.ping", params={"destination": KERNEL6, "sequence": 1})
    return counters(control, "icmpv6").get("in_echo_replies", 0)
