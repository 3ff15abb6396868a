"""Witnesses without a solver: what they find takes the row, and keeps every contract."""

from __future__ import annotations

import pytest
from attrs import evolve

from netfsm.conformance.candidates import candidates
from netfsm.conformance.inputs import Calls, fitted
from netfsm.conformance.pair import Pair
from netfsm.conformance.subjects import first_setting
from netfsm.conformance.tour import plan_tour, spots
from netfsm.conformance.witness import find_inputs, lawful
from netfsm.machine.values import fits
from netfsm.spec import model, types
from netfsm.spec.expr import Lit
from tests.conformance.faulty import stock
from tests.machine.samples import connection, toolbox

KINDS: tuple[types.Type, ...] = (
    types.BOOL,
    types.Nat(0),
    types.Nat(255),
    types.Seq("snd", 32),
    types.Flags("Cause", ("A", "B")),
    types.Enum("Op", (("REQUEST", 1),), 16, open=True),
    types.Enum("Policy", (("CEASE", 0), ("KEEP", 1))),
    types.DURATION,
    types.INSTANT,
    types.MAC,
    types.IPV4,
    types.IPV6,
    types.Prefix("ipv4"),
    types.BYTES,
    types.TEXT,
    types.Handle("packet"),
    types.SetOf(types.IPV4),
    types.Queue(types.Handle("packet"), 3, "refuse"),
    types.Ranges(types.Seq("rcv", 32)),
)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_candidates_fit_their_type(kind: types.Type) -> None:
    """There is a candidate of every type, each once and none out of range."""
    found = candidates(kind, ())

    assert found
    assert len(found) == len(set(found))
    assert [] == [value for value in found if not fits(kind, value)]


@pytest.mark.parametrize("name", sorted(stock().driven))
def test_witness_takes_its_row(name: str) -> None:
    """In the initial state, each witness makes one guard true and keeps all contracts."""
    machine = stock().machines[name]
    pair = Pair(machine, stock().calls(machine), first_setting(machine), None)
    for event in machine.events:
        cell = machine.cells.get((machine.initial, event.name), ())
        for row in () if isinstance(cell, model.Impossible) else cell:
            found = find_inputs(row, pair.sight(pair.held), pair.calls)
            if found is not None:
                sight = pair.sight(pair.held, found)
                assert row.guard is None or sight.value(row.guard)
                assert lawful(event, sight)


def test_no_witness_where_there_can_be_none() -> None:
    """A guard that is always false has none, and the search ends."""
    machine = stock().machines["arp.neighbour"]
    pair = Pair(machine, stock().calls(machine), first_setting(machine), None)
    row = machine.row("absent.heard")
    never = evolve(row, guard=Lit(False, types.BOOL, "False", row.mark))

    assert find_inputs(never, pair.sight(pair.held), Calls(machine, stock().codec)) is None


def test_octets_are_fitted_to_the_field_that_counts_them() -> None:
    """Where one length serves two addresses, the second follows the first."""
    layout = stock().formats["arp.packet"]
    told = {"sha": b"\x2a", "tha": bytes(6), "spa": bytes(4), "tpa": b"\x01"}

    fields = fitted(layout, told)

    assert b"\x00" == fields["tha"]
    assert b"\x01\x00\x00\x00" == fields["tpa"]


@pytest.mark.parametrize("machine", [connection(), toolbox()], ids=lambda m: m.name)
def test_tour_takes_every_row_of_hand_made_machines(machine: model.Machine) -> None:
    """Sequence numbers, ranges, deadlines and decide lists are reached without a solver."""
    tour = plan_tour(machine, Calls(machine))

    assert () == tour.missed
    assert set(spots(machine)) == tour.walks.keys()
