"""Examples of machines that share a scope: all are put somewhere, and the whole step is taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from netfsm.machine.base import Functions
from netfsm.prove.example import Example
from netfsm.prove.example_form import example_of, plain_of
from netfsm.prove.finding import examples_of, no_hands, why_none
from netfsm.spec import load_spec, model

FERRY = Path(__file__).parents[1] / "specs" / "ferry"
Machines = Mapping[str, model.Machine]


def machines(folder: Path = FERRY) -> Machines:
    """The machines of the ferry, by name."""
    found = [load_spec(folder / f"{name}.yaml") for name in ("again", "link", "probe")]
    return {each.name: each for each in found if isinstance(each, model.Machine)}


@cache
def found(edges: int = 1) -> Mapping[str, tuple[Example, ...]]:
    """The examples of the ferry, with so many at the edges of each row."""
    return examples_of(machines(), edges=edges)


def spots() -> set[tuple[str, str]]:
    """Each row in each of its states, as ids of examples begin."""
    known = machines().items()
    return {
        (name, f"{s}/{row.id}") for name, each in known for row in each.rows for s in row.states
    }


def changed(folder: Path, file: str, *changes: tuple[str, str]) -> Machines:
    """The machines of the ferry with some texts of a file replaced."""
    shutil.copytree(FERRY, folder / "ferry")
    path = folder / "ferry" / file
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return machines(folder / "ferry")


def test_every_row_of_every_machine_is_taken() -> None:
    """Those that begin a step, and those that take the signal of another machine."""
    taken = {
        (name, "/".join(each.id.split("/")[1:-1]))
        for name, examples in found(0).items()
        for each in examples
        if each.kind == "taken" and each.row == each.about
    }
    assert spots() == taken


def test_a_row_that_is_signalled_is_taken_in_the_step_of_its_sender() -> None:
    """The event comes to the machine that signals; the rows are those of the whole step."""
    (example,) = (
        e for e in found(0)["ferry.probe"] if e.id.startswith("ferry.probe/IDLE/idle.stuck")
    )
    step = (example.before.machine, example.event, example.row, example.rows[-1])
    held = {each.machine: each.state for each in example.others}
    left = {each.machine: each.state for each in example.rest}
    assert ("ferry.link", "idle.stuck", ("ferry.probe", "idle.stuck")) == (step[0], *step[2:])
    assert ("IDLE", "PROBING") == (held["ferry.probe"], left["ferry.probe"])


def test_so_many_edges_as_are_asked_for() -> None:
    """None, flips and one of each row, or all that there are."""
    count = {n: sum(len(each) for each in found(n).values()) for n in (0, 1, 3)}
    kinds = {n: {e.kind for all_of in found(n).values() for e in all_of} for n in (0, 1)}
    assert count[0] < count[1] < count[3]
    assert ({"taken"}, {"taken", "flip", "guard", "step"}) == (kinds[0], kinds[1])


def test_they_are_kept_as_they_are() -> None:
    """What is written as JSON comes back."""
    every = [each for all_of in found().values() for each in all_of]
    assert every == [example_of(json.loads(json.dumps(plain_of(each)))) for each in every]


FUNCTION = "functions:\n  scaled: {params: {w: nat 1000}, returns: nat 1000}\n"
STALE = "when: not fresh\n        ignore: it tells nothing\n        ref: RFC 9293 §3.10.7.4\n"
SPLIT = """\
when: not fresh and scaled(w) != WND
        ignore: other
        ref: RFC 9293 §3.4
      - id: open.same
        event: ack
        when: not fresh and scaled(w) == WND
        ignore: the same
        ref: RFC 9293 §3.4
"""
ASKED = (("events:\n  open:", f"{FUNCTION}events:\n  open:"), (STALE, SPLIT))
"""A function of the hands in the guards of the link: a window may be scaled to the one it has."""
SAME = ("OPEN", "ack", "open.same")


def turned(window: int) -> int:
    """A window turned round."""
    return 1000 - window


def too_much(_window: int) -> int:
    """More than a window can be."""
    return 2000


def turning(_machine: model.Machine) -> Functions:
    """Hands that can scale to every window."""
    return {"scaled": turned}


def no_room(_machine: model.Machine) -> Functions:
    """Hands that scale to none."""
    return {"scaled": too_much}


def test_what_a_function_says_is_what_the_hands_say(tmp_path: Path) -> None:
    """A model may make up an answer; the example has the one that the hands give."""
    kin = changed(tmp_path, "link.yaml", *ASKED)
    made = examples_of({"ferry.link": kin["ferry.link"]}, hands=turning, known=kin, edges=0)
    (example,) = (each for each in made["ferry.link"] if each.about == "open.same")
    assert 1000 - int(str(example.inputs["w"])) == example.before.variables["WND"]


def test_a_row_that_the_invariants_forbid_has_none(tmp_path: Path) -> None:
    """Z3 says that no step takes it: only what flies can be over."""
    old = "event: [acked, over], impossible: only what was sent is acknowledged}"
    new = "event: acked, impossible: only what was sent is acknowledged}"
    more = "{id: idle.over, event: over, ignore: never, ref: RFC 6298 §5.2}"
    kin = changed(tmp_path, "again.yaml", (old, f"{new}\n      - {more}"))
    why = why_none(kin["ferry.again"], kin, no_hands, ("IDLE", "over", "idle.over"))
    assert "Z3 finds no step that takes it" == why


def test_a_row_that_the_hands_never_ask_for_has_none(tmp_path: Path) -> None:
    """The contract would allow it; these hands do not."""
    kin = changed(tmp_path, "link.yaml", *ASKED)
    link = kin["ferry.link"]
    assert "" == why_none(link, kin, turning, SAME)
    assert "in 12 steps that Z3 finds" in why_none(link, kin, no_room, SAME)
