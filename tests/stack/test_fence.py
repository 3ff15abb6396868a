"""Hands that raise: that is counted and reported, and everything else goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.drivers import Wire
from netfsm.stack import Interface, Report, Stack
from netfsm.stack.verdicts import DELIVERED, Verdict
from tests.stack.toy import Toy, boot, frames, toy

SECOND = 1_000_000


def reports(stack: Stack, now: int, *datas: bytes) -> list[dict[str, object]]:
    """Step, and give what the stack reports."""
    outputs, _ = stack.step(now, frames(*datas))
    return [out.data for out in outputs if type(out) is Report and out.name == "stack.fault"]


def test_a_frame_that_breaks_the_hands_is_an_outcome(tmp_path: Path) -> None:
    """The frame's outcome is a fault of that layer; frames after it are served."""
    stack = boot(tmp_path)
    toy(stack).broken.add(b"ab")
    told = reports(stack, 1, b"ab", b"cd")
    assert [{"layer": "toy", "error": "RuntimeError: the hands break over b'ab'"}] == told
    assert {"toy.fault": 1, "delivered": 1} == stack.interface("eth0").outcomes
    assert {"toy": 1} == stack.faults
    assert [b"cd"] == toy(stack).told


def test_a_row_is_carried_out_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an emission that breaks the hands, the row's signals and timers still happen."""
    stack = boot(tmp_path)
    hands = toy(stack)
    hands.broken.add(b"ab")

    def receive(_: Interface, frame: memoryview) -> Verdict:
        return put(hands, bytes(frame))

    monkeypatch.setattr(hands, "receive", receive)
    told = reports(stack, 1, b"ab")
    assert ["toy"] == [one["layer"] for one in told]
    assert [1] == hands.sums
    assert 1 == hands.part("toy.box").armed()


def put(hands: Toy, data: bytes) -> Verdict:
    """Put a thing into its box."""
    return hands.part("toy.box").step((data[0],), "put", data, True) or DELIVERED


def test_alarms_of_one_moment_do_not_hang_on_one_another(tmp_path: Path) -> None:
    """A timer whose work breaks leaves the others their time, and the clock goes on."""
    stack = boot(tmp_path)
    hands = toy(stack)
    stack.step(1, frames(b"ab", b"cd"))
    hands.broken.add(b"ab")
    told = reports(stack, 3 * SECOND)
    assert 1 == len(told)
    assert [b"cd"] == hands.gone
    assert 3 * SECOND == stack.clock.now
    assert [] == list(hands.part("toy.box").states())


def test_what_waits_behind_a_fault_is_done(tmp_path: Path) -> None:
    """Work that was put off does not hang on the work before it."""
    stack = boot(tmp_path)
    done: list[str] = []
    stack.later(lambda: done.append(str(1 // 0)))
    stack.later(lambda: done.append("done"))
    assert ["ZeroDivisionError: integer division or modulo by zero"] == [
        one["error"] for one in reports(stack, 1, b"ab")
    ]
    assert ["done"] == done


def test_a_link_is_told_to_every_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that breaks over a new link does not keep the link from coming up."""

    def breaks(self: Toy, interface: Interface) -> None:
        raise RuntimeError(f"{self.name} {interface.name}")

    stack = boot(tmp_path)
    monkeypatch.setattr(Toy, "interface_up", breaks)
    assert stack.attach(Wire().left, "eth1").running
    assert {"toy": 1} == stack.faults


def test_a_strict_stack_lets_the_exception_through(tmp_path: Path) -> None:
    """Tests want the traceback, not a counter."""
    stack = boot(tmp_path, strict=True)
    toy(stack).broken.add(b"ab")
    with pytest.raises(RuntimeError, match="the hands break over b'ab'"):
        stack.step(1, frames(b"ab"))
