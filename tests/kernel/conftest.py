"""The kernel of this machine, in a network namespace made for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.kernel.namespace import KERNEL6, Namespace, Running, namespace


class Start(Protocol):
    """Starts `netfsm run` with more options than the driver."""

    def __call__(self, *options: str) -> Running:
        """The process, not yet entered."""
        ...


@pytest.fixture
def place() -> Iterator[Namespace]:
    """A namespace with a TAP at 192.0.2.1/24."""
    with namespace(f"netfsm-{os.getpid()}") as inside:
        yield inside


@pytest.fixture
def place6(place: Namespace) -> Namespace:
    """The namespace with IPv6 on its TAP, at 2001:db8::1/64."""
    place.must("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=0")
    place.must("ip", "addr", "add", f"{KERNEL6}/64", "dev", "tap0", "nodad")
    return place


@pytest.fixture
def start(place: Namespace, tmp_path: Path) -> Start:
    """`netfsm run` on the namespace's TAP, to be entered as a context."""

    def started(*options: str) -> Running:
        return Running(place, options, tmp_path / "run.log")

    return started
