"""A whole IPv4 host, judged by the kernel: fragments, UDP, errors, paths, two links, reloads."""

from __future__ import annotations

import json
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
from tests.kernel.namespace import KERNEL, OURS, Namespace, another
from tests.kernel.test_ping import losses

pytestmark = [pytest.mark.root, pytest.mark.needs("ip", "ping"), pytest.mark.slow]

QUICK = ("--ipv4", f"{OURS}/24", "--constants", "linux")

ASK_CLOSED_PORT = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.connect((sys.argv[1], 4242))
one.settimeout(5)
one.send(b"anybody?")
try:
    one.recv(100)
except ConnectionRefusedError:
    print("refused")
"""


def test_large_pings_both_ways(place: Namespace, start: Start, tmp_path: Path) -> None:
    """20,000 octets are cut and put together by both sides."""
    control = tmp_path / "control"
    with start(*QUICK, "--control", str(control)):
        done = place.run("ping", "-c", "5", "-i", "0.2", "-s", "20000", OURS)
        assert (5, 5) == losses(done.stdout), done.stdout
        ask(control, command="icmp.ping", params={"destination": KERNEL, "size": 20000})
        replies = eventually(lambda: counters(control, "icmp").get("in_echo_replies", 0))
        assert 1 == replies
        found = counters(control, "ipv4")
    assert 6 == found["reassembled"]
    assert 6 == found["out_fragmented"]


@pytest.mark.needs("socat")
def test_udp_echo_with_socat(place: Namespace, start: Start) -> None:
    """Socat sends a line over the kernel's UDP and gets it back."""
    with start(*QUICK, "--serve", "echo:7"):
        done = subprocess.run(
            place.inside(["socat", "-t", "2", "-", f"UDP4:{OURS}:7"]),
            input=b"hello, netfsm" * 500,
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert b"hello, netfsm" * 500 == done.stdout, done.stderr


def test_a_closed_port_refuses_the_kernels_socket(place: Namespace, start: Start) -> None:
    """The kernel hands our port unreachable to its socket as ECONNREFUSED."""
    with start(*QUICK):
        done = place.run(sys.executable, "-c", ASK_CLOSED_PORT, OURS)
    assert "refused\n" == done.stdout, done.stderr


@contextmanager
def client_behind(router: Namespace) -> Generator[Namespace]:
    """A namespace whose way to us leads through `router`, with a link of 1,280 at the end."""
    ip = programs.find("ip")
    assert ip is not None
    with another(router, "c") as client:
        peer = ["type", "veth", "peer", "name", "c0", "netns", client.name]
        router.must(ip, "link", "add", "r0", *peer)
        router.must(ip, "addr", "add", "198.51.100.1/24", "dev", "r0")
        router.must(ip, "link", "set", "r0", "up")
        router.must("sysctl", "-qw", "net.ipv4.ip_forward=1")
        router.must(ip, "link", "set", "tap0", "mtu", "1280")
        client.must(ip, "addr", "add", "198.51.100.2/24", "dev", "c0")
        client.must(ip, "link", "set", "c0", "up")
        client.must(ip, "route", "add", "default", "via", "198.51.100.1")
        yield client


@pytest.mark.needs("tracepath")
def test_tracepath_finds_the_small_mtu_and_reaches_us(place: Namespace, start: Start) -> None:
    """Behind a router with a link of 1,280, tracepath tells pmtu 1280 and that we answered."""
    with client_behind(place) as client, start(*QUICK, "--gateway", KERNEL):
        done = client.run("tracepath", "-n", OURS, timeout=90)
    assert "pmtu 1280" in done.stdout, done.stdout
    assert f"{OURS}" in done.stdout
    assert "reached" in done.stdout


def test_two_interfaces_at_once(place: Namespace, start: Start) -> None:
    """Two TAPs with a network each are pinged at the same time."""
    ip = programs.find("ip")
    assert ip is not None
    place.must(ip, "tuntap", "add", "tap1", "mode", "tap")
    place.must(ip, "addr", "add", "203.0.113.1/24", "dev", "tap1")
    place.must(ip, "link", "set", "tap1", "up")
    both = ("--on", "tap:tap1", "--ipv4", f"eth0={OURS}/24", "--ipv4", "eth1=203.0.113.2/24")
    with start(*both, "--constants", "linux"):
        command = ["ping", "-c", "50", "-i", "0.02"]
        pings = [
            subprocess.Popen(place.inside([*command, to]), stdout=subprocess.PIPE, text=True)
            for to in (OURS, "203.0.113.2")
        ]
        printed = [one.communicate(timeout=60)[0] for one in pings]
    assert [(50, 50), (50, 50)] == [losses(text) for text in printed]


def test_every_layer_is_reloaded_under_a_running_ping(
    place: Namespace, start: Start, tmp_path: Path
) -> None:
    """Traffic goes on: what is lost is what was under way while a layer was away."""
    control = tmp_path / "control"
    with start(*QUICK, "--control", str(control)):
        place.must("ping", "-c", "1", OURS)
        ping = subprocess.Popen(
            place.inside(["ping", "-c", "200", "-i", "0.02", OURS]),
            stdout=subprocess.PIPE,
            text=True,
        )
        for layer in ("arp", "udp", "icmp", "arp", "ipv4", "raw", "ethernet", "host", "arp"):
            ask(control, command="host.reload", params={"layer": layer})
        printed = ping.communicate(timeout=60)[0]
        layers = {row["name"] for row in ask(control, query="host.layers")}
    assert {"arp", "ethernet", "host", "icmp", "ipv4", "raw", "udp"} <= layers
    sent, received = losses(printed)
    assert 200 == sent
    assert received >= 190, printed


def test_show_live_tells_what_the_kernel_sees_too(
    place: Namespace, start: Start, tmp_path: Path
) -> None:
    """Our neighbour table holds the kernel's address as the kernel has it."""
    control = tmp_path / "control"
    with start(*QUICK, "--control", str(control)):
        place.must("ping", "-c", "1", OURS)
        command = [sys.executable, "-m", "netfsm", "show", "--live", str(control)]
        done = subprocess.run([*command, "--format", "json"], capture_output=True, check=True)
        answers = json.loads(done.stdout)["answers"]
    (neighbour,) = answers["arp.neighbours"]
    assert (KERNEL, place.mac(), "REACHABLE") == (
        neighbour["address"],
        neighbour["lladdr"],
        neighbour["state"],
    )
