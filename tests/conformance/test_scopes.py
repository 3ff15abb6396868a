"""Suites drive the machines of a scope together: every row, every fault, every claim."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from netfsm.conformance import run as suites_run
from netfsm.conformance import stock
from netfsm.conformance.crew import compiled_crew
from netfsm.conformance.inputs import Calls
from netfsm.conformance.minimal import shortest
from netfsm.conformance.pair import Pair
from netfsm.conformance.placed import Begin
from netfsm.conformance.profiles import PROFILES
from netfsm.conformance.random_machine import Effort, random_walks
from netfsm.conformance.replay import Outcome, read_walk, replay, replay_id
from netfsm.conformance.results import record_of
from netfsm.conformance.run import run
from netfsm.conformance.stock import Stock, load_stock
from netfsm.conformance.suites import Bench
from netfsm.conformance.targets import Self, Target
from netfsm.conformance.tour import Walk, plan_tours, run_walk
from netfsm.errors import TargetError
from netfsm.spec import load_spec, model

SPECS = Path(__file__).parents[1] / "specs"
Kin = tuple[model.Machine, ...]


@pytest.fixture
def ferry(monkeypatch: pytest.MonkeyPatch) -> Stock:
    """The ferry on the search path: three machines over one scope."""
    monkeypatch.setenv("NETFSM_PATH", str(SPECS / "ferry"))
    return load_stock(["ferry"])


def changed(folder: Path, file: str, old: str, new: str) -> Kin:
    """The machines of the ferry with one text replaced, by name."""
    shutil.copytree(SPECS / "ferry", folder / "ferry")
    path = folder / "ferry" / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return _read(folder / "ferry")


def _read(folder: Path) -> Kin:
    found = [load_spec(folder / f"{name}.yaml") for name in ("again", "link", "probe")]
    return tuple(each for each in found if isinstance(each, model.Machine))


def walks(calls: Calls) -> list[Walk]:
    """The walks of a tour of all machines."""
    tours = plan_tours(calls.machine, calls).values()
    return [walk for tour in tours for walk in tour.walks.values()]


def always(answer: object) -> Callable[..., object]:
    """A function that says the same whatever it is asked."""

    def says(*_: object) -> object:
        return answer

    return says


@cache
def original() -> tuple[Calls, list[Walk]]:
    """The ferry as it is, with the walks of its tour."""
    kin = _read(SPECS / "ferry")
    calls = Calls(kin[1], kin=kin)
    return calls, walks(calls)


def test_every_row_of_every_machine_is_taken(ferry: Stock) -> None:
    """Those that only other machines' signals lead to, too; nothing fails."""
    del ferry
    report = run(["ferry"])
    told = report.to_json()["layers"]["ferry"]
    assert (0, [], 43, 43) == (report.exit_code, told["missed"], told["rows"], told["taken"])
    assert {"tour", "boundary", "random"} == {case.suite for case in report.cases}
    assert {} == report.skipped


