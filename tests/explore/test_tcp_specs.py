"""The compositions of TCP itself: what they are and that they hold, and what one fault does."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from attrs import evolve

from netfsm.explore.explored import explore
from netfsm.spec.composition import Composition
from netfsm.spec.model import Row
from tests.explore.samples import codes, composition, drawn, ladder_in, run
from tests.prove.spin.samples import with_budgets

SIZES = {
    "tcp.open": (219, 314),
    "tcp.transfer": (3_498, 6_838),
    "tcp.close": (2_147, 3_830),
    "tcp.simultaneous_open": (151, 216),
    "tcp.simultaneous_close": (463, 707),
    "tcp.two_incarnations": (26_444, 68_519),
}


@cache
def read(name: str) -> Composition:
    """A composition, read once, with a third party that has less to say."""
    return fewer(composition(name), SYN, RST, ACK)


@pytest.mark.parametrize("name", SIZES)
def test_every_property_holds(name: str) -> None:
    """Each is explored whole, has as many states and transitions as ever, and nothing fails."""
    explored = explore(read(name))
    assert [] == [failure.message for failure in explored.failures]
    assert {"holds"} == set(explored.verdicts.values())
    assert SIZES[name] == (explored.states, explored.transitions)


def test_text_goes_both_ways() -> None:
    """Text that came early is held and taken, a FIN counts last, each end closes when it likes."""
    explored = explore(with_budgets(read("tcp.both_ways"), lose=0))
    assert {"holds"} == set(explored.verdicts.values())
    assert (3_852, 7_043) == (explored.states, explored.transitions)


def test_one_bit_more_changes_nothing() -> None:
    """Four bits and five give the same states and transitions."""
    found = run("tcp.open")
    assert (219, 314) == found.wider


# ---- third parties


SYN, RST, ACK = 2, 4, 16


def fewer(found: Composition, *control: int) -> Composition:
    """`found` with a third party that always sends text, with few sets of control bits."""
    wanted = {"CTL": set(control), "len": {1}}

    def kept(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(v for v in values if v in wanted.get(name, values))

    ends = tuple(
        evolve(
            end,
            injections=tuple(
                evolve(each, values=tuple((f, kept(f.name, vs)) for f, vs in each.values))
                for each in end.injections
            ),
        )
        for end in found.ends
    )
    return evolve(found, ends=ends)


@pytest.mark.parametrize("name", ["tcp.injected", "tcp.missed"])
def test_a_third_party_sends_a_segment(name: str) -> None:
    """Whatever comes ends somewhere; what misses changes nothing, and no timer is needed."""
    explored = explore(read(name))
    assert [] == [failure.message for failure in explored.failures]
    assert {"holds"} == set(explored.verdicts.values())
    assert explored.wider is None


# ---- faults

Fault = tuple[str, str, str, str, dict[str, Any], tuple[str, str]]
SILENT: dict[str, Any] = {"emissions": ()}
GONE: dict[str, Any] = {"emissions": (), "assigns": (), "timers": (), "to": "CLOSED"}

# what is wrong, the composition, machine and row that are changed, code and property of what fails
FAULTS: list[Fault] = [
    (
        "a SYN that is lost is not sent again",
        "tcp.open",
        "tcp.connection",
        "syn_sent.again",
        SILENT,
        ("COMPOSE-UNRECOVERABLE", "opens"),
    ),
    (
        "text that is lost is not sent again",
        "tcp.transfer",
        "tcp.connection",
        "sending.go_back",
        SILENT,
        ("COMPOSE-UNRECOVERABLE", "all_arrives"),
    ),
    (
        "what is old earns no acknowledgment",
        "tcp.transfer",
        "tcp.connection",
        "other.unacceptable",
        SILENT,
        ("COMPOSE-UNRECOVERABLE", "is_acknowledged"),
    ),
    (
        "two FINs that cross end the connection",
        "tcp.simultaneous_close",
        "tcp.connection",
        "fin_wait_1.closing",
        GONE,
        ("COMPOSE-VACUOUS", "simultaneous"),
    ),
    (
        "a reset that is not exact ends the connection",
        "tcp.missed",
        "tcp.connection",
        "synchronized.challenge",
        GONE,
        ("COMPOSE-UNRECOVERABLE", "both_end"),
    ),
]
LADDERS = {
    "a SYN that is lost is not sent again": "syn_is_lost",
    "a reset that is not exact ends the connection": "blind_reset",
}


def with_row(found: Composition, machine: str, row_id: str, changes: dict[str, Any]) -> Composition:
    """`found` with one row of a machine changed."""
    whole = found.machines[machine]
    assert row_id in {row.id for row in whole.rows}

    def new(row: Row) -> Row:
        return evolve(row, **changes) if row.id == row_id else row

    cells = {
        at: tuple(new(row) for row in cell) if isinstance(cell, tuple) else cell
        for at, cell in whole.cells.items()
    }
    made = evolve(whole, rows=tuple(new(row) for row in whole.rows), cells=cells, digest="")
    return evolve(found, machines={**found.machines, machine: made})


@pytest.mark.parametrize("fault", FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_told(fault: Fault) -> None:
    """Among what fails is the property that speaks of it; the runtime goes the same ways."""
    what, name, machine, row, changes, told = fault
    explored = explore(with_row(fewer(read(name), SYN), machine, row, changes))
    assert told in codes(explored)
    assert {""} == {each.runtime for each in explored.failures}
    if what in LADDERS:
        (failure,) = (each for each in explored.failures if each.property == told[1])
        assert ladder_in(LADDERS[what]) == drawn(failure)


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ({"A_NEXT": 14, "B_NEXT": 9}, ("COMPOSE-ASSERT", "it_is_not_taken")),
        ({"A_NEXT": 14}, ("COMPOSE-ASSERT", "comes_to_rest")),
    ],
)
def test_numbers_that_are_used_again(old: dict[str, int], told: tuple[str, str]) -> None:
    """With the ISNs of before old text is taken; with one of them a reset for old text is exact."""
    found = read("tcp.two_incarnations")
    constants = tuple(evolve(c, value=old.get(c.name, c.value)) for c in found.constants)
    explored = explore(evolve(found, constants=constants))
    assert told in codes(explored)
