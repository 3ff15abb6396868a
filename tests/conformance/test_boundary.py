"""Examples at the edges: faults of the generator are caught by them alone, told, and replayed."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from netfsm.conformance.boundary import example_walk, find_examples, why_not
from netfsm.conformance.case_file import document, yaml_text
from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Problem
from netfsm.conformance.placed import Begin
from netfsm.conformance.profiles import PROFILES
from netfsm.conformance.replay import Outcome, replay, replay_id
from netfsm.conformance.run import run
from netfsm.conformance.subjects import Compiled, Maker, Setting, adapted, interpreted
from netfsm.conformance.suites import Bench
from netfsm.conformance.targets import Self, find_target
from netfsm.conformance.tour import Walk, run_walk
from netfsm.conformance.vectors import MachineCase, vectors_in
from netfsm.errors import TargetError
from netfsm.machine import CompiledMachine, python_source
from netfsm.machine.base import Result, Snapshot
from netfsm.machine.compile import _namespace
from netfsm.machine.layout import Layout
from netfsm.prove import Example
from netfsm.spec import model
from netfsm.spec.findings import Findings
from netfsm.spec.source import parse_source
from tests.conformance.faulty import stock
from tests.conformance.test_vectors import complaints
from tests.machine.samples import toolbox
from tests.prove.samples import Change, link, real
from tests.prove.test_code_faults import IN_LINK, IN_REAL


class Untraced(Compiled):
    """An instance of a class that does not tell its rows: they must show in what it does."""

    def __init__(self, made: type[CompiledMachine], setting: Setting) -> None:
        self._taken = []
        self.instance = made(*setting.key.values(), *setting.given.values())

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Call the method as the stack does, by place: the time, then the arguments in order."""
        about = self.instance.about
        now = (inputs["now"],) if about.uses_now else ()
        method: Any = getattr(self.instance, about.events[event])
        result: Result | None = method(*now, *(inputs[name] for name in about.inputs[event]))
        return result


def from_text(machine: model.Machine, source: str) -> Maker:
    """Makes instances of the class in `source`."""
    layout = Layout(machine)
    namespace = _namespace(layout, {})
    exec(compile(source, "a faulty generator's", "exec"), namespace)
    made: Any = namespace[layout.globals["class", machine.name]]
    return lambda _machine, setting: Untraced(made, setting)


def changed(machine: model.Machine, change: Change) -> Maker:
    """The machine's code with one change."""
    source = python_source(machine)
    assert change[0] in source, change[0]
    return from_text(machine, source.replace(*change))


def problems(machine: model.Machine, make: Maker, found: tuple[Example, ...]) -> Iterator[Problem]:
    """What the examples alone find wrong; no walk leads to them and no row is told."""
    calls = Calls(machine)
    for example in found:
        for step in run_walk(machine, calls, example_walk(machine, example), make):
            yield from step.problems


@cache
def examples_of_real() -> dict[str, tuple[Example, ...]]:
    """Those of the machines of the stack."""
    return find_examples({n: m for n, m in real().items() if m.shares is None}, jobs=2)


# ---- faults


def test_sound_code_has_no_problem(tmp_path: Path) -> None:
    """The code as it is gives what the examples say."""
    machine = link(tmp_path)
    found = find_examples({machine.name: machine})[machine.name]

    assert [] == list(problems(machine, from_text(machine, python_source(machine)), found))


@pytest.mark.parametrize(("what", "change", "_"), IN_LINK, ids=[what for what, _, _ in IN_LINK])
def test_a_fault_of_the_generator_is_caught(
    what: str, change: Change, _: str, tmp_path: Path
) -> None:
    """Each fault that the proof of the code finds, the examples find without it."""
    machine = link(tmp_path)
    found = find_examples({machine.name: machine})[machine.name]

    assert [] != list(problems(machine, changed(machine, change), found)), what


# the format of an output is written on its class, and no step gives it: the proof alone sees it
SHOWN = [fault for fault in IN_REAL if fault[1] != "another format"]


