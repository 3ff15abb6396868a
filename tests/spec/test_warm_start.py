"""What a start costs: with a warm cache no YAML is read and no part that reads it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from netfsm.spec.load import load_spec
load_spec("arp.neighbour")
print("netfsm.spec.library" in sys.modules, "ruamel.yaml" in sys.modules)
"""


def ran(cache: Path) -> str:
    """What the program prints with its cache in `cache`."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def test_a_warm_start_imports_no_reader(tmp_path: Path) -> None:
    """The first start reads YAML and keeps the model; the second one neither reads nor could."""
    assert "True True" == ran(tmp_path)
    assert "False False" == ran(tmp_path)
