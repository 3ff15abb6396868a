"""The compositions of the TCP trial hold, and a fault in its rows ends some of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.samples import Change, changed, codes, drawn, ladder_in, run

TCP = Path(__file__).parents[1] / "specs" / "tcp"
SIZES = {
    "tcp.open": (100, 171),
    "tcp.transfer": (7_567, 21_416),
    "tcp.close": (1_039, 2_056),
    "tcp.simultaneous_open": (112, 180),
    "tcp.simultaneous_close": (248, 403),
}
FILE = "connection.yaml"
SIMULTANEOUS_CLOSE = """\
      - {id: fin_wait_1.closing, event: segment, leaf: arrival.ok, when: not fin_acked and fin_in,
         use: [ack, text, fin], to: CLOSING, ref: §3.10.7.4 eighth}
"""
UNACCEPTABLE = """\
leaf: arrival.unacceptable,
         emit: [segment: {SEQ: SND.NXT, ACK: RCV.NXT, CTL: [ACK]}],"""

# what is wrong, the composition, the change, code and property of what fails
FAULTS: list[tuple[str, str, Change, tuple[str, str]]] = [
    (
        "a FIN counts before the text that is missing",
        "tcp.close",
        (FILE, "SEG.FIN and behind + take == SEG.len and", "SEG.FIN and"),
        ("COMPOSE-ASSERT", "fin_comes_last"),
    ),
    (
        "no timer runs for what is sent",
        "tcp.transfer",
        (FILE, "int(fin_out), rexmt: start(RTO), ack_owed", "int(fin_out), ack_owed"),
        ("COMPOSE-UNRECOVERABLE", "all_arrives"),
    ),
    (
        "what is unacceptable earns no acknowledgment",
        "tcp.transfer",
        (FILE, UNACCEPTABLE, "leaf: arrival.unacceptable,\n         ignore: it is old,"),
        ("COMPOSE-UNRECOVERABLE", "is_acknowledged"),
    ),
]


@pytest.mark.parametrize("name", SIZES)
def test_every_property_holds(name: str) -> None:
    """Each is explored whole, also with numbers one bit wider, and nothing fails."""
    explored = run(name, TCP)
    assert [] == [failure.message for failure in explored.failures]
    assert {"holds"} == set(explored.verdicts.values())
    assert SIZES[name] == (explored.states, explored.transitions)


@pytest.mark.parametrize(("what", "name", "change", "told"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_told(
    what: str, name: str, change: Change, told: tuple[str, str], tmp_path: Path
) -> None:
    """Among what fails is the property that speaks of it."""
    explored = run(name, changed(tmp_path, change, layer=TCP))
    assert told in codes(explored), what


def test_a_row_less_is_shown(tmp_path: Path) -> None:
    """Without the row for a simultaneous close the ladder ends where it is missing."""
    root = changed(tmp_path, (FILE, SIMULTANEOUS_CLOSE, ""), layer=TCP)
    explored = run("tcp.simultaneous_close", root)
    assert [("COMPOSE-CRASH", "")] == codes(explored)[:1]
    assert ladder_in("simultaneous_close") == drawn(explored.failures[0])
