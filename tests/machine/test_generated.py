"""What a generated step does: assignments, scopes, timers, emissions and cells without a row."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from netfsm.errors import InternalError, MissingFunctions
from netfsm.machine import NOTHING, compile_machine, python_source
from netfsm.spec.types import BOOL, BYTES, DURATION, Nat, Seq
from tests.machine.models import Builder
from tests.machine.samples import connection, toolbox

SMALL = Nat(1000)


def timers() -> Builder:
    """A machine with a timer that each event treats in another way."""
    made = Builder("test.timers", ("A", "B"))
    made.const("LONG", DURATION, 9_000_000)
    made.const("SHORT", DURATION, 5)
    made.timer("t", "A")
    made.event("go", delay=DURATION)
    for name, order in {
        "start": "start(delay)",
        "restart": "restart(delay)",
        "stop": "stop",
        "keep": "keep",
        "maybe": "stop if delay > LONG else (restart(delay) if delay > SHORT else keep)",
    }.items():
        made.event(f"{name}_it", delay=DURATION)
        made.row(f"a.{name}", "A", f"{name}_it", do={"t": order})
    made.row("a.go", "A", "go", to="B")
    made.row("b.go", "B", "go", to="A")
    made.row("a.fires", "A", "t", when="not armed(t)")
    made.row("a.never", "A", "t", when="armed(t)")
    made.ignore_rest()
    return made


def test_assignments_are_simultaneous() -> None:
    """Right sides read old values, also around a cycle of three."""
    made = Builder("test.swap", ("A",))
    for name, value in (("x", "1"), ("y", "2"), ("z", "3")):
        made.var(name, SMALL, initial=value)
    made.event("turn")
    made.row("a.turn", "A", "turn", do={"x": "y", "y": "z", "z": "x + y"})
    machine = compile_machine(made.build())()
    machine.on_turn()
    assert (2, 3, 3) == (machine.x, machine.y, machine.z)
    machine.on_turn()
    assert (3, 3, 5) == (machine.x, machine.y, machine.z)


def test_new_values_are_told_apart_from_old() -> None:
    """An emission reads old values unless it says new, and an order reads old values only."""
    made = Builder("test.new", ("A",))
    made.var("x", SMALL, initial="1")
    made.timer("t")
    made.event("add", n=SMALL)
    made.output("told", "deliver", old=SMALL, new_=SMALL)
    made.const("TICK", DURATION, 10)
    made.row(
        "a.add", "A", "add", do={"x": "x + n", "t": "restart(TICK * 2 if x > 1 else TICK)"},
        emit=[{"told": {"old": "x", "new_": "new.x"}}],
    )  # fmt: skip
    made.ignore_rest()
    machine = compile_machine(made.build())()
    assert (((1, 6),), (("t", 10),)) == machine.on_add(5)
    assert (((6, 7),), (("t", 20),)) == machine.on_add(1)


def test_leaving_a_scope_clears_its_variables() -> None:
    """A variable has a value in its own states only; others keep theirs."""
    machine = compile_machine(connection())()
    machine.step("OPEN_CALL", iss=7)
    machine.on_segment(SimpleNamespace(RST=True, ACK=0, LEN=0))
    assert "CLOSED" == machine.state
    assert {"SND.UNA": None, "SND.NXT": None, "tries": None, "seen": 0} == (
        machine.snapshot().variables
    )


def test_start_leaves_a_running_timer_alone() -> None:
    """Only the first start gives an order; restart always gives one."""
    machine = compile_machine(timers().build())()
    assert ((), (("t", 4),)) == machine.on_start_it(4)
    assert NOTHING == machine.on_start_it(5)
    assert ((), (("t", 6),)) == machine.on_restart_it(6)
    assert ("t",) == machine.armed


def test_stop_and_keep() -> None:
    """Stop gives an order for a running timer only; keep never does."""
    machine = compile_machine(timers().build())()
    assert NOTHING == machine.on_stop_it(1)
    machine.on_start_it(4)
    assert NOTHING == machine.on_keep_it(1)
    assert ((), (("t", None),)) == machine.on_stop_it(1)
    assert () == machine.armed


@pytest.mark.parametrize(
    ("after", "orders", "armed"),
    [(9_000_001, (("t", None),), ()), (6, (("t", 6),), ("t",)), (5, (), ("t",))],
)
def test_a_conditional_order(
    after: int, orders: tuple[tuple[str, int | None], ...], armed: tuple[str, ...]
) -> None:
    """Each branch of `X if c else Y` does what it says."""
    machine = compile_machine(timers().build())()
    machine.on_start_it(1)
    assert ((), orders) == machine.on_maybe_it(after)
    assert armed == machine.armed


def test_a_timer_that_fires_is_idle() -> None:
    """In the row of its own event a timer does not run, so it can be started again."""
    machine = compile_machine(timers().build())()
    machine.on_start_it(4)
    assert NOTHING == machine.on_t()
    assert () == machine.armed
    assert ((), (("t", 5),)) == machine.on_start_it(5)


def test_a_timer_that_leaves_its_scope_is_stopped() -> None:
    """Going to a state outside the timer's `in` stops it, if it runs."""
    machine = compile_machine(timers().build())()
    assert NOTHING == machine.on_go(1)
    machine.on_go(1)
    machine.on_start_it(4)
    assert ((), (("t", None),)) == machine.on_go(1)


