"""The whole: ends, queues and budgets, and every step that is possible.

docs/reference/language.md, "Compositions", fixes what a state and a step are. The ends are stepped
by the generated code, once for each state of an end and each thing that comes to it; a state of the
whole is numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final, Literal

from attrs import define, field, frozen

from netfsm.explore.end import EndWork
from netfsm.explore.injections import Injections
from netfsm.explore.messages import Message, Post
from netfsm.explore.records import EndState, Outcome, Stimulus
from netfsm.explore.slots import Kind
from netfsm.explore.values import Look, constants_of, functions_of, value_of
from netfsm.spec.composition import Call, Channel, Composition, Place
from netfsm.spec.expr import Expr
from netfsm.spec.model import Let

__all__ = ["Act", "Effect", "Local", "Move", "State", "World"]

Queues = tuple[tuple[int, ...], ...]
State = tuple[tuple[int, ...], Queues, tuple[int, ...]]
"""Numbers of the ends' states; messages in each queue, oldest first; what each channel has done."""

Act = Literal["call", "skip", "timer", "arrival", "overtaking", "loss", "doubling", "injection"]

_COUNTS: Final = ("lost", "doubled", "overtaken", "injected")
"""What a channel counts, in the order of a state's numbers."""


@frozen
class Queue:
    """What is under way over `channel` to end number `end`."""

    channel: int
    end: int
    capacity: int


@frozen
class Effect:
    """What a stimulus does to its end: its new state, and the message for each queue, in order.

    `origins` has for each of them its number among the messages of the outcome.
    """

    state: int
    sends: tuple[tuple[int, int], ...]
    origins: tuple[int, ...]
    outcome: Outcome


@frozen
class Local:
    """What is to be known of a state of an end: its running timers, and what its script has next.

    `timers` are stimuli with their policies; `short` says that a timer runs whose policy is not
    `last` and not `never`.
    """

    timers: tuple[tuple[Stimulus, str], ...]
    short: bool
    call: Call | None
    calls: tuple[Stimulus, ...]


@frozen
class Move:
    """One step: who acts, what was taken out of which queue, and what it led to.

    `queue` is -1 where nothing is taken out of one.
    """

    act: Act
    end: int
    queue: int
    index: int
    stimulus: Stimulus | None
    effect: Effect | None
    dropped: tuple[int, ...]
    state: State


