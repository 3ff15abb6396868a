"""Guards taken apart: what must all be true, and what leads to each of their nodes."""

from __future__ import annotations

from netfsm.spec import load_spec
from netfsm.spec.conjuncts import conjuncts, negation, reached
from netfsm.spec.model import Machine
from netfsm.spec.pretty import pretty
from tests.machine.samples import connection, toolbox


def interface() -> Machine:
    """A machine with a long list of ordered tests."""
    machine = load_spec("arp.interface")
    assert isinstance(machine, Machine)
    return machine


def paths(machine: Machine, row: str) -> dict[str, list[str]]:
    """What leads to each node of a row's guard where it stands first, as the spec writes it."""
    lets = {let.name: let for let in machine.lets}
    guard = machine.row(row).guard
    assert guard is not None
    ways = reversed([*reached(guard, lets)])
    return {pretty(node): [pretty(part) for part in path] for node, path in ways}


def test_conjuncts_go_through_lets_and_negations() -> None:
    """A leaf of a decide list falls into its own test and one conjunct for each test before."""
    machine = interface()
    lets = {let.name: let for let in machine.lets}

    assert len(conjuncts(machine.row("in.off_link").guard, lets)) > 8
    assert () == conjuncts(None, lets)


def test_a_node_is_reached_where_what_stands_before_it_holds() -> None:
    """`and` goes on where its parts are true, `if` where its test is decided."""
    found = paths(connection(), "live.acked")

    assert ["not SEG.RST"] == found["0 < SEG.ACK - SND.UNA"]
    assert ["not SEG.RST", "0 < SEG.ACK - SND.UNA"] == found["SEG.ACK - SND.UNA <= flight"]
    assert ["not SEG.RST and ack_new"] == found["una_after != SND.NXT"]
    assert ["not SEG.RST and ack_new", "not una_after != SND.NXT"] == found["at(OPEN)"]


def test_arguments_stand_where_parameters_did() -> None:
    """What a let is called with is looked at in its body."""
    machine = toolbox()
    lets = {let.name: let for let in machine.lets}
    found = [pretty(node) for node, _ in reached(lets["doubled"].expr, lets)]

    assert "min(n, 400) + min(n, 400)" in found
    assert "x + x" not in found


def test_a_negation_is_not_doubled() -> None:
    """`not not x` is x."""
    machine = interface()
    lets = {let.name: let for let in machine.lets}
    part = conjuncts(machine.row("in.off_link").guard, lets)[0]

    assert part == negation(negation(part))