def test_an_impossible_cell_is_an_internal_error() -> None:
    """The error names machine, state, event and the reason of the spec."""
    machine = compile_machine(connection())()
    with pytest.raises(InternalError) as caught:
        machine.on_rexmt()
    assert "test.connection/CLOSED/rexmt" == caught.value.where
    assert "no timer runs in CLOSED" in caught.value.what


def test_a_hole_is_an_internal_error() -> None:
    """Where no guard is true the cell is named, and nothing falls through."""
    made = Builder("test.hole", ("A",))
    made.event("e", n=SMALL)
    made.row("a.one", "A", "e", when="n == 1")
    made.row("a.two", "A", "e", when="n == 2")
    machine = compile_machine(made.build())()
    assert NOTHING == machine.on_e(2)
    with pytest.raises(InternalError) as caught:
        machine.on_e(3)
    assert "test.hole/A/e" == caught.value.where


def test_a_hole_inside_a_leaf_is_an_internal_error() -> None:
    """A leaf whose rows do not cover it is a hole although other leaves have rows."""
    made = Builder("test.leaf", ("A",))
    made.event("e", n=SMALL)
    made.decide("size", small="n < 10", big="else")
    made.row("a.small", "A", "e", leaf="size.small", when="n == 1")
    made.row("a.big", "A", "e", leaf="size.big")
    machine = compile_machine(made.build())()
    assert NOTHING == machine.on_e(10)
    with pytest.raises(InternalError):
        machine.on_e(2)


def test_nothing_is_one_constant() -> None:
    """A step that gives nothing allocates nothing."""
    machine = compile_machine(connection())()
    assert machine.on_CLOSE() is NOTHING
    assert machine.step("OPEN_CALL", iss=1) is NOTHING


def test_emissions_say_what_they_are() -> None:
    """An emission is a named tuple with its output, its kind and, for a message, its format."""
    machine = compile_machine(connection())()
    machine.step("OPEN_CALL", iss=2**32 - 1)
    ((sent,), orders) = machine.on_SEND(3)
    assert ("segment_out", "message", "test.segment_out") == (sent.output, sent.kind, sent.format)
    assert (2**32 - 1, 3) == (sent.SEQ, sent.LEN)
    assert not hasattr(sent, "PUSH")  # no row writes it: the format gives it
    assert (("rexmt", 1_000_000),) == orders


def test_signals_say_where_they_go() -> None:
    """A signal names machine, event, key and values; no key stands for all instances."""
    machine = compile_machine(toolbox())(1, 2, 0)
    machine.step("begin", now=0, at_=0, colour_in=3)
    emissions, orders = machine.step("end", now=1)
    to_all, to_one = emissions[1:]
    assert ("test.other", "ended", None, (0,)) == (
        to_all.machine, to_all.event, to_all.key, to_all.values,
    )  # fmt: skip
    assert ("signal", "told", (1, 2), ()) == (to_one.kind, to_one.event, to_one.key, to_one.values)
    assert (("tick", None),) == orders
    assert machine.ended


def test_an_unknown_event_is_the_callers_error() -> None:
    """`step` says which events there are."""
    with pytest.raises(ValueError, match=r"no event CLOSED: it has .*CLOSE"):
        compile_machine(connection())().step("CLOSED")


def cube(w: int) -> int:
    """An implementation."""
    return w**3


def five_more(w: int) -> int:
    """Another implementation."""
    return w + 5


def test_functions_come_from_the_hands() -> None:
    """A declared function is bound to the class or to the instance, and must be there."""
    made = Builder("test.function", ("A",))
    made.var("x", SMALL, initial="1")
    made.function("cubic", SMALL, w=SMALL)
    made.event("e")
    made.row("a.e", "A", "e", do={"x": "cubic(x + 1)"})
    machine = made.build()
    bound = compile_machine(machine, functions={"cubic": cube})()
    bound.on_e()
    assert 8 == bound.x
    single = compile_machine(machine)(functions={"cubic": five_more})
    single.on_e()
    assert 7 == single.x
    with pytest.raises(MissingFunctions, match="cubic"):
        compile_machine(machine, functions={})
    with pytest.raises(MissingFunctions, match="cubic"):
        compile_machine(machine)(functions={})


def test_constants_may_be_replaced() -> None:
    """`constants` stand for the spec's values in guards and in orders that are made once."""
    machine = compile_machine(connection(), constants={"RTO": 5, "LIMIT": 0})()
    machine.step("OPEN_CALL", iss=0)
    assert (("rexmt", 5),) == machine.on_SEND(1)[1]
    assert "refused" == machine.on_rexmt()[0][0].output


