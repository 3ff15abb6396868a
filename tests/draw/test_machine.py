"""What a drawing keeps and what it leaves out, before any output form."""

from __future__ import annotations

import pytest

from netfsm.draw.labels import triggers, wrapped
from netfsm.draw.machine import Diagram, Edge, Line, Node, diagram
from netfsm.spec.load import load_spec
from netfsm.spec.model import Machine
from tests.draw.samples import ABSENT, cache
from tests.machine.models import Builder
from tests.machine.trial import connection


def _spec(name: str) -> Machine:
    machine = load_spec(name)
    assert isinstance(machine, Machine)
    return machine


def _edge(picture: Diagram, source: str, target: str) -> Edge:
    return next(e for e in picture.edges if (e.source, e.target) == (source, target))


def _node(picture: Diagram, name: str) -> Node:
    return next(node for node in picture.nodes if node.id == name)


def _words(lines: tuple[Line, ...]) -> list[str]:
    return [triggers(line.triggers) for line in lines]


def test_two_states_are_joined_by_one_edge() -> None:
    """However many rows lead from one state to another, there is one arrow."""
    picture = diagram(cache())
    pairs = [(edge.source, edge.target) for edge in picture.edges]
    assert len(set(pairs)) == len(pairs)


def test_rows_that_send_the_same_are_one_line() -> None:
    """Two leaves of one event that lead to the same and send the same share a line."""
    edge = _edge(diagram(cache()), "ASKING", "KNOWN")
    assert ["packet · ok, short"] == _words(edge.lines)
    assert ("asking.known", "asking.short") == edge.lines[0].rows


def test_rows_with_guards_stay_apart() -> None:
    """A guard is part of its own line, and gone without guards."""
    loops = _node(diagram(cache()), "ASKING").loops
    assert ["tries < LIMIT"] == [line.guard for line in loops]
    assert [""] == [line.guard for line in _node(diagram(cache(), guards=False), "ASKING").loops]


def test_ignored_events_are_left_out() -> None:
    """What nothing happens on stands in the picture only if it is asked for."""
    plain, whole = diagram(cache()), diagram(cache(), ignored=True)
    assert "ignore" not in {line.kind for line in plain.lines}
    assert "ignore" in {line.kind for line in whole.lines}


def test_what_all_states_have_in_common_is_drawn_once() -> None:
    """A row of three states leaves one box, to its target or inside it."""
    picture = diagram(cache())
    assert ["flush"] == _words(_edge(picture, "any state", f"end of {ABSENT}").lines)
    assert ["packet · broken"] == _words(_node(picture, "any state").loops)
    assert not any(
        edge.source == "KNOWN" and edge.target.startswith("end") for edge in picture.edges
    )


def test_instances_start_and_end_at_points() -> None:
    """The absent state is two points, so that no arrow runs back to the top."""
    picture = diagram(cache())
    assert {"start", "end"} == {n.kind for n in picture.nodes if ABSENT in n.id}
    assert not any(edge.target == ABSENT for edge in picture.edges)


def test_a_machine_without_instances_has_a_start() -> None:
    """An arrow without words leads to the initial state."""
    made = Builder("test.plain", ("A", "B"))
    made.event("go")
    made.row("a.go", "A", "go", to="B")
    made.ignore_rest()
    picture = diagram(made.build())
    assert () == _edge(picture, "start", "A").lines
    assert "start" == _node(picture, "start").kind


def test_kinds() -> None:
    """Timers, errors and drops are told apart."""
    picture = diagram(cache())
    kinds = {row: line.kind for line in picture.lines for row in line.rows}
    assert "timer" == kinds["asking.again"]
    assert "error" == kinds["old.resolve"]
    assert "drop" == kinds["any.broken"] == kinds["absent.packet"]
    assert "step" == kinds["known.resolve"]


def test_an_emission_is_named_by_its_member() -> None:
    """`ask {op: REQUEST}` is `ask REQUEST` on a label."""
    line = _edge(diagram(cache()), ABSENT, "ASKING").lines[0]
    assert ["ask REQUEST"] == [sent.text for sent in line.sent]


@pytest.mark.parametrize("name", ["sample", "tcp.connection", "arp.neighbour"])
def test_every_row_but_the_ignored_is_drawn(name: str) -> None:
    """A picture loses no row, whatever it merges and leaves out."""
    machine = cache() if name == "sample" else _spec(name)
    drawn = {row for line in diagram(machine).lines for row in line.rows}
    assert {row.id for row in machine.rows if row.verdict != "ignore"} == drawn


def test_a_large_picture_shows_what_the_peer_and_the_user_see() -> None:
    """As RFC 9293's figure 5 does; signals to machines of the same scope stand in the table."""
    kinds = {sent.kind for line in diagram(_spec("tcp.connection")).lines for sent in line.sent}
    assert {"message", "deliver", "error"} == kinds


def test_tips_tell_row_clause_and_place() -> None:
    """Whoever points at a line learns its row, its reference and where it stands."""
    line = _edge(diagram(cache()), ABSENT, "ASKING").lines[0]
    assert line.tip.startswith("absent.resolve: RFC 0 §1 (specs/test/sample.yaml:")


@pytest.mark.parametrize("ignored", [False, True])
def test_a_drawing_is_the_same_each_time(ignored: bool) -> None:
    """Nothing hangs on the order of a set."""
    assert diagram(cache(), ignored) == diagram(cache(), ignored)


def test_long_texts_are_cut() -> None:
    """What does not fit ends in an ellipsis; words are not broken."""
    assert ["one two", "three …"] == wrapped("one two three four", 9, 2)
    assert [] == wrapped("", 9, 2)


def test_a_large_machine_says_why_it_leaves_a_state() -> None:
    """TCP as in Figure 5: short guards at edges, no orders to the hands, timers where they run."""
    drawn = diagram(connection())
    lines = {(edge.source, edge.target): edge.lines for edge in drawn.edges}
    (line,) = lines["FIN-WAIT-1", "CLOSING"]
    assert ("not fin_acked and fin_in", ["is_closing"]) == (line.guard, [s.text for s in line.sent])
    both = [("segment", "reset"), ("segment", "syn")]
    assert both == [*lines["SYN-RECEIVED", "LISTEN"][0].triggers]
    timers = {node.name: node.timers for node in drawn.nodes}
    assert ("time_wait",) == timers["TIME-WAIT"]
    assert () == timers["FIN-WAIT-2"]
