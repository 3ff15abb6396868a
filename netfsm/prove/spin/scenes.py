"""What names stand for: in a machine's rows, and where a composition speaks of its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from netfsm.machine.layout import identifier
from netfsm.prove.spin.expression import STATE, Place, Text, Writer
from netfsm.prove.spin.messages import Messages
from netfsm.prove.spin.parts import Part, World
from netfsm.prove.spin.words import Words
from netfsm.spec import composition, model
from netfsm.spec.composition import Places
from netfsm.spec.expr import At, Lit, Name, TimerRef
from netfsm.spec.types import TEXT

__all__ = ["Arrived", "Inside", "Outside", "ghost"]


@frozen(slots=False)
class Inside:
    """The scene of a machine's own expressions: the part `me` that takes the step.

    `kept` says that lets without arguments have been computed.
    """

    machine: model.Machine
    words: Words
    messages: Messages
    kept: bool = True

    @property
    def subject(self) -> str:
        """The machine's name."""
        return self.machine.name

    def named(self, name: Name, place: Place) -> str:
        """A variable, parameter, constant, key or given."""
        match name.kind:
            case "var":
                kept = None if name.new else place.old.get(name.name)
                return kept or self.words.variable(name.name)
            case "state":
                return self._name_of_state(place)
            case "param" if name.name in place.params:
                return place.params[name.name]
            case "param" if place.inside:
                return self.words.inner(place.event, name.name)
            case "param":
                return self.words.parameter(place.event, name.name)
            case _:
                return self.words.constant(name.name)

    def _name_of_state(self, place: Place) -> str:
        """The number of the text that names the state before the step."""
        state, numbers = place.old.get(STATE, self.words.state()), self.messages.world.numbers
        *others, last = (each.name for each in self.machine.states)
        told = str(numbers.number(TEXT, last))
        for name in others:
            number = numbers.number(TEXT, name)
            told = f"({state} == {self.words.state_name(name)} -> {number} : {told})"
        return told

    def function(self, name: str, args: Sequence[Text]) -> Text:
        """What the composition says that a declared function gives."""
        composition = self.messages.world.composition
        function = next(each for each in self.machine.functions if each.name == name)
        named = {param.name: arg for param, arg in zip(function.params, args, strict=True)}
        write = Writer(Outside(self.messages, composition.places), self.messages.world.numbers)
        return write.write(composition.functions[f"{self.machine.name}.{name}"], Place(args=named))

    def constant(self, name: str) -> int:
        """A constant of the machine."""
        constant = next(each for each in self.machine.constants if each.name == name)
        return self.messages.world.numbers.number(constant.type, constant.value)

    def member(self, lit: Lit) -> str:
        """A member by its name."""
        return self.words.constant(lit.text)

    def at(self, at: At, place: Place) -> tuple[str, ...]:
        """A test for each state."""
        state = self.words.state() if at.new else place.old.get(STATE, self.words.state())
        return tuple(f"{state} == {self.words.state_name(each)}" for each in at.states)

    def timer(self, ref: TimerRef, place: Place) -> str:
        """A timer's flag, or the sum of all."""
        timers = [t.name for t in self.machine.timers] if ref.timer is None else [ref.timer]
        flags = [self.words.timer(name) for name in timers]
        if not ref.new:
            flags = [place.old.get(name, flag) for name, flag in zip(timers, flags, strict=True)]
        return " + ".join(flags) or "0"

    def length(self, _name: Name) -> str | None:
        """Of values that occur a length is looked up."""
        return None

    def let(self, name: str) -> tuple[model.Let, str | None]:
        """A let; one without arguments is computed before the step."""
        let = next(each for each in self.machine.lets if each.name == name)
        return let, self.words.let(name) if self.kept and not let.params else None


