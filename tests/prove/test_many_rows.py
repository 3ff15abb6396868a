"""Cells of many rows: proved without comparing each with each."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.prove import prove
from netfsm.spec import load_spec
from netfsm.spec.model import Machine

HEAD = """\
machine: lab.many
netfsm: 1
title: Many rows in one cell
ref: RFC 0 §1
initial: HERE
events:
  take: {params: {n: nat 299}}
states:
  HERE:
    rows:
"""


def many(folder: Path, first: str) -> Machine:
    """Three hundred rows in one cell; `first` is the guard of the first."""
    guards = [first, *(f"n == {n}" for n in range(1, 300))]
    rows = "".join(
        f"      - {{id: here.r{n}, event: take, when: {guard}, ignore: no, ref: RFC 0 §2}}\n"
        for n, guard in enumerate(guards)
    )
    file = folder / "many.yaml"
    file.write_text(HEAD + rows, encoding="utf-8")
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    return machine


@pytest.mark.parametrize(("first", "verdict"), [("n == 0", "proved"), ("n <= 1", "refuted")])
def test_rows_of_a_large_cell_exclude_one_another(first: str, verdict: str, tmp_path: Path) -> None:
    """An overlap among three hundred is found, and none where there is none."""
    found = {a.name: a.verdict for a in prove(many(tmp_path, first))}
    assert verdict == found["lab.many/HERE/take/exclusive"]
    assert "proved" == found["lab.many/HERE/take/covering"]
