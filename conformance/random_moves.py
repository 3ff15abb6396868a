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

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Pair
from netfsm.conformance.view import Inputs
from netfsm.conformance.witness import find_inputs, lawful
from netfsm.machine.arguments import Live, live_values, value_of
from netfsm.machine.base import Snapshot
from netfsm.spec import model
from netfsm.spec.types import Value

__all__ = ["Chance", "any_inputs", "delays", "moves"]

FATES: Final = (1, 1, 1, 1, 1, 1, 2, 0)
"""How often an event comes: mostly once; twice where it is duplicated, never where it is lost."""


@frozen
class Chance:
    """An event that was drawn, how often it comes, and to which machine of a scope."""

    event: str
    inputs: Inputs
    times: int
    machine: str = ""


@frozen
class _Place:
    """A machine to which events may come, with what it holds."""

    pair: Pair
    machine: model.Machine
    held: Snapshot
    calls: Calls

    @property
    def rows(self) -> list[model.Row]:
        """The rows of its state whose events come from outside."""
        found: list[model.Row] = []
        for event in self.machine.events:
            cell = self.machine.cells.get((self.held.state, event.name), ())
            inside = event.kind in ("timer", "completion") or event.name in self.calls.inside
            if not inside and not isinstance(cell, model.Impossible):
                found += cell
        return found

    def aim(self, row: model.Row, seed: int) -> Inputs | None:
        """Inputs that take `row`."""
        return find_inputs(row, self.pair.sight(self.held), self.calls, seed=seed)

    def any_inputs(self, event: str, seed: int) -> Inputs | None:
        """A witness of any row of the event's cell."""
        cell = self.machine.cells.get((self.held.state, event), ())
        if isinstance(cell, model.Impossible):
            return None
        found = (self.aim(row, seed) for row in cell)
        return next((inputs for inputs in found if inputs is not None), None)

    def inputs(self, row: model.Row, live: Live) -> SearchStrategy[Inputs | None]:
        """Inputs that take `row`, some of them changed to values near what is held, or to any.

        Where no witness of `row` is found, the inputs are those of another row of its cell.
        """
        event = self.machine.event(row.event)
        aimed = self.aim(row, 0)
        if aimed is None:
            aimed = self.any_inputs(event.name, 0)
        if aimed is None:
            return st.none()
        near = {name: value_of(kind, live) for name, kind in event.inputs}
        far = {name: value_of(kind) for name, kind in event.inputs}
        exact = st.just(aimed)
        loose = st.fixed_dictionaries({}, optional={name: near[name] for name in near}).map(
            lambda changed: self.kept(event, aimed, changed)
        )
        garbage = st.fixed_dictionaries(far).map(lambda drawn: self.kept(event, aimed, drawn))
        seeded = st.integers(1, 3).map(lambda seed: self.aim(row, seed) or aimed)
        return st.one_of(exact, seeded, loose, garbage)

    def kept(self, event: model.Event, aimed: Inputs, changed: Mapping[str, Any]) -> Inputs:
        """`aimed` with as many of the changes as a packet can carry and the contracts allow."""
        whole: dict[str, Value] = {**aimed, **changed}
        for tried in (whole, *({**aimed, name: value} for name, value in changed.items())):
            real = self.calls.realistic(event, tried)
            if real is not None and lawful(event, self.pair.sight(self.held, real)):
                return real
        return aimed


def moves(pair: Pair) -> SearchStrategy[Chance | None]:
    """Events of the states the machines are in: aimed at a row, near what is held, or garbage.

    None where the states allow none but timers.
    """
    rows = [(place, row) for place in _places(pair) for row in place.rows]
    if not rows:
        return st.none()
    chosen = st.sampled_from(rows).flatmap(lambda at: _drawn(*at))
    return st.builds(_chance, chosen, st.sampled_from(FATES))


def _drawn(place: _Place, row: model.Row) -> SearchStrategy[tuple[str, str, Inputs | None]]:
    name = place.machine.name if len(place.calls.kin) > 1 else ""
    live = live_values(place.machine, place.held)
    return place.inputs(row, live).map(lambda inputs: (name, row.event, inputs))


def _chance(found: tuple[str, str, Inputs | None], times: int) -> Chance | None:
    machine, event, inputs = found
    return None if inputs is None else Chance(event, inputs, times, machine)


def delays(pair: Pair) -> SearchStrategy[int]:
    """How long nothing comes: to just before, at and after the next timer, or any time."""
    due = pair.due()
    ahead = max(0, due[1] - pair.now) if due is not None else 1_000_000
    edges = sorted({0, 1, max(0, ahead - 1), ahead, ahead + 1})
    return st.one_of(st.sampled_from(edges), st.integers(0, 2 * ahead + 1))


def any_inputs(pair: Pair, event: str, seed: int, machine: str = "") -> Inputs | None:
    """A witness of any row of the event's cell, for a timer its choices; None if none is found."""
    name = machine or pair.machine.name
    places = (place for place in _places(pair) if place.machine.name == name)
    return next((place.any_inputs(event, seed) for place in places), None)


def _places(pair: Pair) -> list[_Place]:
    return [_Place(pair, machine, held, calls) for machine, held, calls in pair.places()]
