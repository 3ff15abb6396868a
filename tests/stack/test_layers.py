"""Layers come and go: strangers' too, in any order, and nothing of them stays behind."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from netfsm.errors import BindingConflict, BindingError, NotLoaded, SpecError
from netfsm.stack import Stack
from tests.stack.bench import (
    LAYERS,
    PEER,
    arp,
    echo,
    ethernet,
    frames_of,
    given,
    ipv4,
    ready_stack,
    reports_of,
)
from tests.stack.conftest import Stranger


def greeting(word: bytes = b"hi", protocol: int = 253) -> bytes:
    """A datagram of the stranger's protocol."""
    return ethernet(0x0800, ipv4(word, protocol=protocol))


def test_a_strangers_layer_works_without_a_change_to_netfsm(stranger: Stranger) -> None:
    """A folder on the search path and a module are all that a new layer is."""
    stranger()
    stack = ready_stack([*LAYERS, "hello"])
    given(stack, arp(1), greeting(), greeting(b""))
    assert 1 == stack.query("hello.heard")
    assert 1 == stack.interface("eth0").outcomes["hello.rude"]
    stack.command("hello.greet", to=PEER, wait=5_000)
    assert [] == frames_of(stack.step(stack.clock.now + 4_999)[0])
    (frame,) = frames_of(stack.step(stack.clock.now + 1)[0])
    assert b"hello" == frame[34:39]
    assert 253 == frame[23]


def test_needs_are_loaded_first_and_once(stranger: Stranger) -> None:
    """A layer brings those whose key spaces it binds to; loading again changes nothing."""
    stranger()
    stack = Stack(layers=["hello"], strict=True)
    assert ["raw", "ipv4", "hello"] == list(stack.layers)
    hands = stack.layer("hello")
    stack.load("hello")
    assert hands is stack.layer("hello")


def test_an_unknown_layer_is_told(stranger: Stranger) -> None:
    """The name is said, and the layers that there are."""
    stranger()
    with pytest.raises(SpecError, match="helo"):
        Stack(layers=["helo"])
    with pytest.raises(BindingError, match=r"arp.neighbour is no layer"):
        Stack(layers=["arp.neighbour"])
    with pytest.raises(NotLoaded, match=r'load hello, as in stack.load\("hello"\)'):
        Stack(layers=["ipv4"]).query("hello.heard")


def test_two_layers_for_one_key_are_refused_whole(stranger: Stranger) -> None:
    """The second is told whose the key is, and leaves nothing in the stack."""
    stranger()
    stranger("rival")
    stack = ready_stack([*LAYERS, "hello"])
    with pytest.raises(BindingConflict, match=r"ipv4.protocol 253 belongs to hello"):
        stack.load("rival")
    assert "rival" not in stack.layers
    assert not stack.registry.has("rival.word")
    given(stack, greeting())
    assert 1 == stack.query("hello.heard")
    stack.unload("hello")
    stack.load("rival")
    given(stack, greeting())
    assert 1 == stack.query("rival.heard")


def test_layers_in_a_circle_are_refused(stranger: Stranger) -> None:
    """The whole circle is told."""
    stranger("one", more='  - {to: two.word, key: "x", handler: receive}')
    stranger("two", key=254, more='  - {to: one.word, key: "x", handler: receive}')
    with pytest.raises(BindingError, match="need one another: one -> two -> one"):
        Stack(layers=["one"])


def test_an_optional_binding_is_made_when_its_space_comes(stranger: Stranger) -> None:
    """The provider may be loaded later, go, and come back."""
    stranger("two", key=254)
    optional = '  - {to: two.word, key: "x", handler: receive, optional: true}'
    stranger("one", more=optional)
    stack = ready_stack([*LAYERS, "one"])
    assert not stack.registry.has("two.word")
    for _ in range(2):
        stack.load("two")
        assert ["one"] == [bound.owner for bound in stack.registry.space("two.word").bindings()]
        stack.unload("two")
    given(stack, greeting())
    assert 1 == stack.query("one.heard")


def test_a_tap_sees_what_the_owner_gets(stranger: Stranger) -> None:
    """A tap on ICMP's protocol sees each message, and ICMP answers all the same."""
    stranger("watch", key=1, handler="overhear", policy="tap")
    stack = ready_stack([*LAYERS, "watch"])
    given(stack, arp(1))
    assert 1 == len(given(stack, echo()))
    (seen,) = stack.layer("watch").seen  # type: ignore[attr-defined]  # the stranger's own
    assert 8 == seen[0]


def test_a_fallback_gets_protocols_that_nobody_owns(stranger: Stranger) -> None:
    """It gets what would have been dropped, and ICMP keeps what is its own."""
    stranger("rest", policy="fallback")
    stack = ready_stack([*LAYERS, "rest"])
    given(stack, arp(1), greeting(protocol=99), greeting(protocol=17))
    assert 1 == len(given(stack, echo()))
    assert 2 == stack.query("rest.heard")


