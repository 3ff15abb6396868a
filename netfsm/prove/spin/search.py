"""Runs SPIN: from a model's text to how many states there are, or to the steps that break a rule.

spin writes a search program in C, gcc compiles it, and it runs with a limit on memory and time, in
a folder that is gone afterwards. The search goes depth first, which needs least memory. Where it
finds something broken, the same model is searched breadth first for the shortest way there.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from attrs import evolve, field, frozen

from netfsm import programs
from netfsm.errors import InternalError, TargetError
from netfsm.prove.spin.model import Model
from netfsm.prove.spin.moves import Move

__all__ = ["Limits", "Searched", "need_programs", "search"]

Verdict = Literal["holds", "broken", "memory", "time"]

_COMPILE: Final = ("-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", "-DVECTORSZ=8192")
_DEEPEST: Final = 100_000_000
_FIRST_DEPTH: Final = 100_000


@frozen
class Limits:
    """How far a search goes: megabytes of memory, and seconds.

    `large` says that it is worth while to let gcc work longer on the search.
    """

    memory: int = 1_000
    seconds: float = 120.0
    large: bool = False


@frozen
class Searched:
    """What SPIN found.

    verdict: `holds` (every state was looked at), `broken` (`fault` was found, and `trail` leads
    there), `memory` or `time` (a limit came first). `states` are those of the composition, and
    `steps` those between them, where what must wait and what is at its end counts as one.
    """

    verdict: Verdict
    states: int
    steps: int
    megabytes: int
    fault: str = ""
    trail: tuple[Move, ...] = field(default=())


def search(model: Model, limits: Limits | None = None) -> Searched:
    """Every state of `model`.

    Raises TargetError where spin or gcc is missing, InternalError where they refuse the model.
    """
    limits = limits or Limits()
    options = (*_COMPILE, f"-DMEMLIM={limits.memory}", "-O1" if limits.large else "-O0")
    spin, gcc = _program("spin"), _program("gcc")
    with TemporaryDirectory(prefix="netfsm-spin-") as place:
        folder = Path(place)
        (folder / "model.pml").write_text(model.text, encoding="utf-8")
        _made([spin, "-a", "model.pml"], folder, limits)
        _made([gcc, *options, "-o", "deep", "pan.c"], folder, limits)
        found = _deep(folder, limits)
        if found.verdict != "broken":
            return found
        _made([gcc, *options, "-DBFS", "-o", "broad", "pan.c"], folder, limits)
        deep_trail = (folder / "model.pml.trail").read_bytes()
        short = _searched(_ran(["./broad", _bound(limits)], folder, limits))
        if short.verdict == "broken":
            return _with_trail(short, "./broad", model, folder)
        (folder / "model.pml.trail").write_bytes(deep_trail)
        return _with_trail(found, "./deep", model, folder)


def need_programs() -> None:
    """Raise TargetError where spin or gcc is missing."""
    for name in ("spin", "gcc"):
        _program(name)


def _program(name: str) -> str:
    found = programs.find(name)
    if found is None:
        package = next(each.package for each in programs.PROGRAMS if each.name == name)
        raise TargetError(name, "it is not installed", f"apt-get install {package}")
    return found


# ---- running programs


def _made(command: Sequence[str], folder: Path, limits: Limits) -> None:
    """Run a program that makes a file; what it complains of is our mistake."""
    ran = _run(command, folder, limits.seconds)
    if ran is None or ran.returncode:
        told = "it took too long" if ran is None else (ran.stdout + ran.stderr).strip()
        raise InternalError(f"{Path(command[0]).name} refuses a model: {told[:400]}")


def _ran(command: Sequence[str], folder: Path, limits: Limits) -> str | None:
    """What a search prints; None where its time is over."""
    ran = _run(command, folder, limits.seconds)
    return None if ran is None else ran.stdout


def _run(
    command: Sequence[str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[str] | None:
    """Run a program and everything that it starts; None where its time is over."""
    with subprocess.Popen(  # noqa: S603  # programs of the system, on files of our own
        command,
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None
        return subprocess.CompletedProcess(command, process.returncode, out, complaints)


# ---- what a search prints


def _deep(folder: Path, limits: Limits) -> Searched:
    """Search depth first, deeper until the depth suffices."""
    depth = _FIRST_DEPTH
    while True:
        told = _ran(["./deep", f"-m{depth}", _bound(limits)], folder, limits)
        if told is None or "max search depth too small" not in told or depth >= _DEEPEST:
            return _searched(told)
        depth *= 10


def _bound(limits: Limits) -> str:
    return f"-w{24 if limits.large else 20}"


def _searched(told: str | None) -> Searched:
    if told is None:
        return Searched("time", 0, 0, 0)
    states = _number(r"(\d+) nominal states", told) or _number(r"(\d+) states, stored", told)
    steps = states + _number(r"(\d+) states, matched", told)
    found = Searched("holds", states, steps, _number(r"([\d.]+)\s+total actual memory", told))
    if re.search(r"^pan:\d+: (assertion violated|invalid end state)", told, re.MULTILINE):
        return evolve(found, verdict="broken")
    if "pan: reached -DMEMLIM bound" in told or "pan: out of memory" in told:
        return evolve(found, verdict="memory")
    if "errors: 0" not in told or "Search not completed" in told:
        raise InternalError(f"a search of SPIN's ended badly: {told.strip()[:400]}")
    return found


def _number(pattern: str, text: str) -> int:
    """The last number that `pattern` finds, 0 for none."""
    found = re.findall(pattern, text)
    return int(float(found[-1])) if found else 0


def _with_trail(found: Searched, program: str, model: Model, folder: Path) -> Searched:
    """`found` with the steps that lead there."""
    told = _ran([program, "-r"], folder, Limits(seconds=60.0)) or ""
    moves = re.findall(r"netfsm move (\d+)", told)
    fault = re.findall(r"netfsm broken (\d+)", told)
    return evolve(
        found,
        fault=model.faults[int(fault[-1])] if fault else "",
        trail=tuple(model.moves[int(number)] for number in moves),
    )
