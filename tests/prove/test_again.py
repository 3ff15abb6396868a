"""A machine of a scope proved again: only what hangs on the change, and nothing is missed."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from netfsm.prove.again import Again
from netfsm.prove.units import Prover, Unit, units_of
from netfsm.spec import load_spec, model
from tests.prove.samples import Change

FERRY = Path(__file__).parents[1] / "specs" / "ferry"
Machines = dict[str, model.Machine]


def machines(folder: Path) -> Machines:
    """The machines of the ferry, by name."""
    found = [load_spec(folder / f"{name}.yaml") for name in ("again", "link", "probe")]
    return {each.name: each for each in found if isinstance(each, model.Machine)}


@cache
def again(name: str) -> Again:
    """One of them, proved."""
    kin = machines(FERRY)
    return Again(kin[name], kin)


def changed(folder: Path, file: str, change: Change) -> Machines:
    """The machines with one text replaced."""
    shutil.copytree(FERRY, folder / "ferry")
    path = folder / "ferry" / file
    text = path.read_text(encoding="utf-8")
    assert change[0] in text, change[0]
    path.write_text(text.replace(*change), encoding="utf-8")
    return machines(folder / "ferry")


RESEND = "          - signal: ferry.link.resend\n"
CHANGES = [
    ("again.yaml", "a timer that is not stopped", ("{again: stop, tries: 0}", "{tries: 0}")),
    (
        "again.yaml",
        "a signal is gone",
        ("        emit:\n          - signal: ferry.link.resend\n", ""),
    ),
    ("again.yaml", "it gives up late", ("when: tries >= MAX_TRIES", "when: tries > MAX_TRIES")),
    ("again.yaml", "it tells another number", ("with: {sent: tries}", "with: {sent: tries + 6}")),
    ("again.yaml", "nothing is different", ("when: left > 0", "when: 0 < left")),
    ("link.yaml", "what is left is wrong", ("with: {left: load}", "with: {left: 0}")),
    ("link.yaml", "the probe is not told", ("          - signal: ferry.probe.freed\n", "")),
    ("link.yaml", "a let that claims use", ("flight: NXT - UNA", "flight: NXT - UNA + 0")),
    ("probe.yaml", "the timer goes on", ("do: {probe: stop}, to: IDLE", "to: IDLE")),
    ("probe.yaml", "it stays", ("do: {probe: stop}, to: IDLE", "do: {probe: stop}")),
]


@pytest.mark.parametrize(("file", "what", "change"), CHANGES, ids=[what for _, what, _ in CHANGES])
def test_what_fails_is_what_fails_of_a_whole_proof(
    file: str, what: str, change: Change, tmp_path: Path
) -> None:
    """Of all machines of the scope, though most of them is not asked about."""
    name = f"ferry.{file.partition('.')[0]}"
    kin = changed(tmp_path, file, change)
    found = {each.name for each in again(name).all_failed(kin[name])}
    assert _failed(kin) == found, what


def _failed(kin: Machines) -> set[str]:
    """What is not proved where everything is asked."""
    return {
        answer.name
        for each in kin.values()
        for unit in units_of(each)
        for answer in Prover(each, kin, None, "int").answers(unit)
        if answer.verdict != "proved"
    }


def test_little_of_the_others_is_asked(tmp_path: Path) -> None:
    """A step that holds no changed row, and a cell that none of them leads to, stay proved."""
    kin = changed(tmp_path, "probe.yaml", ("it runs, ref", "it still runs, ref"))
    units = (Unit("PROBING", "stuck"),)
    beside = {
        name: again("ferry.probe")._beside(kin[name], kin["ferry.probe"], units)
        for name in ("ferry.again", "ferry.link")
    }
    stuck = (Unit("OPEN", "write"), Unit("OPEN", "ack"))
    assert {"ferry.again": (), "ferry.link": stuck} == beside
