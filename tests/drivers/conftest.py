"""A network namespace for a test's own thread."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable
from typing import Final

import pytest

from netfsm import programs

CLONE_NEWNET: Final = 0x40000000


@pytest.fixture
def inside() -> Callable[[Callable[[], None]], None]:
    """Runs a function in a thread that has a network namespace of its own, without IPv6."""

    def run(body: Callable[[], None]) -> None:
        raised: list[BaseException] = []

        def separate() -> None:
            try:
                _leave_the_network()
                body()
            except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
                raised.append(error)

        thread = threading.Thread(target=separate)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]

    return run


def _leave_the_network() -> None:
    """Namespaces belong to threads: the rest of the tests stays where it is."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        pytest.skip(f"a network namespace of its own is not permitted here: {reason}")
    for name in ("all", "default"):
        quiet = f"net.ipv6.conf.{name}.disable_ipv6=1"
        subprocess.run(["sysctl", "-qw", quiet], check=True, capture_output=True)


def ip(*words: str) -> str:
    """Run `ip` and return what it printed; it must exit 0."""
    program = programs.find("ip")
    assert program is not None
    done = subprocess.run([program, *words], check=True, capture_output=True, text=True)
    return done.stdout
