"""TCP judged by the kernel: its sockets and socat talk to netfsm, and curl fetches files."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.kernel.conftest import Start
from tests.kernel.namespace import OURS, Namespace

pytestmark = [pytest.mark.root, pytest.mark.needs("ip", "ping"), pytest.mark.slow]

QUICK = ("--ipv4", f"{OURS}/24", "--constants", "linux")
MANY = 2_000_000

ECHO = """
import hashlib, random, socket, subprocess, sys, threading
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = random.Random(1).randbytes(count)
one = socket.create_connection((host, port), timeout=30)
def send():
    one.sendall(data)
    one.shutdown(socket.SHUT_WR)
sender = threading.Thread(target=send)
sender.start()
got, first = b"", True
while True:
    part = one.recv(65536)
    if not part:
        break
    if first:
        print(subprocess.run(["ss", "-tioHn"], capture_output=True, text=True).stdout)
        first = False
    got += part
sender.join()
print(hashlib.sha256(got).hexdigest() == hashlib.sha256(data).hexdigest(), len(got))
"""

REFUSED = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 4242), timeout=5)
except ConnectionRefusedError:
    print("refused")
"""


def octets(count: int = MANY) -> bytes:
    """Octets that are the same every time."""
    return Random(7).randbytes(count)


def digest(data: bytes) -> str:
    """What tells whether two streams are equal."""
    return hashlib.sha256(data).hexdigest()


@pytest.mark.needs("ss")
def test_the_kernels_socket_hears_its_echo(place: Namespace, start: Start) -> None:
    """2 MB there and back are equal, and the kernel agreed on time stamps, SACK and scaling."""
    with start(*QUICK, "--serve", "echo:7"):
        done = place.run(sys.executable, "-c", ECHO, OURS, "7", str(MANY), timeout=120)
    assert done.stdout.endswith(f"True {MANY}\n"), done.stdout + done.stderr
    words = set(done.stdout.replace(":", " ").split())
    assert {"ts", "sack", "wscale"} <= words, done.stdout


def test_a_closed_port_refuses(place: Namespace, start: Start) -> None:
    """The kernel's socket learns of our reset."""
    with start(*QUICK):
        done = place.run(sys.executable, "-c", REFUSED, OURS)
    assert "refused\n" == done.stdout, done.stderr


@pytest.mark.needs("socat")
@pytest.mark.parametrize(
    "faults", [(), ("--faulty", "loss=0.03,reorder=0.1,delay=2ms,duplicate=0.01,seed=1")]
)
def test_socat_hears_its_echo(place: Namespace, start: Start, faults: tuple[str, ...]) -> None:
    """As much each way, over a good link and a bad one."""
    data = octets(MANY if not faults else MANY // 10)
    with start(*QUICK, *faults, "--serve", "echo:7"):
        done = subprocess.run(
            place.inside(["socat", "-t", "60", "-", f"TCP4:{OURS}:7"]),
            input=data,
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert digest(data) == digest(done.stdout), (len(done.stdout), done.stderr)


CLIENT = Path(__file__).with_name("tcp_client.py")


@pytest.mark.needs("socat")
def test_netfsm_calls_the_kernel(place: Namespace) -> None:
    """Our streams send 2 MB to socat's echo on the kernel's TCP, and all comes back."""
    server = subprocess.Popen(
        place.inside(["socat", "TCP4-LISTEN:4000,reuseaddr,fork", "EXEC:cat"]),
        stderr=subprocess.DEVNULL,
    )
    try:
        listening = "ss -tlnH | grep -q :4000 || sleep 0.1"
        for _ in range(20):
            place.must("sh", "-c", listening)
        done = place.run(sys.executable, str(CLIENT), "4000", str(MANY), timeout=120)
    finally:
        server.terminate()
        server.wait()
    assert f"{MANY} True\n" == done.stdout, done.stderr


@pytest.mark.needs("curl")
def test_curl_fetches_a_directory(place: Namespace, start: Start, tmp_path: Path) -> None:
    """A list of files and each of them, over one connection; what is not there is 404."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "large").write_bytes(octets())
    (folder / "small").write_bytes(b"hello")
    with start(*QUICK, "--serve", f"http:80={folder}"):
        page = place.must("curl", "-sS", "-m", "30", f"http://{OURS}/")
        for name in ("large", "small"):
            target = tmp_path / name
            place.must("curl", "-sSf", "-m", "60", "-o", str(target), f"http://{OURS}/{name}")
            assert digest((folder / name).read_bytes()) == digest(target.read_bytes())
        status = place.must("curl", "-s", "-m", "30", "-w", "%{http_code}", f"http://{OURS}/none")
    assert ('href="./large"' in page, 'href="./small"' in page) == (True, True)
    assert status.endswith("404")


@pytest.mark.needs("socat")
def test_the_small_services_speak(place: Namespace, start: Start) -> None:
    """Chargen fills what is asked of it, daytime says one line, discard ends when its peer does."""
    serve = ("--serve", "discard:9", "--serve", "chargen:19", "--serve", "daytime:13")
    with start(*QUICK, *serve):
        lines = place.must("sh", "-c", f"socat -u TCP4:{OURS}:19 - | head -c 740000 | sha256sum")
        day = place.must("socat", "-u", f"TCP4:{OURS}:13", "-")
        gone = subprocess.run(
            place.inside(["socat", "-t", "20", "-", f"TCP4:{OURS}:9"]),
            input=octets(),
            capture_output=True,
            timeout=60,
            check=False,
        )
    ring = bytes(range(32, 127)) * 2
    expected = b"".join(ring[n % 95 : n % 95 + 72] + b"\r\n" for n in range(10_000))
    assert digest(expected) == lines.split()[0]
    assert day.endswith("UTC\n"), day  # lines end as Python reads text
    assert (0, b"") == (gone.returncode, gone.stdout)
