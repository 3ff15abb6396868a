"""Values as files have them come back as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.conformance.plain import from_plain, to_plain
from netfsm.machine.arguments import value_of
from netfsm.spec import types
from tests.conformance.test_witness import KINDS


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), value_of(kind))))
def test_values_come_back(drawn: tuple[types.Type, Any]) -> None:
    """What is written for any value of any type reads as that value."""
    kind, value = drawn

    assert value == from_plain(kind, to_plain(kind, value))


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (types.IPV4, "192.0.2"),
        (types.DURATION, "soon"),
        (types.MAC, "02 00"),
        (types.Nat(7), 8),
        (types.BYTES, "0g"),
    ],
)
def test_what_is_no_value_is_told(kind: types.Type, plain: Any) -> None:
    """A value of another form raises ValueError with the reason."""
    with pytest.raises(ValueError, match=r"VALUE|OUT-OF-BOUNDS"):
        from_plain(kind, plain)
