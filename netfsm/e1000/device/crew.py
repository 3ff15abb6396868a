"""The machines of specs/e1000 at work for one card: events in, orders to the card, timers by time.

Time is given from outside, in microseconds; nothing happens by itself.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from netfsm.e1000.machines import kind_of
from netfsm.machine import NOTHING, CompiledMachine, Result

__all__ = ["NAMES", "Crew", "Hands"]

NAMES: Final = ("eeprom", "mdio", "link", "interrupts", "receive", "transmit")


class Hands(Protocol):
    """Who carries out what the machines order."""

    def carry(self, machine: str, emission: Any) -> None:
        """Carry out one emission of a machine."""
        ...


class Crew:
    """One instance of each machine, with its timers."""

    def __init__(self, hands: Hands) -> None:
        """All machines in their initial states, at time 0."""
        self.now = 0
        self._hands: Final = hands
        self._one: Final = {name: kind_of(name)() for name in NAMES}
        self._methods: Final = {
            (name, event): getattr(one, method)
            for name, one in self._one.items()
            for event, method in one.about.events.items()
        }
        self._due: Final[dict[tuple[str, str], int]] = {}

    def __getitem__(self, name: str) -> CompiledMachine:
        return self._one[name]

    def step(self, name: str, event: str, *inputs: Any) -> bool:
        """Give a machine an event, carry its orders out; True where there were any."""
        emissions, orders = result = self._take(name, event, *inputs)
        for timer, after in orders:
            if after is None:
                self._due.pop((name, timer), None)
            else:
                self._due[name, timer] = self.now + after
        for emission in emissions:
            self._hands.carry(name, emission)
        return result is not NOTHING

    def _take(self, name: str, event: str, *inputs: Any) -> Result:
        result: Result = self._methods[name, event](*inputs)
        return result

    def deadline(self) -> int | None:
        """When the next timer fires, in microseconds; None where none runs."""
        return min(self._due.values(), default=None)

    def advance(self, now: int) -> None:
        """Let every timer fire whose time has come by `now`; time never goes back."""
        while self._due:
            key = min(self._due, key=lambda each: (self._due[each], each))
            if self._due[key] > now:
                break
            self.now = max(self.now, self._due.pop(key))
            self.step(*key)
        self.now = max(self.now, now)
