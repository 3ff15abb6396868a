"""The steps of a run taken again by the runtime: its own parts, clocks and queue of signals.

What the explorer does with states that it writes and reads, the parts of `netfsm.stack` do with
instances that begin and end and timers that are armed; a message is octets on its way. After each
step both must hold the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn, cast

from attrs import define, field

from netfsm.errors import InternalError, NetfsmError
from netfsm.explore.messages import Message, Post
from netfsm.explore.records import Chosen, EndState, Stimulus
from netfsm.explore.slots import Worker
from netfsm.explore.values import functions_of
from netfsm.explore.world import Effect, Move, World
from netfsm.machine import CompiledMachine, Snapshot, compile_machine
from netfsm.machine.layout import Layout
from netfsm.spec import model
from netfsm.spec.composition import End, Slot, choices_of
from netfsm.stack.clock import Clock
from netfsm.stack.hands import Hands
from netfsm.stack.part import Key, Part
from netfsm.stack.team import make_teams
from netfsm.stack.verdicts import Verdict

__all__ = ["replay"]


def replay(world: World, way: Sequence[Move]) -> str:
    """Take the steps of `way` with the runtime; "" where it does the same, else what it does."""
    hosts = [_Host(world, number) for number in range(len(world.ends))]
    queues: list[list[Message]] = [[] for _ in world.queues]
    for number, move in enumerate(way, 1):
        try:
            told = _step(world, hosts, queues, move)
        except NetfsmError as error:
            fault = "" if move.effect is None else move.effect.outcome.fault
            told = "" if fault else f"{type(error).__name__}: {error}"
        if told:
            return f"step {number}: {told}"
    return ""


def _step(world: World, hosts: Sequence[_Host], queues: list[list[Message]], move: Move) -> str:
    message: Message | None = None
    if move.act == "doubling":
        queues[move.queue].append(queues[move.queue][move.index])
    elif move.queue >= 0:
        message = queues[move.queue].pop(move.index)
    elif move.stimulus is not None and move.stimulus.message is not None:  # of a third party
        message = world.post.carried(move.stimulus.message)
    if move.effect is None or move.stimulus is None:
        return ""
    host = hosts[move.end]
    sent = host.take(move.stimulus, message, move.effect.outcome.chosen)
    wanted = [each.message.packet for each in move.effect.outcome.sent]
    if wanted != [each.packet for each in sent]:
        return f"{host.end.name} sends {sent}, and not {wanted}"
    for place, (queue, _) in enumerate(move.effect.sends):
        if place not in move.dropped:
            queues[queue].append(world.post.carried(sent[move.effect.origins[place]]))
    return _fault_or(host, move.effect)


def _fault_or(host: _Host, effect: Effect) -> str:
    if effect.outcome.fault:
        return ""  # what a checked machine refuses, a running one may not notice
    return host.differs(effect.outcome.state)


@define(eq=False)
class _Host:
    """The parts of one end; `sent` are the messages of the step that is taken."""

    world: World
    number: int
    end: End = field(init=False)
    clock: Clock = field(factory=Clock)
    parts: dict[str, Part] = field(factory=dict[str, Part])
    sent: list[Message] = field(factory=list[Message])
    chosen: deque[Chosen] = field(factory=deque[Chosen])
    _waiting: deque[Callable[[], None]] = field(factory=deque[Callable[[], None]])

    def __attrs_post_init__(self) -> None:
        """Compile the machines as a stack does, ghosts erased, and join those of a scope."""
        composition = self.world.composition
        self.end = composition.ends[self.number]
        for name in dict.fromkeys(slot.machine for slot in self.end.slots):
            machine = composition.machines[name]
            slots = [slot for slot in self.end.slots if slot.machine == name]
            hands = _HandsOf(self, machine, slots)
            kind = compile_machine(machine, functions=functions_of(composition, machine))
            self.parts[name] = Part(
                machine, kind, cast(Hands, hands), self.clock, self._post, _raised
            )
        make_teams(self.parts.values())

    def take(
        self, stimulus: Stimulus, message: Message | None, chosen: Sequence[Chosen]
    ) -> list[Message]:
        """Take what comes, and all that follows; gives the messages that are sent."""
        slot = self.end.slot(stimulus.slot)
        part = self.parts[slot.machine]
        event = part.machine.event(stimulus.event)
        self.sent, self.chosen = [], deque(chosen)
        if event.kind == "timer":
            part.fire(slot.key, event.name)
        else:
            part.step(slot.key, event.name, *self._inputs(part, event, stimulus, message))
        self._settle()
        return self.sent

    def _inputs(
        self, part: Part, event: model.Event, stimulus: Stimulus, message: Message | None
    ) -> list[Any]:
        """The arguments of an event, in the order of its method."""
        layout = Layout(part.machine)
        ghosts = {param.name for param in event.params if param.ghost}
        given = {k: v for k, v in stimulus.values if k not in ghosts}
        if message is not None:
            given[event.alias or ""] = message.packet
        if choices_of(event, self.world.composition.formats):
            first = self.chosen.popleft()
            given |= {name: value for name, value in first.values if name not in ghosts}
        named = {layout.local(name): value for name, value in given.items()}
        return [named[argument] for argument in part.kind.about.inputs[event.name]]

    def _settle(self) -> None:
        """What a stack does after each input: signals, then what ends a batch."""
        self._drain()
        while sum(part.end_batch() for part in self.parts.values() if part.batches):
            self._drain()

    def _drain(self) -> None:
        while self._waiting:
            self._waiting.popleft()()

    def _post(self, machine: str, event: str, key: Key | None, values: tuple[Any, ...]) -> None:
        part = self.parts.get(machine)
        if part is not None:
            self._waiting.append(partial(part.signal, event, key, values))

    # ---- what is there

    def differs(self, state: EndState) -> str:
        """How the parts differ from `state`; "" where they do not."""
        work = self.world.ends[self.number]
        work.write(state)
        for name, worker in work.workers.items():
            told = self._slot_differs(name, worker)
            if told:
                return told
        return ""

    def _slot_differs(self, name: str, worker: Worker) -> str:
        part = self.parts[worker.slot.machine]
        wanted = worker.instance.snapshot()
        instance = part.find(worker.slot.key)
        if instance is None:
            begin = part.machine.initial
            return "" if wanted.state == begin else f"{name} is not there, not {wanted.state}"
        real, ghosts = instance.snapshot(), {v.name for v in part.machine.variables if v.ghost}
        if _told(real, ghosts) != _told(wanted, ghosts):
            return f"{self.end.name}.{name} is {_told(real, ghosts)}, not {_told(wanted, ghosts)}"
        return ""


class _HandsOf:
    """Hands of one part: they keep what is sent, and choose as the explorer did."""

    def __init__(self, host: _Host, machine: model.Machine, slots: Sequence[Slot]) -> None:
        self.name = machine.name
        self.counters: Mapping[str, int] = _Counters()
        self._host = host
        self._machine = machine
        self._slots = slots

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The hand that a part asks for when it is made."""
        if name.startswith("given_"):
            return self._given
        return self._choose if name.startswith("choose_") else self._carry

    def ended(self, part: Part, key: Key) -> None:
        """Nothing hangs on an instance that is no more."""

    def _given(self, key: Key) -> tuple[Any, ...]:
        own = (slot.given for slot in self._slots if slot.key == key)
        return next(own, self._slots[0].given)

    def _choose(self, _: CompiledMachine) -> tuple[Any, ...]:
        return tuple(value for _, value in self._host.chosen.popleft().values)

    def _carry(self, _: CompiledMachine, emission: Any, __: Any) -> Verdict | None:
        output = next(o for o in self._machine.outputs if o.name == emission.output)
        if output.kind == "message":
            post: Post = self._host.world.post
            fields = post.fields(self._machine, emission)
            self._host.sent.append(post.plain(output, fields))
        return None


class _Counters(dict[str, int]):
    """Counters of every name."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, key: str) -> int:
        return 0


def _raised(error: Exception) -> NoReturn:
    """A hand's mistake is ours."""
    raise InternalError(f"a hand of a replay failed: {error}") from error


def _told(held: Snapshot, ghosts: set[str]) -> tuple[str, dict[str, Any], list[str]]:
    """State, variables but for ghosts, and running timers."""
    values = {name: value for name, value in held.variables.items() if name not in ghosts}
    return held.state, values, sorted(held.armed)
