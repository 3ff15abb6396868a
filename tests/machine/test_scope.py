"""Machines of one scope share variables and timers, and signal each other inside one step."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from netfsm.machine import NOTHING, compile_machine
from netfsm.machine.interpret import Interpreter, Store
from netfsm.machine.scope import compile_scope
from netfsm.spec import model
from netfsm.spec.findings import Mark
from netfsm.spec.types import BOOL, DURATION, TEXT, Nat
from tests.machine.models import FILE, Builder

SMALL = Nat(1000)


def shared(made: Builder) -> None:
    """What the scope holds, as each of its machines sees it."""
    made.const("RTO", DURATION, 7)
    made.var("sent", SMALL, initial="5", shared=True, owner="test.sender")
    made.var("acked", SMALL, initial="1", shared=True, owner="test.timer")
    made.timer("rexmt", shared=True, owner="test.timer")


def sender() -> model.Machine:
    """Sends, and tells the other machine of it inside the step."""
    made = Builder("test.sender", ("UP",), scope="test.tcb")
    shared(made)
    made.event("send", n=SMALL)
    made.output("told", "deliver", old=SMALL, now_=SMALL, acked=SMALL, before=SMALL)
    told = {"old": "sent", "now_": "new.sent", "acked": "new.acked", "before": "acked"}
    made.row(
        "up.send", "UP", "send", do={"sent": "sent + n"},
        emit=[
            {"told": told},
            {
                "signal": ("test.timer", "noted"), "with": {"count": "n + sent"},
                "inside": True, "if": "n > 0",
            },
            {"told": told, "if": "armed(rexmt)"},
        ],
    )  # fmt: skip
    return made.build()


def timer() -> model.Machine:
    """Keeps the timer of the scope."""
    made = Builder("test.timer", ("ON",), scope="test.tcb")
    shared(made)
    made.event("noted", "signal", count=SMALL)
    made.output("seen", "deliver", sent=SMALL, first=BOOL)
    made.row(
        "on.noted", "ON", "noted", do={"acked": "count", "rexmt": "start(RTO)"},
        emit=[{"seen": {"sent": "sent", "first": "not armed(rexmt)"}}],
    )  # fmt: skip
    made.row("on.rexmt", "ON", "rexmt", do={"acked": "0", "rexmt": "start(RTO + RTO)"})
    return made.build()


def scope() -> model.Scope:
    """The scope of both."""
    mark = Mark(FILE, 1, 1)
    key = (model.Field("name", TEXT, ghost=False, says="", mark=mark),)
    found = sender()
    return model.Scope(
        "test.tcb", ("test.sender", "test.timer"), key, found.variables, found.timers, (), (), mark
    )


def pair() -> tuple[model.Machine, model.Machine]:
    """The two machines, which know their scope."""
    return evolve(sender(), shares=scope()), evolve(timer(), shares=scope())


def compiled() -> tuple[Any, Any, Any]:
    """A scope instance and its two machines."""
    one, two = pair()
    tcb = compile_scope(scope(), (one, two))("a")
    return tcb, compile_machine(one)(scope=tcb), compile_machine(two)(scope=tcb)


def test_variables_of_a_scope_are_one() -> None:
    """What its owner stores the other reads, and they begin with their initial values."""
    tcb, first, second = compiled()
    assert ("a", 5, 1) == (tcb.name, tcb.sent, tcb.acked)
    first.on_send(0)
    second.on_noted(9)
    assert 9 == first.snapshot().variables["acked"] == second.snapshot().variables["acked"]
    assert ("rexmt",) == first.armed == second.armed


def test_a_signal_inside_is_part_of_the_step() -> None:
    """The receiver sees what was stored, emissions what is there after the whole step."""
    _, first, _ = compiled()
    (told, seen), orders = first.on_send(3)
    assert (5, 8, 8, 1) == tuple(told)
    assert (8, True) == tuple(seen)
    assert (("rexmt", 7),) == orders
    (_, seen, late), orders = first.on_send(1)
    assert (9, False) == tuple(seen)
    assert (8, 9, 9, 8) == tuple(late)
    assert () == orders


def test_a_signal_that_is_not_sent() -> None:
    """A condition that is false leaves the other machine alone."""
    tcb, first, second = compiled()
    assert (((5, 5, 1, 1),), ()) == first.on_send(0)
    assert 1 == tcb.acked
    assert second.on_rexmt() == ((), (("rexmt", 14),))
    assert NOTHING == ((), ())


def test_the_interpreter_has_the_same_scope() -> None:
    """The oracle gives the same results and the same values."""
    _, first, second = compiled()
    store = Store()
    one, two = (Interpreter(each, key={"name": "a"}, scope=store) for each in pair())
    for count in (0, 3, 1, 0, 20):
        assert one.step("send", n=count) == first.on_send(count)
        assert one.snapshot() == first.snapshot()
        assert two.snapshot() == second.snapshot()
    assert two.step("rexmt") == second.on_rexmt()
    assert two.snapshot() == second.snapshot()
