"""The compositions of ARP: what they are and that they hold, and what one row less does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.samples import changed, codes, drawn, ladder_in, run

SIZES = {
    "arp.conflict": (13_594, 40_834),
    "arp.defence": (687, 1_436),
    "arp.resolution": (2_716, 7_170),
}
NO_SIMULTANEOUS = """\
      - id: tentative.simultaneous
        event: asked
        when: spa == ANY
        emit:
          - lost: {by: sha}
          - signal: arp.interface[interface].conflict
        to: CONFLICT
        ref: RFC 5227 §2.1.1
        says: another host probes for the same address at the same time
"""


@pytest.mark.parametrize("name", SIZES)
def test_every_property_holds(name: str) -> None:
    """Each is explored whole, has as many states and transitions as ever, and nothing fails."""
    explored = run(name)

    assert [] == [failure.message for failure in explored.failures]
    assert {"holds"} == set(explored.verdicts.values())
    assert SIZES[name] == (explored.states, explored.transitions)


def test_a_row_less_is_shown(tmp_path: Path) -> None:
    """Without the row for simultaneous probes the ladder ends where it is missing."""
    root = changed(tmp_path, ("address.yaml", NO_SIMULTANEOUS, ""))

    explored = run("arp.conflict", root)

    assert [("COMPOSE-CRASH", "")] == codes(explored)
    assert "arp.address/WAITING/asked: no row of this cell applies to asked" == (
        explored.failures[0].message
    )
    assert ladder_in("simultaneous") == drawn(explored.failures[0])
