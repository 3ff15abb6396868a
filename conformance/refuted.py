"""What a proof refutes, run: the step in which it fails, on the generated code beside the model.

As a file of vectors it says where the step begins and what comes, and nothing of what must come of
it: `netfsm replay` asks the properties of the spec, and the types of what is held and sent.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from netfsm.conformance.case_file import document
from netfsm.conformance.contracts import contracted
from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Move, Pair, Taken
from netfsm.conformance.placed import Begin, place
from netfsm.conformance.subjects import Setting, compiled
from netfsm.conformance.tour import Walk
from netfsm.conformance.vector_run import judged_whole
from netfsm.errors import PLEA
from netfsm.machine.compile import compile_machine
from netfsm.prove.answer import Answer
from netfsm.prove.failing import failing_of
from netfsm.spec import model

__all__ = ["Ran", "run_refuted"]


@frozen
class Ran:
    """The step that was taken, and the file of vectors that takes it again."""

    taken: Taken
    document: dict[str, Any]

    @property
    def lines(self) -> tuple[str, ...]:
        """What came of it: the row and the state, and each problem."""
        taken = self.taken
        told = "ran     the generated code: no row is taken"
        if taken.row is not None:
            told = f"ran     the generated code: {taken.row.id}, to {taken.after.state}"
        shown = (f"        {p.code} {p.got.removesuffix(PLEA)}" for p in taken.problems)
        return (told, *shown) if self.shows else (f"{told}; one step does not show it",)

    @property
    def shows(self) -> bool:
        """Whether the step alone shows that something is wrong."""
        return bool(self.taken.problems)


def run_refuted(machine: model.Machine, answer: Answer) -> Ran:
    """Take the step of `answer`, which has one; functions of the hands keep their contracts."""
    step = failing_of(answer.step)
    held = step.before
    setting = Setting(
        {part.name: value for part, value in zip(machine.key, held.key, strict=True)},
        {part.name: value for part, value in zip(machine.given, held.given, strict=True)},
    )
    walk = Walk(setting, (Move(step.event, step.inputs, step.now),), Begin(held, step.now))
    made = compile_machine(machine, traced=True, functions=contracted(machine))
    pair = Pair(machine, Calls(machine, lambda _: None, ()), setting, compiled(made))
    place(pair, Begin(held, step.now))
    taken = judged_whole(pair, pair.take(step.event, step.inputs, step.now))
    told = document(machine, answer.name, answer.message, walk, [taken])
    for case in told["cases"]:
        case["steps"] = [{"event": s["event"], "with": s["with"]} for s in case["steps"]]
    return Ran(taken, told)
