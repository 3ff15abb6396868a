"""The machines of the stack are proved, and copies of them with one fault are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.prove import prove_all
from netfsm.prove.checking import check
from netfsm.prove.units import Prover, units_of
from netfsm.spec import load_all, load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import Change, agreed, failed, real

SPECS = Path(__file__).parents[2] / "specs"


LARGEST = "tcp.connection"
"""More obligations than all others together: with bit-vectors it is proved in `make campaign`."""


@pytest.mark.parametrize("name", sorted(real().keys() - {LARGEST}))
def test_a_machine_and_its_code_are_proved(name: str) -> None:
    """Every obligation, in both encodings; each row can be taken, in each of its states."""
    machines = real()
    answers = agreed(machines[name], machines)
    assert [] == failed(answers)
    assert len(answers) == len({each.name for each in answers})
    rows = sum(len(cell) for cell in machines[name].cells.values() if isinstance(cell, tuple))
    assert rows == sum(each.name.endswith("/can_be_taken") for each in answers)
    assert rows == sum(each.name.endswith("/code/guard") for each in answers)


def test_the_largest_machine_and_its_code_are_proved() -> None:
    """All of TCP's connection with integers, and a state with bit-vectors."""
    machines = real()
    machine = machines[LARGEST]
    answers = prove_all({LARGEST: machine}, machines, jobs=2).answers[LARGEST]
    assert [] == failed(answers)
    second = Prover(machine, machines, None, "bitvec")
    for unit in units_of(machine):
        if unit.state == "SYN-SENT":
            assert [] == [a for a in second.answers(unit) if a.verdict != "proved"]


FAULTS: list[tuple[str, str, Change, str]] = [
    (
        "arp/neighbour.yaml",
        "a hole",
        ("when: tries >= MAX_REQUESTS", "when: tries > MAX_REQUESTS"),
        "INCOMPLETE/retransmit/covering",
    ),
    (
        "arp/neighbour.yaml",
        "an overlap",
        ("when: tries >= MAX_POLLS", "when: tries >= 1"),
        "PROBE/retransmit/exclusive",
    ),
    (
        "arp/neighbour.yaml",
        "a wrong invariant",
        ("holds: not empty(saved)", "holds: full(saved)"),
        "absent.resolve/keeps/something_waits",
    ),
    (
        "arp/neighbour.yaml",
        "a neighbour that nobody asks again",
        ("poll: {tries: tries + 1, retransmit: restart(RETRANS_TIME)}", "poll: {tries: tries + 1}"),
        "incomplete.again/keeps/asks_on",
    ),
    (
        "arp/neighbour.yaml",
        "a poll to all",
        ("tpa: address, to: lladdr", "tpa: address, to: broadcast"),
        "reachable.poll/output/polls_it",
    ),
    (
        "arp/neighbour.yaml",
        "two rows for one packet",
        ("when: full(saved)", "when: full(saved) or tries == 1"),
        "INCOMPLETE/resolve/exclusive",
    ),
    (
        "arp/address.yaml",
        "probes without an end",
        ("more_probes: probes < PROBE_NUM", "more_probes: probes < 16"),
        "probing.next/keeps/probes_on",
    ),
    (
        "arp/address.yaml",
        "a defender that does not give up",
        ("when: policy != KEEP", "when: policy == DEFEND"),
        "DEFENDING/conflict/covering",
    ),
    (
        "arp/address.yaml",
        "what is impossible happens",
        ("ignore: it is claimed already", "impossible: it is claimed already"),
        "BOUND/claim/impossible",
    ),
    (
        "arp/interface.yaml",
        "a count without an end",
        ('"min(conflicts + 1, MAX_CONFLICTS)"', "conflicts + 1"),
        "normal.conflict/keeps/counted",
    ),
    (
        "icmp/ping.yaml",
        "a time before the beginning",
        ("holds: armed(timeout) and sent <= now", "holds: armed(timeout)"),
        "waiting.answered/step/natural/1",
    ),
    (
        "ipv4/output.yaml",
        "a datagram that no host forwards",
        ("    - zero_ttl: ttl == 0\n", "    - zero_ttl: ttl == 1\n"),
        "out.local/output/lives",
    ),
    (
        "ipv4/input.yaml",
        "a row that can't be taken",
        ("unspecified: IP.src in THIS_NETWORK and", "unspecified: IP.src in CLASS_D and"),
        "in.this_network/can_be_taken",
    ),
    (
        "raw/input.yaml",
        "zero is left out",
        ("when: size == 0", "when: size == 1"),
        "LISTENING/packet/covering",
    ),
]


@pytest.mark.parametrize(
    ("file", "what", "change", "name"), FAULTS, ids=[f"{f}: {what}" for f, what, _, _ in FAULTS]
)
def test_a_fault_in_a_copy_is_refuted(
    file: str, what: str, change: Change, name: str, tmp_path: Path
) -> None:
    """One change to a spec, refuted under the name of what it breaks."""
    shutil.copytree(SPECS, tmp_path / "specs")
    copy = tmp_path / "specs" / file
    text = copy.read_text(encoding="utf-8")
    assert change[0] in text, what
    copy.write_text(text.replace(*change), encoding="utf-8")
    machine = load_spec(copy, size="proof")
    assert isinstance(machine, Machine)
    found = failed(agreed(machine, real()))
    assert any(each.endswith(name) for each in found), (what, found)


def test_answers_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run asks Z3 nothing; another spec, value of a constant or encoding does."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machines = real()
    wanted = {"arp.neighbour": machines["arp.neighbour"], "raw.input": machines["raw.input"]}
    first = prove_all(wanted, machines)
    assert first.fresh == sum(map(len, first.answers.values())) > 500
    again = prove_all(wanted, machines)
    assert (first.answers, 0) == (again.answers, again.fresh)
    other = load_all(size="small")["arp.address"]
    assert isinstance(other, Machine)
    here = prove_all({"arp.address": machines["arp.address"]}, machines)
    there = prove_all({"arp.address": other}, machines)
    assert len(here.answers["arp.address"]) == here.fresh > there.fresh > 0
    second = prove_all({"raw.input": machines["raw.input"]}, machines, encoding="bitvec")
    assert len(again.answers["raw.input"]) == second.fresh


def test_processes_give_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts, names and places do not hang on how many processes prove."""
    machines = real()
    wanted = {name: machines[name] for name in ("raw.input", "arp.neighbour", "arp.address")}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    one = prove_all(wanted, machines)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "two"))
    two = prove_all(wanted, machines, jobs=2)
    for name in wanted:
        told = [[(a.name, a.verdict, a.line) for a in found.answers[name]] for found in (one, two)]
        assert told[0] == told[1]


def test_a_loaded_machine_can_be_checked() -> None:
    """`netfsm.check(spec)` takes what `load_spec` gives, and a name."""
    report = check(real()["raw.input"])
    assert (("raw.input",), 0) == (report.names, report.exit_code)
    assert report.obligations == report.proved == check("raw.input").obligations > 0
    assert 0 == check("raw.input", prove=False).obligations
