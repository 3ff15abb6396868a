"""IPv6 and what is above it, judged by the kernel: fragments, paths, errors, UDP and TCP."""

from __future__ import annotations

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
from tests.kernel.namespace import KERNEL6, OURS6, Namespace, another
from tests.kernel.test_host import ASK_CLOSED_PORT
from tests.kernel.test_ping import expert_errors, losses
from tests.kernel.test_tcp import ECHO

pytestmark = [pytest.mark.root, pytest.mark.needs("ip", "ping"), pytest.mark.slow]

CLIENT = "2001:db8:5::2"
QUICK = ("--ipv6", f"{OURS6}/64")


def test_large_pings_both_ways(place6: Namespace, start: Start, tmp_path: Path) -> None:
    """20,000 octets are cut and put together by both sides, and tshark finds nothing wrong."""
    control, capture = tmp_path / "control", tmp_path / "run.pcapng"
    with start(*QUICK, "--control", str(control), "--pcap", str(capture)):
        done = place6.run("ping", "-6", "-c", "5", "-i", "0.2", "-s", "20000", OURS6)
        assert (5, 5) == losses(done.stdout), done.stdout
        ask(control, command="icmpv6.ping", params={"destination": KERNEL6, "size": 20000})
        assert 1 == eventually(lambda: counters(control, "icmpv6").get("in_echo_replies", 0))
        found = counters(control, "ipv6")
    assert 6 == found["reassembled"]
    assert 6 == found["out_fragmented"]
    assert "" == expert_errors(capture)


def test_a_closed_port_refuses_the_kernels_socket(place6: Namespace, start: Start) -> None:
    """The kernel hands our port unreachable to its socket as ECONNREFUSED."""
    with start(*QUICK):
        script = ASK_CLOSED_PORT.replace("AF_INET,", "AF_INET6,")
        done = place6.run(sys.executable, "-c", script, OURS6)
    assert "refused\n" == done.stdout, done.stderr


