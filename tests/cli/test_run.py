"""`netfsm run`: its options, and a live stack over a socket pair with nobody on the other side."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from netfsm.cli.common import Exit
from netfsm.cli.run_plan import Gateway, Place, plan
from tests.cli.running import ROOT, Ran, netfsm


def test_interfaces_are_named_in_order() -> None:
    """The first --on is eth0, the second eth1; addresses say which they are for."""
    found = plan(["tap:a", "tap:b"], ["eth1=192.0.2.2/24", "eth0=198.51.100.1/30"], ["192.0.2.1"])
    assert (("eth0", "tap:a"), ("eth1", "tap:b")) == found.drivers
    assert (Place("eth1", "192.0.2.2", 24), Place("eth0", "198.51.100.1", 30)) == found.addresses
    assert (Gateway("192.0.2.1"),) == found.gateways


def test_one_interface_needs_no_name() -> None:
    """With one --on an address is written alone."""
    assert (Place("eth0", "192.0.2.2", 24),) == plan(["tap:a"], ["192.0.2.2/24"], []).addresses


@pytest.mark.parametrize(
    ("on", "ipv4", "gateway", "words"),
    [
        (["tap:a", "tap:b"], ["192.0.2.2/24"], None, "--ipv4 IF=192.0.2.2/24, IF being eth0 or"),
        (["tap:a"], ["eth1=192.0.2.2/24"], None, "there is no interface eth1"),
        (["tap:a"], ["192.0.2.2"], None, "write 192.0.2.2/24"),
        (["tap:a"], ["192.0.2.256/24"], None, "192.0.2.256"),
        (["tap:a"], ["192.0.2.2/33"], None, "33"),
        (["tap:a"], [], "192.0.2.1", "add --ipv4"),
        (["tap:a"], ["192.0.2.2/24"], "198.51.100.1", "on no network"),
        (["tap:a"], ["192.0.2.2/24"], "gate", "gate"),
    ],
)
def test_what_is_wrong_with_an_option_is_told(
    on: list[str], ipv4: list[str], gateway: str | None, words: str
) -> None:
    """A wrong option is bad usage, with what to write instead."""
    with pytest.raises(click.UsageError, match=words.replace("(", r"\(")):
        plan(on, ipv4, [gateway] if gateway else [])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--on", "tap:x", "--serve", "telnet:23"), Exit.USAGE, "echo, discard, chargen, daytime"),
        (("--on", "tap:x", "--serve", "http:80"), Exit.USAGE, "http needs =DIR"),
        (("--on", "tap:x", "--serve", "http:80=none"), Exit.USAGE, "none is no directory"),
        (("--on", "tap:x", "--serve", "echo:7=."), Exit.USAGE, "nothing else has one"),
        (
            ("--on", "tap:x", "--serve", "echo:7", "--serve", "discard:7"),
            Exit.USAGE,
            "echo has this",
        ),
        (("--on", "tap:x", "--faulty", "lost=1"), Exit.USAGE, "lost=1"),
        (("--on", "carrier:pigeon"), Exit.UNAVAILABLE, "no driver is called 'carrier'"),
        (("--on", "socket:/nonexistent/x"), Exit.UNAVAILABLE, "/nonexistent/x"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], code: Exit, words: str) -> None:
    """Bad usage is 2, what is not there 3; neither is a traceback."""
    ran = netfsm("run", *arguments)
    assert (code, "") == (ran.code, ran.out)
    assert words in ran.err
    assert "Traceback" not in ran.err


@contextmanager
def _running(folder: Path, *options: str) -> Generator[tuple[subprocess.Popen[str], socket.socket]]:
    """`netfsm run` on a stream socket, and the socket's other end."""
    path = str(folder / "link")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(30)
        command = [sys.executable, "-m", "netfsm", "run", "--on", f"socket:{path}", *options]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        link, _ = listener.accept()
        with link:
            link.settimeout(30)
            try:
                yield process, link
            finally:
                process.kill()
                process.communicate()


