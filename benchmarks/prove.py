"""Proofs of all specs: from nothing, with nothing changed, and with one row changed.

Times are CPU seconds of the whole command, in processes of their own with a cache of their own; the
ratios are to the run from nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SPECS = Path(__file__).resolve().parents[1] / "specs"
CHANGED = "arp/neighbour.yaml"
CHANGE = ("when: tries >= MAX_REQUESTS", "when: not tries < MAX_REQUESTS")


def check_seconds() -> dict[str, float]:
    """CPU seconds of `netfsm check` of all specs, three times, and two ratios."""
    with TemporaryDirectory() as place:
        specs = Path(place, "specs")
        shutil.copytree(SPECS, specs)
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(Path(place, "cache")),
            "NETFSM_PATH": str(specs),
        }
        nothing = _seconds(environment)
        again = _seconds(environment)
        file = specs / CHANGED
        text = file.read_text(encoding="utf-8")
        assert CHANGE[0] in text
        file.write_text(text.replace(*CHANGE), encoding="utf-8")
        row = _seconds(environment)
    return {
        "from_nothing": nothing,
        "unchanged": again,
        "one_row": row,
        "nothing_to_unchanged": nothing / again,
        "nothing_to_one_row": nothing / row,
    }


def _seconds(environment: dict[str, str]) -> float:
    began = _children()
    subprocess.run(
        [sys.executable, "-m", "netfsm", "check"],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return _children() - began


def _children() -> float:
    """CPU seconds of all processes that have ended, and of those that they started."""
    spent = os.times()
    return spent.children_user + spent.children_system
