"""What is looked up once of a machine, and of each machine by itself."""

from __future__ import annotations

from attrs import evolve

from netfsm.machine.once import once
from netfsm.spec import model
from tests.machine.samples import connection


def test_a_machine_is_looked_at_once() -> None:
    """A second question costs nothing; another machine, equal or not, is looked at for itself."""
    seen: list[str] = []

    @once
    def rows(machine: model.Machine) -> int:
        seen.append(machine.name)
        return len(machine.rows)

    machine = connection()
    equal, other = evolve(machine), evolve(machine, name="other")
    count = len(machine.rows)
    assert [count] * 4 == [rows(each) for each in (machine, machine, equal, other)]
    assert [machine.name, machine.name, "other"] == seen