@pytest.mark.needs("socat")
def test_udp_echo_with_socat(place6: Namespace, start: Start) -> None:
    """Socat sends more than a link carries over the kernel's UDP and gets it back."""
    with start(*QUICK, "--serve", "echo:7"):
        done = subprocess.run(
            place6.inside(["socat", "-t", "2", "-", f"UDP6:[{OURS6}]:7"]),
            input=b"hello, netfsm" * 500,
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert b"hello, netfsm" * 500 == done.stdout, done.stderr


def test_tcp_through_faults(place6: Namespace, start: Start) -> None:
    """The kernel's TCP gets back what it sent, through loss, as over IPv4."""
    with start(*QUICK, "--serve", "echo:7", "--faulty", "loss=0.03,seed=1"):
        printed = place6.must(sys.executable, "-c", ECHO, OURS6, "7", "300000")
    assert "True 300000\n" == printed[-12:]


@contextmanager
def client_behind(router: Namespace) -> Generator[Namespace]:
    """A namespace whose way to us leads through `router`, with a link of 1,300 at its end."""
    ip = programs.find("ip")
    assert ip is not None
    with another(router, "c") as client:
        peer = ["type", "veth", "peer", "name", "c0", "netns", client.name]
        router.must(ip, "link", "add", "r0", *peer)
        router.must("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        for where, name, host in ((router, "r0", "1"), (client, "c0", "2")):
            where.must("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=0")
            where.must(ip, "addr", "add", f"2001:db8:5::{host}/64", "dev", name, "nodad")
            where.must(ip, "link", "set", name, "mtu", "1300", "up")
        client.must(ip, "route", "add", "default", "via", "2001:db8:5::1")
        yield client


@pytest.mark.needs("tracepath")
def test_a_path_with_a_small_mtu(place6: Namespace, start: Start, tmp_path: Path) -> None:
    """A router tells us that less passes; what we send from then on fits, and tracepath ends."""
    control = tmp_path / "control"
    told = ("--gateway", KERNEL6, "--control", str(control))
    with client_behind(place6) as client, start(*QUICK, *told):
        client.must("ping", "-6", "-c", "1", OURS6)
        done = client.run("ping", "-6", "-c", "4", "-i", "0.3", "-s", "1400", OURS6)
        (path,) = ask(control, query="ipv6.path_mtus", params={})
        traced = client.run("tracepath", "-6", "-n", OURS6, timeout=90)
    assert {"destination": CLIENT, "mtu": 1300} == path
    assert 3 == losses(done.stdout)[1], done.stdout
    assert "pmtu 1300" in traced.stdout, traced.stdout
    assert "reached" in traced.stdout, traced.stdout


@contextmanager
def second_link(place: Namespace) -> Generator[Namespace]:
    """A namespace with `tap1`, on which netfsm is to be its router."""
    ip = programs.find("ip")
    assert ip is not None
    with another(place, "f") as far:
        place.must(ip, "tuntap", "add", "tap1", "mode", "tap")
        place.must("sysctl", "-qw", "net.ipv6.conf.tap1.disable_ipv6=1")
        place.must(ip, "link", "add", "br0", "type", "bridge")
        peer = ["type", "veth", "peer", "name", "f0", "netns", far.name]
        place.must(ip, "link", "add", "b0", "mtu", "1400", *peer)
        for name in ("tap1", "b0"):
            place.must(ip, "link", "set", name, "mtu", "1400", "master", "br0", "up")
        place.must(ip, "link", "set", "br0", "up")
        far.must("sysctl", "-qw", "net.ipv6.conf.f0.disable_ipv6=0")
        far.must(ip, "link", "set", "f0", "mtu", "1400", "up")
        far.must(ip, "addr", "add", "2001:db8:6::2/64", "dev", "f0", "nodad")
        far.must(ip, "route", "add", "default", "via", "2001:db8:6::1")
        place.must(ip, "route", "add", "2001:db8:6::/64", "via", OURS6)
        yield far


def echoed_by(far: Namespace, near: Namespace) -> str:
    """What comes of a megabyte that `near` sends to a server of `far` and wants back."""
    server = subprocess.Popen(
        far.inside(["socat", "-t", "20", "TCP6-LISTEN:9", "EXEC:cat"]), stderr=subprocess.DEVNULL
    )
    try:
        assert eventually(lambda: ":9 " in far.must("ss", "-Hltn"))
        return near.must(sys.executable, "-c", ECHO, "2001:db8:6::2", "9", "1000000")
    finally:
        server.kill()
        server.wait()


@pytest.mark.needs("tracepath", "socat")
def test_two_kernels_speak_through_us(place6: Namespace, start: Start, tmp_path: Path) -> None:
    """Pings, fragments, a smaller link behind us that tracepath finds, and TCP of the kernels."""
    control = tmp_path / "control"
    links = ("--on", "tap:tap1", "--ipv6", f"eth0={OURS6}/64", "--ipv6", "eth1=2001:db8:6::1/64")
    with second_link(place6) as far, start(*links, "--control", str(control)):
        ask(control, command="host.set_mtu", params={"interface": "eth1", "mtu": 1400})
        for interface in ("eth0", "eth1"):
            told = {"interface": interface, "on": True}
            ask(control, command="ipv6.set_forwarding", params=told)
        small = far.run("ping", "-6", "-c", "5", "-i", "0.1", KERNEL6)
        large = place6.run("ping", "-6", "-c", "5", "-i", "0.2", "-s", "5000", "2001:db8:6::2")
        traced = place6.run("tracepath", "-6", "-n", "2001:db8:6::2", timeout=90)
        echoed = echoed_by(far, place6)
        last = place6.run("ping", "-6", "-c", "1", "-t", "1", "-W", "2", "2001:db8:6::2")
        forwarded = counters(control, "ipv6")
    assert (5, 5) == losses(small.stdout)
    assert 4 <= losses(large.stdout)[1], large.stdout
    assert "pmtu 1400" in traced.stdout, traced.stdout
    assert "hops 2" in traced.stdout, traced.stdout
    assert "Time exceeded" in last.stdout, last.stdout
    assert "True 1000000\n" == echoed[-13:], echoed
    assert forwarded["out_forwarded"] > 1000
    assert 1 <= forwarded["too_large"]