def test_a_layer_whose_hands_raise_is_fenced(stranger: Stranger) -> None:
    """The frame is lost, the fault is counted and reported, and everything else goes on."""
    stranger()
    stack = ready_stack([*LAYERS, "hello"], strict=False)
    given(stack, arp(1))
    outputs, _ = stack.step(stack.clock.now)
    given(stack, greeting(b"boom"))
    assert {"hello": 1} == stack.faults
    assert 1 == stack.interface("eth0").outcomes["hello.fault"]
    given(stack, greeting())
    assert 1 == stack.query("hello.heard")
    assert 1 == len(given(stack, echo()))
    interface = stack.interface("eth0")
    assert interface.in_frames == sum(interface.outcomes.values())
    assert [] == reports_of(outputs)


def test_a_fault_is_reported_with_its_layer(stranger: Stranger) -> None:
    """Whoever runs the stack learns the layer and the exception."""
    from netfsm.stack import Frame, Report

    stranger()
    stack = ready_stack([*LAYERS, "hello"], strict=False)
    outputs, _ = stack.step(stack.clock.now, [Frame("eth0", greeting(b"boom"))])
    (fault,) = [one for one in outputs if isinstance(one, Report)]
    expected = {"layer": "hello", "error": "RuntimeError: a bug of the stranger"}
    assert ("stack.fault", expected) == (fault.name, fault.data)


def test_a_strict_stack_lets_the_exception_through(stranger: Stranger) -> None:
    """For tests: the traceback leads to the hands."""
    stranger()
    stack = ready_stack([*LAYERS, "hello"])
    with pytest.raises(RuntimeError, match="a bug of the stranger"):
        given(stack, greeting(b"boom"))


def test_what_others_need_cannot_be_unloaded(stranger: Stranger) -> None:
    """All those that need it are named; optional bindings do not hold it back."""
    stranger()
    stack = ready_stack([*LAYERS, "hello"])
    with pytest.raises(BindingError, match="layer ipv4 is needed by hello, icmp, arp"):
        stack.unload("ipv4")
    with pytest.raises(NotLoaded):
        stack.unload("udp")


def test_an_unloaded_layer_leaves_nothing(stranger: Stranger) -> None:
    """No binding, space, timer or packet of it stays, and its hands are let go."""
    stranger()
    stack = ready_stack([*LAYERS, "hello"])
    given(stack, arp(1))
    stack.command("hello.greet", to=PEER, wait=10_000_000)
    hands = weakref.ref(stack.layer("hello"))
    armed = len(stack.clock.armed())
    stack.unload("hello")
    assert armed - 1 == len(stack.clock.armed())
    assert () == stack.registry.owned_by("hello")
    assert not stack.registry.has("hello.word")
    given(stack, greeting())
    assert 1 == stack.interface("eth0").outcomes["ipv4.no_protocol"]
    stack.step(stack.clock.now + 60_000_000)
    gc.collect()
    assert None is hands()


def test_arp_goes_and_comes_back() -> None:
    """What waits for a neighbour goes back to IPv4; after loading again the stack answers."""
    stack = ready_stack()
    stack.command("icmp.ping", destination=PEER)
    assert 1 == len(frames_of(stack.step(stack.clock.now)[0]))
    stack.unload("arp")
    assert [] == given(stack, arp(1))
    stack.load("arp")
    stack.step(stack.clock.now + 20_000_000)
    assert 1 == len(given(stack, arp(1)))


def test_the_whole_stack_can_be_taken_down() -> None:
    """From the top to the bottom; then only the interfaces are left."""
    stack = ready_stack()
    given(stack, arp(1), echo())
    for name in ("icmp", "arp", "ipv4", "raw", "ethernet"):
        stack.unload(name)
    assert {} == stack.layers
    assert ["link.type"] == [space.name for space in stack.registry.spaces()]
    assert () == stack.clock.armed()
    given(stack, echo())
    assert 1 == stack.interface("eth0").outcomes["stack.link.type"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("on_host_heard", "on_host_herd", "has no method on_host_heard"),
        ("def receive", "def recieve", "has no receive"),
    ],
)
def test_hands_that_lack_a_method_are_told_at_loading(
    stranger: Stranger, tmp_path: Path, old: str, new: str, message: str
) -> None:
    """What the specs ask for is looked up when a layer is loaded, not when a packet comes."""
    stranger()
    module = tmp_path / "hello_hands.py"
    module.write_text(module.read_text().replace(old, new))
    with pytest.raises(BindingError, match=message):
        Stack(layers=["hello"])


def test_hands_must_be_a_class_of_hands(stranger: Stranger, tmp_path: Path) -> None:
    """The layer and the name are told."""
    stranger()
    (tmp_path / "hello_hands.py").write_text("Hello = dict\n")
    with pytest.raises(BindingError, match="names hands hello_hands:Hello, which is no class"):
        Stack(layers=["hello"])


def test_a_resolver_that_comes_later_guards_the_addresses_that_are_there() -> None:
    """Before ARP nobody answers for the address; after it the address is claimed and answered."""
    stack = ready_stack(["ethernet", "ipv4"])
    assert [] == given(stack, arp(1))
    stack.load("arp")
    assert "ASSIGNED" == stack.query("ipv4.addresses")[1].state
    stack.step(stack.clock.now + 20_000_000)
    assert 1 == len(given(stack, arp(1)))
