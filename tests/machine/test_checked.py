"""The checked variant holds what comes in, and what is stored, against the spec."""

from __future__ import annotations

import pytest

from netfsm.errors import ContractError
from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec.types import BOOL, DURATION, Nat
from tests.machine.models import Builder

SMALL = Nat(100)


def made() -> CompiledMachine:
    """A checked machine with one of everything that can be broken."""
    built = Builder("test.checked", ("A", "B"))
    built.const("WAIT", DURATION, 50)
    built.var("x", SMALL, initial="0")
    built.var("y", SMALL, "B")
    built.timer("t", "A")
    built.event("add", n=SMALL)
    built.event("wait", choose={"delay": (DURATION, "delay <= WAIT")})
    built.event("near", choose={"n": (SMALL, "n <= y")})
    built.event("claim", assume="sure", sure=BOOL)
    built.event("call")
    built.function("guess", SMALL, "result <= w", w=SMALL)
    built.row("a.add", "A", "add", do={"x": "x + n"})
    built.row("a.wait", "A", "wait", do={"t": "start(delay)"})
    built.row("a.claim", "A", "claim", do={"y": "7"}, to="B")
    built.row("a.call", "A", "call", do={"x": "guess(x)"})
    built.ignore_rest()
    return compile_machine(built.build(), checked=True, functions={"guess": one_more})()


def one_more(w: int) -> int:
    """An implementation that breaks its contract."""
    return w + 1


def test_an_argument_out_of_its_type() -> None:
    """A number beyond its range is refused before anything changes."""
    machine = made()
    with pytest.raises(ContractError) as caught:
        machine.on_add(101)
    assert ("test.checked/A/add", "n", "nat 100", 101) == (
        caught.value.where, caught.value.subject, caught.value.rule, caught.value.value,
    )  # fmt: skip
    assert 0 == machine.x


def test_a_store_out_of_its_range() -> None:
    """A sum beyond the variable's range is not stored."""
    machine = made()
    machine.on_add(60)
    with pytest.raises(ContractError, match="x is 120, which breaks its rule: nat 100"):
        machine.on_add(60)
    assert 60 == machine.x


def test_a_choice_that_breaks_its_contract() -> None:
    """The hands may choose within the contract only."""
    machine = made()
    assert ((), (("t", 50),)) == machine.on_wait(50)
    with pytest.raises(ContractError, match="delay is 51, which breaks its rule: delay <= WAIT"):
        made().on_wait(51)


def test_a_contract_over_a_scoped_variable() -> None:
    """It is asked only in the states where the variable has a value."""
    machine = made()
    machine.on_near(90)
    machine.on_claim(True)
    machine.on_near(7)
    with pytest.raises(ContractError, match="n is 8"):
        machine.on_near(8)


def test_an_assumption_that_does_not_hold() -> None:
    """`assume` binds whoever sends the event."""
    with pytest.raises(ContractError, match="claim is"):
        made().on_claim(False)


def test_a_timer_that_fires_while_idle() -> None:
    """A timer event without a running timer is the runtime's fault."""
    with pytest.raises(ContractError, match="a timer fires only while it runs"):
        made().on_t()


def test_a_function_that_breaks_its_contract() -> None:
    """What a declared function gives is held against its contract."""
    with pytest.raises(ContractError, match="guess is 1"):
        made().on_call()
