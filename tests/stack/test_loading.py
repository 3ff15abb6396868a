"""A stranger's layer comes by the search path, and goes; what fails leaves the stack as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.drivers import Wire
from netfsm.errors import BadBinding, BindingConflict, BindingError, NotLoaded, SpecError
from netfsm.stack import Stack
from tests.stack.toy import LAYER, Toy, boot, frames, toy, write


def picture(stack: Stack) -> tuple[object, ...]:
    """What a load may change."""
    spaces = [(space.name, len(list(space.bindings()))) for space in stack.registry.spaces()]
    return list(stack.layers), spaces, stack.clock.armed()


def test_a_strangers_layer_is_found_by_its_path(tmp_path: Path) -> None:
    """A directory adds a layer with its own machines and hands, with no change of ours."""
    stack = boot(tmp_path)
    stack.step(1, frames(b"ab"))
    assert [b"ab"] == toy(stack).told


def test_without_the_path_it_is_not_there() -> None:
    """A layer that nobody can find is an error of its name."""
    stack = Stack()
    with pytest.raises(SpecError, match="toy"):
        stack.load("toy")
    with pytest.raises(NotLoaded, match="layer toy isn't loaded"):
        stack.layer("toy")


def test_a_missing_hand_is_named_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the specs ask for and the class lacks is told when the layer is loaded."""
    stack = Stack(path=[write(tmp_path)])
    before = picture(stack)
    monkeypatch.delattr(Toy, "on_box_gone")
    with pytest.raises(BindingError, match=r"no method on_box_gone, which toy\.box needs"):
        stack.load("toy")
    assert before == picture(stack)


def test_hands_that_break_at_their_start_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A layer that can't begin is taken out again, with its key spaces."""

    def breaks(_: Toy) -> None:
        raise RuntimeError("no beginning")

    stack = Stack(layers=["ethernet"], path=[write(tmp_path)])
    stack.unload("ethernet")
    before = picture(stack)
    monkeypatch.setattr(Toy, "setup", breaks)
    with pytest.raises(RuntimeError, match="no beginning"):
        stack.load("toy")
    assert before == picture(stack)


def test_a_conflict_names_both_and_takes_what_came_with_it_out(tmp_path: Path) -> None:
    """Where a key is taken, the layer and those that were loaded for it are taken out again."""
    needy = LAYER.replace("binds:", "requires: [icmp]\nbinds:")
    stack = Stack(layers=["ethernet"], path=[write(tmp_path, layer=needy)])
    before = picture(stack)
    with pytest.raises(BindingConflict, match=r"type 1 belongs to ethernet, so toy"):
        stack.load("toy")
    assert before == picture(stack)
    stack.load("icmp")


def test_a_handler_that_can_not_do_its_work_is_refused_at_once(tmp_path: Path) -> None:
    """What is bound to a link type must be able to receive and to send."""
    wrong = LAYER.replace("handler: link", "handler: receive")
    stack = Stack(path=[write(tmp_path, layer=wrong)])
    before = picture(stack)
    with pytest.raises(BadBinding, match="the handler of toy is no Link"):
        stack.load("toy")
    assert before == picture(stack)


def test_a_layer_comes_and_goes_without_a_trace(tmp_path: Path) -> None:
    """Unloading stops timers and closes what was bound; the layer can come again."""
    stack = boot(tmp_path)
    stack.step(1, frames(b"ab"))
    stack.unload("toy")
    assert () == stack.clock.armed()
    assert ["link.type"] == [space.name for space in stack.registry.spaces()]
    stack.step(2, frames(b"cd"))
    assert 1 == stack.interface("eth0").outcomes["stack.link.type"]
    stack.load("toy")
    stack.step(3, frames(b"ef"))
    assert [b"ef"] == toy(stack).told


def test_values_are_checked(tmp_path: Path) -> None:
    """A constant may be set where its spec says so, by its own name and within its bounds."""
    path = [write(tmp_path)]
    stack = Stack(layers=["toy"], path=path, values={"toy.LIFE": 7_000})
    stack.attach(Wire().left, "eth0")
    assert (1 + 7_000) == stack.step(1, frames(b"ab"))[1]
    for name, value, sentence in (
        ("toy.LIVE", 1, "layer toy has no constant LIVE"),
        ("toy.LIFE", 1, "LIFE is between 1000 and 3600000000, not 1"),
        ("toy.MAX", 5, "MAX can't be set"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Stack(layers=["toy"], path=path, values={name: value})


def test_an_interface_takes_its_machines_with_it() -> None:
    """Machines that a layer keeps for each interface go when the interface goes."""
    stack = Stack(layers=["ethernet"], strict=True)
    stack.attach(Wire().left, "eth0")
    stack.step(1, frames(bytes(60)))
    parts = stack.layer("ethernet").parts.values()
    assert [("eth0",), ("eth0",)] == [key for part in parts for key, _ in part.states()]
    stack.detach("eth0")
    assert [] == [key for part in parts for key, _ in part.states()]
