"""Every row of every machine is taken: one case a row, generated code beside the interpreter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netfsm.conformance.collected import bench, expect_fine
from netfsm.conformance.tour import Spot, spots


def rows() -> Iterator[object]:
    """A parameter for each row in each of its states: `arp.neighbour/incomplete.again`."""
    for name, machine in sorted(bench().stock.driven.items()):
        for spot in spots(machine):
            yield pytest.param(name, spot, id=f"{name}/{spot.name(machine)}")


@pytest.mark.parametrize(("machine", "spot"), list(rows()))
def test_row_is_taken(machine: str, spot: Spot) -> None:
    """A walk takes the row, and both give the same at each of its steps."""
    model = bench().stock.machines[machine]
    walk = bench().tour(model).walks.get(spot)

    assert walk is not None, f"{model.row(spot.row).mark}: no walk takes {spot.name(model)}"
    case = bench().tour_case(model, spot, walk)
    expect_fine(case)
    assert spot in case.spots