def _ended(process: subprocess.Popen[str], number: signal.Signals) -> Ran:
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return Ran(process.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_0(number: signal.Signals, tmp_path: Path) -> None:
    """Ready without an address at once; either signal ends it, counters come on standard error."""
    with _running(tmp_path, "--timing") as (process, _):
        assert process.stdout is not None
        assert "ready: eth0\n" == process.stdout.readline()
        ran = _ended(process, number)
    assert Exit.FINE == ran.code
    assert "eth0: 0 frames in, " in ran.err
    assert "timing: " in ran.err


def test_a_signal_before_it_is_ready(tmp_path: Path) -> None:
    """While the address is probed there is no ready line, and a signal still ends it with 0."""
    with _running(tmp_path, "--ipv4", "192.0.2.2/24") as (process, link):
        assert _frame(link)[28:32] == bytes(4)
        ran = _ended(process, signal.SIGTERM)
    assert (Exit.FINE, "") == (ran.code, ran.out)


def test_an_address_of_another_host_is_not_taken(tmp_path: Path) -> None:
    """Whoever answers the probe keeps the address: exit code 1, and it says which address."""
    with _running(tmp_path, "--ipv4", "192.0.2.2/24") as (process, link):
        probe = _frame(link)
        mac = bytes.fromhex("020000000099")
        answer = probe[6:12] + mac + probe[12:20] + b"\0\2" + mac + probe[38:42] + probe[22:32]
        link.sendall(struct.pack("!I", len(answer)) + answer)
        out, err = process.communicate(timeout=30)
    assert (Exit.FINDINGS, "") == (process.returncode, out)
    assert "192.0.2.2/24 on eth0 is another host's" in err


def test_a_running_stack_is_asked_by_show_live(tmp_path: Path) -> None:
    """All its queries as tables, one of them alone, and as JSON; a query it lacks is bad usage."""
    control = tmp_path / "control"
    options = ("--ipv4", "192.0.2.2/24", "--constants", "linux", "--control", str(control))
    with _running(tmp_path, *options) as (process, _):
        assert process.stdout is not None
        process.stdout.readline()
        whole = netfsm("show", "--live", str(control))
        routes = netfsm("show", "ipv4.routes", "--live", str(control), "--format", "json")
        wrong = netfsm("show", "ipv4.nothing", "--live", str(control))
        _ended(process, signal.SIGTERM)
    assert Exit.FINE == whole.code, whole.err
    for word in ("host.interfaces", "eth0", "192.0.2.2", "ipv4.routes", "arp.neighbours", "none"):
        assert word in whole.out
    listed = json.loads(routes.out)["answers"]["ipv4.routes"]
    assert "192.0.2.0/24" in [one["destination"] for one in listed]
    assert (Exit.USAGE, "") == (wrong.code, wrong.out)
    assert not control.exists()
    gone = netfsm("show", "--live", str(control))
    assert Exit.UNAVAILABLE == gone.code


def test_linux_constants_and_ready(tmp_path: Path) -> None:
    """Linux takes an address into use without probing: the ready line comes at once."""
    options = ("--ipv4", "192.0.2.2/24", "--gateway", "192.0.2.1", "--constants", "linux")
    with _running(tmp_path, *options) as (process, link):
        assert process.stdout is not None
        assert "ready: 192.0.2.2/24 on eth0\n" == process.stdout.readline()
        announcement = _frame(link)
        ran = _ended(process, signal.SIGTERM)
    assert socket.inet_aton("192.0.2.2") == announcement[28:32] == announcement[38:42]
    assert Exit.FINE == ran.code
    assert "arp.out_packets: " in ran.err


def _frame(link: socket.socket) -> bytes:
    """The next ARP frame in QEMU's stream framing: four octets of length, then the frame."""
    while True:
        length = struct.unpack("!I", _octets(link, 4))[0]
        frame = _octets(link, length)
        if frame[12:14] == b"\x08\x06":  # IPv6 looks around on its own
            return frame


def _octets(link: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = link.recv(count - len(found))
        assert more, "the link was closed"
        found += more
    return found


def test_the_path_of_a_frame_is_explained() -> None:
    """An echo request to the host goes up to ICMP; one to another stops at IPv4."""
    head = "450000220001000040" + "01f6cfc0000209c0000201"
    frame = "020000000001020000000009" + "0800" + head + "0800f7fd" + "00010001" + "00" * 6
    ours = netfsm("explain", "--frame", frame, "--ipv4", "192.0.2.1/24")
    other = netfsm("explain", "--frame", frame, "--ipv4", "192.0.2.7/24", "--format", "json")
    wrong = netfsm("explain", "--frame", "xyz")
    assert Exit.FINE == ours.code, ours.err
    assert "ipv4.protocol 1 -> icmp" in ours.out
    assert "ipv4.not_for_us" == json.loads(other.out)["verdict"]
    assert (Exit.USAGE, "") == (wrong.code, wrong.out)
