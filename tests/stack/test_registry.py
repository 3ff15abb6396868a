"""Key spaces: one owner a key, taps that see copies, a fallback for the rest."""

from __future__ import annotations

import pytest

from netfsm.errors import BadBinding, BindingConflict, BindingError
from netfsm.spec.types import Enum, Nat, Text
from netfsm.stack import KeySpace, Registry


def space() -> KeySpace[int | str, object]:
    """A space with keys from 0 to 255."""
    return Registry().provide("ipv4.protocol", Nat(255), "ipv4")


def test_a_key_has_one_owner() -> None:
    """A second exclusive handler is refused with both owners and what to do."""
    protocols = space()
    protocols.bind(17, "first", "udp")
    with pytest.raises(BindingConflict) as caught:
        protocols.bind(17, "second", "stranger")
    assert ("ipv4.protocol", 17, "udp", "stranger") == (
        caught.value.space,
        caught.value.key,
        caught.value.owner,
        caught.value.rival,
    )
    assert "unload udp first, or bind as a tap" in str(caught.value)
    assert "first" == protocols.find(17)


def test_a_closed_binding_frees_its_key() -> None:
    """After `close`, which may be called twice, another may have the key."""
    protocols = space()
    binding = protocols.bind(17, "first", "udp")
    binding.close()
    binding.close()
    protocols.bind(17, "second", "stranger")
    assert "second" == protocols.find(17)


def test_taps_see_what_the_owner_gets() -> None:
    """Any number of taps share a key with its owner; they own nothing."""
    protocols = space()
    taps = [protocols.bind(17, name, name, "tap") for name in ("one", "two")]
    assert None is protocols.find(17)
    protocols.bind(17, "owner", "udp")
    assert ("one", "two") == protocols.taps(17)
    taps[0].close()
    assert ("two",) == protocols.taps(17)
    taps[1].close()
    assert () == protocols.taps(17)
    assert "owner" == protocols.find(17)


def test_a_fallback_gets_what_nobody_owns() -> None:
    """There is one fallback; it never takes a key that has an owner."""
    protocols = space()
    fallback = protocols.bind(None, "rest", "raw", "fallback")
    protocols.bind(17, "owner", "udp")
    assert ("owner", "rest") == (protocols.find(17), protocols.find(6))
    with pytest.raises(BindingConflict, match="fallback belongs to raw"):
        protocols.bind(None, "more", "other", "fallback")
    fallback.close()
    assert None is protocols.find(6)


@pytest.mark.parametrize("key", [-1, 256, "udp", True, None])
def test_a_key_of_another_type_is_refused(key: object) -> None:
    """Keys are checked against the type of the space."""
    with pytest.raises(BadBinding, match="can't be bound"):
        space().bind(key, "handler", "udp")  # type: ignore[arg-type]  # the mistake under test


def test_keys_may_be_words_or_members() -> None:
    """Text keys are any text, enum keys are members."""
    registry = Registry()
    names = registry.provide("a.names", Text(), "a")
    kinds = registry.provide("a.kinds", Enum("a.Kind", (("ONE", 1),), 8, open=False), "a")
    names.bind("http", "handler", "b")
    kinds.bind(1, "handler", "b")
    with pytest.raises(BadBinding):
        kinds.bind(2, "handler", "b")
    assert ("handler", "handler") == (names.find("http"), kinds.find(1))


def test_a_space_is_provided_once_and_taken_back_whole() -> None:
    """Two providers conflict; withdrawing closes every binding in the space."""
    registry = Registry()
    binding = registry.provide("a.keys", Nat(9), "a").bind(1, "handler", "b")
    with pytest.raises(BindingConflict, match="belongs to a, so c can't bind it"):
        registry.provide("a.keys", Nat(9), "c")
    assert (binding,) == registry.owned_by("b")
    registry.withdraw("a.keys")
    assert not binding.open
    assert () == registry.owned_by("b")
    with pytest.raises(BindingError, match="no loaded layer provides the key space"):
        registry.space("a.keys")
