"""The one process of a model: its loop picks a step, and deterministic steps carry it out.

They are one atomic sequence. SPIN takes deterministic steps up to some length only, so that each
event, and each row that goes on after another machine, has one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from netfsm.machine.source import Source
from netfsm.prove.spin.events import EventWriter
from netfsm.prove.spin.expression import AND, Place, Writer
from netfsm.prove.spin.faults import fault
from netfsm.prove.spin.messages import Messages, counted, queue
from netfsm.prove.spin.moves import Move
from netfsm.prove.spin.parts import World
from netfsm.prove.spin.scenes import Outside
from netfsm.spec.composition import Channel, Requirement

__all__ = ["Process"]

_COUNTS: Final = {"OVERTAKING": "overtaken", "LOSS": "lost", "DOUBLING": "doubled"}


@frozen
class Process:
    """Writes the process of a composition from its moves and the events of its machines."""

    messages: Messages
    moves: Sequence[Move]
    events: Sequence[EventWriter]

    @property
    def _world(self) -> World:
        return self.messages.world

    def write(self, source: Source) -> None:
        """Add the process."""
        source.add("active proctype composition()")
        source.add("{")
        source.add("do")
        self._rules(source)
        source.add(":: atomic {")
        with source.indented():
            source.add("if")
            for at, move in enumerate(self.moves):
                self._pick(at, move, source)
            source.add("fi;")
            for each in self.events:
                each.oracles(source)
            self._step(source)
        source.add("}")
        self._end(source)
        source.add("od")
        source.add("}")

    # ---- what must hold

    def _rules(self, source: Source) -> None:
        """What must hold in every state: where it does not, this is possible."""
        for rule in self._of("always"):
            source.add(f"/* {rule.id} ({', '.join(str(ref) for ref in rule.refs)}) */")
            source.add(f":: d_step {{ !({self._whole(rule)}) -> broken({fault(rule.id)}) }}")

    def _end(self, source: Source) -> None:
        """What must hold where nothing is possible any more."""
        ends = enumerate(self._world.composition.ends)
        done = " && ".join(f"script[{at}] == {len(end.script)}" for at, end in ends)
        source.add("/* nothing is possible any more: each script must be at its end */")
        source.add(":: atomic { timeout ->")
        with source.indented():
            source.add(f"if :: !({done}) -> broken(STUCK) :: else -> skip fi;")
            for rule in self._of("finally"):
                source.add(f"/* {rule.id} ({', '.join(str(ref) for ref in rule.refs)}) */")
                test = f"!({self._whole(rule)})"
                source.add(f"if :: {test} -> broken({fault(rule.id)}) :: else -> skip fi;")
            source.add("skip")
        source.add("}")

    def _of(self, kind: str) -> list[Requirement]:
        return [each for each in self._world.composition.properties if each.kind == kind]

    def _whole(self, rule: Requirement) -> str:
        scene = Outside(self.messages, self._world.composition.places)
        assert rule.holds is not None  # these kinds have one
        return Writer(scene, self._world.numbers)(rule.holds, Place())

    # ---- a step

    def _pick(self, at: int, move: Move, source: Source) -> None:
        notes = "; ".join(f"{name} = {value}" for name, value in move.notes)
        source.add(f"/* {move} */")
        source.add(f':: d_step {{ {move.guard} -> printf("netfsm move {at}\\n"); {notes} }}')

    def _step(self, source: Source) -> None:
        source.add("d_step {")
        source.add("c_code { memcpy((char *) &kept, (char *) &now, vsize); };")
        source.add("if")
        source.add(":: kind == CALL || kind == SKIP -> script[here] = script[here] + 1")
        for number, (channel, end) in enumerate(self._queues(), 1):
            source.add(f":: queue == {number} ->")
            with source.indented():
                self._take(channel, end, source)
        source.add(":: else -> skip")
        source.add("fi")
        source.add("}")
        source.add("do")
        for each in self.events:
            each.events(source)
        for each in self.events:
            each.completions(source)
        for each in self.events:
            each.within(source)
        for each in self.events:
            each.resumed(source)
        source.add(":: else -> break")
        source.add("od;")
        source.add("d_step {")
        self._send(source)
        source.add("if")
        source.add(":: (crowded && (kind == CALL || kind == TIMER)) || hopeless ->")
        with source.indented():
            source.add("c_code { memcpy((char *) &now, (char *) &kept, vsize); }")
        source.add(":: else -> skip")
        source.add("fi;")
        source.add("clear()")
        source.add("}")

    # ---- messages

    def _queues(self) -> list[tuple[Channel, str]]:
        """The queues in the order of their numbers, from 1."""
        return [(each, end) for each in self._world.composition.channels for end in each.ends]

    def _take(self, channel: Channel, end: str, source: Source) -> None:
        """A message arrives, is lost or doubled."""
        name, room = queue(channel, end), self.messages.room()
        turning = channel.capacity > 1 and bool(counted(channel))
        if turning:
            source.add(f"turn({name}, place);")
        source.add(f"{name}?{room};")
        if turning:
            double = f"{name}!{room}; turn({name}, len({name}) - place - 1); {name}!{room}"
            twice = f":: kind == DOUBLING -> {double} " if channel.duplicate else ""
            source.add(f"if {twice}:: else -> turn({name}, len({name}) - place) fi;")
        source.add("if")
        for kind, word in _COUNTS.items():
            if word in counted(channel):
                count = f"{channel.name}_{word}"
                source.add(f":: kind == {kind} -> {count} = {count} + 1")
        source.add(":: else -> skip")
        source.add("fi;")
        source.add("if")
        takers = self._world.composition.end(end).takers
        for format_ in channel.carries:
            if format_ in takers:
                slot, event = takers[format_]
                part = self._world.at(self._world.end(end), slot)
                word = self._world.words[part.machine].event(event)
                mine = f"x0 == {self.messages.formats.index(format_)}"
                arrives = f"(kind == ARRIVAL || kind == OVERTAKING) && {mine}"
                source.add(f":: {arrives} -> ev = {word}; me = {part.number}")
        source.add(":: else -> skip")
        source.add("fi")

    def _send(self, source: Source) -> None:
        """The messages of the step go into the queues of those whom they reach."""
        if not self.messages.formats:
            return
        source.add("do")
        source.add(f":: len(out) > 0 -> out?{self.messages.room(outbox=True)};")
        with source.indented():
            for channel, end in self._queues():
                name = queue(channel, end)
                put = f"{name}!{self.messages.room()}"
                room = f"len({name}) < {channel.capacity}"
                source.add("if")
                source.add(f":: {' && '.join(self._reaches(channel, end))} ->")
                with source.indented():
                    source.add(f"if :: {room} -> {put} :: else -> crowded = 1 fi")
                source.add(":: else -> skip")
                source.add("fi;")
        source.add(":: else -> break")
        source.add("od;")

    def _reaches(self, channel: Channel, end: str) -> list[str]:
        """When the message in the scratch slots goes to an end of a channel."""
        composition, number = self._world.composition, self._world.end(end)
        found = [f"here != {number}"]
        names = [each.name for each in composition.ends]
        found += [f"here != {at}" for at, name in enumerate(names) if name not in channel.ends]
        takers = composition.end(end).takers
        carried = [name for name in channel.carries if name in takers]
        scene = Outside(self.messages, composition.ends[number].places, number)
        write = Writer(scene, self._world.numbers)
        cases: list[str] = []
        for name in carried:
            tests = [] if len(self.messages.formats) == 1 else [f"x0 == {self._format(name)}"]
            if channel.reaches is not None:
                tests.append(write.at(channel.reaches, Place(out=self.messages.out(name)), AND))
            cases.append(" && ".join(tests) or "true")
        return [*found, f"({' || '.join(cases) or 'false'})"]

    def _format(self, name: str) -> int:
        return self.messages.formats.index(name)
