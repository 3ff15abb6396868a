"""The markers `needs` and `root`: what is there runs, what is missing is skipped by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

TESTS = """
import pytest

@pytest.mark.needs("ip")
def test_present(): pass

@pytest.mark.needs("ip", "tshark")
def test_missing(): pass

@pytest.mark.needs("no-such-program")
def test_not_in_the_table(): pass

@pytest.mark.root
def test_root(): pass
"""
ONLY_IP_AND_NO_ROOT = """
programs.find = {"ip": "ip"}.get
os.geteuid = lambda: 1000
"""


def test_markers_skip_only_what_is_missing(tmp_path: Path) -> None:
    """One program present, one missing, one that no package is known for, and no root."""
    conftest = (ROOT / "conftest.py").read_text(encoding="utf-8") + ONLY_IP_AND_NO_ROOT
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = needs\n    root\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-rsE", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert "1 passed, 2 skipped, 1 error" in ran.stdout
    assert "tshark is missing (a second opinion on captures): apt-get install tshark" in ran.stdout
    assert "KeyError: 'no-such-program'" in ran.stdout
    assert "needs root: a network namespace and a TAP of its own" in ran.stdout
