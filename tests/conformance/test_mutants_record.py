"""The committed record of all mutants of the specs is what judging them today gives."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import pytest

from netfsm.conformance.mutants.judged import Judged, Layer
from netfsm.conformance.mutants.make import sample
from netfsm.conformance.mutants.record import PAGE, RECORD, page, record
from netfsm.conformance.mutants.report import GOAL, MutantReport
from netfsm.conformance.mutants.run import Plan, Workshop
from tests.house.tree import ROOT

REFERENCE: Final = ROOT / "docs" / "reference"
RENEW: Final = "netfsm conform --mutants --profile campaign --report docs/reference"
HELD: Final[dict[str, Any]] = json.loads((REFERENCE / RECORD).read_text(encoding="utf-8"))
MACHINES: Final[dict[str, Any]] = HELD["machines"]
NAMED: Final = ("equivalent", "survivors", "only_suites", "only_claims")
MOST: Final = 16
"""Mutants that are judged anew."""
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
    every = [each for name in MACHINES for each in shop().mutants(name)]
    wrong = [
        f"{mutant.id}: {RENEW}"
        for mutant in sample(every, MOST, SEED)
        for judged in [shop().judge(mutant.machine).judge(mutant, every=False)]
        if _recorded(mutant.machine, mutant.id) != _found(judged)
    ]
    assert [] == wrong


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


def _judged(name: str, *killers: Layer) -> Judged:
    killed: tuple[tuple[Layer, str], ...] = tuple((each, "said") for each in killers)
    asked: tuple[Layer, ...] = ("types", "proofs", "vectors", "suites")
    return Judged(name, name[:3], "x", "b.yaml", 1, "x", False, killed, asked)
