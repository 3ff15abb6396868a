"""Cards that a word of the command line names."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.drivers import SocketLink, parse_driver
from netfsm.drivers.e1000.driver import E1000
from netfsm.errors import TargetError


@pytest.mark.parametrize("text", ["e1000:", "e1000:qemu", "e1000:qemu=", "e1000:card=x"])
def test_words_that_name_no_card_are_refused(text: str) -> None:
    """TargetError tells the form."""
    with pytest.raises(TargetError, match="e1000:qemu=PATH"):
        parse_driver(text)


@pytest.mark.needs("qemu-system-x86_64")
def test_another_stack_joins_the_wire_by_its_path(tmp_path: Path) -> None:
    """QEMU listens at the path; what the driver sends comes out there."""
    path = tmp_path / "wire"
    card = parse_driver(f"e1000:qemu={path}")
    assert isinstance(card, E1000)
    with card, SocketLink.connect(path) as wire:
        now = 0
        while not card.carrier:
            now += 1000
            card.advance(now)
            card.receive()
            assert now < 10_000_000
        card.transmit(b"\1" * 60)
        assert [b"\1" * 60] == [bytes(frame) for frame in wire.receive()]
