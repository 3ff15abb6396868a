"""`make demo`: four parts, no root, no network, under two minutes."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from netfsm.cli import demo
from netfsm.cli.demo_story import LOSS, PINGS, two_hosts
from netfsm.draw import render


def test_the_story_shows_a_loss_and_still_resolves() -> None:
    """The seed is chosen so that a request is lost and asked again, and most pings come back."""
    told = two_hosts()
    steps = told.steps[told.start :]
    assert 0 < LOSS < 1
    assert 0 < told.answered <= PINGS
    assert "lost" in {step.fate for step in steps}
    states = {note.state for step in steps for note in step.notes if note.host == "alice"}
    assert {"INCOMPLETE", "REACHABLE"} <= states


def test_the_story_is_the_same_each_time() -> None:
    """Virtual time and a seed: bit for bit."""
    assert two_hosts() == two_hosts()


@pytest.mark.slow
def test_the_demo(tmp_path: Path) -> None:
    """Every part says what it found, the diagrams are there, and it ends with what to try next."""
    done = subprocess.run(
        [sys.executable, "-m", "netfsm.cli.demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    parts = (
        "1. Every spec",
        "2. Every diagram",
        "3. Two hosts",
        "4. The suites",
        "What to try next",
    )
    places = [done.stdout.index(part) for part in parts]
    assert sorted(places) == places
    assert "\x1b" not in done.stdout
    drawn = {file.name for file in (tmp_path / "build" / "diagrams").iterdir()}
    assert {"arp.neighbour.svg", "arp.neighbour.png", "arp.neighbour.html"} <= drawn
    assert {"stack.svg", "stack.png", "ladder.svg"} <= drawn


def test_the_demo_draws_text_where_a_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Graphviz without one of its libraries is one line with the package, and Mermaid instead."""
    broken = "libXrender.so.1: cannot open shared object file"

    def missing(name: str) -> ModuleType:
        if name == "pygraphviz":
            raise ImportError(broken)
        return import_module(name)

    monkeypatch.setattr(render, "import_module", missing)
    monkeypatch.chdir(tmp_path)
    assert demo._draw()
    printed = capsys.readouterr().out
    assert broken in printed
    assert "apt-get install libxext6 libxrender1" in printed
    assert {".mermaid"} == {path.suffix for path in (tmp_path / demo.FOLDER).iterdir()}
