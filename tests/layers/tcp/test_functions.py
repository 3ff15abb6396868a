"""What TCP's spec leaves to the hands keeps the contracts that the proofs assume."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netfsm
from netfsm.errors import BindingError, MissingFunctions
from netfsm.layers.tcp import functions
from netfsm.layers.tcp.base import Base
from netfsm.machine import compile_machine
from netfsm.spec.model import Machine
from netfsm.stack import Stack

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")
SPACE = 1 << 32
SPEC: Any = netfsm.load_spec("tcp.connection")
MAX_TRIP, MAX_WINDOW, FIELD = 3_600_000_000, 0x3FFFFFFF, 65535
MOMENTS = st.integers(0, 1 << 50)
TICKS = st.integers(0, SPACE - 1)


def test_all_are_there() -> None:
    """The hands give every function that the spec declares, and no machine is made without."""
    assert isinstance(SPEC, Machine)
    hands = Stack(layers=LAYERS).layer("tcp")
    declared = {one.name for one in SPEC.functions}
    assert declared == set(hands.functions_of(SPEC))
    with pytest.raises(MissingFunctions):
        compile_machine(SPEC, functions={})


def test_hands_that_lack_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, when the layer is loaded."""
    monkeypatch.delattr(Base, "function_connection_whole")
    with pytest.raises(BindingError, match="function_connection_whole"):
        Stack(layers=LAYERS)


@given(tick=TICKS, moment=MOMENTS, offset=TICKS)
@settings(max_examples=300, deadline=None)
def test_since_is_bounded(tick: int, moment: int, offset: int) -> None:
    """`result <= MAX_TRIP`."""
    assert 0 <= functions.since(tick, moment, offset, MAX_TRIP) <= MAX_TRIP


@given(moment=MOMENTS, passed=st.integers(0, 3_599_000), offset=TICKS)
@settings(max_examples=300, deadline=None)
def test_since_is_the_time_since_a_stamp(moment: int, passed: int, offset: int) -> None:
    """A stamp that left so many milliseconds ago is so old, also where ticks wrap."""
    tick = functions.clock(moment, offset)
    then = moment + passed * 1000
    assert passed * 1000 == functions.since(tick, then, offset, MAX_TRIP)


@given(window=st.integers(0, 65535), shift=st.integers(0, 14))
def test_widened_is_no_less(window: int, shift: int) -> None:
    """`result >= min(window, MAX_WINDOW)`, and within its type."""
    found = functions.widened(window, shift, MAX_WINDOW)
    assert min(window, MAX_WINDOW) <= found <= MAX_WINDOW


@given(window=st.integers(0, MAX_WINDOW), shift=st.integers(0, 14))
def test_shown_is_no_more_than_there_is(window: int, shift: int) -> None:
    """`result <= window`; and what the peer makes of it is no more either."""
    found = functions.shown(window, shift, FIELD)
    assert (True, True) == (found <= min(window, FIELD), found << shift <= window)


@given(count=st.integers(0, 65535), size=st.integers(0, 65535))
def test_whole_is_the_largest_multiple(count: int, size: int) -> None:
    """`result <= count and (size == 0 or count < result + size) and (result == 0 or ...)`."""
    found = functions.whole(count, size)
    assert found <= count
    assert size == 0 or count < found + size
    assert found == 0 or found >= size


def test_numbers_can_not_be_guessed_from_one_another() -> None:
    """Two peers see numbers that differ by a hash; one sees a clock of 4 µs (§3.4.1)."""
    one, other = b"\1" * 12, b"\2" * 12
    secret = b"s" * 32
    first = functions.initial_number(0, one, secret)
    assert 250 == (functions.initial_number(1000, one, secret) - first) % SPACE
    assert first != functions.initial_number(0, other, secret)
    assert first != functions.initial_number(0, one, b"t" * 32)
