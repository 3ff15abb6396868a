"""A composition as a Promela model for SPIN: `promela` gives its text and what its numbers mean.

The model has one process, which is one loop. An alternative of the loop picks a step, in an atomic
sequence, and one deterministic step carries it out: the event, the signals that follow from it, and
what is sent. So SPIN stores a state exactly where the explorer has one:

- between steps the process stands at the head of its loop, and everything that a step works with
  is zero again;
- where a call or timer must wait because a queue is full, the step puts everything back: it leads
  to the state that it came from;
- where nothing is possible any more, `timeout` lets the process check what must hold at the end,
  and leads to the same state again. So there is no state of being at an end.

What must hold everywhere is an alternative that is possible where it does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from netfsm.machine.layout import identifier
from netfsm.machine.source import Source
from netfsm.prove.spin.bounds import Bounds
from netfsm.prove.spin.events import EventWriter
from netfsm.prove.spin.expression import Place, Writer
from netfsm.prove.spin.faults import fault, faults_of
from netfsm.prove.spin.messages import Messages
from netfsm.prove.spin.moves import KINDS, Move, Moves, shown
from netfsm.prove.spin.numbers import Beyond
from netfsm.prove.spin.parts import WIDTHS, World
from netfsm.prove.spin.process import Process
from netfsm.prove.spin.rows import NO_LEAF
from netfsm.prove.spin.scenes import Outside
from netfsm.spec.composition import Composition

__all__ = ["Model", "promela"]


@frozen
class Model:
    """A Promela model: its text, and what the numbers that it prints stand for.

    `moves` are its alternatives, `faults` what may be broken: one of FAULTS or a property's id.
    """

    text: str
    moves: tuple[Move, ...]
    faults: tuple[str, ...]


def promela(composition: Composition) -> Model:
    """The model of `composition`; raises Beyond where Promela can't say what it holds."""
    if composition.injects:
        raise Beyond(composition.name, "a third party sends, which is explored only")
    messages = Messages(World(composition))
    faults = faults_of(composition)
    moves = Moves(messages).all()
    machines = messages.world.machines.values()
    family: dict[str, EventWriter] = {}
    family.update({each.name: EventWriter(messages, each, family) for each in machines})
    events = list(family.values())
    body = Source()
    Process(messages, moves, events).write(body)
    head, middle, text = _Head(messages, events), Source(), Source()
    head.state(middle)
    head.scratch(middle)
    head.inlines(middle)
    head.numbers(faults, text)  # made last: by now it is known which names are used
    text.extend(middle)
    text.add()
    text.extend(body)
    return Model(str(text), moves, faults)


