"""The machines of one scope at work: for each key one set of variables, and one instance of each.

One part leads: the machine that has instances, or the first by name where none has. It alone keeps
instances; the others are found through the scope of the lead's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from netfsm.errors import BindingError
from netfsm.machine import CompiledMachine
from netfsm.machine.scope import CompiledScope, compile_scope
from netfsm.spec import model

if TYPE_CHECKING:
    from netfsm.stack.part import Key, Part

__all__ = ["Team", "make_teams"]


@frozen(eq=False)
class Team:
    """The parts of one scope, by name, and the class of what they share.

    `completing` are those with completion events, of a row and of a batch.
    """

    parts: tuple[Part, ...]
    lead: Part
    kind: type[CompiledScope]
    timers: dict[str, Part]
    completing: dict[str, tuple[Part, ...]]

    @classmethod
    def of(cls, scope: model.Scope, parts: tuple[Part, ...]) -> Team:
        """The team of `scope`."""
        lead = next((part for part in parts if part.machine.instances is not None), parts[0])
        timers = {t.name: p for p in parts for t in p.machine.timers if _owns(p, t)}
        kind = compile_scope(scope, [p.machine for p in parts])
        completing = {
            after: tuple(p for p in parts if p.kind.about.completions[after])
            for after in ("row", "batch")
        }
        return cls(parts, lead, kind, timers, completing)

    def make(self, key: Key) -> CompiledScope:
        """An instance of the scope with all its machines."""
        scope = self.kind(*key) if self.lead.machine.key else self.kind()
        for part in self.parts:
            part.make_in(key, scope)
        return scope

    def part_of(self, module: str) -> Part:
        """The part whose generated code is `module`."""
        return next(part for part in self.parts if part.kind.__module__ == module)

    def complete(self, key: Key, scope: Any, after: str) -> None:
        """Try the completion events of all machines, by name, until none is enabled."""
        trying, instances = self.completing[after], self.lead.instances
        quiet = 0
        while quiet < len(trying):
            for part in trying:
                if key not in instances:
                    return
                one: CompiledMachine = getattr(scope, part.slot)
                quiet = 0 if part.settle(one, key, after) else quiet + 1
                if quiet == len(trying):
                    return


def _owns(part: Part, timer: model.Timer) -> bool:
    return not timer.shared or timer.owner == part.machine.name


def make_teams(parts: Iterable[Part]) -> None:
    """Join parts that share a scope. Raises BindingError where a machine of a scope is missing."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        if part.machine.scope is not None:
            found.setdefault(part.machine.scope, []).append(part)
    for name, members in found.items():
        scope = members[0].machine.shares
        assert scope is not None  # whoever has a scope knows it
        ordered = tuple(sorted(members, key=lambda part: part.machine.name))
        missing = set(scope.machines) - {part.machine.name for part in ordered}
        if missing:
            words = ", ".join(sorted(missing))
            raise BindingError(f"the layer lacks machines of scope {name}: {words}")
        team = Team.of(scope, ordered)
        for part in ordered:
            part.join(team)
