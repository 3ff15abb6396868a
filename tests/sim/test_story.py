"""What a simulation tells: steps that a packet ladder draws, with rows and states."""

from __future__ import annotations

from netfsm.draw.ladder import ladder
from netfsm.draw.steps import Note, Step
from netfsm.sim.story import Flight, Story
from tests.sim.worlds import ping, two_hosts

WHO = "ARP who has 192.0.2.2? tell 192.0.2.1"


def labels(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    """The labels and fates of steps."""
    return [(step.label, step.fate) for step in steps]


def test_a_resolution_is_told_step_by_step() -> None:
    """The command, the question, the answer, the request and its reply, in this order."""
    simulation = two_hosts(delay=1_000)
    before = len(simulation.log)
    ping(simulation, 1)
    bob = simulation.hosts["bob"].stack.interface("eth0").hwaddr.hex(":")
    expected = [
        ("icmp.ping 192.0.2.2 0", "local"),
        (WHO, "delivered"),
        (f"ARP 192.0.2.2 is at {bob}", "delivered"),
        ("ICMP echo request id=1 seq=0", "delivered"),
        ("ICMP echo reply id=1 seq=0", "delivered"),
    ]
    assert expected == labels(simulation.log[before:])


def test_notes_tell_rows_and_the_states_they_led_to() -> None:
    """The neighbour is INCOMPLETE after the command and REACHABLE after the answer."""
    simulation = two_hosts()
    before = len(simulation.log)
    ping(simulation, 1)
    command, asked, answer = simulation.story()[before : before + 3]
    key = "eth0 192.0.2.2"
    assert Note("alice", "arp.neighbour", "INCOMPLETE", "absent.resolve", key) in command.notes
    assert Note("bob", "arp.interface", "NORMAL", "in.request", "eth0") in asked.notes
    answered = Note("alice", "arp.neighbour", "REACHABLE", "incomplete.answered", key)
    assert answered in answer.notes


def test_a_machine_that_moves_twice_in_a_step_tells_both_states() -> None:
    """A claim without probing: the address is given, and in use, within one command."""
    simulation = two_hosts()
    (given,) = [
        step
        for step in simulation.log
        if step.source == "alice" and step.label.startswith("ipv4.add_address")
    ]
    states = [note.state for note in given.notes if note.machine == "ipv4.address"]
    assert ["TENTATIVE", "ASSIGNED"] == states


def test_a_timer_is_a_step_of_its_own() -> None:
    """Nobody answers, so the question is asked again when the timer says so."""
    simulation = two_hosts()
    simulation.cables[0].cut = True
    before = len(simulation.log)
    ping(simulation, 1)
    found = labels(simulation.log[before:])
    assert [("timer retransmit", "local"), (WHO, "lost")] == found[2:4]
    assert ("timer timeout", "local") in found


def test_the_story_leaves_out_what_every_packet_does() -> None:
    """Machines with one instance, and rows that do nothing, are in the log only."""
    simulation = two_hosts()
    ping(simulation, 1)
    told = {note.machine for step in simulation.story() for note in step.notes}
    logged = {note.machine for step in simulation.log for note in step.notes}
    assert {"ethernet.input", "ipv4.input", "icmp.input"} <= logged
    assert {"arp.interface", "arp.neighbour", "arp.address", "ipv4.address", "icmp.ping"} == told


def test_a_ladder_draws_it() -> None:
    """The text has both hosts, a lost packet and a state."""
    simulation = two_hosts(3, loss=0.3, delay=1_000)
    ping(simulation, 10)
    text = ladder(simulation.story())
    assert "alice" in text.splitlines()[0]
    assert f" {WHO} " in text
    assert "neighbour REACHABLE" in text
    assert "X" in text


def flight(number: int, label: str) -> Flight:
    """A packet that left at 10."""
    return Flight(number, 10, "alice", "bob", label)


def story() -> Story:
    """A story that knows no timers."""
    return Story(lambda _machine, row: (row, False))


def test_what_is_told_alone_is_one_step() -> None:
    """Nothing happens between departure and arrival: one step at the time of departure."""
    told = story()
    one = told.departed(flight(1, "one"), at_once=False)
    told.arrived(one, 30, [])
    assert [Step(10, "alice", "bob", "one", "delivered", packet=1)] == told.steps


def test_what_crosses_something_else_is_two_steps() -> None:
    """Departure and arrival are joined by the packet's number."""
    told = story()
    one = told.departed(flight(1, "one"), at_once=False)
    two = told.departed(flight(2, "two"), at_once=False)
    told.arrived(two, 30, [])
    told.arrived(one, 40, [])
    assert [
        Step(10, "alice", "bob", "one", "delayed", packet=1),
        Step(10, "alice", "bob", "two", "delivered", packet=2),
        Step(40, "alice", "bob", "one", "late", packet=1),
    ] == told.steps
