"""A whole run: its JSON, its exit code, its folder, what it does when something is wrong."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from netfsm.conformance.profiles import PROFILES, profile_named
from netfsm.conformance.replay import Outcome, replay
from netfsm.conformance.report import Report
from netfsm.conformance.run import run
from netfsm.conformance.stock import Stock
from netfsm.conformance.targets import find_target, target_names
from netfsm.errors import SpecError, TargetError

DOOR = """\
machine: door.leaf
netfsm: 1
title: A door
ref: RFC 1
initial: SHUT
variables: {{turns: {{type: nat 9, initial: "0"}}}}
events: {{push: {{params: {{force: nat 9}}}}}}
states:
  SHUT:
    rows:
      - {{id: shut.opens, event: push, when: force > 0, to: OPEN, ref: RFC 1}}
      - {{id: shut.stays, event: push, when: force == 0, ignore: nobody pushes, ref: RFC 1}}
  OPEN:
    rows:
      - {{id: open.shuts, event: push, when: force >= turns, to: SHUT, ref: RFC 1}}
      - {{id: open.jams, event: push, when: force < turns, ignore: it jams, ref: RFC 1}}
{more}"""


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the search path with a machine of which one row can never be taken."""
    folder = tmp_path / "specs" / "door"
    folder.mkdir(parents=True)
    (folder / "leaf.yaml").write_text(DOOR.format(more=""), encoding="utf-8")
    monkeypatch.setenv("NETFSM_PATH", str(tmp_path / "specs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def check_schema(told: dict[str, Any]) -> None:
    """The object is what the command line's schema says."""
    text = (files("netfsm.cli") / "schemas" / "conform.json").read_text(encoding="utf-8")
    Draft202012Validator(json.loads(text)).validate(told)


def test_arp_is_taken_whole() -> None:
    """Every row of ARP is taken, nothing fails, and the JSON is what the schema says."""
    report = run(["arp"])
    told = report.to_json()

    check_schema(told)
    assert 0 == report.exit_code == told["exit"]
    assert ["arp"] == list(told["layers"])
    assert told["layers"]["arp"]["rows"] == told["layers"]["arp"]["taken"] > 100
    assert [] == told["layers"]["arp"]["missed"]
    assert [] == told["failures"]
    suites = {"tour", "boundary", "random", "vectors", "formats", "ends"}
    assert suites == {case.suite for case in report.cases}


def test_interpreter_is_a_target_too() -> None:
    """Against `reference` the model is held against itself."""
    report = run(["raw"], against="reference")

    assert 0 == report.exit_code
    assert "reference" == report.target


def test_row_that_is_never_taken_is_a_failure(door: Path) -> None:
    """It is named with its line, in the failures and in the coverage."""
    report = run(["door"])
    told = report.to_json()
    lines = (door / "leaf.yaml").read_text(encoding="utf-8").splitlines()

    check_schema(told)
    assert 1 == report.exit_code
    assert {"rows": 4, "taken": 3, "missed": ["door.leaf/open.jams"]} == told["layers"]["door"]
    (failure,) = told["failures"]
    assert "NOT-TAKEN" == failure["code"]
    assert "open.jams" in lines[failure["line"] - 1]
    assert ["RFC 1"] == failure["clauses"]
    assert "netfsm conform door --against self" == failure["reproduce"][0]


def test_overlap_of_a_cell_is_found(door: Path) -> None:
    """Two guards that are true at once are a failure with the values that show it."""
    text = DOOR.format(more="").replace("force == 0", "force <= 1")
    (door / "leaf.yaml").write_text(text, encoding="utf-8")
    found = {failure["code"] for failure in run(["door"]).failures}

    assert "CELL" in found


def test_property_that_a_row_breaks_is_found(door: Path) -> None:
    """The walk to it stands in the failure, from the initial state on."""
    more = "invariants:\n  - {id: never_open, holds: not at(OPEN), ref: RFC 1}\n"
    (door / "leaf.yaml").write_text(DOOR.format(more=more), encoding="utf-8")
    failures = [f for f in run(["door"]).failures if f["code"] == "PROPERTY"]

    assert "door.leaf/never_open" == failures[0]["subject"]
    assert ["push"] == [step["event"] for step in failures[0]["walk"]]
    assert "OPEN" == failures[0]["walk"][-1]["state"]


def test_report_folder_is_whole(door: Path, tmp_path: Path) -> None:
    """index.html is one offline file; the other files and a folder a case are there."""
    folder = tmp_path / "report"
    report = run(["door"], report=folder)
    page = (folder / "index.html").read_text(encoding="utf-8")
    junit = ET.parse(folder / "junit.xml").getroot()
    events = (folder / "events.ndjson").read_text(encoding="utf-8").splitlines()

    assert folder == report.folder
    assert "src=" not in page
    assert "href=" not in page
    assert "open.jams" in page
    assert (str(len(report.cases)), "1") == (junit.get("tests"), junit.get("failures"))
    assert all(json.loads(line)["case"] for line in events)
    assert 3 == json.loads((folder / "coverage.json").read_text("utf-8"))["door"]["taken"]
    (case,) = (folder / "cases").iterdir()
    assert {"case.json", "case.txt"} == {file.name for file in case.iterdir()}
    assert (door / "leaf.yaml").is_file()


def test_report_does_not_replace_what_is_no_report(tmp_path: Path) -> None:
    """A folder with something else in it is left alone."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(FileExistsError, match="no report"):
        run(["raw"], report=tmp_path)
    assert "mine" == (tmp_path / "mine.txt").read_text(encoding="utf-8")


def test_replay_says_whether_a_case_is_mended(door: Path, tmp_path: Path) -> None:
    """FAILED while the fault is there, FIXED when it is gone, ERROR for what is no case."""
    more = "invariants:\n  - {id: never_open, holds: not at(OPEN), ref: RFC 1}\n"
    (door / "leaf.yaml").write_text(DOOR.format(more=more), encoding="utf-8")
    report = run(["door"], report=tmp_path / "report")
    walked = next(case for case in report.failed if case.walk)
    folder = tmp_path / "report" / "cases" / walked.folder

    assert Outcome.FAILED is replay(folder).outcome
    assert {"PROPERTY"} == {problem.code for problem in replay(folder).problems}
    (door / "leaf.yaml").write_text(DOOR.format(more=""), encoding="utf-8")
    assert Outcome.FIXED is replay(folder / "case.json").outcome
    (door / "leaf.yaml").unlink()
    assert Outcome.ERROR is replay(folder).outcome
    assert Outcome.ERROR is replay(tmp_path / "none.json").outcome
    assert Outcome.ERROR is replay({"schema": 1}).outcome


def test_replay_of_a_missed_row(door: Path) -> None:
    """The search for the row is made again."""
    (case,) = run(["door"]).failed

    assert Outcome.FAILED is replay({**case.record, "id": case.id}).outcome
    text = DOOR.format(more="").replace('initial: "0"', 'initial: "3"')
    (door / "leaf.yaml").write_text(text, encoding="utf-8")
    assert Outcome.FIXED is replay(case.record).outcome


def test_time_that_is_up_ends_the_run() -> None:
    """No further case is begun, and the report says so."""
    seconds = iter(range(100))
    report = run(["arp"], max_time=5, clock=lambda: float(next(seconds)))

    assert not report.complete
    assert 5 == len(report.cases)


def test_nothing_run_is_not_fine() -> None:
    """An empty run has the exit code of nothing run."""
    assert 5 == Report("self", "quick", None, Stock({}, {}), ()).exit_code


def test_unknown_layer_is_told() -> None:
    """A layer that is not there is a finding with a hint."""
    with pytest.raises(SpecError, match="UNKNOWN-SPEC"):
        run(["apr"])


@pytest.mark.parametrize("target", ["linux", "qemu", "tap:tap0", "packet:eth0", "socket:/x"])
def test_targets_of_later_versions_say_so(target: str) -> None:
    """They are not available, which is neither passed nor failed."""
    with pytest.raises(TargetError, match="not available in this version"):
        find_target(target)


def test_unknown_target_is_told() -> None:
    """The message names those that there are."""
    with pytest.raises(TargetError, match="self or reference"):
        find_target("nobody")
    assert ("self", "reference") == target_names()[:2]


def test_profiles_grow() -> None:
    """quick, ci and campaign try more and more; an unknown one is told."""
    sizes = [profile.examples for profile in PROFILES.values()]

    assert sorted(sizes) == sizes
    with pytest.raises(ValueError, match="quick, ci, campaign"):
        profile_named("slow")


def test_progress_is_told() -> None:
    """Each suite of each machine and format is announced."""
    told: list[tuple[str, str]] = []
    run(["raw"], progress=lambda suite, subject, _: told.append((suite, subject)))

    machines = ("raw.input", "raw.output")
    suites = ("tour", "boundary", "random")
    each = [(suite, name) for name in machines for suite in suites]
    vectors = [("vectors", name) for name in machines]
    assert [("boundary", "examples of machines"), *each, *vectors] == told
