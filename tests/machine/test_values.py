"""Operations on sets, queues, ranges and prefixes against the plainest models there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.machine import values
from netfsm.spec import types
from netfsm.spec.types import Type

WHOLE = 256
STARTS = st.integers(0, 60)
PIECES = st.lists(st.tuples(STARTS, st.integers(0, 12)), max_size=8)
BASES = st.sampled_from((0, 100, 200, 250))


def filled(base: int, pieces: list[tuple[int, int]]) -> tuple[values.Runs, set[int]]:
    """Ranges and the set of numbers that they stand for."""
    runs: values.Runs = ()
    numbers: set[int] = set()
    for offset, length in pieces:
        start = (base + offset) % WHOLE
        runs = values.ranges_add(runs, start, length, WHOLE)
        numbers |= {(start + step) % WHOLE for step in range(length)}
    return runs, numbers


def members(runs: values.Runs) -> list[int]:
    """Every number of `runs`."""
    return [(start + step) % WHOLE for start, length in runs for step in range(length)]


@given(BASES, PIECES)
def test_ranges_hold_what_was_added(base: int, pieces: list[tuple[int, int]]) -> None:
    """Every number once, runs apart and in order, around the end of the space too."""
    runs, numbers = filled(base, pieces)
    assert len(numbers) == values.ranges_length(runs)
    assert numbers == set(members(runs))
    offsets = [(start - base) % WHOLE for start, _ in runs]
    assert sorted(offsets) == offsets
    ends = [offset + length for offset, (_, length) in zip(offsets, runs, strict=True)]
    assert all(end < start for end, start in zip(ends, offsets[1:], strict=False))


SMALL = 16
ANYWHERE = st.lists(st.tuples(st.integers(0, SMALL - 1), st.integers(0, SMALL)), max_size=6)


@given(ANYWHERE, st.integers(0, SMALL - 1), st.integers(0, SMALL), st.integers(0, SMALL - 1))
def test_ranges_keep_what_proofs_take_from_them(
    pieces: list[tuple[int, int]], start: int, length: int, upto: int
) -> None:
    """Anywhere in a space, and all around it: the contracts that `netfsm.prove.theory` states."""
    runs: values.Runs = ()
    numbers: set[int] = set()
    for at, count in pieces:
        runs = values.ranges_add(runs, at, count, SMALL)
        numbers |= {(at + step) % SMALL for step in range(count)}
    made = values.ranges_add(runs, start, length, SMALL)
    old, size = values.ranges_length(runs), values.ranges_length(made)
    assert len(numbers) == old <= size <= min(old + length, SMALL)
    assert len(numbers | {(start + step) % SMALL for step in range(length)}) == size
    assert length <= values.ranges_run(made, start, SMALL) <= size
    assert (runs == made) or length > 0
    assert values.ranges_length(values.ranges_cut(made, upto, SMALL)) <= size
    assert (size == 0) == (made == ())


@given(BASES, PIECES, STARTS)
def test_cut_takes_away_all_before(base: int, pieces: list[tuple[int, int]], at: int) -> None:
    """What is left are the numbers from `upto` on."""
    runs, numbers = filled(base, pieces)
    upto = (base + at) % WHOLE
    kept = {number for number in numbers if (number - upto) % WHOLE < WHOLE // 2}
    assert kept == set(members(values.ranges_cut(runs, upto, WHOLE)))


@given(BASES, PIECES, STARTS, st.integers(0, 15))
def test_run_and_covers(base: int, pieces: list[tuple[int, int]], at: int, length: int) -> None:
    """A run ends at the first number that is missing."""
    runs, numbers = filled(base, pieces)
    start = (base + at) % WHOLE
    run = next(step for step in range(WHOLE) if (start + step) % WHOLE not in numbers)
    assert run == values.ranges_run(runs, start, WHOLE)
    assert (length <= run) == values.ranges_covers(runs, start, length, WHOLE)


@given(st.lists(st.integers()), st.integers(), st.integers(0, 4))
def test_push(items: list[int], item: int, limit: int) -> None:
    """A full queue drops its oldest or refuses the newest."""
    queue = tuple(items[:limit])
    room = len(queue) < limit
    assert (*queue, item)[-limit:] == values.push_or_drop(queue, item, limit) or not limit
    assert ((*queue, item) if room else queue) == values.push_or_refuse(queue, item, limit)


@pytest.mark.parametrize(
    ("a", "b", "less", "at_most"),
    [
        (0, 0, False, True),
        (0, 1, True, True),
        (1, 0, False, False),
        (0, 2**31 - 1, True, True),
        (0, 2**31, False, False),
        (0, 2**31 + 1, False, False),
        (2**32 - 1, 0, True, True),
        (2**31, 0, False, False),
        (2**31 + 1, 0, True, True),
    ],
)
def test_order_of_sequence_numbers(a: int, b: int, less: bool, at_most: bool) -> None:
    """Less means ahead by less than half the space (RFC 1982)."""
    assert (less, at_most) == (values.seq_lt(a, b, 2**32), values.seq_le(a, b, 2**32))


@pytest.mark.parametrize(
    ("address", "prefix", "inside"),
    [
        (0x0A000001, (0x0A000000, 8), True),
        (0x0B000000, (0x0A000000, 8), False),
        (0xFFFFFFFF, (0, 0), True),
        (0xC0000201, (0xC0000201, 32), True),
        (0xC0000202, (0xC0000201, 32), False),
    ],
)
def test_prefix(address: int, prefix: tuple[int, int], inside: bool) -> None:
    """Only the first bits count, none for length 0 and all for 32."""
    assert inside == values.in_prefix(address, prefix, 32)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (types.BOOL, True, 1),
        (types.Nat(5), 5, 6),
        (types.Nat(5), 0, -1),
        (types.Seq("snd", 8), 255, 256),
        (types.Flags("F", ("A", "B")), 3, 4),
        (types.Enum("E", (("A", 1),)), 1, 2),
        (types.Enum("E", (("A", 1),), 8, open=True), 2, 256),
        (types.DURATION, 0, -1),
        (types.MAC, b"123456", b"12345"),
        (types.IPV4, 2**32 - 1, 2**32),
        (types.Prefix("ipv4"), (0, 0), (0,)),
        (types.BYTES, b"", ""),
        (types.TEXT, "", b""),
        (types.SetOf(types.Nat(5)), frozenset({5}), frozenset({6})),
        (types.Queue(types.Nat(5), 2, "refuse"), (1, 2), (1, 2, 3)),
        (types.Ranges(types.Seq("snd", 8)), ((1, 2),), ((1, 0),)),
    ],
)
def test_fits(kind: Type, good: object, bad: object) -> None:
    """A value of a type fits it, and one beyond it does not."""
    assert (True, False) == (values.fits(kind, good), values.fits(kind, bad))
