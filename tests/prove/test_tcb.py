"""The TCP trial over a scope is proved: signals, completions and ends of machines together."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from netfsm.machine import python_source
from netfsm.prove.numbers import Encoding
from netfsm.prove.units import Prover, Unit
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import agreed, failed
from tests.specs.crowd import crowd
from tests.specs.split import SPECS, split


def machines(folder: Path, *names: str) -> dict[str, Machine]:
    """The machines in `folder` at the sizes of proofs, by name."""
    found: dict[str, Machine] = {}
    for name in names:
        machine = load_spec(folder / f"{name}.yaml", size="proof")
        assert isinstance(machine, Machine)
        found[machine.name] = machine
    return found


@pytest.mark.parametrize("name", ["mill.door", "mill.stone", "mill.wheel"])
def test_machines_that_complete_one_another_are_proved(name: str) -> None:
    """In both encodings, the code too."""
    mill = machines(SPECS / "mill", "door", "stone", "wheel")
    assert [] == failed(agreed(mill[name], mill))


def test_a_timer_in_a_machine_of_its_own_is_proved(tmp_path: Path) -> None:
    """In both encodings: where it says that what was sent is to be sent again, the peer is told."""
    found = machines(split(tmp_path), "connection", "retransmission")
    assert [] == failed(agreed(found["tcp.retransmission"], found))


@pytest.mark.parametrize(
    ("state", "event"),
    [("ESTABLISHED", "segment"), ("SYN-RECEIVED", "segment"), ("FIN-WAIT-1", "transmit")],
)
def test_cells_that_signal_it_are_proved(state: str, event: str, tmp_path: Path) -> None:
    """What an acknowledgment tells the timer is proved with the row that it belongs to."""
    found = machines(split(tmp_path), "connection", "retransmission")
    machine = found["tcp.connection"]
    answers = list(
        Prover(machine, found, python_source(machine), "int").answers(Unit(state, event))
    )
    assert [] == failed(answers)
    told = [each.name for each in answers if "/signal/" in each.name]
    assert any(name.endswith(("/acked/covering", "/sent/covering")) for name in told)


@pytest.mark.parametrize(("state", "event"), [("ESTABLISHED", "segment"), ("CLOSING", "transmit")])
def test_seven_machines_are_proved(state: str, event: str, tmp_path: Path) -> None:
    """Rows that signal six others, in both encodings; no obligation comes near its limit."""
    counters = [f"counter{n}" for n in range(5)]
    found = machines(crowd(tmp_path, 5), "connection", "retransmission", *counters)
    machine = found["tcp.connection"]
    source = python_source(machine)
    told: list[list[tuple[str, str]]] = []
    for encoding in get_args(Encoding):
        prover = Prover(machine, found, source, encoding)
        answers = list(prover.answers(Unit(state, event)))
        assert [] == failed(answers)
        told.append([(each.name, each.verdict) for each in answers])
    assert told[0] == told[1]
    assert any("/signal/6/" in name for name, _ in told[0])
