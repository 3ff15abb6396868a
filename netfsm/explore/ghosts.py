"""The ghosts of an end: changed by what its slots take and emit, read by properties only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import define, field

from netfsm.errors import ContractError
from netfsm.explore.values import Constants, Look, value_of
from netfsm.machine import values
from netfsm.spec.composition import End, Ghost, Place, Update

__all__ = ["Ghosts"]


@define
class Ghosts:
    """The ghosts of one end; `given` is what is given to it, by name."""

    end: End
    given: Mapping[str, Any]
    constants: Constants
    begin: tuple[Any, ...] = field(init=False)
    _values: dict[str, Any] = field(factory=dict[str, Any])
    _updates: dict[tuple[str, str, str], list[tuple[Ghost, Update]]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Sort what changes them, and give each its first value."""
        self._updates = {}
        for ghost in self.end.ghosts:
            self._values[ghost.name] = value_of(ghost.initial, self._look({}, {}))
            for update in ghost.updates:
                key = (update.what, update.slot, update.name)
                self._updates.setdefault(key, []).append((ghost, update))
        self.begin = self.read()

    def read(self) -> tuple[Any, ...]:
        """Their values, in order."""
        return tuple(self._values.values())

    def write(self, held: tuple[Any, ...]) -> None:
        """Let them have these values."""
        self._values = dict(zip(self._values, held, strict=True))

    def value(self, name: str) -> Any:
        """The value of one."""
        return self._values[name]

    def event(self, slot: str, event: str, inputs: Mapping[str, Any]) -> None:
        """A slot takes an event."""
        self._change("event", slot, event, inputs, {})

    def emitted(self, slot: str, output: str, fields: Mapping[str, Any]) -> None:
        """A slot has emitted something."""
        self._change("emit", slot, output, {}, fields)

    def _change(
        self,
        what: Literal["event", "emit"],
        slot: str,
        name: str,
        inputs: Mapping[str, Any],
        fields: Mapping[str, Any],
    ) -> None:
        found = self._updates.get((what, slot, name))
        if not found:
            return
        look = self._look(inputs, fields)
        new: dict[str, Any] = {}
        for ghost, update in found:
            if update.when is None or value_of(update.when, look):
                value = value_of(update.value, look)
                if not values.fits(ghost.type, value):
                    raise ContractError(
                        f"{self.end.name}/{ghost.name}", ghost.name, str(ghost.type), value
                    )
                new[ghost.name] = value
        self._values.update(new)

    def _look(self, inputs: Mapping[str, Any], fields: Mapping[str, Any]) -> Look:
        return Look(self.end.places, self.constants, {}, self._read, inputs, fields)

    def _read(self, place: Place) -> Any:
        return self._values[place.name] if place.kind == "ghost" else self.given[place.name]
