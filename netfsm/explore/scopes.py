"""The scopes of an end: what several of its slots share, put into a state and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from netfsm.explore.slots import Kind
from netfsm.machine.scope import CompiledScope, compile_scope
from netfsm.spec.composition import Composition, End

__all__ = ["ScopeHold", "scopes_of"]


@frozen
class ScopeHold:
    """One instance of a scope and the attributes that hold its variables and timers."""

    name: str
    scope: CompiledScope
    attributes: tuple[str, ...]

    def read(self) -> tuple[Any, ...]:
        """What the scope holds."""
        return tuple(getattr(self.scope, attribute) for attribute in self.attributes)

    def write(self, held: tuple[Any, ...]) -> None:
        """Let the scope hold that."""
        for attribute, value in zip(self.attributes, held, strict=True):
            setattr(self.scope, attribute, value)


def scopes_of(
    composition: Composition, end: End, kinds: Mapping[str, Kind]
) -> tuple[ScopeHold, ...]:
    """The scopes of the slots of `end`, one instance of each."""
    found: list[ScopeHold] = []
    for name, scope in composition.scopes.items():
        slots = [slot for slot in end.slots if kinds[slot.machine].machine.scope == name]
        if not slots:
            continue
        machines = [kinds[slot.machine] for slot in slots]
        made = compile_scope(scope, [kind.machine for kind in machines])
        attributes: dict[str, None] = {}
        for kind in machines:
            about = kind.made.about
            for table in (about.variables, about.timers, about.deadlines):
                attributes.update((table[n], None) for n in table if n in about.shared)
        key = slots[0].key[: len(scope.key)]
        found.append(ScopeHold(name, made(*key), tuple(attributes)))
    return tuple(found)
