"""Mutants of specs: which are made, who kills which, and what can't be told from the original."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from netfsm.conformance.mutants.judged import LAYERS, Judged, Layer
from netfsm.conformance.mutants.make import mutants_of, sample
from netfsm.conformance.mutants.mutant import Mutant, told
from netfsm.conformance.mutants.report import MutantReport
from netfsm.conformance.mutants.run import Plan, Workshop, run_mutants
from netfsm.conformance.mutants.together import Together
from netfsm.spec.findings import Findings
from netfsm.spec.index import find_specs
from netfsm.spec.library import Library
from netfsm.spec.model import Machine
from netfsm.spec.source import read_source
from tests.prove.samples import LINK

LAMP = """\
machine: lab.lamp
netfsm: 1
title: A lamp that goes out by itself
ref: RFC 0 §1
initial: DARK
constants:
  MOST: {type: nat 9, value: 3, ref: RFC 0 §1}
  GLOW: {type: duration, value: 5 s, ref: RFC 0 §1}
  LINGER: {type: duration, value: 9 s, ref: RFC 0 §1}
variables:
  lit: {type: nat 9, in: LIGHT}
timers:
  fade: {in: LIGHT, ref: RFC 0 §1}
events:
  press: {params: {force: nat 9}}
  pat: {params: {}}
outputs:
  shine: {order: {level: nat 9}}
blocks:
  go_on: {lit: lit + 1, fade: restart(LINGER)}
states:
  DARK:
    rows:
      - id: dark.press
        event: press
        when: force > 2
        do: {lit: 1, fade: start(GLOW)}
        emit:
          - shine: {level: force}
        to: LIGHT
        ref: RFC 0 §2
      - {id: dark.pat, event: pat, ignore: it is dark, ref: RFC 0 §2}
      - {id: dark.soft, event: press, when: force <= 2, ignore: too soft, ref: RFC 0 §2}
  LIGHT:
    rows:
      - {id: light.more, event: press, when: lit < MOST, use: [go_on], ref: RFC 0 §2}
      - {id: light.enough, event: press, when: lit >= MOST, ignore: it is bright, ref: RFC 0 §2}
      - {id: light.soft, event: pat, do: {fade: restart(LINGER)}, ref: RFC 0 §2}
      - {id: light.out, event: fade, to: DARK, ref: RFC 0 §3}
invariants:
  - {id: burns, in: LIGHT, holds: armed(fade) and 1 <= lit <= MOST, ref: RFC 0 §3}
"""
VECTORS = """\
vectors: lab.lamp
netfsm: 1
ref: RFC 0 §2
cases:
  - name: a lamp glows for five seconds
    steps:
      - {event: press, with: {force: 3}, state: LIGHT, timers: {fade: 5 s}}
"""


@cache
def shop(vectors: str = VECTORS) -> Workshop:
    """A layer with a lamp, a link and the lamp's vectors, and all that judges their mutants."""
    folder = Path(mkdtemp()) / "lab"
    (folder / "vectors").mkdir(parents=True)
    (folder / "lamp.yaml").write_text(LAMP, encoding="utf-8")
    (folder / "link.yaml").write_text(LINK, encoding="utf-8")
    (folder / "vectors" / "lamp.yaml").write_text(vectors, encoding="utf-8")
    return Workshop(Plan(("lab",), "quick", None, (str(folder.parent),)))


@cache
def made(machine: str) -> dict[str, Mutant]:
    """The mutants of a machine, by what stands behind its name in their ids."""
    return {each.id.removeprefix(f"{machine}/"): each for each in shop().mutants(machine)}


@cache
def judged(name: str) -> Judged:
    """What all layers say of a mutant of the lamp."""
    return shop().judge("lab.lamp").judge(made("lab.lamp")[name], every=True)


