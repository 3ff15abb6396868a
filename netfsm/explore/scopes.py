"""The scopes of an end: machines that share variables, live together and end together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import define, field

from netfsm.explore.slots import Kind, Worker
from netfsm.machine.scope import CompiledScope, compile_scope

__all__ = ["Team", "new_scope", "shared_attributes"]


def new_scope(kinds: Iterable[Kind], key: tuple[Any, ...]) -> CompiledScope:
    """An instance of the scope of `kinds`, without its machines."""
    each = tuple(kinds)
    scope = each[0].machine.shares
    assert scope is not None  # whoever is in a scope knows it
    return compile_scope(scope, [kind.machine for kind in each])(*key)


def shared_attributes(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """Where the variables and timers of a scope stand in its instance."""
    found: dict[str, None] = {}
    for kind in kinds:
        about = kind.made.about
        for table in (about.variables, about.timers, about.deadlines):
            found.update((table[name], None) for name in table if name in about.shared)
    return tuple(found)


@define(eq=False)
class Team:
    """The slots of one scope, by the names of their machines.

    `lead` is the one that has instances: with it all begin and end. None where the scope is there
    for ever.
    """

    scope: CompiledScope
    attributes: tuple[str, ...]
    workers: tuple[Worker, ...] = ()
    begin: tuple[Any, ...] = field(init=False, default=())
    lead: Worker | None = field(init=False, default=None)

    def join(self, workers: Iterable[Worker]) -> None:
        """Take the slots in, and see what the scope holds at the beginning."""
        self.workers = tuple(sorted(workers, key=lambda worker: worker.slot.machine))
        leads = (w for w in self.workers if w.kind.machine.instances is not None)
        self.lead = next(leads, None)
        self.begin = self.read()

    @property
    def alive(self) -> bool:
        """True where the instance of the scope is there."""
        return self.lead is None or not self.lead.instance.ended

    def read(self) -> tuple[Any, ...]:
        """What the scope holds."""
        return tuple(getattr(self.scope, attribute) for attribute in self.attributes)

    def write(self, held: tuple[Any, ...]) -> None:
        """Let the scope hold that."""
        for attribute, value in zip(self.attributes, held, strict=True):
            setattr(self.scope, attribute, value)

    def renew(self) -> None:
        """Let all begin anew where the lead has ended."""
        if not self.alive:
            self.write(self.begin)
            for worker in self.workers:
                worker.write(worker.begin)

    def completing(self, after: str) -> list[Worker]:
        """The slots that have completion events of this kind."""
        return [worker for worker in self.workers if worker.completes(after)]
