"""The barest machine: 11 states in a ring, two rows in each, a guard and an assignment a row.

As a spec, written by hand for speed, and for `transitions`; `benchmarks.machine` times them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec import load_spec, model

STATES = 11
LIMIT = 5
COUNTS = (1, 7, 2, 3, 9, 4, 0, 1, 6, 2, 1, 8, 3, 3, 1, 2, 0, 9, 4, 1, 1, 2)

_HEAD = """\
machine: bench.ring
netfsm: 1
title: a ring of states
ref: RFC 0 §1
initial: S0
constants:
  LIMIT: {type: nat 9, value: 5, ref: RFC 0 §1}
variables:
  last: {type: nat 9, initial: 0}
events:
  turn: {params: {count: nat 9}}
states:
"""
_STATE = """\
  S{here}:
    rows:
      - {{id: s{here}.on, event: turn, when: count < LIMIT, do: {{last: count}}, to: S{after}, ref: RFC 0 §1}}
      - {{id: s{here}.back, event: turn, when: count >= LIMIT, do: {{last: count}}, to: S{before}, ref: RFC 0 §1}}
"""  # noqa: E501  # a row a line


def compiled() -> CompiledMachine:
    """An instance of the ring as a spec."""
    text = _HEAD + "".join(
        _STATE.format(here=n, after=(n + 1) % STATES, before=(n - 1) % STATES)
        for n in range(STATES)
    )
    with TemporaryDirectory() as folder:
        file = Path(folder, "ring.yaml")
        file.write_text(text, encoding="utf-8")
        machine = load_spec(file)
    assert isinstance(machine, model.Machine)
    return compile_machine(machine)()


class Hand:
    """The ring by hand, all in one method."""

    __slots__ = ("last", "state")

    def __init__(self) -> None:
        """Begin in S0."""
        self.state = 0
        self.last = 0

    def on_turn(self, count: int) -> tuple[tuple[()], tuple[()]]:  # its point
        """Go on or back by one."""
        state = self.state
        on = count < LIMIT
        self.last = count
        if state == 0:
            self.state = 1 if on else 10
        elif state == 1:
            self.state = 2 if on else 0
        elif state == 2:
            self.state = 3 if on else 1
        elif state == 3:
            self.state = 4 if on else 2
        elif state == 4:
            self.state = 5 if on else 3
        elif state == 5:
            self.state = 6 if on else 4
        elif state == 6:
            self.state = 7 if on else 5
        elif state == 7:
            self.state = 8 if on else 6
        elif state == 8:
            self.state = 9 if on else 7
        elif state == 9:
            self.state = 10 if on else 8
        else:
            self.state = 0 if on else 9
        return _NOTHING


_NOTHING = ((), ())


class Library:
    """The model of a `transitions.Machine`."""

    state: str
    turn: Callable[[int], bool]

    def __init__(self) -> None:
        """Begin with nothing taken."""
        self.last = 0

    def goes_on(self, count: int) -> bool:
        """The guard."""
        return count < LIMIT

    def take(self, count: int) -> None:
        """The assignment."""
        self.last = count


def library() -> Library:
    """The ring for `transitions`, its fastest settings."""
    from transitions import Machine

    held = Library()
    rows: list[dict[str, Any]] = []
    for n in range(STATES):
        on, back = f"S{(n + 1) % STATES}", f"S{(n - 1) % STATES}"
        base = {"trigger": "turn", "source": f"S{n}", "before": "take"}
        rows += [
            {**base, "dest": on, "conditions": "goes_on"},
            {**base, "dest": back, "unless": "goes_on"},
        ]
    states = [f"S{n}" for n in range(STATES)]
    Machine(held, states=states, initial="S0", auto_transitions=False, transitions=rows)
    return held


def round_of(turn: Callable[[int], object]) -> Callable[[], None]:
    """A function that turns the ring by all counts."""

    def turns() -> None:
        for count in COUNTS:
            turn(count)

    return turns
