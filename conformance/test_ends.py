"""Two hosts on a wire that loses, doubles, reorders and spoils frames."""

from __future__ import annotations

import pytest

from netfsm.conformance.collected import bench, expect_fine
from netfsm.conformance.ends import Wiring, end_case, wirings


@pytest.mark.parametrize("wiring", wirings(bench().profile), ids=str)
def test_hosts_find_and_answer_one_another(wiring: Wiring) -> None:
    """Neighbours resolve, pings are answered or given up, sums add up, nothing is left."""
    expect_fine(end_case(wiring))
