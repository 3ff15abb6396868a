"""Answers are kept by what they hang on: a change has what it touches proved again, and no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.prove import Answer, prove, prove_all
from netfsm.prove.run import Proofs
from netfsm.spec.model import Machine
from tests.prove.samples import Change, link
from tests.prove.test_spec_faults import EXTRA, FAULTS


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which all of the sound machine is proved."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        found = proofs(link(folder))
    assert len(found.answers["lab.link"]) == found.fresh > 200
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a spec, with such a cache of its own."""
    shutil.copytree(kept, tmp_path / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def proofs(machine: Machine) -> Proofs:
    """The machine proved with what is kept."""
    return prove_all({machine.name: machine}, {})


def plain(answers: tuple[Answer, ...]) -> list[tuple[str, str, int, int, str]]:
    """Answers without what may differ: times, and which of many models Z3 found."""
    return [(a.name, a.verdict, a.line, a.column, a.message) for a in answers]


STATE = """\
  SHUT:
    rows:
      - {id: shut.all, event: [begin, send, ack, save, end], to: IDLE, ref: RFC 0 §9}
"""
CHANGES: list[tuple[str, Change]] = [
    *((what, change) for what, change, _ in FAULTS),
    ("another limit", ("MAX: {type: nat 9, value: 3", "MAX: {type: nat 9, value: 2")),
    ("another let", ("fresh: 0 < a - una <= flight", "fresh: 0 < a - una < flight")),
    ("a weaker let", ("flight: nxt - una", "flight: nxt - una + 0")),
    ("a wider type", ("tries: {type: nat 3", "tries: {type: nat 4")),
    (
        "another first value",
        ("opened: {type: nat 9, initial: 0}", "opened: {type: nat 9, initial: 9}"),
    ),
    (
        "another output",
        ("data: {order: {seq: snd, n: nat 100}}", "data: {order: {seq: snd, n: nat 99}}"),
    ),
    ("another event", ("send: {params: {n: nat 100}}", "send: {params: {n: nat 99}}")),
    ("an assumption", ("ack: {params: {a: snd}}", "ack: {params: {a: snd}, assume: 0 < a - una}")),
    ("another contract", ("contract: first > 2", "contract: first < 2")),
    ("no invariant", ("  - {id: few, in: OPEN, holds: tries <= MAX, ref: RFC 0 §6}\n", "")),
    (
        "a step of all states",
        (
            "forward, in: OPEN, event: ack, holds: new.una - una <= flight",
            "forward, holds: new.opened >= opened",
        ),
    ),
    ("another must", ("emits: data\n    holds: o.n == n", "emits: data\n    holds: o.seq == nxt")),
    ("another scope of a timer", ("again: {in: OPEN,", "again: {in: [OPEN],")),
    (
        "another order of a timer",
        ("tries: 0, again: restart(WAIT)", "tries: 0, again: start(WAIT)"),
    ),
    ("another target", ("event: end, to: IDLE", "event: end, to: OPEN")),
    (
        "a state more",
        (
            "  OPEN:\n    rows:\n",
            f"{STATE}  OPEN:\n    rows:\n",
        ),
    ),
    (
        "a queue that is not tried again",
        ("        do: {saved: pop(saved)}\n", "        to: IDLE\n"),
    ),
    (
        "rows change places",
        ("      - {id: open.begin, event: begin, ignore: it is open, ref: RFC 0 §3}\n", ""),
    ),
]
BEGIN = "      - {id: open.begin, event: begin, ignore: it is open, ref: RFC 0 §3}\n"
LAST = "      - {id: open.end, event: end, to: IDLE, ref: RFC 0 §7}\n"
SHUT = (
    "      - {id: open.end, event: end, to: IDLE",
    "      - {id: open.end, event: end, to: SHUT",
)


@pytest.mark.parametrize(("what", "change"), CHANGES, ids=[what for what, _ in CHANGES])
def test_what_is_kept_changes_no_answer(what: str, change: Change, folder: Path) -> None:
    """After a change of any sort the answers are those of a run that knows of none before."""
    more = [("  WAIT:", f"{EXTRA}  WAIT:")] if "START" in change[1] else []
    more += [(LAST, LAST + BEGIN)] if what == "rows change places" else []
    more += [SHUT] if what == "a state more" else []
    machine = link(folder, change, *more)

    found = proofs(machine)

    assert plain(prove(machine)) == plain(found.answers["lab.link"])


def test_one_changed_row_has_its_cell_proved_again(folder: Path) -> None:
    """What was proved of other cells is taken over; the names are those of the changed cell."""
    changed = proofs(link(folder, ("when: tries < MAX", "when: not tries >= MAX")))
    cell = ("/OPEN/again/", "/OPEN/open.again/", "/OPEN/open.lost/")
    names = [a.name for a in changed.answers["lab.link"] if any(part in a.name for part in cell)]
    assert len(names) == changed.fresh < len(changed.answers["lab.link"]) // 5


def test_a_line_above_has_nothing_proved_again(folder: Path) -> None:
    """What moves down stays proved, and is told where it stands now."""
    before = proofs(link(folder)).answers["lab.link"]
    moved = proofs(link(folder, ("initial: IDLE\n", "# a remark\ninitial: IDLE\n")))
    below = [(a.name, a.line + (a.line > 1)) for a in before]
    assert (0, below) == (moved.fresh, [(a.name, a.line) for a in moved.answers["lab.link"]])


def test_what_is_refuted_is_asked_again(folder: Path) -> None:
    """Only what is proved is kept by its content, so that a case always has its own places."""
    fault = ("when: tries >= MAX", "when: tries > MAX")
    first = proofs(link(folder, fault))
    moved = proofs(link(folder, fault, ("initial: IDLE\n", "# a remark\ninitial: IDLE\n")))
    refuted = [
        [a for a in found.answers["lab.link"] if a.verdict == "refuted"] for found in (first, moved)
    ]
    assert 0 < moved.fresh == first.fresh < len(first.answers["lab.link"]) // 5
    assert [a.line + 1 for a in refuted[0]] == [a.line for a in refuted[1]]


def test_two_versions_are_kept_beside_one_another(folder: Path) -> None:
    """To go back to what was proved before asks nothing."""
    changes = (("when: tries < MAX", "when: not tries >= MAX"),)
    proofs(link(folder, *changes, ("title: A", "title: B")))
    assert [0, 0] == [
        proofs(link(folder, ("title: A", "title: C"))).fresh,
        proofs(link(folder, *changes, ("title: A", "title: D"))).fresh,
    ]
