"""`netfsm check`: findings with their place, exit codes, JSON and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netfsm.cli.common import Exit
from tests.cli.running import netfsm, netfsm_process, reply
from tests.cli.specs import write


def test_all_specs_are_without_findings() -> None:
    """What is in specs/ is what `make demo` shows: nothing is wrong with it."""
    ran = netfsm("check", "--no-prove")
    assert (Exit.FINE, "") == (ran.code, ran.err)
    assert ran.out.rstrip().endswith("0 errors, 0 warnings, 0 notes; nothing proved")


def test_without_no_prove_nothing_is_claimed() -> None:
    """Proofs are not in this version: exit code 3, and no word of what holds."""
    ran = netfsm("check")
    assert (Exit.UNAVAILABLE, "") == (ran.code, ran.out)
    assert "proofs are not in this version" in ran.err
    assert Exit.UNAVAILABLE == netfsm("check", "--compose", "--no-prove").code


def test_json_without_proofs_is_one_object() -> None:
    """A refusal is told in JSON too."""
    found = reply(netfsm("check", "--format", "json"))
    assert "proofs are not in this version" in found["error"]
    assert 0 == found["obligations"] == found["proved"]


WRONG = [
    (("to: SHUT", "to: SHOT"), "UNKNOWN-STATE", 12, Exit.FINDINGS),
    (("event: shut, to", "event: shut, when: tries > 1, to"), "UNKNOWN-NAME", 12, Exit.USAGE),
    (("event: shut, to", "evnt: shut, to"), "UNKNOWN-KEY", 12, Exit.USAGE),
    (
        ("      - {id: shut.shut, event: shut, ignore: it is shut, ref: RFC 0 §1.1}\n", ""),
        "UNDECIDED",
        14,
        Exit.FINDINGS,
    ),
    ((", ref: RFC 0 §1.10", ""), "NO-REF", 16, Exit.FINDINGS),
    (("id: shut.lift", "id: open.shut"), "DUPLICATE-ID", 16, Exit.FINDINGS),
    (("initial: OPEN", "initial: OPEN\ninitial: SHUT"), "DUPLICATE-KEY", 6, Exit.USAGE),
    (("event: shut, to", "event: shut, when: min(1, 2), to"), "UNQUOTED", 12, Exit.USAGE),
]


@pytest.mark.parametrize(("change", "code", "line", "exit_code"), WRONG)
def test_a_wrong_spec_is_told_with_its_line(
    change: tuple[str, str], code: str, line: int, exit_code: int, tmp_path: Path
) -> None:
    """Exit code, file, line, code and a hint; never a traceback."""
    spec = write(tmp_path / "door", change)
    ran = netfsm("check", "--no-prove", str(spec))
    assert exit_code == ran.code, ran.out
    assert f"{spec}:{line}:" in ran.out
    assert f" {code} " in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_json_findings(tmp_path: Path) -> None:
    """The same findings as data, against the committed schema."""
    spec = write(tmp_path / "door", ("to: SHUT", "to: SHOT"))
    found = reply(netfsm("check", "--no-prove", "--format", "json", str(spec)))
    first = found["findings"][0]
    assert ("UNKNOWN-STATE", str(spec), 12) == (first["code"], first["file"], first["line"])
    assert first["hint"]


def test_sarif(tmp_path: Path) -> None:
    """What code scanning reads: a result a finding, with the catalogue's rule."""
    spec = write(tmp_path / "door", ("to: SHUT", "to: SHOT"))
    ran = netfsm("check", "--no-prove", "--format", "sarif", str(spec))
    assert Exit.FINDINGS == ran.code
    run = json.loads(ran.out)["runs"][0]
    result = run["results"][0]
    assert ("UNKNOWN-STATE", "error") == (result["ruleId"], result["level"])
    assert 12 == result["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert "UNKNOWN-STATE" in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_an_unknown_spec() -> None:
    """A name that no file has is bad usage, with what comes closest."""
    ran = netfsm("check", "--no-prove", "arp.adress")
    assert Exit.USAGE == ran.code
    assert "arp.address" in ran.out


def test_other_verbs_tell_findings_on_standard_error(tmp_path: Path) -> None:
    """A spec that can't be used leaves standard output empty and prints no traceback."""
    spec = write(tmp_path / "door", ("to: SHUT", "to: SHOT"))
    for verb in ("show", "draw"):
        ran = netfsm_process(verb, str(spec))
        assert (Exit.FINDINGS, "") == (ran.code, ran.out)
        assert f"{spec}:12:" in ran.err
        assert "Traceback" not in ran.err
