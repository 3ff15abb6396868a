"""What the oracle says that the generated code does not: overlaps, and holes by evaluation."""

from __future__ import annotations

import pytest

from netfsm.errors import InternalError, MissingFunctions
from netfsm.machine.interpret import Interpreter
from netfsm.spec import load_spec, model
from netfsm.spec.types import Nat
from tests.machine.compare import library
from tests.machine.models import Builder
from tests.machine.samples import connection

SMALL = Nat(1000)


def overlapping() -> model.Machine:
    """Two guards that are both true for 5, and none for 20."""
    made = Builder("test.overlap", ("A",))
    made.event("e", n=SMALL)
    made.row("a.low", "A", "e", when="n <= 5")
    made.row("a.high", "A", "e", when="n >= 5 and n < 20")
    return made.build()


def test_an_overlap_is_an_internal_error() -> None:
    """Both rows are named."""
    with pytest.raises(InternalError, match=r"a\.low and a\.high are true at once"):
        Interpreter(overlapping()).step("e", n=5)


def test_a_hole_is_an_internal_error() -> None:
    """The cell is named, by interpreter and adapter."""
    with pytest.raises(InternalError, match=r"test\.overlap/A/e"):
        Interpreter(overlapping()).step("e", n=20)
    with pytest.raises(InternalError, match=r"test\.overlap/A/e"):
        library(overlapping()).step("e", n=20)


def test_an_impossible_cell_is_an_internal_error() -> None:
    """The reason of the spec is told, by interpreter and adapter."""
    with pytest.raises(InternalError, match="no timer runs in CLOSED"):
        Interpreter(connection()).step("rexmt")
    with pytest.raises(InternalError, match="no timer runs in CLOSED"):
        library(connection()).step("rexmt")


def test_an_unknown_event_is_the_callers_error() -> None:
    """Interpreter and adapter say that there is no such event."""
    with pytest.raises(ValueError, match="no event nonsense"):
        Interpreter(connection()).step("nonsense")
    with pytest.raises(ValueError, match="no event nonsense"):
        library(connection()).step("nonsense")


def test_functions_must_be_there() -> None:
    """A declared function without an implementation is reported at once."""
    made = Builder("test.function", ("A",))
    made.function("cubic", SMALL, w=SMALL)
    made.event("e")
    made.ignore_rest()
    with pytest.raises(MissingFunctions, match="cubic"):
        Interpreter(made.build())


def test_events_are_triggers_of_the_library() -> None:
    """The model of `transitions` has a method for each event and keeps the state's name."""
    held = library(connection())
    assert held.OPEN_CALL(iss=7)
    assert "OPEN" == held.state
    assert held.SEND(count=2)
    assert (((7, 2),), (("rexmt", 1_000_000),)) == held.result


def test_the_library_draws_it() -> None:
    """A GraphMachine names states and events; its engine is said, never fallen back to."""
    spec = load_spec("arp.neighbour")
    assert isinstance(spec, model.Machine)
    drawn = library(spec, graph="mermaid").get_graph().source
    for state in ("INCOMPLETE", "REACHABLE", "PROBE", "FAILED", "PERMANENT"):
        assert state in drawn
    assert "retransmit" in drawn
