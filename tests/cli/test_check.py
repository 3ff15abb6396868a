"""`netfsm check`: findings with their place, exit codes, JSON and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netfsm import programs
from netfsm.cli.common import Exit
from tests.cli.running import netfsm, netfsm_process, reply
from tests.cli.specs import write


def test_all_specs_are_without_findings() -> None:
    """What is in specs/ is what `make demo` shows: nothing is wrong with it."""
    ran = netfsm("check", "--no-prove")
    assert (Exit.FINE, "") == (ran.code, ran.err)
    assert ran.out.rstrip().endswith("0 errors, 0 warnings, 0 notes; nothing proved")


@pytest.mark.parametrize("encoding", ["int", "bitvec"])
def test_specs_are_proved(encoding: str) -> None:
    """Every obligation of two layers; tests/prove proves all machines, the command line tells."""
    found = reply(netfsm("check", "arp", "udp", "--encoding", encoding, "--format", "json"))
    assert (Exit.FINE, []) == (found["exit"], found["findings"])
    assert found["obligations"] == found["proved"] > 1000
    assert (0, 0) == (found["refuted"], found["unknown"])


def test_what_is_refuted_is_a_finding(tmp_path: Path) -> None:
    """Exit code 1, the place, the obligation's name, and a case in which it fails."""
    change = ("event: shut, to: SHUT", "event: shut, when: False, to: SHUT")
    spec = write(tmp_path / "door", change)
    found = reply(netfsm("check", "--format", "json", str(spec)))
    told = [(each["code"], each["line"]) for each in found["findings"]]
    assert [("PROOF-DEAD-ROW", 12)] == told
    assert (Exit.FINDINGS, 2, 0) == (found["exit"], found["refuted"], found["unknown"])
    assert "door.lock/OPEN/open.shut/can_be_taken" in found["findings"][0]["message"]
    assert "guard false" in found["findings"][0]["hint"]


def test_without_z3_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, the extra to install, and one JSON object that counts nothing."""

    def missing(_name: str) -> None:
        """No module is found."""

    monkeypatch.setattr("importlib.util.find_spec", missing)
    found = reply(netfsm("check", "--format", "json"))
    assert Exit.UNAVAILABLE == found["exit"]
    assert "netfsm[prove]" in found["error"]
    assert 0 == found["obligations"] == found["proved"]
    assert Exit.FINE == netfsm("check", "--no-prove").code


def test_compositions_are_explored() -> None:
    """Those of a layer that is named are, and the reply has their sizes and properties."""
    found = reply(netfsm("check", "--no-prove", "--compose", "arp", "--format", "json"))

    assert Exit.FINE == found["exit"]
    assert ["arp.conflict", "arp.defence", "arp.resolution"] == [
        each["name"] for each in found["compositions"]
    ]
    assert {"holds"} == {
        verdict for each in found["compositions"] for verdict in each["properties"].values()
    }


def test_a_layer_without_compositions_is_said_to_have_none() -> None:
    """To explore nothing is no success."""
    ran = netfsm("check", "--no-prove", "--compose", "icmp")

    assert Exit.NOTHING_RUN == ran.code
    assert "netfsm check: there is no composition to explore\n" == ran.err


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


@pytest.mark.needs("spin", "gcc")
def test_spin_counts_what_is_explored() -> None:
    """With --spin the reply has both counts; with --larger what larger bounds have beside them."""
    ran = netfsm("check", "--no-prove", "--compose", "--larger", "arp.defence", "--format", "json")
    (found,) = reply(ran)["compositions"]

    assert Exit.FINE == ran.code
    assert found["states"] == found["spin"] < found["larger"]


def test_spin_goes_with_compose() -> None:
    """There is nothing else that SPIN searches."""
    assert Exit.USAGE == netfsm("check", "--no-prove", "--spin", "arp").code


def test_a_missing_spin_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, and one line on what to install."""
    monkeypatch.setattr(programs, "find", {}.get)
    ran = netfsm("check", "--no-prove", "--compose", "--spin", "arp")

    assert Exit.UNAVAILABLE == ran.code
    assert (
        "netfsm check: spin isn't available: it is not installed; apt-get install spin\n" == ran.err
    )
