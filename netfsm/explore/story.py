"""A run as the steps of a packet ladder: what was sent, whether it arrived, which rows it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field

from netfsm.draw.steps import Fate, Note, Step
from netfsm.explore.labels import Labels, call_label
from netfsm.explore.records import Outcome
from netfsm.explore.world import Effect, Move, World

__all__ = ["story"]


@define(eq=False)
class _Flight:
    """A copy of a message under way: its number in the run, who sent it, what it is called.

    `told` says that a step shows it leaving already.
    """

    number: int
    source: str
    target: str
    label: str
    copy: bool = False
    told: bool = False


def story(world: World, way: Sequence[Move], remarks: Iterable[str] = ()) -> tuple[Step, ...]:
    """The steps of `way`, whose times are their numbers from 1, and `remarks` at the end.

    A message that arrives in the next step is told in one, where it arrives.
    """
    teller = _Teller(world)
    for number, move in enumerate(way):
        teller.tell(move, way[number + 1 :])
    names = [end.name for end in world.composition.ends]
    said = (Step(0, names[0], names[-1], remark, "remark") for remark in remarks)
    return (*teller.steps, *said)


@define
class _Teller:
    """Goes along a way and remembers what is under way."""

    world: World
    labels: Labels = field(init=False)
    steps: list[Step] = field(factory=list[Step])
    _queues: list[list[_Flight]] = field(init=False)
    _count: int = 0
    _packets: int = 0

    def __attrs_post_init__(self) -> None:
        """Nothing is under way."""
        self.labels = Labels(self.world.composition)
        self._queues = [[] for _ in self.world.queues]

    def tell(self, move: Move, following: Sequence[Move]) -> None:
        """Add the steps of `move`; those after it say what becomes of what it sends."""
        name = self._name(move.end)
        if move.act == "skip":
            self._add(name, name, "leaves out a call", "local", ())
        elif move.act == "loss":
            flight = self._queues[move.queue].pop(move.index)
            if not flight.told:  # it was doubled, and this copy is lost
                self._fly(flight, "lost", ())
        elif move.act == "doubling":
            first = self._queues[move.queue][move.index]
            copy = _Flight(first.number, first.source, first.target, first.label, copy=True)
            copy.told = not self._is_lost(len(self._queues[move.queue]), move.queue, following)
            self._queues[move.queue].append(copy)
        elif move.effect is not None:
            self._acted(move, move.effect, following)

    def _acted(self, move: Move, effect: Effect, following: Sequence[Move]) -> None:
        name = self._name(move.end)
        notes = tuple(self._notes(move.end, effect.outcome))
        if move.queue >= 0:
            flight = self._queues[move.queue].pop(move.index)
            late = flight.told or flight.copy
            self._fly(flight, "late" if late else "delivered", notes)
        else:
            self._add(name, name, self._label(move, effect.outcome), "local", notes)
        numbers: dict[int, int] = {}
        for place, (queue, message) in enumerate(effect.sends):
            if message not in numbers:
                self._packets += 1
                numbers[message] = self._packets
            target = self._name(self.world.queues[queue].end)
            label = self.labels.message(self.world.messages[message], name, target)
            flight = _Flight(numbers[message], name, target, label)
            if place in move.dropped:
                self._fly(flight, "lost", ())
                continue
            self._queues[queue].append(flight)
            index = len(self._queues[queue]) - 1
            if self._is_lost(index, queue, following):
                self._fly(flight, "lost", ())
                flight.told = True
            elif not (index == 0 and following and _takes(following[0], queue)):
                self._fly(flight, "delayed", ())
                flight.told = True
        if effect.outcome.sent and not effect.sends:
            self._add(name, name, "sends what reaches nobody", "local", ())

    def _label(self, move: Move, outcome: Outcome) -> str:
        assert move.stimulus is not None
        stimulus = move.stimulus
        if stimulus.message is not None:
            mine = self._name(move.end)
            peer = next(each for each in self._names() if each != mine)
            return f"a third party sends {self.labels.message(stimulus.message, peer, mine)}"
        work = self.world.ends[move.end]
        event = work.workers[stimulus.slot].kind.events[stimulus.event]
        act = "call" if move.act == "call" else "timer"
        open_ = frozenset[str]()
        if stimulus.position is not None:
            call = work.end.script[stimulus.position - 1]
            open_ = frozenset(param.name for param, values in call.values if len(values) > 1)
        return call_label(act, stimulus, event, open_, outcome.chosen)

    def _notes(self, end: int, outcome: Outcome) -> Iterator[Note]:
        slots = self.world.composition.ends[end].slots
        machines = [slot.machine for slot in slots]
        for taken in outcome.rows:
            slot = next(slot for slot in slots if slot.name == taken.slot)
            key = taken.slot if machines.count(slot.machine) > 1 else ""
            yield Note(self._name(end), slot.machine, taken.state, taken.row, key)

    def _is_lost(self, index: int, queue: int, following: Sequence[Move]) -> bool:
        """Whether what stands at `index` of a queue is lost in what follows."""
        for move in following:
            if move.queue != queue or move.act == "doubling":
                continue
            if move.index == index:
                return move.act == "loss"
            if move.index < index:
                index -= 1
        return False

    def _names(self) -> list[str]:
        return [end.name for end in self.world.composition.ends]

    def _name(self, end: int) -> str:
        return self._names()[end]

    def _fly(self, flight: _Flight, fate: Fate, notes: tuple[Note, ...]) -> None:
        self._add(flight.source, flight.target, flight.label, fate, notes, packet=flight.number)

    def _add(
        self,
        source: str,
        target: str,
        label: str,
        fate: Fate,
        notes: tuple[Note, ...],
        *,
        packet: int = 0,
    ) -> None:
        self._count += 1
        self.steps.append(Step(self._count, source, target, label, fate, notes, packet))


def _takes(move: Move, queue: int) -> bool:
    """Whether a step takes the first message of a queue."""
    return move.queue == queue and move.index == 0 and move.act == "arrival"
