"""How much one step may emit at most: the room that the outbox and the queue of signals need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from netfsm.prove.spin.alive import kin
from netfsm.spec import model

__all__ = ["Bounds"]

_MOST: Final = 16  # where signals go round, or completion events go on


@frozen
class Bounds:
    """Counts along the signals that rows send; each number is of one whole step."""

    machines: Mapping[str, model.Machine]
    _known: dict[tuple[str, str, bool], int] = field(factory=dict[tuple[str, str, bool], int])

    def messages(self) -> int:
        """The most messages that one step emits."""
        return self._most(signals=False)

    def signals(self) -> int:
        """The most signals that one step sends."""
        return self._most(signals=True)

    def _most(self, *, signals: bool) -> int:
        found = [
            self._event(name, event.name, signals)
            for name, machine in self.machines.items()
            for event in machine.events
            if event.kind != "completion"
        ]
        return max(1, *found)

    def _event(self, name: str, event: str, signals: bool) -> int:
        if name not in self.machines:
            return 0
        key = (name, event, signals)
        if key not in self._known:
            self._known[key] = _MOST  # what a step comes back to has no bound of its own
            machine = self.machines[name]
            rows = [row for row in machine.rows if row.event == event]
            own = max((self._row(row, signals) for row in rows), default=0)
            later = [
                self._row(row, signals)
                for each in kin(self.machines, machine)
                for row in each.rows
                if each.event(row.event).kind == "completion"
            ]
            self._known[key] = min(_MOST, own + (_MOST if any(later) else 0))
        return self._known[key]

    def _row(self, row: model.Row, signals: bool) -> int:
        count = 0
        for part in row.emissions:
            if isinstance(part, model.Signal):
                # to all: as many as there may be at one end, of which few are there
                times = 1 if part.key is not None else 4
                count += times * (signals + self._event(part.machine, part.event, signals))
            elif not signals:
                count += 1
        return count