def test_ids_are_of_one_mutant_each() -> None:
    """No two mutants of any machine share an id, and none is the text of the original."""
    index = find_specs()
    library = Library(index)
    for name, spec in index.items():
        root, machine = library.tree(name), library.load(name).model
        if spec.kind == "machine" and root is not None and isinstance(machine, Machine):
            found = mutants_of(root, machine)
            assert {} == {k: n for k, n in Counter(m.id for m in found).items() if n > 1}
            assert [] == [mutant.id for mutant in found if mutant.root == root]
            assert len(found) > 2 * len(machine.rows)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("open.send/drop", "row (send) dropped"),
        ("idle.rest/drop", "row (ignore send, ack, save, end) dropped"),
        ("open.send/when/1/bound", "when: flight + n <= WINDOW -> flight + n < WINDOW"),
        ("open.send/when/1/negate", "when: flight + n <= WINDOW -> flight + n > WINDOW"),
        ("open.send/when/1/more", "when: flight + n <= WINDOW -> flight + n <= WINDOW + 1"),
        ("open.ack/do/una/drop", "do una: a dropped"),
        ("open.ack/do/again/1/stop", "do again: restart(WAIT) -> stop"),
        ("open.again/do/tries/1/less", "do tries: tries + 1 -> tries + 0"),
        ("open.again/emit/1/drop", "emit: data dropped"),
        ("open.lost/to/drop", "to: IDLE dropped"),
        ("open.lost/to/OPEN", "to: IDLE -> OPEN"),
        ("let/flight/1/swap", "let flight: nxt - una -> una - nxt"),
        ("let/fresh/1/drop", "let fresh: 0 < a - una <= flight -> a - una <= flight"),
        ("timers/again/forget", "timer again: no order is left"),
        ("variables/opened/initial/1/more", "initial: 0 -> 1"),
        ("initial/OPEN", "initial: IDLE -> OPEN"),
    ],
)
def test_a_mutant_reads_like_a_diff(name: str, says: str) -> None:
    """Each kind of mistake has its id and one line that tells it."""
    assert says == made("lab.link")[name].says


def test_a_long_text_is_told_by_what_differs() -> None:
    """Of a long expression the words around the change are enough."""
    old = " or ".join(f"kind == KIND_{n}" for n in range(9))
    new = old.replace("== KIND_4", "!= KIND_4")
    expected = (
        "... KIND_3 or kind == KIND_4 or kind ... -> ... KIND_3 or kind != KIND_4 or kind ..."
    )
    assert "a < b -> a <= b" == told("a < b", "a <= b")
    assert expected == told(old, new)


def test_a_mutant_has_the_line_of_its_row() -> None:
    """The place is that of the row in the file, whose text stays where it was."""
    mutant = made("lab.link")["open.again/do/tries/1/less"]
    text = LINK.splitlines()[mutant.mark.line - 1]
    assert ("open.again", "- id: open.again") == (mutant.part, text.strip())


@pytest.mark.parametrize(
    ("name", "killers"),
    [
        ("dark.soft/drop", {"proofs", "suites"}),
        ("light.out/drop", {"types"}),
        ("light.out/to/drop", {"proofs", "suites"}),
        ("dark.press/do/lit/1/less", {"proofs", "vectors", "suites"}),
        ("light.enough/when/1/bound", {"proofs", "suites"}),
        ("blocks/go_on/fade/1/start", {"suites"}),
        ("blocks/go_on/lit/1/less", {"suites"}),
        ("light.soft/do/fade/1/other", {"suites"}),
    ],
)
def test_who_kills(name: str, killers: set[str]) -> None:
    """The layers that tell the mutant from the original, and no others."""
    found = judged(name)
    assert (killers, False) == (set(found.killers), found.equivalent)


def test_a_case_that_the_spec_does_not_meet_judges_nothing() -> None:
    """Otherwise it would kill every mutant."""
    wrong = shop(VECTORS.replace("fade: 5 s", "fade: 6 s"))
    assert ((), 1) == (wrong.judge("lab.lamp").cases, len(shop().judge("lab.lamp").cases))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("probing.done/emit/2/drop", "arp.conflict: COMPOSE-ASSERT uses_what_it_tested_a"),
        ("undisturbed.cease/to/drop", "arp.defence: COMPOSE-ASSERT one_defence_a_cause"),
        ("held.policy/do/policy/drop", ""),
    ],
)
def test_a_composition_judges(name: str, told: str) -> None:
    """What it promises is broken by a mutant in the machine's place; it may say nothing, too."""
    arp = Workshop(Plan(("arp",), "quick", None, ()))
    library = Library(find_specs())
    mutant = next(m for m in arp.mutants("arp.address") if m.id == f"arp.address/{name}")
    together = Together("arp.address", library)
    changed = library.with_tree("arp.address", mutant.root, mutant.id)
    assert told == together.first_failed(changed)


