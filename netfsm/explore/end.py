"""One end at work: what a call, a timer or a message makes of it, signals and completions included.

`run` takes a stimulus to every state that it may lead to: several where hands have a choice. The
order of everything is the runtime's (`netfsm.stack.part`, `netfsm.stack.stack`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, evolve, field, frozen

from netfsm.errors import ContractError, InternalError
from netfsm.explore.choices import Chooser, Oracle
from netfsm.explore.ghosts import Ghosts
from netfsm.explore.messages import Message, Post
from netfsm.explore.scopes import ScopeHold, scopes_of
from netfsm.explore.slots import Kind, SlotState, View, Worker, stepped
from netfsm.explore.values import Constants
from netfsm.machine import NOTHING, Emission, Result
from netfsm.spec import model
from netfsm.spec.composition import Composition, End, Place
from netfsm.spec.types import Value

__all__ = ["Chosen", "Emitted", "EndState", "EndWork", "Outcome", "Sent", "Stimulus", "Taken"]

MOST_SIGNALS: Final = 1_000


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


class _Wrong(Exception):  # it ends a run, and is no error of netfsm's
    """The composition does not fit: what happened, as a sentence."""


@define
class EndWork:
    """An end with its machines compiled."""

    composition: Composition
    end: End
    kinds: Mapping[str, Kind]
    post: Post
    constants: Constants
    workers: dict[str, Worker] = field(init=False)
    begin: EndState = field(init=False)
    _scopes: tuple[ScopeHold, ...] = field(init=False)
    _chooser: Chooser = field(init=False)
    _ghosts: Ghosts = field(init=False)
    given: Mapping[str, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the instances, and see what is there at the beginning."""
        self._scopes = scopes_of(self.composition, self.end, self.kinds)
        by_scope = {hold.name: hold.scope for hold in self._scopes}
        self.workers = {
            slot.name: Worker(
                slot,
                self.kinds[slot.machine],
                by_scope.get(self.kinds[slot.machine].machine.scope or ""),
            )
            for slot in self.end.slots
        }
        self.given = _given(self.workers.values())
        self._ghosts = Ghosts(self.end, self.given, self.constants)
        self._chooser = Chooser(
            self.end, self.kinds, self.composition.formats, self.constants, self.read_place
        )
        self.begin = EndState(
            0,
            tuple(worker.begin for worker in self.workers.values()),
            tuple(hold.read() for hold in self._scopes),
            self._ghosts.begin,
        )

    # ---- what is there

    def write(self, state: EndState) -> None:
        """Let every instance hold what `state` says."""
        for hold, held in zip(self._scopes, state.scopes, strict=True):
            hold.write(held)
        for worker, slot in zip(self.workers.values(), state.slots, strict=True):
            worker.write(slot)
        self._ghosts.write(state.ghosts)

    def read(self, position: int) -> EndState:
        """What the instances hold."""
        slots = tuple(worker.read() for worker in self.workers.values())
        scopes = tuple(hold.read() for hold in self._scopes)
        return EndState(position, slots, scopes, self._ghosts.read())

    def read_place(self, place: Place) -> Any:
        """The value of a place of this end, as the instances hold it now."""
        if place.kind == "ghost":
            return self._ghosts.value(place.name)
        if not place.slot:
            return self.given[place.name]
        worker = self.workers[place.slot]
        if place.kind == "state":
            return worker.instance.state == place.name
        if place.kind == "timer":
            return place.name in worker.instance.armed
        if place.kind == "variable":
            return worker.kind.value(worker.instance, place.name)
        return getattr(worker.instance, worker.kind.layout.slots[place.name])

    def armed(self, state: EndState) -> list[tuple[str, str]]:
        """The timers that run in `state`, with their slots; a scope's stands with its owner."""
        self.write(state)
        found: list[tuple[str, str]] = []
        for name, worker in self.workers.items():
            machine = worker.kind.machine
            owned = {t.name for t in machine.timers if not t.shared or t.owner == machine.name}
            found += [(name, timer) for timer in worker.instance.armed if timer in owned]
        return found

    # ---- what happens

    def run(self, state: EndState, stimulus: Stimulus) -> Iterator[Outcome]:
        """Every outcome of `stimulus`, in a fixed order."""
        oracle = Oracle()
        while oracle.more():
            self.write(state)
            position = state.position if stimulus.position is None else stimulus.position
            yield _Run(self, self._chooser, self._ghosts, oracle).outcome(stimulus, position)