KEEPS = "do: {again: restart(WAIT), tries: tries}"
FAULTS = [
    ("again.yaml", "do: {again: start(WAIT), tries: 0}", "do: {tries: 0}", "TIMER"),
    ("again.yaml", "tries: new.tries, left", "tries: 1, left", "EMISSION"),
    (
        "again.yaml",
        "do: {again: restart(WAIT), tries: tries + 1}",
        "do: {tries: tries}",
        "VARIABLE",
    ),
    ("probe.yaml", "do: {probe: stop}, to: IDLE", "do: {probe: stop}", "STATE"),
    ("link.yaml", "if: flight == 0", "if: flight == 1", "ROW"),
    ("probe.yaml", "start(PAUSE)", "start(WAIT)", "ORDER"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_fault_in_any_machine_is_found(fault: tuple[str, str, str, str], tmp_path: Path) -> None:
    """What another machine does wrong inside a step is told."""
    *change, code = fault
    make = compiled_crew(changed(tmp_path, *change))
    calls, gone = original()
    steps = (step for walk in gone for step in run_walk(calls.machine, calls, walk, make))
    assert any(problem.code == code for step in steps for problem in step.problems)


def test_a_fault_is_met_by_random_walks_and_made_short(tmp_path: Path) -> None:
    """Without a tour's help, from the initial state: a line, a load, a timer."""
    calls, _ = original()
    make = compiled_crew(changed(tmp_path, "again.yaml", "tries: tries + 1", "tries: tries"))
    found = random_walks(calls.machine, calls, (make,), Effort(40, 20)).failure
    assert found is not None
    walk = shortest(calls.machine, calls, found.walk, make, found.problems[0].code)
    assert ("again", True) == (walk.moves[-1].event, len(walk.moves) <= 4)


def test_an_invariant_of_the_scope_is_asked_after_each_step(tmp_path: Path) -> None:
    """A spec that breaks one is told by the invariant's name and line."""
    old, new = "do: {again: restart(WAIT), tries: 0}", "do: {again: stop, tries: 0}"
    kin = changed(tmp_path, "again.yaml", old, new)
    calls = Calls(kin[1], kin=kin)
    told: set[str] = set()
    for walk in original()[1]:
        for step in run_walk(kin[1], calls, walk, compiled_crew(kin)):
            told |= {problem.subject for problem in step.problems}
    assert {"ferry.line/flies", "ferry.again/runs", "ferry.link/restarted"} <= told


def test_a_walk_can_be_kept() -> None:
    """Machines, setting and events are in the record, and come back."""
    calls, gone = original()
    kin = calls.kin
    record = json.loads(json.dumps(record_of(kin[2], gone[-1], kin)))
    assert gone[-1] == read_walk(kin[2], record, kin)


def test_a_part_of_a_scope_is_not_put_into_the_middle() -> None:
    """A situation of one machine is none of the others."""
    calls, gone = original()
    machine = calls.machine
    held = Pair(machine, calls, gone[0].setting, None).held
    begun = evolve(gone[0], begin=Begin(held, 0))
    with pytest.raises(TargetError, match="can't be put into a situation"):
        list(run_walk(machine, calls, begun, compiled_crew(calls.kin)))


def test_an_example_that_fails_is_kept_and_replayed(
    ferry: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells of all machines where it begins, and fails from its record and by id till mended."""
    kin = changed(tmp_path, "again.yaml", "do: {again: restart(WAIT), tries: tries + 1}", KEEPS)
    with monkeypatch.context() as wrong:
        wrong.setattr(Self, "crew", always(compiled_crew(kin)))
        bench = Bench(ferry, Self(), PROFILES["quick"])
        cases = bench.boundary_cases(ferry.machines["ferry.again"])
        case = next(each for each in cases if "running.again/taken" in each.id)
        record = json.loads(json.dumps({"id": case.id, **case.record}))
        failure = next(f for f in case.failures() if f["code"] == "VARIABLE")
        assert "from ferry.again in RUNNING with tries=" in failure["begin"]
        assert "; ferry.link in " in failure["begin"]
        assert "ferry.probe in IDLE: running.again of again, where" in failure["begin"]
        assert f"netfsm replay {case.id}" in failure["reproduce"]
        assert Outcome.FAILED is replay(record).outcome
        assert Outcome.FAILED is replay_id(case.id).outcome
    assert Outcome.FIXED is replay(record).outcome
    assert Outcome.FIXED is replay_id(case.id).outcome


def test_a_row_without_an_example_is_not_taken(
    ferry: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a scope that walks don't drive each row that no example takes fails, and says why."""
    machine = ferry.machines["ferry.again"]
    monkeypatch.setattr(stock, "MOST_KIN", 2)
    bench = Bench(ferry, Self(), PROFILES["quick"])
    bench.find_examples([machine])
    held = bench.examples(machine)
    left = tuple(each for each in held if each.about != "running.enough")
    monkeypatch.setattr(Bench, "examples", always(left))
    failed = [case for case in bench.boundary_cases(machine) if case.problems]
    told = [(p.code, p.subject, p.got) for case in failed for p in case.problems]
    assert [("NOT-TAKEN", "ferry.again/running.enough", "its example fails")] == told


def test_rows_that_nothing_can_take_are_failures(
    ferry: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither walks nor examples: "could not be tested" is not read as "passed"."""
    del ferry
    monkeypatch.setattr(stock, "MOST_KIN", 2)
    monkeypatch.setattr(suites_run, "why_not", always("there is no Z3"))
    report = run(["ferry"])
    got = {problem.got for case in report.failed for problem in case.problems}
    assert (1, 43, {"there is no Z3"}) == (report.exit_code, len(report.failed), got)
    assert ["there is no Z3"] == report.skipped["boundary"]


class _Single:
    """A target that knows one machine at a time."""

    name = "single"

    def maker(self, machine: model.Machine) -> object:
        """Makes the generated machine."""
        return Self().maker(machine)


def test_a_target_that_drives_no_scopes_says_so(ferry: Stock) -> None:
    """It can't be tested, which is no pass."""
    target: Target = _Single()  # type: ignore[assignment]  # its makers are no concern here
    bench = Bench(ferry, target, PROFILES["quick"])
    with pytest.raises(TargetError, match="can't drive machines of a scope"):
        bench.maker(ferry.machines["ferry.link"])