@pytest.mark.parametrize(
    ("name", "what", "change"), SHOWN, ids=[f"{name}: {what}" for name, what, _ in SHOWN]
)
def test_a_fault_in_the_code_of_a_real_machine_is_caught(
    name: str, what: str, change: Change
) -> None:
    """The same for the machines of the stack."""
    machine = real()[name]

    assert [] != list(problems(machine, changed(machine, change), examples_of_real()[name])), what


# ---- subjects in the middle of things


@pytest.mark.parametrize("make", [interpreted, adapted])
def test_every_subject_can_be_put_anywhere(make: Maker) -> None:
    """The interpreter and `transitions` take the examples too."""
    machine = stock().machines["arp.neighbour"]

    assert [] == list(problems(machine, make, examples_of_real()["arp.neighbour"]))


class Box:
    """A black box: it can't be put anywhere."""

    row: str | None = None

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Never called here."""
        raise AssertionError(f"{event} {inputs}")

    def snapshot(self) -> Snapshot:
        """Never called here."""
        raise AssertionError


class BoxTarget:
    """A target of black boxes."""

    name = "box"

    def maker(self, _machine: model.Machine) -> Maker:
        """A box, whatever the machine is."""
        return lambda _machine, _setting: Box()


def test_a_black_box_is_told_from_what_can_be_put_anywhere() -> None:
    """A walk that begins in the middle needs more than steps."""
    machine = stock().machines["raw.input"]
    example = examples_of_real()["raw.input"][0]

    with pytest.raises(TargetError, match="can't be put into a situation"):
        list(problems(machine, BoxTarget().maker(machine), (example,)))


# ---- runs


def test_a_run_counts_its_examples() -> None:
    """The suite is there for each machine, and none of its rows counts as walked to."""
    report = run(["raw"])
    cases = [case for case in report.cases if case.suite == "boundary"]

    assert len(cases) == report.to_json()["cases"]["boundary"] > 10
    assert {} == report.skipped
    assert set() == {spot for case in cases for spot in case.spots}


def test_without_z3_the_suite_is_skipped_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other suites run, and their exit code stands."""
    there = importlib.util.find_spec

    def find(name: str) -> ModuleSpec | None:
        return None if name == "z3" else there(name)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    report = run(["raw"])
    told = report.to_json()

    reason = 'z3 is not installed: pip install "netfsm[prove]"'
    assert [{"suite": "boundary", "reason": reason}] == told["skipped"]
    assert "boundary" not in told["cases"]
    assert 0 == report.exit_code


def test_a_target_that_is_a_black_box_skips_it() -> None:
    """Others' targets need not be able to begin in the middle."""
    machine = stock().machines["raw.input"]

    assert "the target can't be put into a situation" == why_not(
        machine, BoxTarget().maker(machine)
    )
    assert "" == why_not(machine, interpreted)


# ---- a failure


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """`self` with a round-trip time that is too long by one."""

    def maker(_: Self, machine: model.Machine) -> Maker:
        source = python_source(machine)
        return from_text(machine, source.replace("now - self.sent", "now - self.sent + 1"))

    monkeypatch.setattr(Self, "maker", maker)
    return monkeypatch


def example_of(machine: str, row: str, kind: str) -> tuple[model.Machine, Example]:
    """The first example of a machine about a row, of one kind."""
    found = stock().machines[machine]
    known = find_examples({machine: found})[machine]
    return found, next(e for e in known if (e.about, e.kind) == (row, kind))


