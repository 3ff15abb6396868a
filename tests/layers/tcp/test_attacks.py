"""Segments of strangers: floods, blind resets and injections, and what is no segment at all."""

from __future__ import annotations

from random import Random

import pytest

from tests.layers.tcp.strangers import ACK, FIN, PORT, RST, SPACE, SYN, Stranger
from tests.layers.tcp.test_sockets import open_only, states
from tests.layers.tcp.worlds import ADDRESSES, SECOND, left, two_hosts


def test_a_flood_of_calls_is_bounded_and_harms_nobody(pytestconfig: pytest.Config) -> None:
    """10,000 SYNs (100,000 in the campaign): a bounded number is half open, others talk on.

    Whoever calls and follows gets through: the oldest makes room for him (RFC 4987 §3.4).
    """
    count = 100_000 if pytestconfig.getoption("--campaign") else 10_000
    world = two_hosts(values={"tcp.R2_SYN": 3})
    alice, bob = open_only(world)
    listener = world.command("bob", "tcp.listen", port=PORT, backlog=100)
    stranger = Stranger(world)
    for at in range(count):
        stranger.say(SPORT=20_000 + at % 29_000, SEQ=at * 7919 % SPACE, CTL=SYN)
    assert 256 == states(world, "bob").count("SYN-RECEIVED")
    assert count - 256 == stranger.hands.counters["displaced"]
    caller = world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=PORT)
    world.run(world.now + SECOND // 2)
    taken = world.command("bob", "tcp.accept", socket=listener)
    assert 2 == world.command("alice", "tcp.send", socket=caller, data=b"hi")
    alice.command("send", data=b"still here")
    world.run(world.now + SECOND)
    assert b"hi" == world.command("bob", "tcp.receive", socket=taken, count=99)
    assert b"still here" == bob.command("receive", count=99)
    world.run(world.now + 60 * SECOND)
    assert 0 == states(world, "bob").count("SYN-RECEIVED")
    assert 3 == left(world, "bob")["sockets"]


def test_calls_that_are_reset_leave_room_for_others() -> None:
    """Each goes back to LISTEN (RFC 9293 §3.10.7.4 second): the listener has none half open."""
    world = two_hosts()
    world.command("bob", "tcp.listen", port=PORT)
    stranger = Stranger(world)
    for port in range(1000, 1300):
        stranger.say(SPORT=port, SEQ=port, CTL=SYN)
        stranger.say(SPORT=port, SEQ=port + 1, CTL=RST)
        stranger.stack.step(world.now)
    (listener,) = stranger.hands.part("tcp.listener").instances.values()
    assert (["LISTEN"], 0) == (states(world, "bob"), listener.half_open)
    assert 0 == stranger.hands.counters["displaced"]


def test_a_listener_that_closes_lets_go_of_who_is_half_open() -> None:
    """Nothing is left of them, and their late acknowledgments are reset."""
    world = two_hosts()
    listener = world.command("bob", "tcp.listen", port=PORT)
    stranger = Stranger(world)
    for port in range(1000, 1010):
        stranger.say(SPORT=port, SEQ=port, CTL=SYN)
    world.command("bob", "tcp.close", socket=listener)
    assert dict.fromkeys(left(world, "bob"), 0) == left(world, "bob")


def test_a_blind_reset_ends_nothing() -> None:
    """Within the window it earns a challenge, out of it nothing; the exact one ends (RFC 5961)."""
    world = two_hosts()
    _alice, _bob = open_only(world)
    stranger = Stranger(world)
    scope = stranger.scope
    rport, expected = scope.rport, scope.RCV_NXT
    before = stranger.hands.counters["out_segments"]
    stranger.say(SPORT=rport, SEQ=(expected + 100) % SPACE, CTL=RST)
    assert before + 1 == stranger.hands.counters["out_segments"]
    stranger.say(SPORT=rport, SEQ=(expected - 100) % SPACE, CTL=RST)
    assert before + 1 == stranger.hands.counters["out_segments"]
    assert "ESTABLISHED" in states(world, "bob")
    stranger.say(SPORT=rport, SEQ=expected, CTL=RST)
    assert [] == states(world, "bob")


def test_blind_calls_and_text_change_nothing() -> None:
    """A SYN and text with an acknowledgment of what was never sent (RFC 5961 §4, §5)."""
    world = two_hosts()
    alice, bob = open_only(world)
    stranger = Stranger(world)
    scope = stranger.scope
    rport, expected = scope.rport, scope.RCV_NXT
    stranger.say(SPORT=rport, SEQ=expected, CTL=SYN)
    wrong = (scope.SND_NXT + 5000) % SPACE
    stranger.say(b"evil", SPORT=rport, SEQ=expected, ACK=wrong, CTL=ACK)
    alice.command("send", data=b"good")
    world.run(world.now + SECOND)
    assert b"good" == bob.command("receive", count=99)


def test_resets_are_never_answered() -> None:
    """Nor is anything that would make two hosts answer one another for ever (SHLD-2)."""
    world = two_hosts()
    stranger = Stranger(world)
    stranger.say(SPORT=1, SEQ=1, CTL=RST)
    stranger.say(SPORT=1, SEQ=1, CTL=RST | ACK)
    assert 0 == stranger.hands.counters["out_segments"]
    stranger.say(SPORT=1, SEQ=1, CTL=FIN)
    assert 1 == stranger.hands.counters["out_segments"]


def test_noise_is_counted_and_nothing_raises() -> None:
    """3,000 payloads of chance, and segments with a bit flipped: a verdict for each."""
    world = two_hosts()
    open_only(world)
    world.command("bob", "tcp.listen", port=PORT)
    stranger, random = Stranger(world), Random(4)
    scope = stranger.scope
    good = stranger.codec.encode(
        stranger.codec.make(
            SPORT=scope.rport,
            DPORT=PORT,
            SEQ=scope.RCV_NXT,
            ACK=scope.SND_NXT,
            CTL=ACK,
            payload=b"x" * 30,
        ),
        stranger.inbound.src + stranger.inbound.dst,
    )
    before = stranger.hands.counters["in_segments"]
    for _ in range(3000):
        stranger.octets(random.randbytes(random.randrange(80)))
        bad = bytearray(good)
        bad[random.randrange(len(bad))] ^= 1 << random.randrange(8)
        stranger.octets(bytes(bad))
    counters = stranger.hands.counters
    refused = ("truncated", "bad_header_length", "bad_checksum", "bad_options")
    assert 6000 == sum(counters[name] for name in refused) + counters["in_segments"] - before
    assert ({}, "ESTABLISHED" in states(world, "bob")) == (stranger.stack.faults, True)


def test_random_segments_of_every_kind_leave_a_stack_whole() -> None:
    """2,000 segments with any bits, numbers, options and text around the connection's own."""
    world = two_hosts()
    open_only(world)
    world.command("bob", "tcp.listen", port=PORT)
    stranger, random = Stranger(world), Random(9)
    scope = stranger.scope
    rport, base, acked = scope.rport, scope.RCV_NXT, scope.SND_NXT
    for _ in range(2000):
        stranger.say(
            random.randbytes(random.choice((0, 0, 1, 40, 1400))),
            SPORT=random.choice((rport, 5555, 5556)),
            SEQ=(base + random.randrange(-2000, 70_000)) % SPACE,
            ACK=(acked + random.randrange(-10, 10)) % SPACE,
            CTL=random.choice((ACK, ACK, ACK, FIN | ACK, SYN, SYN | ACK, RST, RST | ACK, 63, 0)),
            WND=random.choice((0, 1, 1000, 65535)),
            UP=random.randrange(65536),
        )
        if random.random() < 0.05:
            world.run(world.now + random.randrange(500_000))
    assert {} == stranger.stack.faults
