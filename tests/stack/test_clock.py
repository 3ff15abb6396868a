"""Timers in virtual time: each at its own moment, in order, and cheap to arm again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from netfsm.stack.clock import Alarm, Clock


class Call(Alarm):
    """An alarm that calls somebody; `rested` counts how often it was let go."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self.work, self.rested = work, 0

    def fire(self) -> None:
        """Call."""
        self.work()

    def rest(self) -> None:
        """Count."""
        self.rested += 1


def alarms(clock: Clock, fired: list[tuple[str, int]], *names: str) -> list[Alarm]:
    """Alarms that write down their name and the time when they fire."""

    def fire(name: str) -> None:
        fired.append((name, clock.now))

    return [Call(partial(fire, name)) for name in names]


def test_alarms_fire_at_their_own_time_and_in_order() -> None:
    """A late step fires what was due on the way, each with its deadline as the time."""
    clock, fired = Clock(), list[tuple[str, int]]()
    first, second, same = alarms(clock, fired, "first", "second", "same")
    clock.arm(second, 20)
    clock.arm(first, 10)
    clock.arm(same, 20)
    clock.run_due(1_000)
    assert [("first", 10), ("second", 20), ("same", 20)] == fired
    assert 1_000 == clock.now
    assert None is clock.next_deadline()


def test_arming_again_replaces_the_deadline() -> None:
    """Later or earlier, the last order counts, and an alarm fires once."""
    clock, fired = Clock(), list[tuple[str, int]]()
    one, two = alarms(clock, fired, "one", "two")
    clock.arm(one, 10)
    clock.arm(one, 50)
    clock.arm(two, 40)
    clock.arm(two, 5)
    assert 5 == clock.next_deadline()
    clock.run_due(100)
    assert [("two", 5), ("one", 50)] == fired


def test_a_stopped_alarm_is_silent_and_can_be_armed_again() -> None:
    """Stopping needs no search; the old place in the queue means nothing."""
    clock, fired = Clock(), list[tuple[str, int]]()
    (one,) = alarms(clock, fired, "one")
    clock.arm(one, 10)
    clock.stop(one)
    assert None is clock.next_deadline()
    clock.arm(one, 30)
    clock.stop(one)
    clock.arm(one, 20)
    clock.run_due(100)
    assert [("one", 20)] == fired


def test_an_alarm_may_arm_itself_while_it_fires() -> None:
    """A periodic timer catches up, period by period."""
    clock = Clock()
    fired: list[int] = []

    def tick() -> None:
        fired.append(clock.now)
        clock.arm(alarm, 10)

    alarm = Call(tick)
    clock.arm(alarm, 10)
    clock.run_due(35)
    assert [10, 20, 30] == fired
    assert 40 == clock.next_deadline()


def test_arming_later_leaves_the_queue_alone() -> None:
    """A timer that restarts with every packet has one place in the queue, not thousands."""
    clock = Clock()
    alarm = Call(lambda: None)
    for _ in range(10_000):
        clock.now += 1
        clock.arm(alarm, 1_000_000)
    assert 1 == len(clock._queue)
    assert 1_010_000 == clock.next_deadline()
    assert (alarm,) == clock.armed()


def test_an_alarm_rests_when_its_place_is_gone() -> None:
    """Once each: after it has fired and was not set again, or was stopped and its place is gone."""
    clock = Clock()
    fires, stops = Call(lambda: None), Call(lambda: None)
    clock.arm(fires, 10)
    clock.arm(stops, 20)
    clock.stop(stops)
    assert (0, 0) == (fires.rested, stops.rested)
    clock.run_due(15)
    assert (1, None) == (fires.rested, clock.next_deadline())
    assert (1, 1, 0) == (fires.rested, stops.rested, len(clock))


orders = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 50)), st.integers(0, 20)),
    max_size=40,
)


@given(orders)
def test_the_lazy_queue_behaves_as_a_plain_table(steps: list[tuple[int, int | None, int]]) -> None:
    """Orders and passing time give what a table of deadlines, searched each time, gives."""
    clock, fired = Clock(), list[tuple[str, int]]()
    made = alarms(clock, fired, *"abcd")
    table: dict[str, int] = {}
    expected: list[tuple[str, int]] = []
    for which, after, passing in steps:
        name = "abcd"[which]
        if after is None:
            clock.stop(made[which])
            table.pop(name, None)
        else:
            clock.arm(made[which], after)
            table[name] = clock.now + after
        now = clock.now + passing
        due = {name: at for name, at in table.items() if at <= now}
        expected += due.items()
        table = {name: at for name, at in table.items() if at > now}
        clock.run_due(now)
        assert min(table.values(), default=None) == clock.next_deadline()
    assert sorted(expected) == sorted(fired)
    assert [at for _, at in fired] == sorted(at for _, at in fired)
