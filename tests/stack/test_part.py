"""One machine at work: limits, eviction, batches, drops, timers, instances of an interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.stack import Stack, Taken
from tests.stack.toy import EVICT, boot, frames, toy

SECOND = 1_000_000


def held(stack: Stack) -> list[object]:
    """The names of the boxes that hold something, the oldest first."""
    return [key[0] for key, _ in toy(stack).part("toy.box").states()]


def test_a_full_population_refuses_and_counts(tmp_path: Path) -> None:
    """Where the limit is reached, what would make one more goes back, and nothing else changes."""
    stack = boot(tmp_path, strict=True)
    stack.step(1, frames(b"ab", b"cd", b"ef"))
    hands = toy(stack)
    assert [97, 99] == held(stack)
    assert [b"ab", b"cd"] == hands.told
    assert 1 == hands.counters["full"]
    assert {"delivered": 2, "toy.full": 1} == stack.interface("eth0").outcomes


def test_the_least_makes_room(tmp_path: Path) -> None:
    """Where the spec says who goes, that one gives back what it holds, and the new one comes."""
    stack = boot(tmp_path, when_full=EVICT, strict=True)
    for now, data in enumerate((b"ab", b"cd", b"ef"), start=1):
        stack.step(now, frames(data))
    assert [99, 101] == held(stack)
    assert [b"ab"] == toy(stack).gone
    assert 0 == toy(stack).counters["full"]


@pytest.mark.parametrize("when_full", ["refuse", EVICT])
@pytest.mark.parametrize("traced", [False, True])
def test_only_what_makes_an_instance_needs_room(
    tmp_path: Path, when_full: str, traced: bool
) -> None:
    """An event that may create one, and here does not, neither evicts nor is refused."""
    stack = boot(tmp_path, when_full=when_full, strict=True, traced=traced)
    outputs, _ = stack.step(1, frames(b"ab", b"cd", b"e?"))
    assert [97, 99] == held(stack)
    assert 0 == toy(stack).counters["full"]
    assert [] == toy(stack).gone
    rows = [out.row for out in outputs if type(out) is Taken and out.machine == "toy.box"]
    assert (["absent.keep", "absent.keep", "absent.look"] if traced else []) == rows


def test_a_refused_event_took_no_row(tmp_path: Path) -> None:
    """The trace tells nothing that did not happen."""
    stack = boot(tmp_path, strict=True, traced=True)
    stack.step(1, frames(b"ab", b"cd"))
    outputs, _ = stack.step(2, frames(b"ef"))
    assert [] == [out for out in outputs if type(out) is Taken]


def test_a_timer_ends_an_instance_and_its_memory(tmp_path: Path) -> None:
    """A deadline is kept to the microsecond; a machine that has ended leaves no timer."""
    stack = boot(tmp_path, strict=True)
    _, deadline = stack.step(5, frames(b"ab"))
    assert 5 + SECOND == deadline
    stack.step(4 + SECOND)
    assert [97] == held(stack)
    _, deadline = stack.step(5 + SECOND)
    assert ([], None) == (held(stack), deadline)
    assert 0 == toy(stack).part("toy.box").armed()


def test_completions_of_a_batch_come_once_after_it(tmp_path: Path) -> None:
    """What came together is told together, when all inputs of the step are through."""
    stack = boot(tmp_path, strict=True)
    stack.step(1, frames(b"ab", b"cd"))
    stack.step(2)
    stack.step(2 * SECOND, frames(b"ef"))
    assert [2, 1] == toy(stack).sums


def test_drops_are_counted_without_hands(tmp_path: Path) -> None:
    """A drop's reason is a counter of the layer and the verdict of the frame."""
    stack = boot(tmp_path, strict=True)
    stack.step(1, frames(b"odd", b"ab"))
    assert 1 == toy(stack).counters["odd"]
    assert {"toy.odd": 1, "delivered": 1} == stack.interface("eth0").outcomes


def test_memory_follows_the_timers_that_run(tmp_path: Path) -> None:
    """Many short lives with long timers leave no trail in the clock."""
    stack = boot(tmp_path, strict=True)
    boxes = toy(stack).part("toy.box")
    for number in range(10_000):
        boxes.step((number % 256,), "put", b"x", True)
        boxes.step((number % 256,), "drop_it")
    assert len(stack.clock) < 200
    assert () == stack.clock.armed()
