"""A machine that was proved, proved again with a change: only what the change touches is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netfsm.prove.answer import Answer
from netfsm.prove.same import changed_cells, changed_lets, lets_in
from netfsm.prove.units import WHOLE, Prover, Unit, rows_of, units_of
from netfsm.spec import model
from netfsm.spec.expr import Expr

__all__ = ["Again"]

Machines = Mapping[str, model.Machine]
Told = tuple[str, str]
"""A machine of a scope, and an event of it that others signal."""


class Again:
    """A proved machine, against which changed ones are held; obligations of its code are left out.

    `machines` are those that it may signal to. What fails of the machine itself, or of the others
    of its scope, is nothing that a change did; it is looked for where something fails. What the
    machine declares and claims is the same in all that are held against it, but for initial values.
    Raises ModuleNotFoundError without the extra `prove`.
    """

    def __init__(self, machine: model.Machine, machines: Machines) -> None:
        self._machine = machine
        self._machines = {**machines, machine.name: machine}
        self._kin = [
            each
            for each in machines.values()
            if machine.scope and each.scope == machine.scope and each.name != machine.name
        ]
        self._failed: dict[tuple[str, Unit], frozenset[str]] = {}

    def first_failed(self, changed: model.Machine) -> Answer | None:
        """The first obligation that is not proved of `changed`, and is of the machine itself."""
        return next(self.all_failed(changed), None)

    def all_failed(self, changed: model.Machine) -> Iterator[Answer]:
        """Every obligation that is not proved of `changed`, and is of the machine itself."""
        for name, unit, each in self._answers(changed, self._touched(changed)):
            if each.verdict != "proved" and each.name not in self.failed(name, unit):
                yield each

    def failed(self, name: str, unit: Unit) -> frozenset[str]:
        """What is not proved of a unit of the machine itself, or of another of its scope."""
        if (name, unit) not in self._failed:
            prover = Prover(self._machines[name], self._machines, None, "int")
            answers = [each for each in prover.answers(unit) if each.verdict != "proved"]
            self._failed[name, unit] = frozenset(each.name for each in answers)
        return self._failed[name, unit]

    def _touched(self, changed: model.Machine) -> tuple[Unit, ...]:
        """The units that may have other answers than the machine itself."""
        leaves = self._machine.properties != changed.properties  # they stand in properties too
        if leaves or lets_in(*_assumed(changed)) & changed_lets(self._machine, changed):
            return units_of(changed)
        units = tuple(Unit(*cell) for cell in changed_cells(self._machine, changed))
        one, other = self._machine, changed
        alike = one.variables == other.variables and one.initial == other.initial
        return units if alike else (WHOLE, *units)

    def _answers(
        self, machine: model.Machine, units: tuple[Unit, ...]
    ) -> Iterator[tuple[str, Unit, Answer]]:
        """The answers of some units, and of those of the scope that hang on them."""
        machines = {**self._machines, machine.name: machine}
        asked = [
            (machine, units),
            *((each, self._beside(each, machine, units)) for each in self._kin),
        ]
        for each, parts in asked:
            prover = Prover(each, machines, None, "int")
            for unit in parts:
                yield from ((each.name, unit, answer) for answer in prover.answers(unit))

    def _beside(
        self, other: model.Machine, machine: model.Machine, units: tuple[Unit, ...]
    ) -> tuple[Unit, ...]:
        """The units of another machine of the scope that hang on `units`.

        These are steps that may hold a row of theirs, and cells that their rows may signal to.
        """
        if WHOLE in units:
            return units_of(other)
        kin = {each.name: each for each in self._kin}
        holding = {(machine.name, unit.event) for unit in units}
        while (
            more := {
                (each.name, row.event)
                for each in kin.values()
                for row in each.rows
                if not holding.isdisjoint(_told((row,)))
            }
            - holding
        ):
            holding |= more
        rows = [row for m in (self._machine, machine) for unit in units for row in rows_of(m, unit)]
        led_to = _told(rows)
        while (
            more := {
                told
                for name, event in led_to
                if name in kin
                for told in _of_event(kin[name], event)
            }
            - led_to
        ):
            led_to |= more
        return tuple(
            unit
            for unit in units_of(other)
            if (other.name, unit.event) in led_to
            or not holding.isdisjoint(_told(rows_of(other, unit)))
        )


def _of_event(machine: model.Machine, event: str) -> set[Told]:
    """What the rows of an event signal inside the scope."""
    return _told(row for row in machine.rows if row.event == event)


def _told(rows: Iterable[model.Row]) -> set[Told]:
    """What rows signal inside the scope."""
    parts = (part for row in rows for part in row.emissions)
    return {(p.machine, p.event) for p in parts if isinstance(p, model.Signal) and p.inside}


def _assumed(machine: model.Machine) -> Iterator[Expr]:
    """What cells may assume besides their own rows, and what is claimed of them."""
    for rule in machine.properties:
        yield from (each for each in (rule.when, rule.holds) if each is not None)
    for event in machine.events:
        rules = [event.assume, event.measure, *(choice.contract for choice in event.choices)]
        yield from (each for each in rules if each is not None)
    if machine.instances is not None and machine.instances.evict is not None:
        yield machine.instances.evict
