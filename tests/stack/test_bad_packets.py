"""Wrong and hostile packets: each is dropped for a reason with a name, and raises nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from random import Random

import pytest

from netfsm.stack import Frame, Stack
from tests.stack.bench import (
    ALL,
    OUR_MAC,
    OURS,
    PEER,
    PEER_MAC,
    arp,
    checksum,
    echo,
    ethernet,
    frames_of,
    given,
    ready_stack,
    reports_of,
    rows_of,
)

RIVAL = bytes.fromhex("020000000099")


def outcome(stack: Stack, frame: bytes) -> str:
    """What became of a frame, as the interface counts it."""
    interface = stack.interface("eth0")
    before = interface.outcomes.copy()
    given(stack, frame)
    (name,) = (interface.outcomes - before).elements()
    return name


def spoilt(frame: bytes, at: int, *octets: int) -> bytes:
    """The frame with other octets at a place."""
    return frame[:at] + bytes(octets) + frame[at + len(octets) :]


def resealed(frame: bytes, at: int, *octets: int) -> bytes:
    """The same, with an IPv4 header checksum that is right again."""
    changed = spoilt(spoilt(frame, at, *octets), 24, 0, 0)
    size = (changed[14] & 15) * 4
    return spoilt(changed, 24, *checksum(changed[14 : 14 + max(size, 20)]))


BAD = {
    "no octet at all": (b"", "ethernet.truncated"),
    "a truncated Ethernet header": (echo()[:13], "ethernet.truncated"),
    "another station's frame": (spoilt(echo(), 0, *RIVAL), "ethernet.not_for_us"),
    "a group as the source": (spoilt(echo(), 6, *ALL), "ethernet.group_source"),
    "a length where the type is": (ethernet(46, bytes(46)), "ethernet.length_field"),
    "a type that nobody is bound to": (ethernet(0x86DD, bytes(46)), "ethernet.no_listener"),
    "a truncated ARP packet": (arp(1)[:41], "arp.truncated"),
    "an unknown hardware type": (spoilt(arp(1), 15, 9), "arp.wrong_hardware"),
    "another protocol": (spoilt(arp(1), 16, 0x86, 0xDD), "arp.wrong_protocol"),
    "a truncated datagram": (echo()[:30], "ipv4.truncated"),
    "an IP version 6": (spoilt(echo(), 14, 0x65), "ipv4.bad_version"),
    "an IHL below five": (resealed(echo(), 14, 0x44), "ipv4.bad_header_length"),
    "an IHL beyond the datagram": (resealed(echo(size=0), 14, 0x4F), "ipv4.bad_header_length"),
    "a total length below the header": (resealed(echo(), 16, 0, 19), "ipv4.bad_total_length"),
    "a total length beyond the frame": (resealed(echo(), 16, 5, 220), "ipv4.truncated"),
    "a wrong header checksum": (spoilt(echo(), 24, 0xDE, 0xAD), "ipv4.bad_checksum"),
    "another host's datagram": (echo(to="192.0.2.44"), "ipv4.not_for_us"),
    "a broadcast as the source": (echo(source="192.0.2.255"), "ipv4.bad_source"),
    "a multicast source": (echo(source="224.0.0.5"), "ipv4.bad_source"),
    "a wrong ICMP checksum": (spoilt(echo(), 40, 0xFF), "icmp.bad_checksum"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_frame_is_dropped_by_name(case: str) -> None:
    """Nothing is answered, one outcome is counted, and the layer's own counter says the same."""
    frame, expected = BAD[case]
    stack = ready_stack()
    given(stack, arp(1))
    assert expected == outcome(stack, frame)
    layer, reason = expected.split(".")
    counters = stack.layer(layer).counters
    assert 1 == counters[reason]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (arp(1, mac=RIVAL)[:22] + ALL + arp(1, mac=RIVAL)[28:], "bad_sender_hardware"),
        (arp(1, "192.0.2.255", mac=RIVAL), "bad_sender_protocol"),
        (arp(1, "255.255.255.255", mac=RIVAL), "bad_sender_protocol"),
        (arp(1, "127.0.0.1", mac=RIVAL), "bad_sender_protocol"),
        (arp(1, "224.0.0.9", mac=RIVAL), "bad_sender_protocol"),
        (arp(1, "203.0.113.9", mac=RIVAL), "off_link_sender"),
        (arp(2, "203.0.113.9", mac=RIVAL, to=OUR_MAC), "off_link_sender"),
    ],
)
def test_a_spoofed_sender_is_not_believed(frame: bytes, reason: str) -> None:
    """A sender that is a group or off the link teaches us nothing and gets no answer."""
    stack = ready_stack()
    assert [] == given(stack, frame)
    assert 1 == stack.layer("arp").counters[reason]
    assert () == stack.query("arp.neighbours")


