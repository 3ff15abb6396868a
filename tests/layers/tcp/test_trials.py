"""Transfers over bad cables: odd sizes, small windows, slow programs, numbers that wrap."""

from __future__ import annotations

from tests.layers.tcp.trials import Trial, plan


def test_every_octet_arrives_once_and_in_order_and_nothing_is_left(trial: int) -> None:
    """Equal hashes both ways, memory within its limits, both ends CLOSED and nothing kept."""
    assert [] == Trial(plan(trial)).run()
