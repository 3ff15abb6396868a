"""What an end holds, what comes to it, and what it makes of that: plain records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from netfsm.explore.messages import Message
from netfsm.explore.slots import SlotState
from netfsm.spec.types import Value

__all__ = ["Chosen", "Emitted", "EndState", "Outcome", "Posted", "Sent", "Stimulus", "Taken"]


@frozen(cache_hash=True)
class EndState:
    """All that an end holds: its place in the script, its slots, scopes and ghosts, in order."""

    position: int
    slots: tuple[SlotState, ...]
    scopes: tuple[tuple[Any, ...], ...]
    ghosts: tuple[Any, ...]

    def moved_on(self) -> EndState:
        """The same one place further in the script."""
        return evolve(self, position=self.position + 1)


@frozen(cache_hash=True)
class Stimulus:
    """What comes to an end: an event of a slot, with a message or the values of a call."""

    slot: str
    event: str
    values: tuple[tuple[str, Value], ...] = ()
    message: Message | None = None
    position: int | None = None


@frozen
class Taken:
    """A row that a slot took, and the state that it then was in."""

    slot: str
    row: str
    state: str


@frozen
class Emitted:
    """What a slot emitted, by the names of the spec."""

    slot: str
    output: str
    fields: tuple[tuple[str, Any], ...]


@frozen
class Sent:
    """A message, and the fields of the emission that it was."""

    message: Message
    fields: tuple[tuple[str, Any], ...]


@frozen
class Posted:
    """A signal that waits: to the instance of a key, or to all where it is None."""

    machine: str
    event: str
    key: Sequence[Any] | None
    values: tuple[Any, ...]


@frozen
class Chosen:
    """What hands chose for an event of a slot, one of `ways`."""

    slot: str
    event: str
    values: tuple[tuple[str, Value], ...]
    ways: int


@frozen
class Outcome:
    """What a stimulus led to.

    `chosen` has what was chosen, in order,
    with the number of choices there were, for whoever does the same again. `fault` says what went
    wrong; then the rest is as far as it came.
    """

    state: EndState
    sent: tuple[Sent, ...]
    rows: tuple[Taken, ...]
    emitted: tuple[Emitted, ...]
    chosen: tuple[Chosen, ...]
    fault: str = ""
