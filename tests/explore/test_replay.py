"""The runtime takes the steps that were explored, and comes to the same states."""

from __future__ import annotations

import pytest
from attrs import evolve

from netfsm.explore.replay import replay
from netfsm.explore.search import Graph, search
from netfsm.explore.verdicts import Verdicts
from netfsm.explore.world import World
from tests.explore.samples import composition
from tests.explore.test_faults import POST

TCP = POST.parent / "tcp"
STATES = 2_000
EVERY = 41


def explored(name: str) -> tuple[World, Graph]:
    """The first states of a composition."""
    world = World(composition(name, POST, TCP))
    return world, search(world, STATES, Verdicts(world, frozenset()))


@pytest.mark.parametrize(
    "name",
    [
        "arp.conflict",
        "arp.defence",
        "arp.resolution",
        "post.letters",
        "post.moods",
        "post.parcels",
        "tcp.transfer",
    ],
)
def test_the_runtime_comes_to_the_same(name: str) -> None:
    """Parts, alarms, the queue of signals and packets in octets agree with what was explored."""
    world, graph = explored(name)
    ways = [graph.way(number) for number in range(0, len(graph.states), EVERY)]

    assert {""} == {replay(world, way) for way in ways}
    assert any(move.act == "timer" for way in ways for move in way)
    assert any(move.act == "arrival" for way in ways for move in way)


def test_another_state_is_told() -> None:
    """A replay that can't fail would be none: with another end the difference has a name."""
    world, graph = explored("arp.defence")
    way = graph.way(100)
    move = next(move for move in reversed(way) if move.effect is not None)
    assert move.effect is not None
    begin = world.ends[move.end].begin
    outcome = evolve(move.effect.outcome, state=begin)
    wrong = evolve(move, effect=evolve(move.effect, outcome=outcome))

    told = replay(world, [wrong if each is move else each for each in way])

    assert told.startswith(f"step {way.index(move) + 1}: A.")


def test_a_message_that_is_not_sent_is_told() -> None:
    """So is a packet that the explorer says was sent and the runtime does not send."""
    world, graph = explored("arp.defence")
    way = graph.way(100)
    move = next(m for m in way if m.effect is not None and m.effect.outcome.sent)
    assert move.effect is not None
    outcome = evolve(move.effect.outcome, sent=())
    wrong = evolve(move, effect=evolve(move.effect, outcome=outcome, sends=(), origins=()))

    told = replay(world, [wrong if each is move else each for each in way])

    assert f"step {way.index(move) + 1}: A sends [" in told
