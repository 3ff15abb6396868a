"""The machines of one scope at an end: they complete what any of them did, and end with their lead.

The lead is the machine that has instances. Where it has ended, none of the others takes an event,
and at the end of the step that ended it all of them are again what they were at the beginning.
Completion events are tried machine by machine, in the order of their names, until each of them has
been found quiet after the last row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from attrs import frozen

from netfsm.machine.source import Source
from netfsm.prove.spin.alive import brought
from netfsm.prove.spin.numbers import Beyond
from netfsm.prove.spin.parts import World
from netfsm.spec import model

__all__ = ["QUIET", "Team"]

QUIET: Final = ("quiet", "before")
"""Locals: how many machines in a row were found quiet, now and before this one was asked."""


@frozen(slots=False)
class Team:
    """The machines of the scope `scope` that have parts; `world` names them."""

    world: World
    scope: str

    @cached_property
    def members(self) -> tuple[model.Machine, ...]:
        """The machines, by their names."""
        mine = [m for m in self.world.machines.values() if m.scope == self.scope]
        return tuple(sorted(mine, key=lambda machine: machine.name))

    @cached_property
    def lead(self) -> model.Machine | None:
        """The one that has instances; None where the scope is there for ever."""
        return next((m for m in self.members if m.instances is not None), None)

    def check(self) -> None:
        """Raise Beyond for what is not said in Promela.

        That is a completion that ends the scope, and a key that no instance of the scope has.
        """
        done = {(m.name, e.name) for m in self.members for e in m.events if e.kind == "completion"}
        for name, event in brought(self.world.machines, done):
            machine = self.world.machines[name]
            if machine is not self.lead:
                continue
            for row in machine.rows:
                if row.event == event and row.to in _ended(machine):
                    raise Beyond(self.scope, f"{row.id} ends it and completes what others did")
        for machine in self.members:
            if machine.name in self.world.strangers:
                raise Beyond(self.scope, f"{machine.name} is signalled by a key that none has")

    def beside(self, machine: str) -> str:
        """The number of the part of a machine at the end `here`."""
        first = {part.end: part.number for part in reversed(self.world.of(machine))}
        if all(end == number for end, number in first.items()):
            return "here"
        *ends, last = sorted(first)
        found = str(first[last])
        for end in reversed(ends):
            found = f"(here == {end} -> {first[end]} : {found})"
        return found

    # ---- the end of a scope

    def unless_ended(self, source: Source, gone: Writes, there: Writes) -> None:
        """Add `gone` for where the scope is not there, and `there` for where it is."""
        if self.lead is None:
            there(source)
            return
        home, words = self._home(self.lead), self.world.words[self.lead.name]
        tests = [f"{home}.state == {words.state_name(each)}" for each in _ended(self.lead)]
        source.add("if")
        source.add(f":: {' || '.join(tests)} ->")
        with source.indented():
            gone(source)
        source.add(":: else ->")
        with source.indented():
            there(source)
        source.add("fi")

    def renew(self, initial: Initial, source: Source) -> None:
        """Add what makes all machines again what they were at the beginning, by `initial`."""
        for machine in self.members:
            for target, first in self._first(machine, initial):
                source.add(f"{target} = {first};")

    def _first(self, machine: model.Machine, initial: Initial) -> Iterator[tuple[str, str]]:
        """What a machine holds, with what it is at the beginning."""
        words, home = self.world.words[machine.name], self._home(machine)
        shared = f"{self.world.scope_label(machine)}[here]"
        yield f"{home}.state", words.state_name(machine.initial)
        for variable in machine.variables:
            if not variable.shared or variable.owner == machine.name:
                holder = shared if variable.shared else home
                yield f"{holder}.{words.field(variable.name)}", initial(machine.name, variable)
        for timer in machine.timers:
            if not timer.shared or timer.owner == machine.name:
                holder = shared if timer.shared else home
                yield f"{holder}.{words.flag(timer.name)}", "false"
        if any(event.after == "batch" for event in machine.events):
            yield f"{home}.moved", "0"

    def _home(self, machine: model.Machine) -> str:
        words = self.world.words[machine.name]
        return f"{words.label}[{self.beside(machine.name)}]" if words.many else words.label

    # ---- completion events

    def completing(self, after: str) -> tuple[model.Machine, ...]:
        """The machines that have completion events after a `row` or a `batch`."""
        return tuple(m for m in self.members if any(e.after == after for e in m.events))

    def begin(self, after: str) -> str:
        """The part and event that the first of them begins with."""
        return self._turn(self.completing(after)[0], after)

    def moved(self) -> str:
        """That something was done, for what completes a batch; "" where nothing does."""
        batch = self.completing("batch")
        return f"{self._home(batch[0])}.moved = 1;" if batch else ""

    def hushed(self, machine: str, after: str, source: Source, done: Writes) -> None:
        """Add what follows where none of a machine's events is enabled: another's turn, or `done`.

        A row that is taken has made QUIET[0] zero.
        """
        each = self.completing(after)
        names = [m.name for m in each]
        if len(each) == 1:
            done(source)
            return
        now, before = QUIET
        source.add(f"{now} = {before} + 1;")
        source.add("if")
        source.add(f":: {now} == {len(each)} ->")
        with source.indented():
            source.add(f"{now} = 0;")
            done(source)
        following = each[(names.index(machine) + 1) % len(each)]
        source.add(f":: else -> {self._turn(following, after)}")
        source.add("fi")

    def _turn(self, machine: model.Machine, after: str) -> str:
        event = self.world.words[machine.name].event(f"after {after}")
        return f"me = {self.beside(machine.name)}; ev = {event}"


Writes = Callable[[Source], None]
Initial = Callable[[str, model.Variable], str]
"""What a variable of a machine, by its name, is at the beginning."""


def _ended(machine: model.Machine) -> list[str]:
    return [state.name for state in machine.states if state.absent or state.final]
