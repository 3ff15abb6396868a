"""What a random walk does next: a Hypothesis strategy over what the live machine allows.

Arguments are built from the live machine. Random 32-bit ones meet no guard, built ones meet all of
them; nothing is drawn and then thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from netfsm.conformance.pair import Pair
from netfsm.conformance.view import Inputs
from netfsm.conformance.witness import find_inputs, lawful
from netfsm.machine.arguments import Live, live_values, value_of
from netfsm.spec import model
from netfsm.spec.types import Value

__all__ = ["Chance", "any_inputs", "delays", "moves"]

FATES: Final = (1, 1, 1, 1, 1, 1, 2, 0)
"""How often an event comes: mostly once; twice where it is duplicated, never where it is lost."""


@frozen
class Chance:
    """An event that was drawn, and how often it comes."""

    event: str
    inputs: Inputs
    times: int


def moves(pair: Pair) -> SearchStrategy[Chance | None]:
    """Events of the state the machine is in: aimed at a row, near what it holds, or garbage.

    None where the state allows none but timers.
    """
    held = pair.held
    rows = _rows(pair.machine, held.state)
    if not rows:
        return st.none()
    live = live_values(pair.machine, held)
    chosen = st.sampled_from(rows).flatmap(lambda row: _inputs(row, pair, live))
    return st.builds(_chance, chosen, st.sampled_from(FATES))


def _chance(found: tuple[str, Inputs] | None, times: int) -> Chance | None:
    return None if found is None else Chance(*found, times)


def delays(pair: Pair) -> SearchStrategy[int]:
    """How long nothing comes: to just before, at and after the next timer, or any time."""
    due = pair.due()
    ahead = max(0, due[1] - pair.now) if due is not None else 1_000_000
    edges = sorted({0, 1, max(0, ahead - 1), ahead, ahead + 1})
    return st.one_of(st.sampled_from(edges), st.integers(0, 2 * ahead + 1))


def any_inputs(pair: Pair, event: str, seed: int) -> Inputs | None:
    """A witness of any row of the event's cell, for a timer its choices; None if none is found."""
    cell = pair.machine.cells.get((pair.held.state, event), ())
    if isinstance(cell, model.Impossible):
        return None
    found = (_aim(row, pair, seed) for row in cell)
    return next((inputs for inputs in found if inputs is not None), None)


def _rows(machine: model.Machine, state: str) -> list[model.Row]:
    found: list[model.Row] = []
    for event in machine.events:
        cell = machine.cells.get((state, event.name), ())
        if event.kind not in ("timer", "completion") and not isinstance(cell, model.Impossible):
            found += cell
    return found


def _aim(row: model.Row, pair: Pair, seed: int) -> Inputs | None:
    return find_inputs(row, pair.sight(pair.held), pair.calls, seed=seed)


def _inputs(row: model.Row, pair: Pair, live: Live) -> SearchStrategy[tuple[str, Inputs] | None]:
    """Inputs that take `row`, some of them changed to values near what is held, or to any.

    Where no witness of `row` is found, the inputs are those of another row of its cell.
    """
    event = pair.machine.event(row.event)
    aimed = _aim(row, pair, 0)
    if aimed is None:
        aimed = any_inputs(pair, event.name, 0)
    if aimed is None:
        return st.none()
    near = {name: value_of(kind, live) for name, kind in event.inputs}
    far = {name: value_of(kind) for name, kind in event.inputs}
    exact = st.just(aimed)
    loose = st.fixed_dictionaries({}, optional={name: near[name] for name in near}).map(
        lambda changed: _kept(event, pair, aimed, changed)
    )
    garbage = st.fixed_dictionaries(far).map(lambda drawn: _kept(event, pair, aimed, drawn))
    seeded = st.integers(1, 3).map(lambda seed: _aim(row, pair, seed) or aimed)
    chosen = st.one_of(exact, seeded, loose, garbage)
    return chosen.map(lambda inputs: (event.name, inputs))


def _kept(event: model.Event, pair: Pair, aimed: Inputs, changed: Mapping[str, Any]) -> Inputs:
    """`aimed` with as many of the changes as a packet can carry and the contracts allow."""
    whole: dict[str, Value] = {**aimed, **changed}
    for tried in (whole, *({**aimed, name: value} for name, value in changed.items())):
        real = pair.calls.realistic(event, tried)
        if real is not None and lawful(event, pair.sight(pair.held, real)):
            return real
    return aimed
