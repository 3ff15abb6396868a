"""The examples do what they say."""

from __future__ import annotations

import subprocess
import sys

from tests.house.tree import ROOT


def test_two_hosts_ping_each_other() -> None:
    """Three echo requests are answered, and the neighbour is known."""
    command = [sys.executable, str(ROOT / "examples" / "two_hosts.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert ["answered after"] * 3 == [" ".join(line.split()[:2]) for line in lines[:3]]
    assert all(int(line.split()[2]) < 1_000_000 for line in lines[:3])
    assert lines[3].startswith("192.0.2.2 is at")