@define
class _Run:
    """One way in which a stimulus may go."""

    work: EndWork
    chooser: Chooser
    ghosts: Ghosts
    oracle: Oracle
    signals: deque[Posted] = field(factory=deque[Posted])
    sent: list[Sent] = field(factory=list[Sent])
    rows: list[Taken] = field(factory=list[Taken])
    emitted: list[Emitted] = field(factory=list[Emitted])
    chosen: list[Chosen] = field(factory=list[Chosen])
    moved: dict[str, None] = field(factory=dict[str, None])

    def outcome(self, stimulus: Stimulus, position: int) -> Outcome:
        """Take the stimulus and all that follows from it."""
        fault = ""
        try:
            self._begin(stimulus)
            self._settle()
        except InternalError as error:  # a hole, or a cell that its spec calls impossible
            fault = f"{error.where}: {error.what}"
        except (ContractError, _Wrong) as error:
            fault = str(error)
        return Outcome(
            self.work.read(position),
            tuple(self.sent),
            tuple(self.rows),
            tuple(self.emitted),
            tuple(self.chosen),
            fault,
        )

    def _begin(self, stimulus: Stimulus) -> None:
        worker = self.work.workers[stimulus.slot]
        event = worker.kind.events[stimulus.event]
        inputs = dict(stimulus.values)
        packet: dict[str, Any] = {}
        if stimulus.message is not None:
            inputs = self.work.post.inputs(event, stimulus.message)
            packet = {event.alias or "": stimulus.message.packet, **dict(stimulus.message.ghosts)}
        self._take(worker, event, inputs, packet)

    def _take(
        self,
        worker: Worker,
        event: model.Event,
        inputs: dict[str, Any],
        packet: Mapping[str, Any] | None = None,
    ) -> None:
        """Let a slot take an event: choices, the row, what it emits, what completes it."""
        chosen = self._choose(worker, event, inputs)
        inputs = {**inputs, **chosen}
        self.ghosts.event(worker.slot.name, event.name, inputs)
        given = {**packet, **chosen} if packet else inputs
        result = self._step(lambda: worker.step(event.name, given))
        self._carry(worker, result)
        if worker.kind.made.about.completions["row"]:
            self._carry(worker, self._step(worker.settle_row))
        self.moved[worker.slot.name] = None
        worker.renew()

    def _choose(
        self, worker: Worker, event: model.Event, inputs: Mapping[str, Any]
    ) -> dict[str, Value]:
        options = self.chooser.options(
            worker.slot.machine, event, inputs, View(worker.kind, worker.instance, inputs)
        )
        if options is None:
            return {}
        if not options:
            raise _Wrong(f"no choice for {event.name} of {worker.slot.name} keeps its contract")
        taken = options[self.oracle.choose(len(options))]
        self.chosen.append(Chosen(worker.slot.name, event.name, tuple(taken.items()), len(options)))
        return taken

    def _step(self, step: Callable[[], Result]) -> Result:
        """Take a step, and tell its rows of this slot and of those in its scope."""
        for each in self.work.workers.values():
            each.rows.clear()
        try:
            return step()
        finally:
            for name, each in self.work.workers.items():
                state = each.instance.state
                self.rows += [Taken(name, row, state) for row in each.rows]

    def _carry(self, worker: Worker, result: Result) -> None:
        if result is NOTHING:
            return
        for emission in result[0]:
            if emission.kind == "signal":
                posted = Posted(emission.machine, emission.event, emission.key, emission.values)
                self.signals.append(posted)
            else:
                self._emit(worker, emission)

    def _emit(self, worker: Worker, emission: Emission) -> None:
        machine = worker.kind.machine
        output = next(o for o in machine.outputs if o.name == emission.output)
        fields = self.work.post.fields(machine, emission)
        self.emitted.append(Emitted(worker.slot.name, output.name, tuple(fields.items())))
        self.ghosts.emitted(worker.slot.name, output.name, fields)
        if output.kind == "message":
            written = self.work.composition.machines[worker.slot.machine].outputs
            haunting = next(
                o for o in written if o.name == output.name
            )  # its ghosts are told apart
            message = self.work.post.message(haunting, fields)
            self.sent.append(Sent(message, tuple(fields.items())))

    # ---- what follows

    def _settle(self) -> None:
        """Handle signals until none waits, then what ends a batch, until nothing happens."""
        count = 0
        while self.signals or self.moved:
            count += 1
            if count > MOST_SIGNALS:
                raise _Wrong(f"one step sends more than {MOST_SIGNALS} signals")
            if self.signals:
                self._signal(self.signals.popleft())
                continue
            moved, self.moved = self.moved, {}
            for name in moved:
                worker = self.work.workers[name]
                if worker.kind.made.about.completions["batch"]:
                    self._carry(worker, self._step(worker.settle_batch))

    def _signal(self, posted: Posted) -> None:
        receivers = [w for w in self.work.workers.values() if w.slot.machine == posted.machine]
        if not receivers:
            return  # one that the composition is without
        event = receivers[0].kind.events[posted.event]
        choices = {choice.name for choice in event.choices}
        names = [name for name, _ in event.inputs if name not in choices]
        inputs = dict(zip(names, posted.values, strict=True))
        if posted.key is None:
            for worker in [worker for worker in receivers if not worker.instance.ended]:
                self._take(worker, event, inputs)
            return
        key = tuple(posted.key)
        for worker in receivers:
            if worker.slot.key == key:
                self._take(worker, event, inputs)
                return
        self._absent(receivers[0], event, key, inputs)

    def _absent(
        self, like: Worker, event: model.Event, key: tuple[Any, ...], inputs: dict[str, Any]
    ) -> None:
        """A signal to a key that no slot has: the absent state takes it, and nothing stays."""
        chosen = self._choose(like, event, inputs)
        instance = like.fresh(key)
        result = stepped(like.kind, instance, event.name, {**inputs, **chosen})
        if not instance.ended:
            name = f"{like.slot.machine}[{', '.join(map(str, key))}]"
            raise _Wrong(f"{event.name} made an instance {name}, for which there is no slot")
        self._carry(like, result)


def _given(workers: Any) -> dict[str, Any]:
    """What is given to the end: keys and givens by name, the first slot's where several have it."""
    found: dict[str, Any] = {}
    for worker in workers:
        machine = worker.kind.machine
        keys = machine.instances.key if machine.instances else ()
        names = [part.name for part in (*keys, *machine.given)]
        for name, value in zip(names, (*worker.slot.key, *worker.slot.given), strict=True):
            found.setdefault(name, value)
    return found
