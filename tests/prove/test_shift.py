"""That numbers of a space may begin anywhere is told by a row's form, where its form tells it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from netfsm.prove import prove
from netfsm.spec.model import Machine
from tests.machine import samples
from tests.prove.samples import Change, link

START = "  START: {type: snd, value: 0, ref: RFC 0 §1}\n"
CHANGES: Mapping[str, tuple[Change, ...]] = {
    "sound": (),
    "a constant of the space": (
        ("when: not fresh", "when: not fresh and una != START"),
        ("  WAIT:", f"{START}  WAIT:"),
    ),
    "a constant that changes nothing": (
        ("when: not fresh", "when: not fresh and (una == START or una != START)"),
        ("  WAIT:", f"{START}  WAIT:"),
    ),
    "a constant that is stored": (
        ("do: {una: a, tries", "do: {una: START, tries"),
        ("  WAIT:", f"{START}  WAIT:"),
    ),
    "a choice": (("do: {una: a, tries", "do: {una: a if fresh else una + 1, tries"),),
    "an order": (("when: fresh\n", "when: una < a\n"),),
}


def verdicts(machine: Machine) -> dict[str, str]:
    """What became of the obligations to hold wherever numbers begin."""
    return {a.name: a.verdict for a in prove(machine) if "/shift/" in a.name}


@pytest.mark.parametrize("what", CHANGES)
def test_form_and_solver_agree(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told by form is what Z3 says where it is asked for all rows."""
    machine = link(tmp_path, *CHANGES[what])
    by_form = verdicts(machine)
    monkeypatch.setattr("netfsm.prove.shift._MOVE_ALONG", frozenset[str]())
    assert by_form == verdicts(machine)
    stands = what in ("a constant of the space", "a constant that is stored")
    assert stands == ("refuted" in by_form.values())


def test_form_and_solver_agree_on_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a machine with two spaces."""
    machine = samples.connection()
    by_form = verdicts(machine)
    monkeypatch.setattr("netfsm.prove.shift._MOVE_ALONG", frozenset[str]())
    assert by_form == verdicts(machine)
    assert len(by_form) > 10
