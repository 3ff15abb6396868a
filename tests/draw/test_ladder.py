"""Packet ladders: what stands where, and how each fate of a packet looks."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from netfsm.draw.ladder import ladder
from netfsm.draw.ladder_figure import ladder_mermaid, ladder_svg
from netfsm.draw.steps import Note, Step, hosts_of, seconds, tell
from tests.draw.stories import story

SVG = "{http://www.w3.org/2000/svg}"


def _line(text: str, time: str, words: str) -> str:
    """The one line of a ladder at a time that holds these words."""
    found = [line for line in text.splitlines() if time in line and words in line]
    assert 1 == len(found), text
    return found[0]


def test_a_whole_ladder() -> None:
    """The story as text, to the letter: a change of form is a change that somebody looks at."""
    expected = Path(__file__).with_name("ladder.txt").read_text(encoding="utf-8")
    assert expected == ladder(story())


def test_columns_stay_in_line() -> None:
    """Every line of a ladder has the hosts' lines in the same columns, whatever crosses them."""
    lines = [line for line in ladder(story()).splitlines()[1:-2] if line]
    marks = "│●"
    first = lines[0].index("●")
    assert all(line[first] in marks for line in lines)


def test_the_fates() -> None:
    """Lost ends in X, wrong bits run on ~, a late packet comes out of dots."""
    text = ladder(story())
    assert "X" in _line(text, "1.002100", "echo reply 0")
    assert "~▶" in _line(text, "1.000300", "echo request 1")
    assert "··· " in _line(text, "1.000200", "echo request 0")
    assert "▶│" in _line(text, "1.002000", "echo request 0")


def test_a_state_is_told_only_when_it_changes() -> None:
    """The second note of INCOMPLETE for the same instance adds nothing."""
    assert ["INCOMPLETE"] == [change.state for change in tell(story())[0].changes]
    assert () == tell(story())[2].changes


def test_what_came_before_is_remembered() -> None:
    """A ladder of the end of a story tells no state that was there at its start."""
    whole, end = ladder(story()), ladder(story(), start=4)
    assert "INCOMPLETE" in whole
    assert "INCOMPLETE" not in end
    assert "neighbour REACHABLE" in end
    assert "address BOUND" not in end


def test_an_instance_that_is_gone_ends() -> None:
    """The absent state is told in a word."""
    begins = Step(0, "a", "b", "p", notes=[Note("a", "icmp.ping", "WAITING", "r")])
    ends = Step(1, "a", "b", "p", notes=[Note("a", "icmp.ping", "-", "r")])
    assert "ping ends" in ladder([begins, ends])
    assert "ping ends" not in ladder([ends])


def test_two_instances_of_one_machine_are_two() -> None:
    """The same state of another key is news."""
    notes = [Note("a", "m.x", "UP", "r", key=key) for key in ("1", "2", "1")]
    steps = [Step(number, "a", "b", "p", notes=[note]) for number, note in enumerate(notes)]
    assert [1, 1, 0] == [len(told.changes) for told in tell(steps)]


def test_rows_can_be_left_out() -> None:
    """`rows=False` shows packets and states only."""
    assert "[" not in ladder(story(), rows=False)
    assert ("address/in_use.answer", "neighbour/absent.heard") == tell(story())[3].rows


def test_machines_of_one_name_are_told_with_their_layer() -> None:
    """`arp.address` and `ipv4.address` keep their layer where both stand in a ladder."""
    notes = [Note("a", name, "UP", "r") for name in ("arp.address", "ipv4.address", "arp.cache")]
    steps = [Step(0, "a", "b", "p", notes=notes)]
    assert ["arp.address UP", "ipv4.address UP", "cache UP"] == [
        change.text for change in tell(steps)[0].changes
    ]
    assert "[arp.address/r ipv4.address/r cache/r]" in ladder(steps)


def test_hosts_come_in_the_order_asked_for() -> None:
    """The order of columns is that of first action, or the caller's."""
    assert ("alice", "bob") == hosts_of(story())
    head = ladder(story(), hosts=["bob", "alice"]).splitlines()[0]
    assert head.index("bob") < head.index("alice")
    with pytest.raises(KeyError):
        ladder(story(), hosts=["alice"])


def test_three_hosts() -> None:
    """A packet past a host in the middle, and that host's state on a line of its own."""
    notes = [Note("b", "m.x", "UP", "r"), Note("c", "m.x", "UP", "r")]
    steps = [Step(5, "a", "c", "past", notes=notes)]
    lines = ladder([*steps, Step(6, "b", "a", "back")], hosts=["a", "b", "c"]).splitlines()
    assert "past" in lines[1]
    assert lines[1].rstrip().endswith("[x/r]")
    assert "x UP" in lines[2]


def test_no_steps() -> None:
    """A ladder of nothing with named hosts is a head alone."""
    assert "a" in ladder([], hosts=["a", "b"]).splitlines()[0]


def test_seconds() -> None:
    """Microseconds keep all their digits."""
    assert "12.000034" == seconds(12_000_034)


def test_mermaid() -> None:
    """Losses are crosses, late packets dashed, and no label holds what Mermaid reads as syntax."""
    lines = ladder_mermaid([*story(), Step(9, "bob", "alice", "a<b; #1: x")]).splitlines()
    assert "sequenceDiagram" == lines[0]
    assert "    h0-xh1: ARP request (lost)" in lines
    assert "    h0-->>h1: echo request 0" in lines
    assert "    Note over h0: neighbour INCOMPLETE" in lines
    assert "    h1->>h0: a below b, no. 1 x" == lines[-1]


def test_svg_is_one_document_with_every_label() -> None:
    """The figure is well-formed, holds every label but that of the packet already drawn."""
    root = ET.fromstring(ladder_svg(story(), title="Ping <&>"))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "Ping <&>" in texts
    assert 1 == texts.count("echo request 0")
    assert {"alice", "bob", "ARP reply", "neighbour REACHABLE"} <= set(texts)


def test_svg_draws_a_copy_of_its_own() -> None:
    """A late copy whose original was delivered is a line of its own."""
    steps = [Step(0, "a", "b", "p", packet=1), Step(5, "a", "b", "p", "late", packet=1)]
    root = ET.fromstring(ladder_svg(steps))
    assert 2 == len(list(root.iter(f"{SVG}polygon")))
