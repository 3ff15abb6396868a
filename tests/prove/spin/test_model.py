"""A composition as Promela: it says what it is about, and refuses what Promela can't say."""

from __future__ import annotations

import re

import pytest

from netfsm.prove.spin import promela
from netfsm.prove.spin.alive import living
from tests.prove.spin.samples import NAMES, composition


@pytest.mark.parametrize("name", NAMES)
def test_every_row_that_may_be_taken_stands_in_the_model(name: str) -> None:
    """Each once, as a comment with its id, its clause and its line."""
    found = composition(name)
    text = promela(found).text
    for machine in living(found, found.machines).values():
        told = [re.findall(rf"/\* {re.escape(row.id)} \(RFC", text) for row in machine.rows]
        assert [1] * len(machine.rows) == [len(each) for each in told]


def test_events_that_nobody_sends_are_left_out() -> None:
    """No script releases an address, so the model has no row for it."""
    text = promela(composition("arp.conflict")).text
    assert "in_use.answer" in text
    assert "held.release" not in text


def test_the_same_composition_has_the_same_model() -> None:
    """What is printed hangs on the specs alone."""
    first, second = (promela(composition("post.letters")).text for _ in range(2))
    assert first == second


def test_a_field_that_never_changes_does_not_travel() -> None:
    """The protocol type of ARP stands in the model as a number, and in no queue."""
    text = promela(composition("arp.conflict")).text
    assert "#define interface_packet_ARP_pro 2048" in text
    assert "chan wire_A = [2] of { bit, byte, byte, byte, byte, byte };" in text
