"""A stranger's layer is loaded from its folder, proved, drawn into the stack, and taken away."""

from __future__ import annotations

import subprocess
import sys

from netfsm.prove.checking import check
from tests.house.tree import ROOT

FOLDER = ROOT / "examples" / "strangers"


def test_one_host_wakes_another() -> None:
    """The magic packet is heard by the station it names, and by no other."""
    command = [sys.executable, str(ROOT / "examples" / "stranger.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [
        "right was woken 1 time on eth0",
        "right refused 1 packet for another station",
        "unloaded: ethernet are left",
        "loaded again: nothing woken yet",
    ] == done.stdout.splitlines()


def test_the_strangers_layer_is_proved_as_ours_are() -> None:
    """Every obligation of its machine holds, its generated code included."""
    report = check("wol", path=[FOLDER])
    assert () == report.findings
    assert {"wol", "wol.packet", "wol.station"} <= set(report.names)
    assert report.obligations == report.proved > 20


def test_nothing_of_netfsm_knows_it() -> None:
    """No file of the package names the layer."""
    files = [*(ROOT / "netfsm").rglob("*.py"), *(ROOT / "specs").rglob("*.yaml")]
    assert [] == [path for path in files if "wol." in path.read_text(encoding="utf-8")]