def test_names_that_python_has_already() -> None:
    """Parameters, variables and fields may be called like keywords, builtins and our own."""
    made = Builder("test.names", ("A",))
    made.var("state", SMALL, initial="1")
    made.var("class", SMALL, initial="2")
    made.event("set", len=SMALL, orders=SMALL)
    made.event("P", "message", alias="IP", hash=BYTES)
    made.output("len", "deliver", kind=SMALL, output=SMALL)
    made.row(
        "len", "A", "set", do={"state": "len + orders"},
        emit=[{"len": {"kind": "state", "output": "new.state"}}],
    )  # fmt: skip
    made.row("a.p", "A", "P", when="len(IP.hash) > 2", do={"state": "0"})
    made.row("a.q", "A", "P", when="len(IP.hash) <= 2")
    machine = compile_machine(made.build())()
    ((told,), _) = machine.on_set(3, 4)
    assert (1, 7, "A") == (told.kind_, told.output_, machine.state)
    assert {"state": 7, "class": 2} == machine.snapshot().variables
    machine.on_P(SimpleNamespace(hash=b"abc"))
    assert 0 == machine.snapshot().variables["state"]


def test_completion_events_run_until_quiet() -> None:
    """`settle` tries them until none is enabled, and one that is disabled gives None."""
    made = Builder("test.completion", ("A", "B"))
    made.var("left", SMALL, initial="0")
    made.output("sent", "deliver", n=SMALL)
    made.event("load", n=SMALL)
    made.event("transmit", "completion", after="row")
    made.row("a.load", "A", "load", do={"left": "n"})
    made.row(
        "a.send", "A", "transmit", when="left > 0", do={"left": "left - 1"},
        emit=[{"sent": {"n": "left"}}],
    )  # fmt: skip
    made.ignore_rest()
    machine = compile_machine(made.build())()
    assert machine.on_transmit() is None
    machine.on_load(3)
    assert (((3,), (2,), (1,)), ()) == machine.settle("row")
    assert machine.settle("batch") is NOTHING


def test_a_snapshot_can_be_taken_back() -> None:
    """What `snapshot` says `restore` makes, in another instance too."""
    made = compile_machine(toolbox())
    first, second = made(5, 6, 1), made(0, 0, 0)
    first.step("begin", now=3, at_=9, colour_in=5)
    first.step("queue", now=4, item="p")
    held = first.snapshot()
    second.restore(held)
    assert held == second.snapshot()
    assert {"tick", "tock"} == set(second.armed)
    with pytest.raises(ValueError, match=r"test\.connection"):
        compile_machine(connection())().restore(held)


def test_a_partial_let_is_computed_only_where_it_is_guarded() -> None:
    """The oldest of an empty queue is never asked for, however often its let is used."""
    from netfsm.spec.types import Queue

    made = Builder("test.partial", ("A",))
    made.var("q", Queue(SMALL, 3, "refuse"), initial="nothing")
    made.var("x", SMALL, initial="0")
    made.event("e")
    made.event("put", n=SMALL)
    made.let("head", "oldest(q)")
    made.row("a.full", "A", "e", when="not empty(q) and head > 1", do={"x": "head + head"})
    made.row("a.low", "A", "e", when="not empty(q) and head <= 1", do={"x": "1"})
    made.row("a.none", "A", "e", when="empty(q)", do={"x": "0"})
    made.row("a.put", "A", "put", do={"q": "push(q, n)"})
    machine = compile_machine(made.build())()
    assert NOTHING == machine.on_e()
    machine.on_put(4)
    machine.on_e()
    assert 8 == machine.x


def test_sequence_numbers_wrap() -> None:
    """Distances, sums and order go round at 2**32, and order ends at 2**31."""
    snd = Seq("snd", 32)
    made = Builder("test.seq", ("A",))
    made.event("e", a=snd, b=snd, n=Nat(2**32 - 1))
    made.output(
        "told", "deliver", plus=snd, back=snd, distance=Nat(2**32 - 1), before=BOOL, upto=BOOL
    )
    made.row(
        "a.e", "A", "e",
        emit=[{"told": {
            "plus": "a + n", "back": "a - n", "distance": "b - a", "before": "a < b",
            "upto": "a <= b",
        }}],
    )  # fmt: skip
    machine = compile_machine(made.build())()
    top, half = 2**32 - 1, 2**31

    def told(a: int, b: int, n: int) -> tuple[object, ...]:
        return tuple(machine.on_e(a, b, n)[0][0])

    assert (0, top - 1, 1, True, True) == told(top, 0, 1)
    assert (half, half, half, False, False) == told(0, half, half)
    assert (half - 1, half + 1, half - 1, True, True) == told(0, half - 1, half - 1)
    assert (top, 1, 0, False, True) == told(0, 0, top)
    assert (0, 2, top, False, False) == told(1, 0, top)


def test_the_source_is_a_module_of_plain_python() -> None:
    """It compiles, is the same each time, and names each row and its line."""
    text = python_source(connection())
    compile(text, "<test>", "exec")
    assert text == python_source(connection())
    for row in connection().rows:
        assert f"{row.id}" in text
        assert f"sample.yaml:{row.mark.line}" in text
    assert all(len(line) <= 100 for line in text.splitlines())
