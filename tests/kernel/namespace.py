"""A network namespace of a test's own, with a TAP, and netfsm running on it as a program."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Final, Self

from attrs import define, field

from netfsm import programs

KERNEL: Final = "192.0.2.1"
OURS: Final = "192.0.2.2"
KERNEL6: Final = "2001:db8::1"
OURS6: Final = "2001:db8::2"


@define
class Namespace:
    """A network namespace with the link `tap0`; commands run inside it."""

    name: str

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `command` inside; what it printed comes back, whatever its exit code."""
        return subprocess.run(
            self.inside(command), capture_output=True, text=True, timeout=timeout, check=False
        )

    def must(self, *command: str) -> str:
        """Run `command` inside and return what it printed; it must exit 0."""
        done = self.run(*command)
        assert 0 == done.returncode, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def inside(self, command: Sequence[str]) -> list[str]:
        """The whole command line that runs `command` inside."""
        return [_program("ip"), "netns", "exec", self.name, *command]

    def mac(self) -> str:
        """The kernel's hardware address on the TAP."""
        found = re.search(r"link/ether (\S+)", self.must(_program("ip"), "link", "show", "tap0"))
        assert found is not None
        return found[1]


@contextmanager
def namespace(name: str) -> Generator[Namespace]:
    """Make a namespace with a TAP at 192.0.2.1/24, and take it away afterwards."""
    ip = _program("ip")
    subprocess.run([ip, "netns", "add", name], check=True, capture_output=True)
    try:
        inside = Namespace(name)
        inside.must("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        inside.must(ip, "tuntap", "add", "tap0", "mode", "tap")
        inside.must(ip, "addr", "add", f"{KERNEL}/24", "dev", "tap0")
        inside.must(ip, "link", "set", "tap0", "up")
        yield inside
    finally:
        subprocess.run([ip, "netns", "del", name], check=True, capture_output=True)


@contextmanager
def another(beside: Namespace, suffix: str) -> Generator[Namespace]:
    """One more namespace, without a link, taken away afterwards."""
    ip, far = _program("ip"), Namespace(f"{beside.name}-{suffix}")
    subprocess.run([ip, "netns", "add", far.name], check=True)
    try:
        yield far
    finally:
        subprocess.run([ip, "netns", "del", far.name], check=True)


@define
class Running:
    """`netfsm run` as a process inside a namespace; a with-block ends it by SIGTERM."""

    place: Namespace
    options: Sequence[str]
    log: Path
    exit_code: int | None = None
    _process: subprocess.Popen[str] | None = None
    _lines: Queue[str] = field(factory=Queue[str])
    _reader: threading.Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        """What it prints is read beside the test, so that a silent one is noticed."""
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        """Start it and wait until it prints its `ready` line."""
        command = [sys.executable, "-m", "netfsm", "run", "--on", "tap:tap0", *self.options]
        with self.log.open("w") as errors:
            self._process = subprocess.Popen(
                self.place.inside(command), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._reader.start()
        while not self._next_line().startswith("ready"):
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ask it to end; it must do so by itself, with exit code 0."""
        assert self._process is not None
        self._process.terminate()
        try:
            self.exit_code = self._process.wait(timeout=20)
        finally:
            self._process.kill()
            self._reader.join()
        if error is None:
            assert 0 == self.exit_code, self.log.read_text()

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as printed:
            for line in printed:
                self._lines.put(line)

    def _next_line(self) -> str:
        try:
            return self._lines.get(timeout=30)
        except Empty:
            raise AssertionError(f"no ready line: {self.log.read_text()}") from None


def _program(name: str) -> str:
    path = programs.find(name)
    assert path is not None, programs.remedy(name)
    return path
