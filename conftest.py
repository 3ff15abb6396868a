"""What every test folder shares: tests that need root or a system program say so by a marker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netfsm import programs


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make campaign` asks for."""
    parser.addoption("--campaign", action="store_true", help="as many cases as the campaign has")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test only when what it needs is really absent, and say what that is."""
    if item.get_closest_marker("root") is not None:
        _need_root()
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            remedy = programs.remedy(name)
            if programs.find(name) is None:
                pytest.skip(remedy)


def _need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: a network namespace and a TAP of its own")
    if not Path("/dev/net/tun").exists():
        pytest.skip("needs /dev/net/tun: load the kernel module tun")
