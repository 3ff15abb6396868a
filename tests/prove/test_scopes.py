"""Machines of one scope are proved together; one change to any of them is refuted by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.machine import python_source
from netfsm.prove import prove
from netfsm.prove.same import same_steps
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import Change, agreed, failed

SPECS = Path(__file__).parents[1] / "specs"
FERRY = ("ferry.again", "ferry.link", "ferry.probe")


def machines(folder: Path, *names: str) -> dict[str, Machine]:
    """The machines in `folder`, by name."""
    found: dict[str, Machine] = {}
    for name in names:
        machine = load_spec(folder / f"{name.partition('.')[2]}.yaml")
        assert isinstance(machine, Machine)
        found[name] = machine
    return found


def changed(folder: Path, file: str, change: Change) -> dict[str, Machine]:
    """The machines of the ferry with one text replaced."""
    shutil.copytree(SPECS / "ferry", folder / "ferry")
    path = folder / "ferry" / file
    text = path.read_text(encoding="utf-8")
    assert change[0] in text, change[0]
    path.write_text(text.replace(*change), encoding="utf-8")
    return machines(folder / "ferry", *FERRY)


@pytest.mark.parametrize("folder", ["ferry", "flow"])
def test_machines_of_a_scope_are_proved(folder: str) -> None:
    """Every obligation of each machine, with the scope's invariants and the code, by one name."""
    names = FERRY if folder == "ferry" else ("flow.talk", "flow.watch")
    found = machines(SPECS / folder, *names)
    for machine in found.values():
        answers = agreed(machine, found)
        assert [] == failed(answers)
        assert len(answers) == len({each.name for each in answers})