def test_our_own_broadcast_that_comes_back_is_no_conflict() -> None:
    """A hub sends our announcement back; it is counted and nothing is defended."""
    stack = ready_stack()
    assert [] == given(stack, arp(1, OURS, OURS, mac=OUR_MAC))
    assert 1 == stack.layer("arp").counters["echoed"]


def test_a_sender_that_says_our_address_runs_the_conflict_rows() -> None:
    """One defence, then within ten seconds the address is given up (RFC 5227 §2.4 (b))."""
    stack = ready_stack(traced=True)
    claim = Frame("eth0", arp(1, OURS, OURS, mac=RIVAL))
    outputs, _ = stack.step(20_000_000, [claim])
    assert {"arp.interface/in.conflict", "arp.address/undisturbed.defend"} <= set(rows_of(outputs))
    (defence,) = frames_of(outputs)
    assert arp(1, OURS, OURS, mac=OUR_MAC) == defence[:42]
    outputs, _ = stack.step(29_000_000, [claim])
    assert [] == frames_of(outputs)
    assert "ipv4.conflict" in reports_of(outputs)
    assert [] == given(stack, arp(1))


def test_a_second_conflict_after_ten_seconds_is_defended_again() -> None:
    """DEFEND_INTERVAL lies behind, so there is one more announcement."""
    stack = ready_stack()
    claim = Frame("eth0", arp(1, OURS, OURS, mac=RIVAL))
    for now in (20_000_000, 30_000_001):
        assert 1 == len(frames_of(stack.step(now, [claim])[0]))


def noise(count: int, seed: int) -> list[bytes]:
    """Random octets; half of them begin as a frame to us does."""
    random = Random(seed)
    heads = (b"", OUR_MAC + PEER_MAC + b"\x08\x00", ALL + PEER_MAC + b"\x08\x06")
    return [
        random.choice(heads) + random.randbytes(random.choice((0, 4, 20, 28, 60, 90, 300)))
        for _ in range(count)
    ]


def mutants(count: int, seed: int) -> list[bytes]:
    """Good frames with up to three octets changed, cut short or made longer."""
    random = Random(seed)
    good = [
        echo(),
        echo(size=0),
        arp(1),
        arp(2, to=OUR_MAC),
        arp(1, OURS, OURS),
        arp(1, PEER, PEER),
    ]
    good = [bytes(bytearray(frame)) for frame in good]
    found: list[bytes] = []
    for _ in range(count):
        frame = bytearray(random.choice(good))
        for _ in range(random.randint(1, 3)):
            frame[random.randrange(len(frame))] = random.getrandbits(8)
        cut = random.random()
        if cut < 0.1:
            del frame[random.randrange(len(frame)) :]
        elif cut < 0.2:
            frame += random.randbytes(random.randint(1, 40))
        found.append(bytes(frame))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("make", [noise, mutants])
def test_a_hundred_thousand_bad_frames_raise_nothing_and_leave_memory_flat(
    make: Callable[[int, int], list[bytes]],
) -> None:
    """A strict stack takes them all; every frame has one outcome; what is kept does not grow."""
    frames = make(100_000, 1)
    stack = ready_stack()
    before = stack.interface("eth0").in_frames
    sizes: list[int] = []
    for start in range(0, len(frames), 10_000):
        if start == 80_000:
            tracemalloc.start()
        for at in range(start, start + 10_000, 50):
            batch = [Frame("eth0", frame) for frame in frames[at : at + 50]]
            stack.step(stack.clock.now + 10_000, batch)
        if tracemalloc.is_tracing():
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    interface = stack.interface("eth0")
    assert 100_000 == interface.in_frames - before
    assert interface.in_frames == sum(interface.outcomes.values())
    assert {} == stack.faults
    assert sizes[1] - sizes[0] < 200_000
    limit = int(str(stack.layer("arp").constants["MAX_NEIGHBOURS"]))
    assert len(stack.query("arp.neighbours")) <= limit
