"""Two machines that take the same steps, and two that do not; what a change has proved again."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.prove.again import Again
from netfsm.prove.same import changed_cells, same_steps
from netfsm.prove.units import Unit
from tests.prove.samples import Change, link

DATA = "          - data: {seq: una, n: 0}\n"
SENT = "          - data: {seq: nxt, n: n}\n"
FRESH = "fresh: 0 < a - una <= flight"
POLL = "tries + 1, again: restart"

# what was changed, the change, whether the steps are still the same
CHANGES: list[tuple[str, Change, bool]] = [
    ("an idle timer is restarted", ("again: start(WAIT)", "again: restart(WAIT)"), True),
    ("a bound that an invariant makes equal", ("when: tries >= MAX", "when: tries == MAX"), True),
    ("a sum the other way round", ("tries: tries + 1", "tries: 1 + tries"), True),
    ("a name that nobody sees", ("id: open.swap", "id: open.exchange"), True),
    ("a condition that always holds", (SENT, f"{SENT}            if: n >= 0\n"), True),
    (
        "two emissions of which one goes out",
        (DATA, f"{DATA}            if: tries > 1\n{DATA}            if: tries <= 1\n"),
        True,
    ),
    ("a let with the same value", (FRESH, "fresh: 1 <= a - una <= flight"), True),
    ("a let with another value", (FRESH, "fresh: 1 < a - una <= flight"), False),
    ("a timer that fired is started", (POLL, "tries + 1, again: start"), True),
    ("a timer that runs is left alone", ("tries: 0, again: restart(WAIT)", "tries: 0"), False),
    ("another value is sent", (DATA, DATA.replace("una", "nxt")), False),
    ("another value is kept", ("una: iss\n", "una: iss + 1\n"), False),
    ("another state is entered", ("when: tries >= MAX, to: IDLE", "when: tries >= MAX"), False),
    ("nothing is sent", (f"        emit:\n{DATA}", ""), False),
    ("a row applies less often", ("when: len(saved) > 3", "when: len(saved) > 4"), False),
    ("guards meet", ("when: flight + n > W", "when: flight + n >= W"), False),
    ("it begins elsewhere", ("initial: 0", "initial: 1"), False),
]


@pytest.mark.parametrize(("what", "change", "same"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_same_steps(what: str, change: Change, same: bool, tmp_path: Path) -> None:
    """The verdict is `proved` exactly where nobody outside can tell the two apart."""
    (tmp_path / "other").mkdir()
    verdict = same_steps(link(tmp_path), link(tmp_path / "other", change))
    assert ("proved" if same else "refuted") == verdict, what


def test_only_changed_cells_are_looked_at(tmp_path: Path) -> None:
    """A row changes its cell; a let those whose rows call it, through other lets too."""
    (tmp_path / "other").mkdir()
    first = link(tmp_path)
    row = link(tmp_path / "other", ("tries: tries + 1", "tries: 1 + tries"))
    let = link(tmp_path / "other", ("flight: nxt - una", "flight: nxt - una + 0"))
    assert () == changed_cells(first, first)
    assert (("OPEN", "again"),) == changed_cells(first, row)
    assert {("OPEN", "send"), ("OPEN", "ack")} == set(changed_cells(first, let))


def test_a_change_is_proved_again(tmp_path: Path) -> None:
    """The first failure is that of a whole proof; a sound change has none."""
    (tmp_path / "other").mkdir()
    again = Again(link(tmp_path), {})
    wrong = again.first_failed(link(tmp_path / "other", ("tries: tries + 1", "tries: tries - 1")))
    right = again.first_failed(link(tmp_path / "other", ("tries: tries + 1", "tries: 1 + tries")))
    assert wrong is not None
    assert ("lab.link/OPEN/open.again/step/natural/1", "refuted") == (wrong.name, wrong.verdict)
    assert (None, frozenset()) == (right, again.failed("lab.link", Unit("OPEN", "again")))


def test_what_fails_in_the_original_counts_for_no_change(tmp_path: Path) -> None:
    """Where the machine itself is not proved, only what fails besides tells a change."""
    (tmp_path / "other").mkdir()
    fault = ("holds: tries <= MAX", "holds: tries < MAX")
    again = Again(link(tmp_path, fault), {})
    changed = link(tmp_path / "other", fault, ("data: {seq: nxt, n: n}", "data: {seq: una, n: n}"))
    found = [each.name for each in again.all_failed(changed)]
    failed = again.failed("lab.link", Unit("OPEN", "again"))
    assert frozenset({"lab.link/OPEN/open.again/keeps/few"}) <= failed
    assert ["lab.link/OPEN/open.send/output/starts"] == found