def test_a_failure_is_a_case_that_a_person_reads(late: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its folder has the situation, the event and what was wanted; it is replayed from there."""
    machine, example = example_of("icmp.ping", "waiting.answered", "taken")
    report = run(["icmp"], report=tmp_path / "report")
    (case,) = (c for c in report.failed if c.id == f"boundary:{example.id}")
    folder = tmp_path / "report" / "cases" / case.folder
    text = (folder / "case.yaml").read_text(encoding="utf-8")
    (failure,) = case.failures()

    assert "from WAITING with peer=192.0.2." in failure["begin"]
    assert "waiting.answered of reply, where it is taken" in failure["begin"]
    assert f"netfsm replay {case.id}" in failure["reproduce"]
    for line in ("state: WAITING", "row: waiting.answered", "answered: {peer: ", "EMISSION"):
        assert line in text
    assert f"ping.yaml:{machine.row('waiting.answered').mark.line}" in text
    for again in (folder, folder / "case.yaml"):
        assert Outcome.FAILED is replay(again).outcome
    assert Outcome.FAILED is replay_id(case.id).outcome
    late.undo()
    for again in (folder, folder / "case.yaml"):
        assert Outcome.FIXED is replay(again).outcome
    assert Outcome.FIXED is replay_id(case.id).outcome


def test_a_case_that_is_edited_is_held_to_what_it_says(tmp_path: Path) -> None:
    """Other values are another case, another answer is a failure, nonsense is an error."""
    machine, example = example_of("arp.neighbour", "incomplete.again", "flip")
    walk = example_walk(machine, example)
    steps = tuple(run_walk(machine, Calls(machine), walk, interpreted))
    text = yaml_text(document(machine, example.id, example.says, walk, steps[:1]), ())
    file = tmp_path / "case.yaml"

    def outcome(old: str, new: str) -> Outcome:
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        return replay(file).outcome

    assert Outcome.FIXED is outcome("tries: 3", "tries: 4")
    assert Outcome.FAILED is outcome("tries: 3", "tries: 2")
    assert Outcome.FAILED is outcome("state: FAILED", "state: INCOMPLETE")
    assert Outcome.ERROR is outcome("  state: INCOMPLETE", "  state: NOWHERE")
    assert Outcome.ERROR is outcome("tries: 3", "tries: many")
    assert Outcome.ERROR is outcome("tries: 3, ", "")
    assert Outcome.ERROR is replay(tmp_path / "none.yaml").outcome


@pytest.mark.parametrize(
    "case", ["boundary:raw.input/none", "tour:raw.none/x", "random:raw.input/walks"]
)
def test_an_id_that_nobody_has_is_an_error(case: str) -> None:
    """So is one of a suite whose cases are replayed from their files."""
    assert Outcome.ERROR is replay_id(case).outcome


@pytest.mark.parametrize(
    "case", ["tour:raw.input/in.empty", "vectors:arp.packet/a request on Ethernet"]
)
def test_cases_of_other_suites_have_ids_too(case: str) -> None:
    """Those of tours and of vectors are found again."""
    assert Outcome.FIXED is replay_id(case).outcome


@pytest.mark.parametrize("name", sorted(stock().driven))
def test_an_example_is_written_and_read_as_vectors(name: str) -> None:
    """Every tenth of a machine: its file is in the form of the schema and says what happens."""
    machine = stock().machines[name]
    bench = Bench(stock(), find_target("self"), PROFILES["quick"])
    for example in bench.examples(machine)[::10]:
        walk = example_walk(machine, example)
        steps = tuple(run_walk(machine, bench.stock.calls(machine), walk, bench.maker(machine)))
        made = document(machine, example.id, example.says, walk, steps[:1])
        findings = Findings()
        root = parse_source(yaml_text(made, ["a remark"]), "case.yaml", findings)
        assert root is not None
        file = vectors_in(root, stock(), findings)
        assert [] == complaints(json.loads(json.dumps(made)))
        assert [] == list(findings)
        assert file is not None
        (case,) = file.cases
        assert isinstance(case, MachineCase)
        assert walk.begin is not None
        assert case.begin is not None
        assert walk.begin.now == case.begin.now
        assert (walk.begin.held.state, walk.begin.held.armed) == (
            case.begin.held.state,
            case.begin.held.armed,
        )
        assert () == bench.vector_case(file, case).problems


def test_a_deadline_that_is_wrong_shows() -> None:
    """When a timer fires is compared where the spec reads it."""
    machine = toolbox()
    change = ("self._tock_deadline = now + ", "self._tock_deadline = 1 + now + ")
    found = find_examples({machine.name: machine})[machine.name]

    codes = {problem.code for problem in problems(machine, changed(machine, change), found)}

    assert "TIMER" in codes


def test_where_a_walk_begins_is_no_matter_of_how_it_got_there() -> None:
    """What is due is due at the time of the walk, where nobody reads it."""
    _, example = example_of("arp.neighbour", "incomplete.again", "taken")
    begin = Begin(evolve(example.before, deadlines={}), 5)

    assert {"retransmit": 5} == dict(begin.deadlines)
    assert Walk(Setting(), (), begin).begin is begin
