"""How the choices of an event are made.

A choice of one value is computed when its event comes. One of several values is drawn before the
step, by number, so that the step itself is deterministic: `address_c_wait_gap` says which of the
values is meant. A number that means no value, or one that breaks the contract, is no step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from netfsm.machine.source import Source
from netfsm.prove.spin.alive import leading_to
from netfsm.prove.spin.emissions import by_part
from netfsm.prove.spin.expression import SUM, Place, Writer
from netfsm.prove.spin.messages import Messages
from netfsm.prove.spin.numbers import Beyond
from netfsm.prove.spin.parts import Part, World
from netfsm.prove.spin.scenes import Inside, Outside
from netfsm.prove.spin.words import Words
from netfsm.spec import model
from netfsm.spec.composition import Choose, choices_of
from netfsm.spec.expr import Name, walk
from netfsm.spec.types import Bool, Enum, Nat

__all__ = ["Choices"]

_MOST = 256


@frozen
class Choices:
    """The choices of one machine's events."""

    messages: Messages
    machine: model.Machine

    @property
    def _world(self) -> World:
        return self.messages.world

    @property
    def _words(self) -> Words:
        return self._world.words[self.machine.name]

    def of(self, event: model.Event) -> tuple[model.Choice, ...]:
        """What hands decide of `event`."""
        return choices_of(event, self._world.composition.formats)

    def write(self, event: model.Event, source: Source) -> None:
        """Add what gives every choice of `event` its value."""
        for choice in self.of(event):
            if self._several(event, choice) > 1:
                self._drawn(event, choice, source)
            else:
                self._made(event, choice, source)

    def check(self) -> None:
        """Raise Beyond where a choice of several values hangs on another of the same event."""
        for event in self.machine.events:
            names = {choice.name for choice in self.of(event)}
            for choice in self.of(event):
                if choice.contract is None or self._several(event, choice) < 2:
                    continue
                read = {n.name for n in walk(choice.contract) if isinstance(n, Name)}
                if read & names - {choice.name}:
                    subject = f"{self.machine.name}.{event.name}"
                    raise Beyond(subject, f"what {choice.name} may be hangs on another choice")

    def several(self, event: model.Event) -> bool:
        """True if some choice of `event` has several values."""
        return any(self._several(event, choice) > 1 for choice in self.of(event))

    # ---- one value

    def _made(self, event: model.Event, choice: model.Choice, source: Source) -> None:
        name = self._words.parameter(event.name, choice.name)
        told = {
            part: [f"{name} = {self._values(part, event, choice)[0]}"]
            for part in self._world.of(self.machine.name)
        }
        by_part(told, self._world, source)
        if choice.contract is not None:
            test = self._contract(event, choice)
            source.add(f"if :: !({test}) -> broken(CONTRACT) :: else -> skip fi;")

    def _contract(self, event: model.Event, choice: model.Choice) -> str:
        scene = Inside(self.machine, self._words, self.messages, kept=False)
        assert choice.contract is not None  # asked for where there is one
        return Writer(scene, self._world.numbers)(choice.contract, Place(event.name))

    # ---- several values

    def draw(self, source: Source) -> None:
        """Add the draws of all choices of several values, for the steps that may come to them."""
        for event in self.machine.events:
            for choice in self.of(event):
                count = self._several(event, choice)
                if count > 1:
                    name = self._words.drawn(event.name, choice.name)
                    source.add(f"/* {self.machine.name}.{event.name}: {choice.name} */")
                    source.add("if")
                    test = self._comes(event)
                    for number in range(count):
                        told = f'printf("netfsm draw {name} {number}\\n")'
                        source.add(f":: d_step {{ {test} -> {name} = {number}; {told} }}")
                    source.add(":: else -> skip")
                    source.add("fi;")

    def _comes(self, event: model.Event) -> str:
        """True for the steps in which `event` may come."""
        starts = leading_to(self._world.machines, self.machine.name, event.name)
        tests = [
            f"ev == {self._world.words[machine].event(name)}"
            for machine, name in starts
            if self._world.machines[machine].event(name).kind in ("call", "timer")
        ]
        kinds = {self._world.machines[machine].event(name).kind for machine, name in starts}
        arrives = ["kind == ARRIVAL", "kind == OVERTAKING"] if "message" in kinds else []
        return " || ".join([*tests, *arrives]) or "false"

    def _drawn(self, event: model.Event, choice: model.Choice, source: Source) -> None:
        name = self._words.parameter(event.name, choice.name)
        number = self._words.drawn(event.name, choice.name)
        done = self._words.drawn(event.name, f"{choice.name} done")
        source.add(f"if :: {done} -> broken(AGAIN) :: else -> {done} = 1 fi;")
        told: dict[Part, list[str]] = {}
        for part in self._world.of(self.machine.name):
            values = self._values(part, event, choice)
            chosen = values[-1]
            for at, value in reversed(list(enumerate(values[:-1]))):
                chosen = f"({number} == {at} -> {value} : {chosen})"
            tests = [f"{number} < {len(values)}", *self._keeps(part, event, choice, name)]
            some = [" && ".join(self._keeps(part, event, choice, v)) for v in values]
            told[part] = [f"{name} = {chosen}"]
            if all(some):
                none = f"!({' || '.join(f'({test})' for test in some)})"
                told[part].append(f"if :: {none} -> broken(NO_CHOICE) :: else -> skip fi")
            told[part].append(f"if :: {' && '.join(tests)} -> skip :: else -> hopeless = 1 fi")
        by_part(told, self._world, source)

    def _keeps(
        self, part: Part, event: model.Event, choice: model.Choice, value: str
    ) -> Iterator[str]:
        """What makes a value one that may be drawn: its range and its contract."""
        made = self._choose(part, event, choice)
        if made.form == "range":
            first, last = (self._expr(part, event, made, at) for at in (0, 1))
            yield f"{first} <= {value} && {value} <= {last}"
        if choice.contract is not None:
            scene = Inside(self.machine, self._words, self.messages, kept=False)
            place = Place(event.name, params={choice.name: value})
            yield f"({Writer(scene, self._world.numbers)(choice.contract, place)})"

    # ---- what there is to choose from

    def _choose(self, part: Part, event: model.Event, choice: model.Choice) -> Choose:
        wanted = (self.machine.name, event.name, choice.name)
        for made in self._world.composition.ends[part.end].chooses:
            if (made.machine, made.event, made.choice) == wanted:
                return made
        raise Beyond(f"{self.machine.name}.{event.name}", f"nobody says how {choice.name} is made")

    def _several(self, event: model.Event, choice: model.Choice) -> int:
        """How many values there are at most."""
        parts = self._world.of(self.machine.name)
        return max(len(self._values(part, event, choice)) for part in parts)

    def _values(self, part: Part, event: model.Event, choice: model.Choice) -> Sequence[str]:
        made = self._choose(part, event, choice)
        if made.form == "each":
            return [self._expr(part, event, made, at) for at in range(len(made.values))]
        subject = f"{self.machine.name}.{event.name} {choice.name}"
        match choice.type:
            case Bool():
                return ["0", "1"]
            case Enum():
                return [str(number) for _, number in choice.type.members]
            case Nat() if choice.type.max < _MOST:
                return [str(number) for number in range(choice.type.max + 1)]
            case _:
                raise Beyond(subject, f"{choice.type} has too many values to be listed")

    def _expr(self, part: Part, event: model.Event, made: Choose, at: int) -> str:
        end = self._world.composition.ends[part.end]
        scene = Outside(self.messages, end.places, part.end, self.machine.name)
        return Writer(scene, self._world.numbers).at(made.values[at], Place(event.name), SUM)
