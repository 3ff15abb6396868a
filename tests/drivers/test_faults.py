"""A bad link: what it does is said in one line, and the same seed does the same."""

from __future__ import annotations

from collections import Counter

import pytest

from netfsm.drivers import Faults, Faulty, Wire
from netfsm.drivers.faults import Judge

FRAMES = [number.to_bytes(4) * 8 for number in range(400)]


def test_the_words_of_the_command_line() -> None:
    """Every fault can be said in words, and what was read tells itself in the same words."""
    text = (
        "loss=0.03,reorder=0.1,duplicate=0.01,corrupt=0.001,delay=5ms,jitter=200us,hold=1s,seed=7"
    )
    faults = Faults.parse(text)
    assert Faults(0.03, 0.01, 0.1, 0.001, 5_000, 200, 1_000_000, 7) == faults
    assert faults == Faults.parse(str(faults))
    assert Faults() == Faults.parse("") == Faults.parse(" ,")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lose=0.1", "'lose=0.1' is no fault"),
        ("loss", "'loss' is no fault"),
        ("loss=2", "loss is a rate from 0 to 1, not 2.0"),
        ("loss=-0.1", "loss is a rate from 0 to 1, not -0.1"),
        ("loss=nan", "loss is a rate from 0 to 1, not nan"),
        ("loss=many", "loss is a rate from 0 to 1, not 'many'"),
        ("delay=5", "delay is a time such as 5ms, 200us or 1s, not '5'"),
        ("delay=-5ms", "delay is a time such as 5ms"),
        ("seed=x", "seed is a whole number, not 'x'"),
        ("loss=0.1,loss=0.2", "loss is said twice"),
    ],
)
def test_wrong_words_are_told(text: str, word: str) -> None:
    """What is no fault, or out of its range, is refused with what would be right."""
    with pytest.raises(ValueError, match=word):
        Faults.parse(text)


def test_a_negative_time_is_refused() -> None:
    """Nothing arrives before it was sent."""
    with pytest.raises(ValueError, match="delay is not negative, not -1"):
        Faults(delay=-1)


def test_a_good_link_changes_nothing() -> None:
    """Without faults every frame passes at once, whole and once."""
    judge = Judge(Faults())
    for frame in FRAMES:
        (passage,) = judge.judge(frame, 5)
        assert (5, frame, "delivered") == (passage.due, passage.frame, passage.fate)


def test_the_same_seed_does_the_same() -> None:
    """Chance comes from the seed alone."""
    faults = Faults.parse(
        "loss=0.2,duplicate=0.2,reorder=0.2,corrupt=0.2,delay=1ms,jitter=1ms,seed=3"
    )
    first, again = Judge(faults), Judge(faults)
    told = [first.judge(frame, 0) for frame in FRAMES]
    assert told == [again.judge(frame, 0) for frame in FRAMES]
    other = Judge(Faults.parse(f"{faults},seed=4".replace("seed=3,", "")))
    assert told != [other.judge(frame, 0) for frame in FRAMES]


def test_rates_are_kept() -> None:
    """Of many frames about the rate is lost, doubled and spoiled, and all are accounted for."""
    judge = Judge(Faults(loss=0.25, duplicate=0.25, reorder=0.25, corrupt=0.25, seed=1))
    fates = Counter(p.fate for frame in FRAMES * 10 for p in judge.judge(frame, 0))
    sent = 4000
    assert 900 < fates["lost"] < 1100
    passed = sent - fates["lost"]
    assert passed == fates["delivered"] + fates["corrupted"] + fates["reordered"]
    assert 0.2 < fates["corrupted"] / passed < 0.3
    assert 0.2 < fates["duplicated"] / passed < 0.3


def test_corruption_flips_one_bit() -> None:
    """A corrupted frame differs from what was sent in exactly one bit."""
    judge = Judge(Faults(corrupt=1, seed=2))
    for frame in FRAMES:
        (passage,) = judge.judge(frame, 0)
        wrong = int.from_bytes(frame) ^ int.from_bytes(passage.frame)
        assert 1 == wrong.bit_count()
    assert b"" == judge.judge(b"", 0)[0].frame


def faulty(**rates: float) -> tuple[Faulty, Wire]:
    """A faulty left end, and its wire."""
    wire = Wire()
    return Faulty(wire.left, **rates), wire


def test_a_delay_holds_frames_in_both_directions() -> None:
    """Held frames have a deadline; they come out at it, not before."""
    link, wire = faulty(delay=1_000)
    link.advance(10_000)
    link.transmit(b"out")
    wire.right.transmit(b"in")
    assert () == link.receive()
    assert 11_000 == link.deadline()
    link.advance(10_999)
    assert ((), ()) == (wire.right.receive(), link.receive())
    link.advance(11_000)
    assert (b"out",) == wire.right.receive()
    assert (b"in",) == link.receive()
    assert link.deadline() is None


def test_a_reordered_frame_is_passed_by_later_ones() -> None:
    """A frame that is held lets later ones go first."""
    link, wire = faulty(reorder=0.5, hold=100, seed=5)
    arrived: list[bytes] = []
    for number, frame in enumerate(FRAMES[:50]):
        link.advance(number * 10)
        link.transmit(frame)
        arrived += [bytes(one) for one in wire.right.receive()]
    link.advance(10_000)
    arrived += [bytes(one) for one in wire.right.receive()]
    assert sorted(arrived) == FRAMES[:50]
    assert arrived != FRAMES[:50]


def test_a_cut_lets_nothing_pass_until_it_is_mended() -> None:
    """Frames sent into a cut are counted and gone."""
    link, wire = faulty()
    link.cut = True
    link.transmit(b"lost")
    wire.right.transmit(b"lost too")
    assert () == link.receive()
    link.cut = False
    link.transmit(b"here")
    assert (b"here",) == wire.right.receive()
    assert {("out", "cut"): 1, ("in", "cut"): 1, ("out", "delivered"): 1} == link.fates


def test_counts_add_up() -> None:
    """Frames that arrive are those sent, less the lost, and the doubled."""
    link, wire = faulty(loss=0.2, duplicate=0.1, reorder=0.1, corrupt=0.05, delay=500, seed=9)
    for number, frame in enumerate(FRAMES):
        link.advance(number)
        link.transmit(frame)
    link.advance(10_000_000)
    fates = link.fates
    expected = len(FRAMES) - fates["out", "lost"] + fates["out", "duplicated"]
    assert expected == len(wire.right.receive())
    assert fates["out", "lost"] > 0
    assert fates["out", "duplicated"] > 0
