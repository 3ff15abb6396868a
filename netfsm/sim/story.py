"""From what stacks give to a list of steps: packets, timers and commands, with the rows they took.

A packet is told in one step, at the time it left, where nothing else was told before it arrived;
otherwise it leaves in one step (`delayed`) and arrives in another (`late`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import define, evolve, field, frozen

from netfsm.draw.steps import Fate, Note, Step
from netfsm.stack.messages import Output, Taken

__all__ = ["Flight", "Silence", "Story"]


@frozen
class Flight:
    """A copy of a packet on its way: `number` is its packet's, `left` the step that told of it."""

    number: int
    time: int
    source: str
    target: str
    label: str
    fate: Fate = "delivered"
    left: int | None = None


@define(eq=False)
class Story:
    """The steps of a simulation, in the order in which they happened.

    `event_of` gives the event of a row, and whether a timer brings it.
    """

    event_of: Callable[[str, str], tuple[str, bool]]
    steps: list[Step] = field(factory=list[Step])

    def departed(self, flight: Flight, *, at_once: bool) -> Flight:
        """A packet left; what arrives `at_once` is told when it arrives."""
        if at_once:
            return flight
        self._add(flight, flight.time, "delayed", ())
        return evolve(flight, left=len(self.steps) - 1)

    def lost(self, flight: Flight) -> None:
        """A packet left and will not arrive."""
        self._add(flight, flight.time, "lost", ())

    def arrived(self, flight: Flight, time: int, notes: Iterable[Note]) -> None:
        """A packet arrived and took rows."""
        if flight.left is None:
            self._add(flight, time, flight.fate, notes)
        elif flight.left == len(self.steps) - 1:
            self.steps.pop()
            self._add(flight, flight.time, flight.fate, notes)
        else:
            self._add(flight, time, "late", notes)

    def commanded(self, host: str, time: int, label: str, notes: Iterable[Note]) -> None:
        """Somebody told a host to do something."""
        self.steps.append(Step(time, host, host, label, "local", notes))

    def fired(self, host: str, time: int, outputs: Sequence[Output]) -> None:
        """Timers of a host fired: a step for each."""
        for label, notes in self._by_timer(host, outputs):
            self.steps.append(Step(time, host, host, label, "local", notes))

    def notes(self, host: str, outputs: Iterable[Output]) -> list[Note]:
        """The rows among the outputs of a host."""
        return [_note(host, one) for one in outputs if type(one) is Taken]

    def _by_timer(self, host: str, outputs: Iterable[Output]) -> list[tuple[str, list[Note]]]:
        found: list[tuple[str, list[Note]]] = []
        for one in outputs:
            if type(one) is not Taken:
                continue
            event, is_timer = self.event_of(one.machine, one.row)
            if is_timer or not found:
                found.append((f"{'timer ' if is_timer else ''}{event}", []))
            found[-1][1].append(_note(host, one))
        return found

    def _add(self, flight: Flight, time: int, fate: Fate, notes: Iterable[Note]) -> None:
        self.steps.append(
            Step(time, flight.source, flight.target, flight.label, fate, notes, flight.number)
        )


class Silence(Story):
    """Nothing is told: for runs whose steps nobody will read."""

    def departed(self, flight: Flight, *, at_once: bool) -> Flight:  # noqa: ARG002  # a story's form
        """A packet left."""
        return flight

    def lost(self, flight: Flight) -> None:
        """A packet left and will not arrive."""

    def arrived(self, flight: Flight, time: int, notes: Iterable[Note]) -> None:
        """A packet arrived."""

    def commanded(self, host: str, time: int, label: str, notes: Iterable[Note]) -> None:
        """Somebody told a host to do something."""

    def fired(self, host: str, time: int, outputs: Sequence[Output]) -> None:
        """Timers of a host fired."""


def _note(host: str, taken: Taken) -> Note:
    return Note(host, taken.machine, taken.state, taken.row, key_text(taken.key))


def key_text(key: tuple[object, ...]) -> str:
    """An instance's key as a person reads it; octets of four are an IPv4 address."""
    return " ".join(_shown(part) for part in key)


def _shown(part: object) -> str:
    if isinstance(part, bytes):
        return ".".join(map(str, part)) if len(part) == 4 else part.hex(":")
    return str(part)
