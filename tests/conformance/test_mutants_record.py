"""The committed record of all mutants of the specs is what judging them today gives."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from netfsm.conformance.mutants.judged import Judged, Layer
from netfsm.conformance.mutants.make import sample
from netfsm.conformance.mutants.mutant import Mutant
from netfsm.conformance.mutants.record import PAGE, RECORD, page, record, write_record
from netfsm.conformance.mutants.report import GOAL, MutantReport
from netfsm.conformance.mutants.run import Plan, Workshop
from netfsm.conformance.stock import layer_of
from tests.house.tree import ROOT

REFERENCE: Final = ROOT / "docs" / "reference"
RENEW: Final = "netfsm conform --mutants --profile campaign --report docs/reference"
HELD: Final[dict[str, Any]] = json.loads((REFERENCE / RECORD).read_text(encoding="utf-8"))
MACHINES: Final[dict[str, Any]] = HELD["machines"]
NAMED: Final = ("equivalent", "survivors", "only_suites", "only_claims")
WHOLE: Final = [name for name, share in MACHINES.items() if "seed" not in share]
PARTLY: Final[dict[str, Any]] = {n: share for n, share in MACHINES.items() if "seed" in share}
MOST: Final = 16
FEW: Final = 2
"""Mutants that are judged anew, and those of samples, which take long."""
SEED: Final = 3


@cache
def shop() -> Workshop:
    """All that judges mutants of the committed specs."""
    layers = tuple(dict.fromkeys(name.partition(".")[0] for name in MACHINES))
    return Workshop(Plan(layers, "quick", SEED, ()))


def test_page_is_of_the_record() -> None:
    """`make docs` makes the page of the record, which is of a whole run."""
    assert page(HELD) == (REFERENCE / PAGE).read_text(encoding="utf-8")
    assert ("campaign", True) == (HELD["profile"], HELD["complete"])


@pytest.mark.parametrize("name", MACHINES)
def test_claims_tell_enough(name: str) -> None:
    """Of each machine enough is told; what the record names is still a mutant of it."""
    share = MACHINES[name]
    there = {each.id for each in shop().mutants(name)}
    assert [] == [each for key in NAMED for each in share[key] if each not in there], RENEW
    assert GOAL <= share["claimed"]


def test_some_mutants_are_judged_as_recorded() -> None:
    """A sample of all mutants: equal to the original, told by a claim, or neither."""
    every = [each for name in WHOLE for each in shop().mutants(name)]
    wrong = [
        f"{mutant.id}: {RENEW}"
        for mutant in (*sample(every, MOST, SEED), *sample(_sampled(), FEW, SEED))
        for judged in [shop().judge(mutant.machine).judge(mutant, every=False)]
        if _recorded(mutant.machine, mutant.id) != _found(judged)
    ]
    assert [] == wrong


@pytest.mark.parametrize("layer", dict.fromkeys(layer_of(name) for name in PARTLY))
def test_a_sample_is_what_its_seed_chooses(layer: str) -> None:
    """Of each machine as many as the record says, out of as many as there are today."""
    names = [name for name in PARTLY if layer_of(name) == layer]
    told = {name: (PARTLY[name]["judged"], PARTLY[name]["made"]) for name in names}
    chosen = Counter(mutant.machine for mutant in _chosen(layer))
    there = {n: (chosen[n], len(shop().mutants(n))) for n in _machines(layer) if chosen[n]}
    assert told == there, RENEW


def _machines(layer: str) -> list[str]:
    return [name for name in shop().machines if layer_of(name) == layer]


def _chosen(layer: str) -> tuple[Mutant, ...]:
    """The mutants of a layer that were judged, of which the record has a sample."""
    mine = [share for name, share in PARTLY.items() if layer_of(name) == layer]
    every = [each for name in _machines(layer) for each in shop().mutants(name)]
    return sample(every, sum(share["judged"] for share in mine), mine[0]["seed"])


def _sampled() -> list[Mutant]:
    layers = dict.fromkeys(layer_of(name) for name in PARTLY)
    return [mutant for layer in layers for mutant in _chosen(layer)]


def _recorded(machine: str, name: str) -> str:
    share = MACHINES[machine]
    return next((key for key in NAMED[:3] if name in share[key]), "claims")


def _found(judged: Judged) -> str:
    if judged.equivalent:
        return "equivalent"
    if judged.survives:
        return "survivors"
    return "only_suites" if set(judged.killers) == {"suites"} else "claims"


def test_the_page_lists_what_is_not_told() -> None:
    """Sums over all machines, and a list of those that a claim does not kill, with their texts."""
    report = MutantReport("campaign", 1, every_layer=True, made={"a.b": 3, "c.d": 1})
    report.add(
        [
            _judged("a.b/x/drop", "proofs", "suites"),
            _judged("a.b/y/drop", "suites"),
            _judged("a.b/z/drop"),
            _judged("c.d/w/drop", "vectors"),
        ]
    )
    lines = page(record(report)).splitlines()
    assert "| a.b | 3 | 0 | 1 | 0 | 0 | 2 | 0 | 1 | 33.3% |" in lines
    assert "| c.d | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 100.0% |" in lines
    assert "| all | 4 | 0 | 1 | 1 | 0 | 2 | 0 | 1 | 50.0% |" in lines
    assert ["- `a.b/z/drop`: x", "- `a.b/y/drop`: x", "- `c.d/w/drop`: x"] == [
        line for line in lines if line.startswith("- `")
    ]


def test_a_sample_says_so_and_leaves_other_layers_as_they_were(tmp_path: Path) -> None:
    """The machine's line tells of how many; the other layer's share is the earlier run's."""
    whole = MutantReport("campaign", None, every_layer=True, made={"a.b": 1, "c.d": 1})
    whole.add([_judged("a.b/x/drop", "proofs"), _judged("c.d/w/drop", "vectors")])
    write_record(whole, tmp_path)
    part = MutantReport("campaign", 1, every_layer=True, made={"a.b": 9})
    part.add([_judged("a.b/y/drop", "suites"), _judged("a.b/z/drop", "proofs")])
    write_record(part, tmp_path)
    lines = (tmp_path / PAGE).read_text(encoding="utf-8").splitlines()
    assert "| a.b | 2 of 9 | 0 | 1 | 0 | 0 | 1 | 0 | 0 | 50.0% |" in lines
    assert "| c.d | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 100.0% |" in lines
    assert any(
        line.startswith("`2 of 9` says that a sample was judged, which seed 1") for line in lines
    )


def _judged(name: str, *killers: Layer) -> Judged:
    killed: tuple[tuple[Layer, str], ...] = tuple((each, "said") for each in killers)
    asked: tuple[Layer, ...] = ("types", "proofs", "vectors", "suites")
    return Judged(name, name[:3], "x", "b.yaml", 1, "x", False, killed, asked)
