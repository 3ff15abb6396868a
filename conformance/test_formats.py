"""Formats against their codecs: round trips, edges, faults, garbage."""

from __future__ import annotations

import pytest

from netfsm.conformance.collected import bench, expect_fine
from netfsm.conformance.formats import format_cases


@pytest.mark.parametrize("name", sorted(bench().stock.formats))
def test_format_keeps_what_it_is_given(name: str) -> None:
    """Packets come back as they were, wrong octets are refused by name, nothing raises."""
    codec = bench().stock.codec(name)
    assert codec is not None
    for case in format_cases(codec, bench().profile):
        expect_fine(case)