# what is wrong, the file, the change, the machine, obligations among those that fail
Fault = tuple[str, str, Change, str, list[str]]
TOLD = "with: {left: new.NXT - new.UNA}\n        ref: RFC 6298 §5.3\n      - id: open.all\n"
FAULTS: list[Fault] = [
    (
        "an owner forgets to stop its timer",
        "again.yaml",
        ("do: {again: stop, tries: 0}", "do: {again: keep, tries: 0}"),
        "ferry.link",
        ["OPEN/open.all/signal/1/acked/timers", "OPEN/open.all/keeps/ferry.line/flies"],
    ),
    (
        "an owner forgets to start its timer",
        "probe.yaml",
        ("do: {probe: start(PAUSE)}, to", "to"),
        "ferry.link",
        ["OPEN/open.wait/keeps/ferry.probe/asks", "OPEN/open.stuck/keeps/ferry.line/waits"],
    ),
    (
        "a row of the receiver breaks an invariant of the scope",
        "again.yaml",
        ("left > 0\n        do: {again: restart(WAIT)", "left > 0\n        do: {again: stop"),
        "ferry.link",
        [
            "OPEN/open.some/keeps/ferry.again/runs",
            "OPEN/open.some/keeps/ferry.line/flies",
            "OPEN/open.some/must/restarted",
        ],
    ),
    (
        "a sender forgets to signal",
        "link.yaml",
        (
            "          - signal: ferry.again.sent\n        ref: RFC 9293 §3.10.2",
            "        ref: RFC 9293",
        ),
        "ferry.link",
        ["OPEN/open.send/keeps/ferry.line/flies", "OPEN/open.send/must/guarded"],
    ),
    (
        "a signal is sent too seldom",
        "link.yaml",
        ("if: flight == 0", "if: flight == 0 and n > 1"),
        "ferry.link",
        ["OPEN/open.wait/keeps/ferry.line/waits"],
    ),
    (
        "a signal brings what its receiver does not assume",
        "link.yaml",
        ("with: {left: load}", "with: {left: waiting}"),
        "ferry.link",
        ["OPEN/open.next/signal/1/acked", "OPEN/open.next/signal/1/acked/properties"],
    ),
    (
        "a signal brings an old value for a new one",
        "link.yaml",
        (TOLD, TOLD.replace("new.", "")),
        "ferry.link",
        ["OPEN/open.some/signal/1/acked"],
    ),
    (
        "a signal brings what is not of its type",
        "again.yaml",
        ("params: {left: nat 1000}, assume: left == NXT - UNA", "params: {left: nat 999}"),
        "ferry.link",
        ["OPEN/open.next/signal/1/acked"],
    ),
    (
        "a signal comes where its receiver calls it impossible",
        "link.yaml",
        ("when: fresh and a == NXT and waiting == 0", "when: a == NXT and waiting == 0"),
        "ferry.link",
        ["OPEN/open.all/signal/1/acked/possible", "OPEN/ack/exclusive"],
    ),
    (
        "a receiver has no row for what it is brought",
        "again.yaml",
        ("when: left > 0", "when: left > 1"),
        "ferry.link",
        ["OPEN/open.some/signal/1/acked/covering"],
    ),
    (
        "a receiver has two rows for what it is brought",
        "again.yaml",
        ("when: left == 0", "when: left <= 1"),
        "ferry.link",
        ["OPEN/open.some/signal/1/acked/exclusive"],
    ),
    (
        "an emission of a receiver reads an old value where the new one is meant",
        "again.yaml",
        ("note: {line: name, tries: new.tries", "note: {line: name, tries: tries"),
        "ferry.link",
        ["OPEN/open.some/signal/1/acked/properties"],
    ),
    (
        "a receiver goes below zero with what the sender has stored",
        "again.yaml",
        (
            "left > 0\n        do: {again: restart(WAIT), tries: 0}",
            "left > 0\n        do: {tries: tries - 1}",
        ),
        "ferry.link",
        ["OPEN/open.some/signal/1/acked/natural"],
    ),
    (
        "a receiver stores what its variable does not hold",
        "again.yaml",
        (
            "do: {again: start(WAIT), tries: 0}, to",
            "do: {again: start(WAIT), tries: NXT - UNA}, to",
        ),
        "ferry.link",
        ["OPEN/open.send/signal/2/sent/in_range"],
    ),
    (
        "a signal that is sent on comes where it is impossible",
        "probe.yaml",
        (
            "event: over, ignore: nothing runs, ref: RFC 9293 §3.10.4}",
            "event: over, impossible: never}",
        ),
        "ferry.again",
        ["RUNNING/running.enough/signal/1/give_up/OPEN/up.give_up/signal/2/over/possible"],
    ),
    (
        "what another machine owns is read where it may have no value",
        "again.yaml",
        (
            "          - signal: ferry.link.resend\n",
            "          - signal: ferry.link.resend\n            if: WND > 0\n",
        ),
        "ferry.again",
        ["RUNNING/running.again/step/has_value/1"],
    ),
    (
        "a timer is left to nobody",
        "link.yaml",
        (
            '        emit:\n          - signal: ferry.probe.over\n        to: "-"',
            "        to: CLOSING",
        ),
        "ferry.link",
        ["OPEN/open.leave/keeps/ferry.line/probes_open"],
    ),
    (
        "a row of the receiver that nobody comes to",
        "link.yaml",
        (
            "          - signal: ferry.again.sent\n        ref: RFC 9293 §3.10.2",
            "        ref: RFC 9293",
        ),
        "ferry.again",
        ["RUNNING/running.sent/can_be_taken"],
    ),
    (
        "nobody signals an event",
        "link.yaml",
        ("          - signal: ferry.probe.freed\n", ""),
        "ferry.probe",
        ["IDLE/freed/impossible", "PROBING/probing.rest.freed/keeps/ferry.line/waits"],
    ),
    (
        "an invariant of the scope that a timer's row breaks",
        "again.yaml",
        ("do: {again: restart(WAIT), tries: tries + 1}", "do: {tries: tries + 1}"),
        "ferry.again",
        ["RUNNING/running.again/keeps/runs", "RUNNING/running.again/keeps/ferry.line/flies"],
    ),
    (
        "an invariant of the scope that is wrong",
        "line.yaml",
        ("holds: timers_armed <= 1", "holds: timers_armed == 1"),
        "ferry.link",
        ["-/absent.open/keeps/ferry.line/one_runs", "OPEN/open.all/keeps/ferry.line/one_runs"],
    ),
]


