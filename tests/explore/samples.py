"""Compositions for tests: those of ARP, sound or with one text in place of another."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from netfsm.draw.ladder import ladder
from netfsm.draw.steps import NUMBERS
from netfsm.explore.checking import compositions
from netfsm.explore.explored import Explored, Failure, explore
from netfsm.spec.composition import Composition

ARP = Path(__file__).resolve().parents[2] / "specs" / "arp"
LADDERS = Path(__file__).parent / "ladders"
Change = tuple[str, str, str]
"""A file of the layer, a text that stands in it once, and what stands there instead."""


def changed(folder: Path, *changes: Change, layer: Path = ARP) -> Path:
    """A copy of a layer below `folder` with `changes`; gives the root to look along."""
    root = folder / "changed"
    copy = root / layer.name
    shutil.copytree(layer, copy)
    for file, old, new in changes:
        text = (copy / file).read_text(encoding="utf-8")
        assert 1 == text.count(old), f"{file}: {old!r} stands there {text.count(old)} times"
        (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    return root


def composition(name: str, *path: Path) -> Composition:
    """The composition `name`, looked for along `path` first."""
    (found,) = compositions(name, path=path)
    return found.model


def run(name: str, *path: Path) -> Explored:
    """What comes of exploring `name`, afresh."""
    (found,) = compositions(name, path=path)
    return explore(found.model, found.wider)


def codes(explored: Explored) -> list[tuple[str, str]]:
    """Code and property of everything that fails, in order."""
    return [(failure.code, failure.property) for failure in explored.failures]


def drawn(failure: Failure, hosts: Iterable[str] = ("A", "B")) -> str:
    """The ladder of a failure, without its legend."""
    text = ladder(failure.steps, tuple(hosts), clock=NUMBERS)
    return text.rpartition("\n\n")[0]


def ladder_in(name: str) -> str:
    """The ladder that a person has read and found right."""
    return (LADDERS / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
