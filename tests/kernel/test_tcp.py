"""The kernel's own TCP speaks with a running netfsm, both ways and over a bad link."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import Start
from tests.kernel.namespace import OURS, Namespace

pytestmark = [pytest.mark.root, pytest.mark.needs("ip"), pytest.mark.slow]

QUICK = ("--ipv4", f"{OURS}/24", "--constants", "linux")
FAULTS = ("--faulty", "loss=0.03,reorder=0.1,duplicate=0.01,seed=1")
ECHO = """
import hashlib, random, socket, sys, threading
data = random.Random(1).randbytes(int(sys.argv[2]))
peer = socket.create_connection((sys.argv[1], 7), timeout=60)
def send():
    peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
got = hashlib.sha256()
while part := peer.recv(65536):
    got.update(part)
print(got.hexdigest() == hashlib.sha256(data).hexdigest())
"""
INFO = "import socket, sys; s = socket.create_connection((sys.argv[1], 7)); s.send(b'x'); s.recv(9)"


@pytest.mark.parametrize(
    "options",
    [(), FAULTS],
    ids=["clean", "faulty"],
)
def test_what_the_kernel_sends_comes_back(
    place: Namespace, start: Start, options: tuple[str, ...]
) -> None:
    """Two megabytes (a tenth where packets are lost) through echo have equal hashes."""
    with start(*QUICK, "--serve", "echo:7", *options):
        count = 200_000 if options else 2_000_000
        printed = place.must("python3", "-c", ECHO, OURS, str(count))
    assert "True\n" == printed


def test_a_closed_port_is_refused(place: Namespace, start: Start) -> None:
    """CLOSED answers a SYN with a reset."""
    with start(*QUICK):
        done = place.run("python3", "-c", INFO, OURS)
    assert "ConnectionRefusedError" in done.stderr