@pytest.mark.parametrize(
    ("file", "change", "machine", "names"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_fault_is_refuted_by_name(
    file: str, change: Change, machine: str, names: list[str], tmp_path: Path
) -> None:
    """The obligations of the machine whose step it is are refuted."""
    found = changed(tmp_path, file, change)
    told = [name.removeprefix(f"{machine}/") for name in failed(agreed(found[machine], found))]
    assert names == [name for name in names if name in told], told


FREED = "    result_1 = inside(self.scope.ferry_probe, 'freed', now, ())\n"
SENT = "    result_2 = inside(self.scope.ferry_again, 'sent', now, ())\n"
OVER = "    result_2 = inside(self.scope.ferry_probe, 'over', now, ())\n"
LOST = "    emissions = (new(Lost, (sent, self.scope._probe_armed)),)\n"
ACKED = "    result_1 = inside(self.scope.ferry_again, 'acked', now, "
LEFT = "((self.scope.NXT - self.scope.UNA) & 0xffffffff,))\n"
IN_CODE: list[tuple[str, Change, str]] = [
    (
        "the receiver comes before the sender's stores",
        (
            f"    self.scope.UNA = new_UNA\n{ACKED}{LEFT}",
            f"{ACKED}{LEFT}    self.scope.UNA = new_UNA\n",
        ),
        "closing.some/code/signals",
    ),
    (
        "a signal that is lost",
        (
            "    result_2 = inside(self.scope.ferry_again, 'sent', now, ())\n    emissions = (new",
            "    result_2 = NOTHING\n    emissions = (new",
        ),
        "open.send/code/signals",
    ),
    (
        "another event",
        ("inside(self.scope.ferry_probe, 'freed'", "inside(self.scope.ferry_probe, 'over'"),
        "open.freed/code/signals",
    ),
    (
        "another receiver",
        ("inside(self.scope.ferry_again, 'over'", "inside(self.scope.ferry_probe, 'over'"),
        "closing.all/code/signals",
    ),
    (
        "a value that is not the spec's",
        (f"{ACKED}(load,))", f"{ACKED}(w,))"),
        "open.next/code/signals",
    ),
    (
        "a signal that is sent always",
        ("'stuck', now, ()) if flight == 0 else NOTHING", "'stuck', now, ())"),
        "open.wait/code/signals",
    ),
    (
        "signals in another order",
        (FREED + SENT, SENT + FREED),
        "open.freed/code/signals",
    ),
    (
        "what the receiver emits is lost",
        (
            "    emissions += result_2[0]\n    return emissions, result_2[1]",
            "    return emissions, result_2[1]",
        ),
        "open.send/code/emissions",
    ),
    (
        "what the receiver orders is lost",
        ("    return emissions, result_1[1] + result_2[1]", "    return emissions, result_1[1]"),
        "open.stuck/code/timers",
    ),
    (
        "an emission reads an old value where the new one is meant",
        (OVER + LOST, LOST + OVER),
        "up.give_up/code/emissions",
    ),
    (
        "an emission reads a new value where the old one is meant",
        ("new(Data, (old_NXT, load))", "new(Data, (self.scope.NXT, load))"),
        "open.next/code/emissions",
    ),
    (
        "a machine that its scope does not find",
        ("        scope.ferry_link = self\n", ""),
        "begin/code",
    ),
]


@pytest.mark.parametrize(("what", "change", "name"), IN_CODE, ids=[what for what, _, _ in IN_CODE])
def test_a_fault_in_the_code_is_told_by_name(what: str, change: Change, name: str) -> None:
    """The part of the row that the change is in is not proved, and nothing of the spec fails."""
    found = machines(SPECS / "ferry", *FERRY)
    source = python_source(found["ferry.link"])
    assert change[0] in source, what
    told = failed(prove(found["ferry.link"], found, source=source.replace(*change)))
    assert any(each.endswith(name) for each in told), told
    assert [] == [each for each in told if "/code" not in each]


ENDS = "do: {again: stop}, to: IDLE, ref: RFC 6298 §5.2}\n      - id: running.again"
NONE_LEFT = "        when: left == 0\n"

# what was changed, the file, the change, the machine, whether the steps are still the same
CHANGES: list[tuple[str, str, Change, str, bool]] = [
    ("a bound of an invariant", "again.yaml", (">= MAX_TRIES", "== MAX_TRIES"), "again", True),
    ("the same is told", "link.yaml", ("{left: 0}", "{left: new.NXT - new.UNA}"), "link", True),
    (
        "a shared value is the old one",
        "link.yaml",
        ("{left: 0}", "{left: NXT - UNA}"),
        "link",
        False,
    ),
    ("nobody is told", "link.yaml", ("          - signal: ferry.again.sent\n", ""), "link", False),
    (
        "what is lost in the middle of a step, where no row would be left",
        "again.yaml",
        (NONE_LEFT, NONE_LEFT.replace("left == 0", "left == 0 and NXT != UNA")),
        "again",
        False,
    ),
    (
        "what is lost in the middle of a step, where all seems the same",
        "again.yaml",
        (ENDS, f"when: NXT != UNA, {ENDS}"),
        "again",
        False,
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=[what for what, *_ in CHANGES])
def test_same_steps_in_a_scope(change: tuple[str, str, Change, str, bool], tmp_path: Path) -> None:
    """It is the same in the middle of others' steps too; without the others nobody knows."""
    what, file, text, name, same = change
    kin = machines(SPECS / "ferry", *FERRY)
    one, other = kin[f"ferry.{name}"], changed(tmp_path, file, text)[f"ferry.{name}"]
    assert ("proved" if same else "refuted") == same_steps(one, other, kin), what
    assert "unknown" == same_steps(one, other)
