"""System programs: one table, which the README repeats and `.ci/run` installs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from netfsm import programs
from tests.house.tree import ROOT


def _told(*arguments: str) -> list[str]:
    command = [sys.executable, "-m", "netfsm.programs", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return ran.stdout.splitlines()


def test_the_readme_lists_the_packages() -> None:
    """The README's line `apt-get install` names exactly the table's packages."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^apt-get install (.+)$", readme, re.MULTILINE)
    assert _told("--packages") == listed.split()


def test_ci_installs_what_the_table_says() -> None:
    """`.ci/run` asks the table and names no test program itself."""
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "netfsm.programs --packages" in script
    assert [] == [p.package for p in programs.PROGRAMS if f" {p.package} " in script]


def test_what_is_missing_is_told_in_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a bare machine every program gets one line with its Debian package."""
    monkeypatch.setattr(programs, "find", {}.get)
    assert programs.PROGRAMS == programs.missing()
    assert (
        "arping is missing (the kernel's view of our ARP): apt-get install iputils-arping"
        == programs.remedy("arping")
    )


def test_a_program_that_is_there_is_found() -> None:
    """The interpreter's own folder is on PATH during tests, and `sh` is everywhere."""
    assert programs.find("sh") is not None
    assert programs.find("no-such-program") is None


def test_a_library_is_found_by_the_loader() -> None:
    """The C library is everywhere; a made-up one is missing, not an error."""
    assert "libc.so.6" == programs.find("libc.so.6")
    assert programs.find("libnosuch.so.9") is None