@define
class World:
    """A composition at work. `without` are timers that never fire; `faults` allows budgets."""

    composition: Composition
    without: frozenset[str] = frozenset()
    faults: bool = True
    ends: tuple[EndWork, ...] = field(init=False)
    queues: tuple[Queue, ...] = field(init=False)
    begin: State = field(init=False)
    post: Post = field(init=False)
    messages: list[Message] = field(factory=list[Message])
    states: tuple[list[EndState], ...] = field(init=False)
    _constants: Mapping[str, Any] = field(init=False)
    _lets: Mapping[str, Let] = field(init=False)
    _message_ids: dict[Message, int] = field(factory=dict[Message, int])
    _state_ids: tuple[dict[EndState, int], ...] = field(init=False)
    _effects: dict[tuple[int, int, Stimulus], tuple[Effect, ...]] = field(
        factory=dict[tuple[int, int, Stimulus], tuple[Effect, ...]]
    )
    _locals: dict[tuple[int, int], Local] = field(factory=dict[tuple[int, int], Local])
    _values: dict[tuple[int, int, Place], Any] = field(factory=dict[tuple[int, int, Place], Any])
    _arriving: dict[tuple[int, int], Stimulus] = field(factory=dict[tuple[int, int], Stimulus])
    _limits: tuple[tuple[int, ...], ...] = field(init=False)
    _injections: Injections = field(init=False)
    _injected: dict[tuple[int, int], tuple[tuple[Stimulus, Effect], ...]] = field(
        factory=dict[tuple[int, int], tuple[tuple[Stimulus, Effect], ...]]
    )

    def __attrs_post_init__(self) -> None:
        """Compile everything, and see what is there at the beginning."""
        composition = self.composition
        self._constants = constants_of(composition)
        self._lets = {let.name: let for let in composition.lets}
        kinds = {
            name: Kind(machine, functions_of(composition, machine))
            for name, machine in composition.machines.items()
        }
        self.post = Post(composition)
        self.ends = tuple(
            EndWork(composition, end, kinds, self.post, self._constants) for end in composition.ends
        )
        names = [end.name for end in composition.ends]
        self.queues = tuple(
            Queue(number, names.index(end), channel.capacity)
            for number, channel in enumerate(composition.channels)
            for end in channel.ends
        )
        self._limits = tuple(_budgets(channel, self.faults) for channel in composition.channels)
        self.states = tuple([] for _ in self.ends)
        self._state_ids = tuple({} for _ in self.ends)
        begin = tuple(self._number(n, work.begin) for n, work in enumerate(self.ends))
        done = (0,) * (len(_COUNTS) * len(composition.channels))
        self._injections = Injections(composition, self.post)
        self.begin = (begin, ((),) * len(self.queues), done)

    # ---- names

    def look(self, state: State, out: Mapping[str, Any] | None = None) -> Look:
        """What an expression over the whole sees in `state`; `out` are fields of an emission."""
        return Look(
            self.composition.places,
            self._constants,
            self._lets,
            lambda place: self.read(state, place),
            {},
            out or {},
        )

    def read(self, state: State, place: Place) -> Any:
        """The value of a place of the whole."""
        ends, queues, done = state
        if place.kind == "inbox":
            end = self._end(place.end)
            return sum(len(q) for q, at in zip(queues, self.queues, strict=True) if at.end == end)
        if place.kind in _COUNTS:
            names = [channel.name for channel in self.composition.channels]
            return done[_count(names.index(place.slot), place.kind)]
        end = self._end(place.end)
        key = (end, ends[end], place)
        if key not in self._values:
            work = self.ends[end]
            work.write(self.states[end][ends[end]])
            self._values[key] = work.read_place(place)
        return self._values[key]

    def _end(self, name: str) -> int:
        return [end.name for end in self.composition.ends].index(name)

    def _number(self, end: int, state: EndState) -> int:
        ids = self._state_ids[end]
        found = ids.get(state)
        if found is None:
            found = ids[state] = len(ids)
            self.states[end].append(state)
        return found

    # ---- steps

    def moves(self, state: State) -> Iterator[Move]:
        """Every step that is possible in `state`, always in the same order."""
        ends, queues, _ = state
        under_way = [0] * len(ends)
        for queue, held in zip(self.queues, queues, strict=True):
            under_way[queue.end] += len(held)
        quiet = not any(under_way)
        local = [self.local(end, number) for end, number in enumerate(ends)]
        slow = quiet and not any(each.short for each in local)
        for end, each in enumerate(local):
            if each.call is not None and self._may(each.call, state):
                for stimulus in each.calls:
                    yield from self._acts("call", end, stimulus, state)
            if each.call is not None and each.call.optional:
                yield self._skip(end, state)
            for stimulus, policy in each.timers:
                allowed = (
                    policy == "any"
                    or (policy == "own" and not under_way[end])
                    or (policy == "quiet" and quiet)
                    or (policy == "last" and slow)
                )
                if allowed:
                    yield from self._acts("timer", end, stimulus, state)
        for number, held in enumerate(queues):
            if held:
                yield from self._arrivals(number, state)
                yield from self._faults(number, state)
            yield from self._strange(number, state)

    def local(self, end: int, number: int) -> Local:
        """What is to be known of state `number` of an end."""
        found = self._locals.get((end, number))
        if found is None:
            found = self._locals[end, number] = self._local(end, self.states[end][number])
        return found

    def effects(self, end: int, number: int, stimulus: Stimulus) -> tuple[Effect, ...]:
        """What `stimulus` does to an end in state `number`: one effect for each way to choose."""
        key = (end, number, stimulus)
        found = self._effects.get(key)
        if found is None:
            state = self.states[end][number]
            outcomes = self.ends[end].run(state, stimulus)
            found = self._effects[key] = tuple(self._effect(end, each) for each in outcomes)
        return found

    def _effect(self, end: int, outcome: Outcome) -> Effect:
        sends: list[tuple[int, int]] = []
        origins: list[int] = []
        for origin, each in enumerate(outcome.sent):
            number = self._message(each.message)
            reached = self._reaches(end, each.message, dict(each.fields))
            sends += [(queue, number) for queue in reached]
            origins += [origin] * len(reached)
        state = self._number(end, outcome.state)
        return Effect(state, tuple(sends), tuple(origins), outcome)

    def _message(self, message: Message) -> int:
        found = self._message_ids.get(message)
        if found is None:
            found = self._message_ids[message] = len(self.messages)
            self.messages.append(message)
        return found

    def _reaches(self, end: int, message: Message, fields: Mapping[str, Any]) -> list[int]:
        """The queues that a message of `end` goes into."""
        sender = self.composition.ends[end].name
        found: list[int] = []
        for number, queue in enumerate(self.queues):
            channel = self.composition.channels[queue.channel]
            if queue.end == end or sender not in channel.ends:
                continue
            if message.format not in channel.carries:
                continue
            if channel.reaches is None or self._is_for(queue.end, channel.reaches, fields):
                found.append(number)
        return found

    def _is_for(self, end: int, reaches: Expr, fields: Mapping[str, Any]) -> bool:
        given = self.ends[end].given
        places = self.composition.ends[end].places

        def read(place: Place) -> Any:
            return given[place.name]

        return bool(value_of(reaches, Look(places, self._constants, {}, read, {}, fields)))

    # ---- what an end does on its own

    def _local(self, end: int, state: EndState) -> Local:
        work = self.ends[end]
        timers: list[tuple[Stimulus, str]] = []
        for slot, timer in work.armed(state):
            name = f"{work.end.slot(slot).machine}.{timer}"
            policy = "never" if name in self.without else self.composition.policies[name]
            timers.append((Stimulus(slot, timer), policy))
        script = work.end.script
        call = script[state.position] if state.position < len(script) else None
        calls: tuple[Stimulus, ...] = ()
        if call is not None:
            names = [param.name for param, _ in call.values]
            calls = tuple(
                Stimulus(
                    call.slot,
                    call.event,
                    tuple(zip(names, values, strict=True)),
                    position=state.position + 1,
                )
                for values in product(*(values for _, values in call.values))
            )
        short = any(policy not in ("last", "never") for _, policy in timers)
        return Local(tuple(timers), short, call, calls)

    def _may(self, call: Call, state: State) -> bool:
        return call.when is None or bool(value_of(call.when, self.look(state)))

    def _skip(self, end: int, state: State) -> Move:
        ends, queues, done = state
        held = self.states[end][ends[end]]
        number = self._number(end, held.moved_on())
        new = (_with(ends, end, number), queues, done)
        return Move("skip", end, -1, -1, None, None, (), new)

    def _acts(self, act: Act, end: int, stimulus: Stimulus, state: State) -> Iterator[Move]:
        """A call or a timer: it waits while what it sends has no room."""
        ends, queues, done = state
        for effect in self.effects(end, ends[end], stimulus):
            new = list(queues)
            for queue, message in effect.sends:
                new[queue] = (*new[queue], message)
            if all(len(new[q]) <= self.queues[q].capacity for q, _ in effect.sends):
                after = (_with(ends, end, effect.state), tuple(new), done)
                yield Move(act, end, -1, -1, stimulus, effect, (), after)

    # ---- what happens to messages

    def _arrivals(self, number: int, state: State) -> Iterator[Move]:
        ends, queues, done = state
        queue, held = self.queues[number], queues[number]
        place = _count(queue.channel, "overtaken")
        left = self._limits[queue.channel][2] - done[place]
        for index in range(len(held) if left > 0 else 1):
            message = held[index]
            spent = done if index == 0 else _with(done, place, done[place] + 1)
            stimulus = self._arrival(queue.end, message)
            rest = _with(queues, number, held[:index] + held[index + 1 :])
            for effect in self.effects(queue.end, ends[queue.end], stimulus):
                new, dropped = self._sent(effect, rest)
                after = (_with(ends, queue.end, effect.state), new, spent)
                act: Act = "arrival" if index == 0 else "overtaking"
                yield Move(act, queue.end, number, index, stimulus, effect, dropped, after)

    def _sent(self, effect: Effect, queues: Queues) -> tuple[Queues, tuple[int, ...]]:
        """The queues after what arrives is answered, and which answers have no room."""
        new = list(queues)
        dropped: list[int] = []
        for place, (target, sent) in enumerate(effect.sends):
            if len(new[target]) < self.queues[target].capacity:
                new[target] = (*new[target], sent)
            else:
                dropped.append(place)
        return tuple(new), tuple(dropped)

    def _arrival(self, end: int, message: int) -> Stimulus:
        known = self._arriving.get((end, message))
        if known is None:
            found = self.messages[message]
            slot, event = self.composition.ends[end].takers[found.format]
            known = self._arriving[end, message] = Stimulus(slot, event, message=found)
        return known

    def _strange(self, number: int, state: State) -> Iterator[Move]:
        """What a third party sends to the end of a queue: it arrives as if it had been there."""
        ends, queues, done = state
        queue = self.queues[number]
        place = _count(queue.channel, "injected")
        if done[place] >= self._limits[queue.channel][3]:
            return
        spent = _with(done, place, done[place] + 1)
        for stimulus, effect in self._strangers(number, ends[queue.end]):
            new, dropped = self._sent(effect, queues)
            after = (_with(ends, queue.end, effect.state), new, spent)
            yield Move("injection", queue.end, -1, -1, stimulus, effect, dropped, after)

    def _strangers(self, number: int, held: int) -> tuple[tuple[Stimulus, Effect], ...]:
        """What may be injected into a queue whose end is in state `held`: one of each effect."""
        found = self._injected.get((number, held))
        if found is None:
            queue = self.queues[number]
            work, state = self.ends[queue.end], self.states[queue.end][held]
            channel = self.composition.channels[queue.channel].name
            known: dict[Any, tuple[Stimulus, Effect]] = {}
            for stimulus in self._injections.coming(channel, work, state):
                for outcome in work.run(state, stimulus):
                    effect = self._effect(queue.end, outcome)
                    key = (effect.state, effect.sends, outcome.emitted, outcome.fault)
                    known.setdefault(key, (stimulus, effect))
            found = self._injected[number, held] = tuple(known.values())
        return found

    def _faults(self, number: int, state: State) -> Iterator[Move]:
        ends, queues, done = state
        queue, held = self.queues[number], queues[number]
        lose, double, *_ = self._limits[queue.channel]
        place = _count(queue.channel, "lost")
        for index, message in enumerate(held):
            if done[place] < lose:
                left = _with(queues, number, held[:index] + held[index + 1 :])
                after = (ends, left, _with(done, place, done[place] + 1))
                yield Move("loss", queue.end, number, index, None, None, (), after)
            if done[place + 1] < double and len(held) < queue.capacity:
                more = _with(queues, number, (*held, message))
                after = (ends, more, _with(done, place + 1, done[place + 1] + 1))
                yield Move("doubling", queue.end, number, index, None, None, (), after)


def _count(channel: int, word: str) -> int:
    """Where a state has what a channel counts under `word`."""
    return len(_COUNTS) * channel + _COUNTS.index(word)


def _with(items: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    return (*items[:index], value, *items[index + 1 :])


def _budgets(channel: Channel, faults: bool) -> tuple[int, ...]:
    """What is left of each count at the beginning."""
    if not faults:
        return (0,) * len(_COUNTS)
    return (channel.lose, channel.duplicate, channel.reorder, channel.inject)
