"""What comes of an emission: a message into the outbox, a signal into the end's queue, a ghost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from netfsm.machine.source import Source
from netfsm.prove.spin.expression import AND, ATOM, OR, Place, Text, Writer
from netfsm.prove.spin.faults import fault
from netfsm.prove.spin.messages import Messages
from netfsm.prove.spin.numbers import LONGEST, timed
from netfsm.prove.spin.parts import Part, World
from netfsm.prove.spin.scenes import Outside, ghost
from netfsm.spec import model
from netfsm.spec.composition import Update
from netfsm.spec.expr import Expr
from netfsm.spec.types import Nat

__all__ = ["Emissions", "updates"]


@frozen
class Emissions:
    """Writes the emissions of the machine whose expressions `write` writes.

    Signals within a scope are not among them.
    """

    messages: Messages
    machine: model.Machine
    write: Writer

    @property
    def _world(self) -> World:
        return self.messages.world

    def __call__(self, emission: model.Emission, where: Place, source: Source) -> None:
        """Add what `emission` does."""
        if isinstance(emission, model.Signal):
            self._signal(emission, where, source)
        else:
            self._emit(emission, where, source)

    # ---- to the wire and to the user

    def _emit(self, emit: model.Emit, where: Place, source: Source) -> None:
        output = next(each for each in self.machine.outputs if each.name == emit.output)
        told = {name: self.write.write(value, where) for name, value in emit.fields}
        if output.format in self.messages.formats:
            said = {name: text.code for name, text in told.items()}
            source.add(f"out!{self.messages.message(output.format or '', said)};")
        out = self.messages.unsaid(output.format)
        out |= {name: Text(f"({text.code})", ATOM) for name, text in told.items()}
        place = Place(out=out)
        both = {
            part: [*self._ghosts(part, emit.output, place), *self._never(part, emit, place)]
            for part in self._world.of(self.machine.name)
        }
        by_part(both, self._world, source)

    def _ghosts(self, part: Part, output: str, place: Place) -> Iterator[str]:
        yield from updates(self.messages, part, "emit", output, place)

    def _never(self, part: Part, emit: model.Emit, place: Place) -> Iterator[str]:
        """What no slot of that name may emit."""
        composition = self._world.composition
        for rule in composition.properties:
            if (rule.kind, rule.slot, rule.output) == ("never", part.slot.name, emit.output):
                scene = Outside(self.messages, composition.places)
                test = _test(rule.holds, Writer(scene, self._world.numbers), place)
                yield f"if :: {test} -> broken({fault(rule.id)}) :: else -> skip fi"

    # ---- to other machines of the end

    def _signal(self, signal: model.Signal, where: Place, source: Source) -> None:
        composition = self._world.composition
        if signal.machine in composition.without:
            return
        words = self._world.words[signal.machine]
        event = self._world.machines[signal.machine].event(signal.event)
        values = dict(signal.fields)
        told = [self.write(values[each.name], where) for each in event.params]
        key = [self.write(part, where) for part in signal.key or ()]
        if signal.key is None:
            self._all(signal, told, source)
            return
        to = f"{words.label}_at({', '.join(['here', *key])})"
        source.add(f"signals!{self._sent(words.event(signal.event), to, key, told)};")

    def _all(self, signal: model.Signal, told: list[str], source: Source) -> None:
        """To every part of the end that is there, in order."""
        machine = self._world.machines[signal.machine]
        words = self._world.words[signal.machine]
        gone = [state.name for state in machine.states if state.absent or state.final]
        for part in self._world.of(signal.machine):
            tests = [f"here == {part.end}"]
            tests += [f"{words.state(part.at)} != {words.state_name(name)}" for name in gone]
            sent = self._sent(words.event(signal.event), str(part.number), [], told)
            source.add(f"if :: {' && '.join(tests)} -> signals!{sent} :: else -> skip fi;")

    def _sent(self, event: str, to: str, key: list[str], told: list[str]) -> str:
        keys, params = self._world.signal_room
        key = key[:keys]
        full = [*key, *["0"] * (keys - len(key)), *told, *["0"] * (params - len(told))]
        return ", ".join([event, to, *full])


def updates(messages: Messages, part: Part, what: str, name: str, place: Place) -> Iterator[str]:
    """What an emission or event of a part makes of the ghosts of its end, all at once."""
    end = messages.world.composition.ends[part.end]
    write = Writer(Outside(messages, end.places, part.end, part.machine), messages.world.numbers)
    stores: list[str] = []
    for number, each in enumerate(end.ghosts):
        mine = [u for u in each.updates if (u.what, u.slot, u.name) == (what, part.slot.name, name)]
        if not mine:
            continue
        value = target = ghost(each.name, "here")
        for update in mine:
            value = _changed(update, value, write, place)
        spare = messages.world.spare(number)
        yield f"{spare} = {value}"
        if isinstance(each.type, Nat) or timed(each.type):
            most = each.type.max if isinstance(each.type, Nat) else LONGEST
            yield f"within({spare}, {most})"
        stores.append(f"{target} = {spare}")
    yield from stores


def _changed(update: Update, before: str, write: Writer, place: Place) -> str:
    """The value of a ghost after an update, where it is `before` otherwise."""
    value = write(update.value, place)
    if update.when is None:
        return value
    return f"({write.at(update.when, place, OR)} -> {value} : {before})"


def _test(expr: Expr | None, write: Writer, place: Place) -> str:
    return "true" if expr is None else write.at(expr, place, AND)


def by_part(
    told: Mapping[Part, list[str]], world: World, source: Source, *, like: bool = True
) -> None:
    """Add for each part what is told of it; once where it is the same for all.

    Of the stranger nothing is told, or what is told of the first part of the same end, for which
    `like` asks.
    """
    whole = list(dict.fromkeys(tuple(lines) for lines in told.values()))
    machine = next(iter(told)).machine
    strange = machine in world.strangers
    if whole == [()]:
        return
    if len(whole) == 1 and (like or not strange):
        for line in whole[0]:
            source.add(f"{line};")
        return
    first = {part.end: part for part in reversed(tuple(told))}.values() if like and strange else ()
    source.add("if")
    for lines in whole:
        mine = [part for part, each in told.items() if tuple(each) == lines]
        tests = [f"me == {part.number}" for part in mine]
        tests += [f"me == {len(told)} && here == {part.end}" for part in mine if part in first]
        if lines:
            source.add(f":: {' || '.join(tests)} ->")
            with source.indented():
                for line in lines:
                    source.add(f"{line};")
    source.add(":: else -> skip")
    source.add("fi;")