def test_what_can_not_be_told_apart_is_proved_to_be_the_same() -> None:
    """In DARK the timer does not run, so that `restart` is `start`; nobody is asked further."""
    found = judged("dark.press/do/fade/1/restart")
    assert (True, (), False) == (found.equivalent, found.killed, found.survives)


def test_what_is_told_names_the_finding() -> None:
    """A killer says what it saw: the code, the obligation, the case, the step."""
    told = dict(judged("dark.press/do/lit/1/less").killed)
    assert "refuted lab.lamp/DARK/dark.press/keeps/burns" == told["proofs"]
    assert told["vectors"].startswith("a lamp glows for five seconds: PROPERTY lab.lamp/burns: ")
    assert "tour: VARIABLE lab.lamp/DARK/press: wanted lit = 1, got 0" == told["suites"]


def test_a_sample_is_the_same_every_time() -> None:
    """It depends on the ids and the seed alone, and keeps their order."""
    mutants = shop().mutants("lab.link")
    first, again, other = (sample(mutants, 20, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert [m for m in mutants if m in first] == list(first)


def test_a_survivor_is_listed() -> None:
    """A mutant that no layer kills is in the report with its row, line and description."""
    kept = Judged("lab.link/x/drop", "lab.link", "x", "link.yaml", 9, "x", False, (), ("types",))
    gone = Judged(
        "lab.link/y/drop", "lab.link", "y", "link.yaml", 8, "y", False, (("suites", "s"),), ()
    )
    same = Judged("lab.link/z/drop", "lab.link", "z", "link.yaml", 7, "z", True, (), ("types",))
    report = MutantReport("quick", None, every_layer=False, made={"lab.link": 3})
    report.add([kept, gone, same])
    told = report.to_json()["machines"]["lab.link"]
    assert 1 == report.exit_code
    assert [{"id": "lab.link/x/drop", "file": "link.yaml", "line": 9, "says": "x"}] == (
        told["survivors"]
    )
    assert ["lab.link/y/drop"] == [each["id"] for each in told["unclaimed"]]
    assert (0.5, 0.0, 1) == (told["rate"], told["claimed"], told["equivalent"])


@pytest.mark.parametrize(("killer", "code"), [("proofs", 0), ("composition", 0), ("suites", 1)])
def test_claims_decide(killer: Layer, code: int) -> None:
    """A run is fine where what looks at the spec alone tells enough; suites do not count."""
    report = MutantReport("quick", None, every_layer=False, made={"a.b": 1})
    killed: tuple[tuple[Layer, str], ...] = ((killer, "said"),)
    report.add([Judged("a.b/x/drop", "a.b", "x", "b.yaml", 1, "x", False, killed, LAYERS)])
    assert code == report.exit_code


def test_a_run_stops_in_time() -> None:
    """What is not judged when the time is up is left out, and the report says so."""
    times = iter([0.0, 0.0, 9.0, 9.0])
    folder = shop().plan.path[0]
    report = run_mutants(["lab"], path=[folder], max_time=1.0, jobs=1, clock=lambda: next(times))
    assert (False, 8) == (report.complete, len(report.judged))


def test_a_run_of_a_sample_is_what_its_seed_chooses() -> None:
    """So many of all machines together, and none besides."""
    folder = shop().plan.path[0]
    report = run_mutants(["lab"], path=[folder], jobs=1, most=9, seed=4)
    every = [mutant for name in shop().machines for mutant in shop().mutants(name)]
    quick = [m for name in shop().machines for m in sample(shop().mutants(name), 30, 4)]
    assert {each.id for each in sample(quick, 9, 4)} == {each.id for each in report.judged}
    assert len(every) == sum(report.made.values())


def test_a_changed_tree_is_read_and_the_rest_is_kept(tmp_path: Path) -> None:
    """A library with another tree has the findings of that tree; the first keeps its own."""
    file = tmp_path / "link.yaml"
    file.write_text(LINK, encoding="utf-8")
    library = Library(find_specs([tmp_path]))
    before = library.load("lab.link")
    other = read_source(file, Findings())
    assert other is not None
    changed = library.with_tree("lab.link", made("lab.link")["idle.rest/drop"].root, "changed")
    found = changed.load("lab.link")
    assert [] == list(before.findings)
    assert {"UNDECIDED"} == {finding.code for finding in found.findings}
    assert before == library.load("lab.link")
    assert found.files != before.files
