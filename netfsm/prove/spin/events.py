"""One machine in Promela: its parts, its numbers by name, and what each of its events does."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Final

from attrs import field, frozen

from netfsm.machine.layout import Layout
from netfsm.machine.source import Source
from netfsm.prove.spin.alive import speaks
from netfsm.prove.spin.choices import Choices
from netfsm.prove.spin.emissions import Emissions, by_part, updates
from netfsm.prove.spin.expression import ATOM, Place, Writer
from netfsm.prove.spin.messages import Messages
from netfsm.prove.spin.numbers import LONGEST, Beyond, timed
from netfsm.prove.spin.parts import WIDTHS, World, fixed_values, promela_type
from netfsm.prove.spin.rows import RowWriter, Writes
from netfsm.prove.spin.scenes import Arrived, Inside
from netfsm.prove.spin.teams import QUIET, Team
from netfsm.prove.spin.words import Words
from netfsm.spec import model
from netfsm.spec.types import Enum, Flags, Type

__all__ = ["EventWriter"]


@frozen(slots=False)
class EventWriter:
    """Writes all that stands in a model for one machine; `family` are the writers of all."""

    messages: Messages
    machine: model.Machine
    family: dict[str, EventWriter]
    _later: list[tuple[str, Writes]] = field(factory=list[tuple[str, Writes]])

    @property
    def _world(self) -> World:
        return self.messages.world

    @property
    def _words(self) -> Words:
        return self._world.words[self.machine.name]

    @cached_property
    def _rows(self) -> RowWriter:
        write = Writer(Inside(self.machine, self._words, self.messages), self._world.numbers)
        emit = Emissions(self.messages, self.machine, write)
        return RowWriter(self.machine, self._world.numbers, self._words, write, emit, self._call)

    @cached_property
    def _team(self) -> Team | None:
        """The machines of the scope."""
        return None if self.machine.scope is None else Team(self._world, self.machine.scope)

    @property
    def _choices(self) -> Choices:
        return Choices(self.messages, self.machine)

    def oracles(self, source: Source) -> None:
        """Add the draws of choices of several values."""
        self._choices.draw(source)

    # ---- events

    @cached_property
    def _taken(self) -> tuple[model.Event, ...]:
        """The events that begin a step."""
        name = self.machine.name
        return tuple(event for event in self.machine.events if self._world.comes(name, event))

    def events(self, source: Source) -> None:
        """Add an alternative for each event, and what follows from it."""
        self._ordered()
        self._choices.check()
        if self._team is not None:
            self._team.check()
        for event in self._taken:
            with alternative(f"ev == {self._words.event(event.name)}", source):
                if self._team is None or self._team.lead is self.machine:
                    self._event(event, source)
                else:
                    self._team.unless_ended(source, self._next, partial(self._event, event))

    def _event(self, event: model.Event, source: Source) -> None:
        if event.kind == "timer":
            source.add(f"{self._words.timer(event.name)} = false;")
        if event.kind == "message":
            self._derive(event, source)
        self._choices.write(event, source)
        if self._choices.several(event):
            source.add("if")
            source.add(":: hopeless -> ev = NONE")
            source.add(":: else ->")
            with source.indented():
                self._taking(event, source)
            source.add("fi")
        else:
            self._taking(event, source)

    def _taking(self, event: model.Event, source: Source) -> None:
        """The rows of an event, and what follows."""
        name = self.machine.name
        told = {
            part: list(updates(self.messages, part, "event", event.name, Place(event.name)))
            for part in self._world.of(name)
        }
        by_part(told, self._world, source, like=False)
        self._assume(event, Place(event.name), source)
        self._do(event, Place(event.name), partial(self._followed, event), source)

    def _do(self, event: model.Event, place: Place, done: Writes, source: Source) -> None:
        """The rows of an event, and then `done`; where others go on first, they come to it."""
        self._rows.event(place, source, lambda inner: inner.add("broken(HOLE)"), done)
        if not self._rows.calls(event.name):
            done(source)
            return
        source.add("if")
        source.add(f":: ev == {self._number(event, place)} ->")
        with source.indented():
            done(source)
        source.add(":: else -> skip")
        source.add("fi")

    def _number(self, event: model.Event, place: Place) -> str:
        """The number of an event, or of one that comes within the step of another machine."""
        return self._words.event(f"in {event.name}" if place.inside else event.name)

    def _followed(self, event: model.Event, source: Source) -> None:
        """What follows when a part has taken an event, of the stranger too."""
        if event.kind != "signal" or self.machine.name not in self._world.strangers:
            self._taken_up(source)
            return
        stranger = len(self._world.of(self.machine.name))
        initial = self._words.state_name(self.machine.initial)
        source.add("if")
        source.add(f":: me == {stranger} ->")
        with source.indented():
            made = f"{self._words.state()} != {initial}"
            source.add(f"if :: {made} -> broken(CREATED) :: else -> skip fi;")
            self._next(source)
        source.add(":: else ->")
        with source.indented():
            self._taken_up(source)
        source.add("fi")

    def _assume(self, event: model.Event, place: Place, source: Source) -> None:
        if event.assume is not None:
            write = Writer(
                Inside(self.machine, self._words, self.messages, kept=False), self._world.numbers
            )
            held = write.at(event.assume, place, ATOM)
            source.add(f"if :: !{held} -> broken(ASSUMED) :: else -> skip fi;")

    # ---- within a scope

    def _call(
        self, row: model.Row, signal: model.Signal, where: Place, then: Writes, source: Source
    ) -> None:
        """Let a machine of the same scope go on; when it is done, `then` does."""
        again = self._world.resume(self.machine.name, row.id)
        self._later.append((again, then))
        if signal.condition is None:
            self._send(signal, where, again, source)
            return
        source.add("if")
        source.add(f":: {self._rows.write(signal.condition, where)} ->")
        with source.indented():
            self._send(signal, where, again, source)
        source.add(f":: else -> {self._words.back()} = me; ev = {again}")
        source.add("fi")

    def _send(self, signal: model.Signal, where: Place, again: str, source: Source) -> None:
        """Bring the parameters of a signal to its receiver, and give it its turn."""
        assert self._team is not None  # only in a scope is a signal inside it
        words = self._world.words[signal.machine]
        for name, value in signal.fields:
            target = words.inner(signal.event, name)
            source.add(f"{target} = {self._rows.write(value, where)};")
        source.add(f"{self._words.back()} = me; me = {self._team.beside(signal.machine)};")
        source.add(f"{words.next()} = {again}; ev = {words.event(f'in {signal.event}')}")

    def within(self, source: Source) -> None:
        """Add an alternative for each event that comes within the step of another machine."""
        for event in self.machine.events:
            if (self.machine.name, event.name) not in self._world.inside:
                continue
            if event.choices:
                raise Beyond(f"{self.machine.name}.{event.name}", "hands choose within a scope")
            place = Place(event.name, inside=True)
            with alternative(f"ev == {self._number(event, place)}", source):
                self._assume(event, place, source)
                self._do(event, place, lambda i: i.add(f"ev = {self._words.next()}"), source)

    def resumed(self, source: Source) -> None:
        """Add an alternative for each row that goes on after another machine."""
        while self._later:
            again, then = self._later.pop(0)
            with alternative(f"ev == {again}", source):
                source.add(f"me = {self._words.back()};")
                before = len(source.lines)
                then(source)
                assert len(source.lines) > before  # something follows every row

    def _ordered(self) -> None:
        """Raise Beyond where what a machine emits would come out of its order.

        What a machine of the scope emits goes out before all else that its sender emits.
        """
        for row in self.machine.rows:
            before = False
            for part in row.emissions:
                if not (isinstance(part, model.Signal) and part.inside):
                    before = True
                elif before and speaks(self._world.machines, part.machine, part.event):
                    reason = f"row {row.id} emits before a signal within its scope that emits too"
                    raise Beyond(self.machine.name, reason)

    # ---- completion events

    def _completions(self, after: str) -> list[model.Event]:
        return [e for e in self.machine.events if (e.kind, e.after) == ("completion", after)]

    @property
    def batched(self) -> bool:
        """True where a part notes that something is to happen at the end of a batch.

        In a scope the first machine does that has such events.
        """
        if self._team is not None:
            return self.machine in self._team.completing("batch")[:1]
        return bool(self._completions("batch"))

    def _taken_up(self, source: Source) -> None:
        """What follows when a part has taken an event."""
        if self._team is not None:
            self._team.unless_ended(source, self._renewed, self._team_taken_up)
            return
        if self.batched:
            source.add(f"{self._words.moved()} = 1;")
        if self._completions("row"):
            source.add(f"ev = {self._words.event('after row')}")
        else:
            self._next(source)

    def _team_taken_up(self, source: Source) -> None:
        """The same in a scope: its machines complete what one of them did."""
        assert self._team is not None  # the caller has looked
        if self._team.completing("batch"):
            source.add(self._team.moved())
        if self._team.completing("row"):
            source.add(self._team.begin("row"))
        else:
            self._next(source)

    def _renewed(self, source: Source) -> None:
        """The scope has ended with this step: all of it begins anew."""
        assert self._team is not None  # the caller has looked
        self._team.renew(lambda name, variable: self.family[name].first(variable), source)
        self._next(source)

    def completions(self, source: Source) -> None:
        """Add the alternatives that complete a row, or a batch once no event waits."""
        for after in ("row", "batch"):
            if self._completions(after):
                with alternative(f"ev == {self._words.event(f'after {after}')}", source):
                    if self._team is not None and len(self._team.completing(after)) > 1:
                        now, before = QUIET
                        source.add(f"{before} = {now}; {now} = 0;")
                    self._complete(self._completions(after), after, source)
        if self.batched:
            for part in self._world.of(self.machine.name):
                moved = self._words.moved(part.at)
                begin = f"ev = {self._words.event('after batch')}"
                test = f"ev == NONE && here == {part.end} && {moved}"
                with alternative(test, source):
                    source.add(f"me = {part.number}; {moved} = 0; {begin}")

    def _complete(self, events: list[model.Event], after: str, source: Source) -> None:
        """The first of `events` that is enabled, and again; when none is, what comes next."""
        if events:
            place = Place(events[0].name)
            again = f"ev = {self._words.event(f'after {after}')}"
            self._rows.event(
                place,
                source,
                lambda inner: self._complete(events[1:], after, inner),
                lambda inner: inner.add(again),
            )
        elif self._team is None:
            self._next(source)
        else:
            self._team.hushed(self.machine.name, after, source, self._next)

    def _next(self, source: Source) -> None:
        """The next signal of the end, or none."""
        if not self._world.signals:
            source.add("ev = NONE")
            return
        keys, params = self._world.signal_room
        names = [*(f"k{at}" for at in range(keys)), *(f"p{at}" for at in range(params))]
        taken = ", ".join(["ev", "me", *names])
        source.add(f"if :: len(signals) > 0 -> signals?{taken} :: else -> ev = NONE fi")

    # ---- parameters and choices

    def _parameters(self) -> Iterator[tuple[str, str]]:
        """The name of each parameter and where its value is."""
        for event in self._taken:
            for at, (name, _) in enumerate(self._inputs(event)):
                yield self._words.parameter(event.name, name), f"p{at}"
            if event.kind == "message" and event.format in self.messages.formats:
                for param in event.params:
                    stored = self._stored(event, param.name)
                    if stored is not None:
                        yield self._words.parameter(event.name, param.name), stored

    def _inputs(self, event: model.Event) -> list[tuple[str, Type]]:
        """What is kept in `p0`, `p1` and so on: parameters, derived fields, choices."""
        chosen = [(choice.name, choice.type) for choice in self._choices.of(event)]
        params = [(p.name, p.type) for p in event.params if (p.name, p.type) not in chosen]
        if event.kind == "message":
            params = [(n, kind) for n, kind in params if self._stored(event, n) is None]
        return params + chosen

    def _stored(self, event: model.Event, name: str) -> str | None:
        """Where a field or ghost of a message is, or its default; None for what is computed."""
        format_, field = event.format or "", name.removeprefix(f"{event.alias}.")
        if format_ not in self.messages.formats:
            return "0"
        wire = self.messages.wire(format_)
        computed = {each.name for each in wire.derived}
        computed |= {choice.name for choice in self._choices.of(event)}
        if field in computed:
            return None
        return self.messages.slot(format_, field) or self.messages.default(format_, field)

    def _derive(self, event: model.Event, source: Source) -> None:
        """Compute the derived fields of a message that somebody reads."""
        if event.format not in self.messages.formats:
            return
        wire = self.messages.wire(event.format or "")

        def stored(name: str) -> str:
            return self._stored(event, f"{event.alias}.{name}") or "0"

        write = Writer(Arrived(wire.name, stored), self._world.numbers)
        for each in wire.derived:
            name = f"{event.alias}.{each.name}"
            target = self._words.parameter(event.name, name)
            source.add(f"{target} = {write(each.expr, Place())};")

    # ---- names and places

    def defines(self, source: Source) -> None:
        """Add the numbers that stand under a name."""
        words, machine, world = self._words, self.machine, self._world
        names: dict[str, str] = {}
        states = sorted(machine.states, key=lambda state: state.name != machine.initial)
        for at, state in enumerate(states):
            names[words.state_name(state.name)] = str(at)
        for (name, event), number in world.events.items():
            if name == machine.name:
                names[words.event(event)] = str(number)
        names |= {name: str(number) for name, number in words.leaves.items()}
        names |= world.numbered(machine.name)
        used = set(words.used)
        names |= {n: text for n, text in self._values() if n in used}
        names |= {n: text for n, text in self._parameters() if n in used}
        source.add()
        source.add(f"/* ---- {machine.name}: {machine.title} */")
        for name, text in names.items():
            source.add(f"#define {name} {text}")
        if machine.name in world.strangers or any(
            signal.machine == machine.name for signal in world.signals
        ):
            source.add(f"#define {words.label}_at({self._finder()}")

    def _values(self) -> Iterator[tuple[str, str]]:
        """Constants, members, keys and what is given."""
        words, machine, world = self._words, self.machine, self._world
        for constant in machine.constants:
            value = world.numbers.number(constant.type, constant.value)
            yield words.constant(constant.name), str(value)
        for kind in members_of(machine):
            if isinstance(kind, Enum):
                for name, number in kind.members:
                    yield words.constant(name), str(number)
            if isinstance(kind, Flags):
                for at, name in enumerate(kind.members):
                    yield words.constant(name), str(1 << at)
        parts = world.of(machine.name)
        keys = [f.name for f in machine.key]
        for each, _ in fixed_values(machine, parts[0].slot):
            told = [world.fixed(part, each.name) for part in parts]
            last = f"k{keys.index(each.name)}" if each.name in keys else str(told[-1])
            yield words.constant(each.name), self._by_me(told, last)

    def _by_me(self, told: list[int], stranger: str) -> str:
        """A number for each part."""
        if self.machine.name not in self._world.strangers:
            stranger = str(told.pop())
        for at in reversed(range(len(told))):
            if str(told[at]) != stranger:
                stranger = f"(me == {at} -> {told[at]} : {stranger})"
        return stranger

    def _finder(self) -> str:
        """The macro that finds the part of an end that a key means."""
        world, name = self._world, self.machine.name
        keys = [f.name for f in self.machine.key]
        given = [f"key{at}" for at in range(len(keys))]
        parts = world.of(name)
        found = str(len(parts)) if name in world.strangers else str(parts[-1].number)
        for part in reversed(parts if name in world.strangers else parts[:-1]):
            tests = [f"end == {part.end}"]
            tests += [f"{k} == {world.fixed(part, n)}" for k, n in zip(given, keys, strict=True)]
            found = f"({' && '.join(tests)} -> {part.number} : {found})"
        return f"{', '.join(['end', *given])}) {found}"

    def declare(self, source: Source) -> None:
        """Add the parts."""
        words, machine = self._words, self.machine
        fields = ["byte state"]
        for variable in machine.variables:
            fields += [] if variable.shared else [self._field(variable)]
        fields += [f"bit {words.flag(t.name)}" for t in machine.timers if not t.shared]
        fields += ["bit moved"] if self.batched else []
        source.add(f"typedef {words.label}_part {{")
        with source.indented():
            for field in fields[:-1]:
                source.add(f"{field};")
            source.add(fields[-1])
        source.add("}")
        size = f"[{self._world.size(machine.name)}]" if words.many else ""
        source.add(f"{words.label}_part {words.label}{size};")

    def shared(self) -> Iterator[str]:
        """The fields of what this machine owns of its scope."""
        for variable in self.machine.variables:
            if variable.shared and variable.owner == self.machine.name:
                yield self._field(variable)
        for timer in self.machine.timers:
            if timer.shared and timer.owner == self.machine.name:
                yield f"bit {self._words.flag(timer.name)}"

    def _field(self, variable: model.Variable) -> str:
        """The declaration of a variable, with what it is at the beginning."""
        subject = f"{self.machine.name} {variable.name}"
        first = f" = {self.first(variable)}" if variable.initial is not None else ""
        kind = self._world.promela(variable.type, subject)
        return f"{kind} {self._words.field(variable.name)}{first}"

    def first(self, variable: model.Variable) -> str:
        """What a variable is at the beginning."""
        if variable.initial is None:
            return "0"
        if timed(variable.type) and self._rows.write.longest(variable.initial) > LONGEST:
            raise Beyond(f"{self.machine.name} {variable.name}", _LONG)
        return self._rows.write(variable.initial, Place())

    @cached_property
    def scratch(self) -> dict[str, str]:
        """The variables that a step of this machine works with, with their types."""
        found: dict[str, str] = {}
        for event in self._taken:
            for at, (_, kind) in enumerate(self._inputs(event)):
                wide = self._kind(kind)
                found[f"p{at}"] = max(wide, found.get(f"p{at}", wide), key=WIDTHS.index)
        used = list(self._words.locals)
        found |= dict.fromkeys(self._words.draws, "byte")
        found |= dict.fromkeys(QUIET, "byte") if self._team is not None else {}
        lets = {self._words.let(let.name): let.expr.type for let in self.machine.lets}
        decides = {self._words.let(decide.name) for decide in self.machine.decides}
        for name in used:
            wide = "byte" if name in decides else "int"
            found[name] = self._kind(lets[name]) if name in lets else wide
        return found

    def _kind(self, kind: Type) -> str:
        """The type of a scratch variable; a wider one than there is holds what machines make."""
        try:
            return promela_type(self._world.numbers.bits(kind, self.machine.name))
        except Beyond:
            return "int"


@contextmanager
def alternative(test: str, source: Source) -> Generator[None]:
    """Add one of the things that a step may go through, as a step of its own where `test` holds."""
    with source.block(f":: d_step {{ {test} ->"):
        yield
    source.add("}")


_LONG: Final = f"a time that is kept is at most {LONGEST // 1_000_000} s; give it a small size"


def members_of(machine: model.Machine) -> list[Type]:
    """The types whose members may stand in expressions of a machine by their names."""
    return list(Layout(machine).types)
