"""The kernel's own ping, arp table, arping and tshark judge a running netfsm."""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from netfsm import programs
from tests.kernel.conftest import Start
from tests.kernel.namespace import KERNEL, OURS, Namespace

pytestmark = [pytest.mark.root, pytest.mark.needs("ip", "ping"), pytest.mark.slow]

RIVAL = bytes.fromhex("020000000099")


def losses(printed: str) -> tuple[int, int]:
    """How many echo requests ping sent, and how many replies it received."""
    found = re.search(r"(\d+) packets transmitted, (\d+) received", printed)
    assert found is not None, printed
    return int(found[1]), int(found[2])


def expert_errors(capture: Path) -> str:
    """What tshark's expert calls malformed, an error or a warning in a capture."""
    tshark = programs.find("tshark")
    assert tshark is not None
    done = subprocess.run(
        [tshark, "-r", str(capture), "-Y", "_ws.expert.severity >= 6291456 || _ws.malformed"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def announcement(address: str, mac: bytes) -> bytes:
    """An ARP announcement of `address` by `mac`, as a frame (RFC 5227 §2.3)."""
    packed = socket.inet_aton(address)
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + packed + bytes(6) + packed
    return b"\xff" * 6 + mac + b"\x08\x06" + arp


SEND_AND_WATCH = """
import select, socket, sys, time
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
link.bind(("tap0", 0))
for frame in sys.argv[1:]:
    link.send(bytes.fromhex(frame))
    end = time.monotonic() + 1.0
    while (left := end - time.monotonic()) > 0:
        if select.select([link], [], [], left)[0]:
            data, where = link.recvfrom(2000)
            if where[2] != socket.PACKET_OUTGOING and data[12:14] == b"\\x08\\x06":
                print(data.hex())
    print("-")
"""


def seen_after(place: Namespace, *frames: bytes) -> list[list[bytes]]:
    """Send each frame on the TAP; return the ARP frames netfsm sent within a second of it."""
    hexed = [frame.hex() for frame in frames]
    printed = place.must(sys.executable, "-c", SEND_AND_WATCH, *hexed)
    groups = printed.split("-\n")[:-1]
    return [[bytes.fromhex(line) for line in group.split()] for group in groups]


def test_ping_without_loss(place: Namespace, start: Start) -> None:
    """A hundred echo requests ten milliseconds apart are all answered; the kernel has our entry."""
    with start("--ipv4", f"{OURS}/24"):
        printed = place.must("ping", "-c", "100", "-i", "0.01", OURS)
        neighbours = place.must("ip", "neigh", "show", "dev", "tap0")
    assert (100, 100) == losses(printed)
    assert re.search(rf"^{re.escape(OURS)} lladdr \S+ (REACHABLE|DELAY|STALE)", neighbours)


@pytest.mark.needs("arping")
def test_arping_finds_the_address_taken(place: Namespace, start: Start) -> None:
    """`arping -D` exits 1: duplicate address detection of another host sees that we have it."""
    with start("--ipv4", f"{OURS}/24"):
        done = place.run("arping", "-D", "-c", "2", "-w", "3", "-I", "tap0", OURS)
    assert 1 == done.returncode, done.stdout


def test_one_defence_then_the_address_is_given_up(place: Namespace, start: Start) -> None:
    """A rival gets one defence; a second conflict within 10 s ends our use (RFC 5227 §2.4)."""
    with start("--ipv4", f"{OURS}/24"):
        first, second = seen_after(place, *[announcement(OURS, RIVAL)] * 2)
        after = place.run("ping", "-c", "2", "-i", "0.2", "-W", "1", OURS)
    assert 1 == len(first)
    assert b"\xff" * 6 == first[0][:6]
    assert 1 == struct.unpack_from("!H", first[0], 20)[0]
    assert socket.inet_aton(OURS) == first[0][28:32] == first[0][38:42]
    assert [] == second
    assert 0 == losses(after.stdout)[1]


def test_a_taken_address_is_not_used(place: Namespace, tmp_path: Path) -> None:
    """Probing finds the kernel's own address taken: netfsm says so and never becomes ready."""
    command = [sys.executable, "-m", "netfsm", "run", "--on", "tap:tap0", "--ipv4", f"{KERNEL}/24"]
    done = place.run(*command, timeout=40)
    assert 1 == done.returncode, done.stderr
    assert "ready" not in done.stdout
    assert KERNEL in done.stderr


@pytest.mark.needs("tshark")
def test_capture_opens_in_tshark(place: Namespace, start: Start, tmp_path: Path) -> None:
    """The pcapng of a run has no expert error, and its packets carry the rows they took."""
    capture = tmp_path / "run.pcapng"
    with start("--ipv4", f"{OURS}/24", "--pcap", str(capture)):
        place.must("ping", "-c", "5", "-i", "0.01", OURS)
    assert "" == expert_errors(capture)
    tshark = programs.find("tshark")
    assert tshark is not None
    comments = subprocess.run(
        [tshark, "-r", str(capture), "-Y", "icmp.type == 8", "-T", "fields", "-e", "frame.comment"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert 5 == comments.count("icmp.input/in.echo")


def test_ping_over_a_faulty_link(place: Namespace, start: Start) -> None:
    """With loss, duplicates and reordering the ping still resolves, and most replies come."""
    with start("--ipv4", f"{OURS}/24", "--faulty", "loss=0.2,duplicate=0.1,reorder=0.1,seed=1"):
        done = place.run("ping", "-c", "100", "-i", "0.02", "-W", "2", OURS)
    sent, received = losses(done.stdout)
    assert 100 == sent
    assert 40 <= received < 100
