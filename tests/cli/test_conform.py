"""`netfsm conform` and `netfsm replay`: exit codes, data, and a failure that a person can mend."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from netfsm.cli.common import Exit
from tests.cli.running import ROOT, netfsm, reply


def test_every_row_of_a_layer_is_taken() -> None:
    """The suites of a small layer against our own code: all rows, nothing failed."""
    found = reply(netfsm("conform", "raw", "--format", "json"))
    layer = found["layers"]["raw"]
    assert layer["rows"] == layer["taken"] > 0
    assert [] == layer["missed"] == found["failures"]
    assert "raw: " in netfsm("conform", "raw", "--against", "reference").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nosuchlayer",), Exit.USAGE, "there is no layer nosuchlayer"),
        (("raw", "--against", "qemu"), Exit.UNAVAILABLE, "qemu"),
        (("raw", "--mutants", "--against", "reference"), Exit.USAGE, "does not go with --against"),
        (("raw", "--sample", "9"), Exit.USAGE, "--sample goes with --mutants"),
        (("raw", "--profile", "nosuch"), Exit.USAGE, "nosuch"),
    ],
)
def test_what_cannot_be_run(arguments: tuple[str, ...], code: Exit, words: str) -> None:
    """Unknown layers and options are bad usage, a target that is not here is exit code 3."""
    ran = netfsm("conform", *arguments)
    assert (code, "") == (ran.code, ran.out)
    assert words in ran.err


def test_mutants_are_told_and_counted() -> None:
    """The table has a line for each machine, the data every mutant that only suites tell."""
    found = reply(netfsm("conform", "raw", "--mutants", "--format", "json"))
    share = found["mutants"]["machines"]["raw.input"]
    told = netfsm("conform", "raw", "--mutants")
    line = next(line for line in told.out.splitlines() if line.startswith("raw.input"))
    assert (found["exit"], share["made"]) == (told.code, share["judged"])
    assert [str(share["judged"]), *(str(n) for n in share["killed"].values())] == line.split()[1:7]
    assert (
        sum(share["killed"].values()) + share["equivalent"] + len(share["survivors"])
        == (share["judged"])
    )


def test_a_failure_is_told_and_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vector that expects what the spec forbids fails with place, walk, wanted and got.

    The report holds the case; replay runs it again and still finds it wrong.
    """
    folder = tmp_path / "specs" / "arp"
    shutil.copytree(ROOT / "specs" / "arp", folder)
    vectors = folder / "vectors" / "neighbour.yaml"
    text = vectors.read_text(encoding="utf-8")
    vectors.write_text(text.replace("state: FAILED, emits: [{ret", "state: PROBE, emits: [{ret", 1))
    monkeypatch.setenv("NETFSM_PATH", str(tmp_path / "specs"))
    report = tmp_path / "report"
    ran = netfsm("conform", "arp", "--report", str(report))
    assert Exit.FINDINGS == ran.code
    line = 1 + text[: text.index("state: FAILED, emits: [{ret")].count("\n")
    assert f"{vectors}:{line}: " in ran.out
    for words in ("retransmit(", "[incomplete.failed]", "wanted: ", "got:    ", "again:  netfsm"):
        assert words in ran.out
    assert (report / "index.html").is_file()
    assert 1 == len(reply(netfsm("conform", "arp", "--format", "json"))["failures"])
    case = next((report / "cases").iterdir())
    again = netfsm("replay", str(case))
    assert (Exit.FINDINGS, "FAILED") == (again.code, again.out.split()[0])
    vectors.write_text(text, encoding="utf-8")
    assert (Exit.FINE, "FIXED") == (
        (mended := netfsm("replay", str(case))).code,
        mended.out.split()[0],
    )


def test_replay_of_nothing(tmp_path: Path) -> None:
    """A case that is not there is bad usage; a file that is no case is ERROR, exit code 4."""
    assert Exit.USAGE == netfsm("replay", str(tmp_path / "nothing")).code
    file = tmp_path / "case.json"
    file.write_text(json.dumps({"schema": 1}), encoding="utf-8")
    ran = netfsm("replay", str(file))
    assert Exit.BUG == ran.code
    assert ran.out.startswith("ERROR")


def test_a_case_is_replayed_by_its_id() -> None:
    """What a suite calls a case is enough where it can be made again; a wrong id is an ERROR."""
    ran = netfsm("replay", "tour:raw.input/in.empty")
    assert (Exit.FINE, "FIXED tour:raw.input/in.empty\n") == (ran.code, ran.out)
    assert Exit.BUG == netfsm("replay", "boundary:raw.input/LISTENING/in.empty/none").code


def test_suites_are_counted() -> None:
    """The last line says how many cases each suite had, and the JSON too."""
    found = reply(netfsm("conform", "raw", "--format", "json"))
    assert {"tour", "boundary", "random"} <= found["cases"].keys()
    assert [] == found["skipped"]
    assert f"({found['cases']['tour']} tour, " in netfsm("conform", "raw").out
