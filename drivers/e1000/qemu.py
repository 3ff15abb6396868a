"""QEMU as a process: found, started with descriptors of ours, asked by QMP, ended."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Sequence
from typing import Any, Final, Self

from netfsm import programs
from netfsm.errors import TargetError

__all__ = ["PATIENCE", "PROGRAM", "Monitor", "Qemu", "program", "version"]

PROGRAM: Final = "qemu-system-x86_64"
PATIENCE: Final = 20.0
"""Seconds to wait for an answer of a QEMU that has just been started."""


def program() -> str:
    """Where QEMU is. Raises TargetError where it is not."""
    found = programs.find(PROGRAM)
    if found is None:
        raise TargetError("qemu", f"{PROGRAM} is missing", programs.remedy(PROGRAM))
    return found


def version() -> str:
    """The first line of what QEMU says of itself. TargetError where it is missing."""
    done = subprocess.run(  # noqa: S603  # words of our own
        [program(), "--version"], capture_output=True, text=True, check=False
    )
    return done.stdout.partition("\n")[0]


class Qemu:
    """A QEMU with `words` on its command line that inherits `given`, which are closed here."""

    def __init__(self, words: Sequence[str], given: Sequence[socket.socket]) -> None:
        numbers = tuple(one.fileno() for one in given)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # words of our own
                [program(), *words],
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        finally:
            for one in given:
                one.close()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def failure(self, what: str) -> TargetError:
        """Why it can't be used: what it wrote when it has ended, `what` while it runs."""
        try:
            _, told = self._process.communicate(timeout=1.0)
        except subprocess.TimeoutExpired:
            return TargetError("qemu", what)
        lines = told.decode(errors="replace").strip().splitlines()
        return TargetError("qemu", lines[-1] if lines else what)

    def close(self) -> None:
        """End it, and wait until it has ended. Closing twice is harmless."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


class Monitor:
    """QEMU's control, QMP, on a stream. Raises OSError or ValueError where it answers nonsense."""

    def __init__(self, link: socket.socket) -> None:
        link.settimeout(PATIENCE)
        self._link = link
        self._lines = link.makefile("rb")

    def __enter__(self) -> Self:
        """Read the greeting and agree."""
        try:
            self._lines.readline()
            self.ask("qmp_capabilities")
        except (OSError, ValueError):
            self._lines.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._lines.close()

    def ask(self, command: str, **arguments: Any) -> Any:
        """What a command returns; events that come before it are passed over."""
        words: dict[str, Any] = {"execute": command}
        if arguments:
            words["arguments"] = arguments
        self._link.sendall(json.dumps(words).encode() + b"\n")
        for line in self._lines:
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise ValueError(answer["error"]["desc"])
        raise ConnectionError("the monitor has hung up")
