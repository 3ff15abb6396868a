"""What suites find: cases, each with the walk that was gone and the problems of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from netfsm.conformance.begin_form import held_to_plain
from netfsm.conformance.pair import Move, Problem, Taken, shown
from netfsm.conformance.plain import to_plain
from netfsm.conformance.subjects import Setting
from netfsm.conformance.tour import Spot, Walk
from netfsm.spec import model
from netfsm.spec.findings import shown_path

__all__ = ["Case", "Suite", "Told", "record_of", "told"]

Kin = tuple[model.Machine, ...]
Suite = Literal["tour", "boundary", "random", "adapter", "vectors", "formats", "ends"]


@frozen
class Told:
    """A step of a walk for people and for JSON; values are plain, `at` is in microseconds."""

    event: str
    inputs: Mapping[str, Any]
    at: int
    before: str
    state: str
    row: str
    emits: tuple[str, ...]
    timers: tuple[str, ...]
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """The step without its problems."""
        return {
            "event": self.event,
            "with": dict(self.inputs),
            "at": self.at,
            "before": self.before,
            "state": self.state,
            "row": self.row,
            "emits": list(self.emits),
            "timers": list(self.timers),
        }


@frozen
class Case:
    """One case that was run. `record` is what a replay needs; `spots` are the rows it took.

    `begin` tells where a walk begins that does not begin at the beginning, `document` is the case
    as a file of vectors, where there is such a form of it.
    """

    suite: Suite
    subject: str
    name: str
    walk: tuple[Told, ...] = ()
    problems: tuple[Problem, ...] = ()
    record: Mapping[str, Any] = field(factory=dict[str, Any])
    spots: frozenset[Spot] = frozenset()
    begin: str = ""
    document: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """`tour:arp.neighbour/incomplete.again`."""
        return f"{self.suite}:{self.subject}/{self.name}"

    @property
    def folder(self) -> str:
        """The id as the name of a folder."""
        return re.sub(r"[^\w.@-]+", "-", self.id).strip("-.")[:120]

    @property
    def layer(self) -> str:
        """`arp`."""
        return self.subject.partition(".")[0]

    def failures(self) -> list[dict[str, Any]]:
        """Each problem as JSON has it, with the whole walk to it."""
        return [
            {
                "id": self.id,
                "code": problem.code,
                "subject": problem.subject,
                "file": shown_path(problem.mark.file),
                "line": problem.mark.line,
                "clauses": [str(ref) for ref in problem.refs],
                "wanted": problem.wanted,
                "got": problem.got,
                "begin": self.begin,
                "walk": [step.to_json() for step in self.walk],
                "reproduce": self.reproduce(),
            }
            for problem in self.problems
        ]

    def reproduce(self) -> list[str]:
        """The commands that show it again."""
        target = self.record.get("target", "self")
        again = f"netfsm conform {self.layer} --against {target}"
        if self.record.get("seed") is not None:
            again += f" --seed {self.record['seed']}"
        if "example" in self.record and target == "self":
            return [again, f"netfsm replay {self.id}"]
        return [again, f"netfsm replay cases/{self.folder}/case.json"]


def told(machine: model.Machine, taken: Taken) -> Told:
    """A step that was taken, for people; of another machine of the scope with its name."""
    event = taken.machine.event(taken.move.event)
    name = event.name if taken.machine is machine else f"{taken.machine.name}.{event.name}"
    kinds = dict(event.inputs)
    inputs = {name: to_plain(kinds[name], value) for name, value in taken.move.inputs.items()}
    orders = tuple(
        f"{timer} stop" if after is None else f"{timer} {after} us" for timer, after in taken.orders
    )
    return Told(
        name,
        inputs,
        taken.move.now,
        taken.before.state,
        taken.after.state,
        taken.row.id if taken.row is not None else "",
        tuple(shown(emission) for emission in taken.emissions),
        orders,
        taken.problems,
    )


def record_of(machine: model.Machine, walk: Walk, kin: Kin = ()) -> dict[str, Any]:
    """`walk` as JSON has it; `netfsm.conformance.replay` reads it back.

    `kin` are all machines of the scope, where there is one.
    """
    before = {} if walk.begin is None or not kin else {"before": held_to_plain(walk.begin, kin)}
    return {
        "machine": machine.name,
        **before,
        "digest": machine.digest,
        "setting": setting_to_plain(machine, walk.setting, kin),
        "steps": [_plain_move(machine, move, kin) for move in walk.moves],
    }


def _plain_move(machine: model.Machine, move: Move, kin: Kin) -> dict[str, Any]:
    taker = next((each for each in kin if each.name == move.machine), machine)
    told: dict[str, Any] = {"machine": move.machine} if move.machine else {}
    return {
        **told,
        "event": move.event,
        "with": {
            name: to_plain(kind, move.inputs[name])
            for name, kind in taker.event(move.event).inputs
            if name in move.inputs
        },
        "at": move.now,
    }


def setting_to_plain(machine: model.Machine, setting: Setting, kin: Kin = ()) -> dict[str, Any]:
    """Key and given values as JSON has them; in a scope those of each machine."""
    told: dict[str, Any] = {
        "key": {p.name: to_plain(p.type, setting.key[p.name]) for p in machine.key},
    }
    if kin:
        told["others"] = {each.name: _plain_given(each, setting) for each in kin}
    else:
        told["given"] = _plain_given(machine, setting)
    return told


def _plain_given(machine: model.Machine, setting: Setting) -> dict[str, Any]:
    given = setting.given_of(machine)
    return {p.name: to_plain(p.type, given[p.name]) for p in machine.given}