@frozen
class _Head:
    """Writes what stands before the process."""

    messages: Messages
    events: Sequence[EventWriter]

    @property
    def _world(self) -> World:
        return self.messages.world

    def numbers(self, faults: Sequence[str], source: Source) -> None:
        """Add the title, who is who, and the numbers that have names."""
        composition, world = self._world.composition, self._world
        refs = ", ".join(str(ref) for ref in composition.refs)
        source.add(f"/* {composition.name}: {composition.title} ({refs})")
        source.add("   Made by netfsm from the specs; a comment names each row. */")
        source.add()
        for at, end in enumerate(composition.ends):
            mine = [part for part in world.parts if part.end == at]
            slots = [f"{p.slot.name} is {world.words[p.machine].part(p.at)}" for p in mine]
            source.add(f"/* end {at} is {end.name}: {', '.join(slots)} */")
        for name, values in world.numbers.all():
            known = ", ".join(f"{number} is {shown(value)}" for value, number in values.items())
            source.add(f"/* {name}: {known} */")
        source.add()
        for at, name in enumerate(faults):
            source.add(f"#define {fault(name)} {at}")
        source.add()
        source.add(f"#define {NO_LEAF} 0")
        for at, word in enumerate(("NONE", *KINDS)):
            source.add(f"#define {word} {at}")
        for each in self.events:
            each.defines(source)

    def state(self, source: Source) -> None:
        """Add all that makes up a state of the composition."""
        source.add()
        source.add("/* ---- the state */")
        for each in self.events:
            each.declare(source)
        self._scopes(source)
        source.add(f"byte script[{len(self._world.composition.ends)}];")
        self._ghosts(source)
        if self.messages.formats:
            self.messages.declare(source)

    def _scopes(self, source: Source) -> None:
        """Add what machines share, once for each end."""
        labels = [(self._world.scope_label(e.machine), e) for e in self.events if e.machine.scope]
        for label in dict.fromkeys(label for label, _ in labels):
            fields = [field for name, each in labels if name == label for field in each.shared()]
            if fields:
                source.add(f"typedef {label}_part {{ {'; '.join(fields)} }}")
                source.add(f"{label}_part {label}[{len(self._world.composition.ends)}];")

    def _ghosts(self, source: Source) -> None:
        ends = self._world.composition.ends
        kinds = {ghost.name: ghost.type for end in ends for ghost in end.ghosts}
        for name, kind in kinds.items():
            wide = self._world.promela(kind, f"ghost {name}")
            first = ", ".join(self._first(name, at) for at in range(len(ends)))
            source.add(f"{wide} g_{identifier(name)}[{len(ends)}] = {{ {first} }};")

    def _first(self, name: str, end: int) -> str:
        """What a ghost of an end is at the beginning."""
        composition = self._world.composition
        for ghost in composition.ends[end].ghosts:
            if ghost.name == name:
                scene = Outside(self.messages, composition.ends[end].places, end)
                return Writer(scene, self._world.numbers)(ghost.initial, Place())
        return "0"

    def _scratch(self) -> dict[str, str]:
        names = ("kind", "ev", "me", "here", "queue", "place", "c", "crowded", "hopeless")
        found = {**dict.fromkeys(names, "byte"), "ev": "short"}
        keys, _ = self._world.signal_room
        found |= {f"k{at}": "byte" for at in range(keys)}
        found |= dict.fromkeys(self._world.spares, "int")
        if self.messages.formats:
            found |= {f"x{at}": wide for at, wide in enumerate(self.messages.kinds(outbox=True))}
            found |= {f"y{at}": wide for at, wide in enumerate(self.messages.kinds())}
        for each in self.events:
            for name, wide in each.scratch.items():
                found[name] = max(wide, found.get(name, wide), key=WIDTHS.index)
        return found

    def scratch(self, source: Source) -> None:
        """Add what a step works with."""
        source.add()
        source.add("/* ---- what a step works with; zero between steps */")
        scratch, world = self._scratch(), self._world
        for name, wide in scratch.items():
            source.add(f"{wide} {name};")
        bounds = Bounds(world.machines)
        keys, params = world.signal_room
        if world.signals:
            kinds = [scratch[f"p{at}"] for at in range(params)]
            form = ", ".join(["byte", "byte", *["byte"] * keys, *kinds])
            source.add(f"chan signals = [{bounds.signals()}] of {{ {form} }};")
        if self.messages.formats:
            form = ", ".join(self.messages.kinds(outbox=True))
            source.add(f"chan out = [{bounds.messages()}] of {{ {form} }};")

    def inlines(self, source: Source) -> None:
        """Add what the process says by one word."""
        source.add()
        source.add('inline broken(what) { printf("netfsm broken %d\\n", what); assert(false) }')
        source.add("inline within(value, most) {")
        source.add("    if :: value < 0 || value > most -> broken(RANGE) :: else -> skip fi")
        source.add("}")
        if self.messages.formats:
            spare = self.messages.room().replace("x", "y")
            source.add("/* the first n messages of q go to its end */")
            source.add("inline turn(q, n) {")
            source.add("    c = n;")
            source.add("    do")
            source.add(f"    :: c > 0 -> q?{spare}; q!{spare}; c = c - 1")
            source.add("    :: else -> break")
            source.add("    od")
            source.add("}")
        source.add("inline clear() {")
        for name in self._scratch():
            source.add(f"    {name} = 0;")
        source.add("}")
        source.add("/* everything as it was before the step */")
        source.add("c_code { static State kept; }")
