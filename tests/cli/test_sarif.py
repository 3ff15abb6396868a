"""`--format sarif`: valid SARIF 2.1.0 whatever is found, with rules, places and fingerprints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log

from netfsm.cli.common import Exit
from netfsm.cli.sarif import sarif
from netfsm.spec.codes import catalogue
from netfsm.spec.findings import Finding
from tests.cli.running import Ran, netfsm
from tests.cli.specs import write

SHOT = ("to: SHUT", "to: SHOT")


def run_of(ran: Ran) -> dict[str, Any]:
    """The one run of a log, which keeps to SARIF's schema."""
    log = json.loads(ran.out)
    Log.model_validate(log)
    assert "2.1.0" == log["version"]
    (run,) = log["runs"]
    found: dict[str, Any] = run
    assert found["invocations"][0]["exitCode"] == ran.code
    return found


def test_a_finding_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, level, place below the current directory, and what to do."""
    write(tmp_path / "a door", SHOT)
    monkeypatch.chdir(tmp_path)
    ran = netfsm("check", "--no-prove", "--format", "sarif", "a door/lock.yaml")
    (result,) = run_of(ran)["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (Exit.FINDINGS, "UNKNOWN-STATE", "error") == (
        ran.code,
        result["ruleId"],
        result["level"],
    )
    assert {"uri": "a%20door/lock.yaml", "uriBaseId": "SRCROOT"} == place["artifactLocation"]
    assert {"startLine": 12, "startColumn": 42} == place["region"]
    assert "did you mean SHUT?" in result["message"]["text"]


def test_a_rule_is_explained(tmp_path: Path) -> None:
    """A result's rule has the catalogue's words and its wrong example."""
    spec = write(tmp_path / "door", SHOT)
    run = run_of(netfsm("check", "--no-prove", "--format", "sarif", str(spec)))
    (rule,) = run["tool"]["driver"]["rules"]
    entry = catalogue()["UNKNOWN-STATE"]
    assert (0, "UNKNOWN-STATE") == (run["results"][0]["ruleIndex"], rule["id"])
    assert entry.rule == rule["shortDescription"]["text"]
    assert entry.mend in rule["help"]["text"]
    assert entry.wrong in rule["help"]["markdown"]


def test_a_file_elsewhere_has_its_whole_path(tmp_path: Path) -> None:
    """What does not lie below the current directory is a file URI, whatever is in its name."""
    spec = write(tmp_path / "tür #1", SHOT)
    (result,) = run_of(netfsm("check", "--no-prove", "--format", "sarif", str(spec)))["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert {"uri": spec.as_uri()} == place
    assert place["uri"].startswith("file:///")
    assert "#" not in place["uri"]


def test_nothing_found_is_a_run_without_results() -> None:
    """A sound spec gives an empty list, which says that it was looked at."""
    run = run_of(netfsm("check", "--no-prove", "--format", "sarif", "raw.input"))
    assert ([], True) == (run["results"], run["invocations"][0]["executionSuccessful"])


def test_an_unknown_spec_is_told_by_its_name() -> None:
    """A name that no file has is no file."""
    ran = netfsm("check", "--no-prove", "--format", "sarif", "arp.adress")
    (result,) = run_of(ran)["results"]
    where = {"logicalLocations": [{"fullyQualifiedName": "arp.adress"}]}
    assert (Exit.USAGE, "UNKNOWN-SPEC") == (ran.code, result["ruleId"])
    assert [where] == result["locations"]


def test_a_run_that_could_not_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Z3 there is a log too, and it says why nothing is in it."""

    def missing(_name: str) -> None:
        """No module is found."""

    monkeypatch.setattr("importlib.util.find_spec", missing)
    ran = netfsm("check", "--format", "sarif")
    (invocation,) = run_of(ran)["invocations"]
    assert (Exit.UNAVAILABLE, False) == (ran.code, invocation["executionSuccessful"])
    assert "netfsm[prove]" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_refuted_obligations_are_results(tmp_path: Path) -> None:
    """What a proof finds stands beside what is wrong in form."""
    spec = write(tmp_path / "door", ("event: shut, to: SHUT", "event: shut, when: False, to: SHUT"))
    run = run_of(netfsm("check", "--format", "sarif", str(spec)))
    assert "PROOF-DEAD-ROW" in {result["ruleId"] for result in run["results"]}


def test_a_fingerprint_moves_with_its_line(tmp_path: Path) -> None:
    """A line more above changes no fingerprint; the same finding twice has two."""
    first = write(tmp_path / "door", SHOT)
    fingerprints = [
        result["partialFingerprints"]["netfsm/v1"]
        for _ in range(2)
        for result in _moved_down(first)
    ]
    assert fingerprints[0] == fingerprints[1]
    one = Finding("TYPE", "error", "a.yaml", 3, 1, "it does not fit", "")
    again = Finding("TYPE", "error", "a.yaml", 9, 1, "it does not fit", "")
    other = Finding("TYPE", "error", "b.yaml", 3, 1, "it does not fit", "")
    run = json.loads(sarif([one, again, other], 2))["runs"][0]
    assert 3 == len({result["partialFingerprints"]["netfsm/v1"] for result in run["results"]})


def _moved_down(spec: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_of(
        netfsm("check", "--no-prove", "--format", "sarif", str(spec))
    )["results"]
    spec.write_text(f"# a remark\n{spec.read_text(encoding='utf-8')}", encoding="utf-8")
    return found


def test_every_code_makes_a_valid_rule() -> None:
    """A log with a finding of each code of the catalogue keeps to the schema."""
    findings = [Finding(code, "warning", "a.yaml", 1, 1, "so", "mend") for code in catalogue()]
    log = json.loads(sarif(findings, 1))
    Log.model_validate(log)
    assert sorted(catalogue()) == [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
