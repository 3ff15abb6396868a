"""The steps of a composition: each is one alternative of the model's loop.

An alternative says when its step is possible and what it is: which event, of whom, with which
values, or which message of which queue. It changes nothing yet: the step that follows does
(`netfsm.prove.spin.process`), and puts everything back where it must wait.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from attrs import field, frozen

from netfsm.prove.spin.expression import AND, Place, Writer
from netfsm.prove.spin.messages import Messages, queue
from netfsm.prove.spin.parts import Part, World
from netfsm.prove.spin.scenes import Outside
from netfsm.spec.composition import Call, Channel, End

__all__ = ["KINDS", "Move", "Moves", "shown"]

MoveKind = Literal["call", "skip", "timer", "arrival", "overtaking", "loss", "doubling"]

KINDS: Final = ("CALL", "SKIP", "TIMER", "ARRIVAL", "OVERTAKING", "LOSS", "DOUBLING")
"""The kinds as the model names them; the first is 1, and 0 is no step."""


@frozen
class Move:
    """One alternative: what it is, and its Promela as a guard and what it notes.

    `end` is who takes the step, or whose queue it is; `slot` and `event` of a call or timer;
    `values` are the parameters of a call; `channel` and `place` in the queue of the others.
    """

    kind: MoveKind
    end: str
    guard: str
    notes: tuple[tuple[str, str], ...]
    slot: str = ""
    event: str = ""
    values: Mapping[str, Any] = field(factory=dict[str, Any])
    channel: str = ""
    place: int = 0

    def __str__(self) -> str:
        """What a comment says of it."""
        match self.kind:
            case "call" | "timer":
                told = ", ".join(f"{name}={shown(value)}" for name, value in self.values.items())
                return f"{self.kind} {self.end}.{self.slot}.{self.event}({told})"
            case "skip":
                return f"skip {self.end}.{self.slot}.{self.event}"
            case _:
                return f"{self.kind} of message {self.place + 1} on {self.channel} to {self.end}"


@frozen
class Moves:
    """Makes the moves of a composition."""

    messages: Messages

    @property
    def _world(self) -> World:
        return self.messages.world

    def all(self) -> tuple[Move, ...]:
        """Every move, in the order in which the model has them."""
        return (*self._calls(), *self._timers(), *self._channels())

    # ---- what ends do

    def _calls(self) -> Iterator[Move]:
        for number, end in enumerate(self._world.composition.ends):
            for at, call in enumerate(end.script):
                yield from self._call(number, end, at, call)

    def _call(self, number: int, end: End, at: int, call: Call) -> Iterator[Move]:
        part = self._world.at(number, call.slot)
        next_ = guard = f"script[{number}] == {at}"
        if call.when is not None:
            guard += f" && {self._whole().at(call.when, Place(), AND)}"
        kinds = [param.type for param, _ in call.values]
        for chosen in itertools.product(*(values for _, values in call.values)):
            told = {param.name: v for (param, _), v in zip(call.values, chosen, strict=True)}
            pairs = zip(kinds, chosen, strict=True)
            numbers = [self._world.numbers.number(kind, value) for kind, value in pairs]
            notes = self._taken("CALL", part, call.event, numbers)
            yield Move("call", end.name, guard, notes, call.slot, call.event, told)
        if call.optional:
            notes = _noted(kind="SKIP", here=number)
            yield Move("skip", end.name, next_, notes, call.slot, call.event)

    def _timers(self) -> Iterator[Move]:
        for part in self._world.parts:
            end = self._world.composition.ends[part.end].name
            for timer in self._world.timers(part.machine):
                policy = self._policy(part, timer.name)
                if policy is None:
                    continue
                flag = self._world.words[part.machine].timer(timer.name, part.at)
                notes = self._taken("TIMER", part, timer.name, [])
                guard = " && ".join([flag, *policy])
                yield Move("timer", end, guard, notes, part.slot.name, timer.name)

    def _policy(self, part: Part, timer: str) -> list[str] | None:
        """What must be true for a running timer to fire; None where it never does."""
        quiet = f"{self.messages.under_way()} == 0"
        match self._world.composition.policies[f"{part.machine}.{timer}"]:
            case "any":
                return []
            case "own":
                return [f"{self.messages.under_way(part.end)} == 0"]
            case "quiet":
                return [quiet]
            case "last":
                return [quiet, *(f"!{flag}" for flag in self._others())]
            case "never":
                return None

    def _others(self) -> Iterator[str]:
        """The flags of all timers that keep those of policy `last` back."""
        for part in self._world.parts:
            for timer in self._world.timers(part.machine):
                policy = self._world.composition.policies[f"{part.machine}.{timer.name}"]
                if policy not in ("last", "never"):
                    yield self._world.words[part.machine].timer(timer.name, part.at)

    def _taken(
        self, kind: str, part: Part, event: str, numbers: list[int]
    ) -> tuple[tuple[str, str], ...]:
        word = self._world.words[part.machine].event(event)
        params = {f"p{at}": number for at, number in enumerate(numbers)}
        return _noted(kind=kind, ev=word, here=part.end, me=part.number, **params)

    def _whole(self) -> Writer:
        places = self._world.composition.places
        return Writer(Outside(self.messages, places), self._world.numbers)

    # ---- what channels do

    def _channels(self) -> Iterator[Move]:
        number = 0
        for channel in self._world.composition.channels:
            for end in channel.ends:
                number += 1
                for place in range(channel.capacity):
                    yield from self._queue(channel, end, number, place)

    def _queue(self, channel: Channel, end: str, number: int, place: int) -> Iterator[Move]:
        """What may happen to the message at a place of a queue, from 0."""
        name = queue(channel, end)
        there = f"len({name}) > {place}"
        for kind, word, budget in _happening(channel, place):
            guard = there if budget is None else f"{there} && {channel.name}_{word} < {budget}"
            if kind == "doubling":
                guard += f" && len({name}) < {channel.capacity}"
            here = self._world.end(end)
            notes = _noted(kind=kind.upper(), here=here, queue=number, place=place)
            yield Move(kind, end, guard, notes, channel=channel.name, place=place)


def _happening(channel: Channel, place: int) -> Iterator[tuple[MoveKind, str, int | None]]:
    """What may happen at a place, with the count that it raises and its budget."""
    if not place:
        yield "arrival", "", None
    elif channel.reorder:
        yield "overtaking", "overtaken", channel.reorder
    if channel.lose:
        yield "loss", "lost", channel.lose
    if channel.duplicate and place < channel.capacity - 1:
        yield "doubling", "doubled", channel.duplicate


def _noted(**notes: int | str) -> tuple[tuple[str, str], ...]:
    """Scratch variables with what they become; those that stay 0 are left out."""
    return tuple((name, str(value)) for name, value in notes.items() if value not in (0, "0"))


def shown(value: object) -> str:
    """A value as a comment says it."""
    return value.hex(" ") if isinstance(value, bytes) else str(value)