@frozen(slots=False)
class Outside:
    """The scene of a composition's own expressions: of the whole, or of one end that speaks.

    `end` is the number of the end; `event` the machine and event whose parameters are read.
    """

    messages: Messages
    places: Places
    end: int | None = None
    machine: str = ""

    @property
    def subject(self) -> str:
        """The composition's name."""
        return self._world.composition.name

    @property
    def _world(self) -> World:
        return self.messages.world

    def named(self, name: Name, place: Place) -> str:
        """A variable of a slot, a ghost of an end, what is given, a constant, a parameter."""
        if name.kind == "param":
            return self._world.words[self.machine].parameter(place.event, name.name)
        if name.kind == "const":
            return str(self._world.constant(name.name))
        what = self.places.values[name.name]
        match what.kind:
            case "variable":
                part = self._part(what)
                return self._world.words[part.machine].variable(what.name, part.at)
            case "ghost":
                return ghost(what.name, self._end(what))
            case "inbox":
                return f"({self.messages.under_way(self._end(what))})"
            case "given" | "key":
                if not what.slot:
                    return str(self._world.given(self._end(what), what.name))
                return str(self._world.fixed(self._part(what), what.name))
            case _:
                return self.messages.count(what.slot, what.kind)

    def constant(self, name: str) -> int:
        """A constant of the composition."""
        return self._world.constant(name)

    def member(self, lit: Lit) -> str:
        """A member's number."""
        return str(self._world.numbers.number(lit.type, lit.value))

    def at(self, at: At, _place: Place) -> tuple[str, ...]:
        """A test for each state of a slot."""
        return tuple(self._in(self.places.states[each]) for each in at.states)

    def _in(self, what: composition.Place) -> str:
        part = self._part(what)
        words = self._world.words[part.machine]
        return f"{words.state(part.at)} == {words.state_name(what.name)}"

    def timer(self, ref: TimerRef, _place: Place) -> str:
        """A timer's flag."""
        what = self.places.timers[ref.timer or ""]
        part = self._part(what)
        return self._world.words[part.machine].timer(what.name, part.at)

    def function(self, name: str, _args: Sequence[Text]) -> Text:
        """A composition calls no function of hands."""
        raise AssertionError(name)

    def length(self, _name: Name) -> str | None:
        """Of values that occur a length is looked up."""
        return None

    def let(self, name: str) -> tuple[model.Let, str | None]:
        """A let of the composition, written out."""
        return next(each for each in self._world.composition.lets if each.name == name), None

    def _end(self, what: composition.Place) -> int:
        if what.end:
            return self._world.end(what.end)
        assert self.end is not None  # only within an end is its name left out
        return self.end

    def _part(self, what: composition.Place) -> Part:
        return self._world.at(self._end(what), what.slot)


def ghost(name: str, end: int | str) -> str:
    """A ghost of an end."""
    return f"g_{identifier(name)}[{end}]"


@frozen(slots=False)
class Arrived:
    """The scene of a format's derived fields: a message that has just been taken from a queue.

    `stored` gives where a field is, or its default. Of the payload there is its length only.
    """

    subject: str
    stored: Callable[[str], str]

    def named(self, name: Name, _place: Place) -> str:
        """A field."""
        return self.stored(name.name)

    def function(self, name: str, _args: Sequence[Text]) -> Text:
        """Nor does a format."""
        raise AssertionError(name)

    def length(self, name: Name) -> str | None:
        """The length of the payload."""
        return self.stored("len") if name.name == "payload" else None

    def constant(self, name: str) -> int:
        """A format's computed fields hold no times."""
        raise AssertionError(name)

    def member(self, lit: Lit) -> str:
        """A member's number."""
        assert isinstance(lit.value, int)  # of an enum or of flags
        return str(lit.value)

    def at(self, at: At, _place: Place) -> tuple[str, ...]:
        """A format has no states."""
        raise AssertionError(at)

    def timer(self, ref: TimerRef, _place: Place) -> str:
        """Nor timers."""
        raise AssertionError(ref)

    def let(self, name: str) -> tuple[model.Let, str | None]:
        """Nor lets."""
        raise AssertionError(name)
