"""One machine at work in a stack: its instances, their timers, and what their steps give.

A part carries out the result of every step: emissions go to the hands, by a table that is made
when the layer is loaded; drops are counted; signals wait in the stack's queue; timer orders go to
the clock. The hands never call back in the middle of a row: the step is over when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field

from netfsm.errors import BindingError
from netfsm.machine import NOTHING, CompiledMachine, Result
from netfsm.machine.layout import identifier
from netfsm.machine.scope import CompiledScope
from netfsm.spec import model
from netfsm.spec.types import Enum
from netfsm.stack.clock import Alarm, Clock
from netfsm.stack.verdicts import Verdict, dropped

if TYPE_CHECKING:
    from netfsm.stack.explaining import Trial
    from netfsm.stack.hands import Hands
    from netfsm.stack.team import Team

Key = tuple[Hashable, ...]
Handler = Callable[[CompiledMachine, Any, Any], Verdict | None]
Post = Callable[[str, str, Key | None, tuple[Any, ...]], None]
Chooser = Callable[[CompiledMachine], tuple[Any, ...]]


@define(eq=False, weakref_slot=False)
class Timer(Alarm):
    """A timer of one instance; made when it is set, and let go when it rests."""

    part: Part = field(kw_only=True)
    key: Key = field(kw_only=True)
    name: str = field(kw_only=True)

    def fire(self) -> None:
        """Let the machine take its event."""
        self.part.expire(self.key, self.name)

    def rest(self) -> None:
        """An idle instance keeps no timers."""
        self.part.dismiss(self)


@define(eq=False)
class Part:
    """A machine of a loaded layer.

    `given` gives the values of the machine's `given` for a key; `post` puts a signal into the
    stack's queue; `fence` takes an exception of the hands and gives the verdict; `tell` is called
    with each row when the stack is traced. `batches`: completion events end a batch of inputs.
    `keyed`: the machine has instances. A machine that shares a scope is found in its instance by
    the name `slot`, and `lead` is the part that keeps the instances: itself where there is no team.
    """

    machine: model.Machine
    kind: type[CompiledMachine]
    hands: Hands
    clock: Clock
    post: Post
    fence: Callable[[Exception], Verdict]
    tell: Callable[[Part, CompiledMachine, str], None] | None = None
    trial: Trial | None = None
    instances: dict[Key, CompiledMachine] = field(factory=dict[Key, CompiledMachine])
    _timers: dict[str, dict[Key, Timer]] = field(init=False)
    _given: Callable[..., tuple[Any, ...]] = field(init=False)
    _methods: dict[str, Callable[..., Result]] = field(init=False)
    _handlers: dict[type, Handler] = field(factory=dict[type, Handler])
    _outputs: dict[str, Handler] = field(init=False)
    _choosers: dict[str, Chooser] = field(init=False)
    _create: frozenset[str] = field(init=False)
    _limit: int = field(init=False)
    _settles: bool = field(init=False)
    batches: bool = field(init=False)
    team: Team | None = field(init=False, default=None)
    lead: Part = field(init=False)
    slot: str = field(init=False)
    keyed: bool = field(init=False)
    _moved: dict[Key, None] = field(factory=dict[Key, None])
    _kin: tuple[Part, ...] = field(init=False)
    _batchers: tuple[Part, ...] = field(init=False)
    _timed: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Resolve once what every step needs. Raises BindingError for a hand that is missing."""
        about = self.kind.about
        instances = self.machine.instances
        self._methods = {event: getattr(self.kind, name) for event, name in about.events.items()}
        self._timers = {name: {} for name in about.timers}
        self._create = frozenset(instances.create) if instances else frozenset()
        self._limit = instances.limit if instances else 0
        self._settles = bool(about.completions["row"])
        self.batches = bool(about.completions["batch"])
        self.keyed = instances is not None
        self.lead, self._kin = self, (self,)
        self._batchers = (self,) if self.batches else ()
        self.slot = identifier(self.machine.name)
        self._timed = self.machine.uses_now
        self._outputs = {output.name: self._handler(output) for output in self.machine.outputs}
        self._choosers = {
            event.name: self._hand(f"choose_{self.short}_{_word(event.name)}")
            for event in self.machine.events
            if event.choices and event.kind in ("timer", "signal")
        }
        self._given = self._hand(f"given_{self.short}") if self.machine.given else _no_given

    @property
    def short(self) -> str:
        """The last part of the machine's name."""
        return _word(self.machine.name.rpartition(".")[2])

    def join(self, team: Team) -> None:
        """Share a scope with the other parts of `team`."""
        self.team, self.lead, self._kin = team, team.lead, team.parts
        self._settles = any(part.kind.about.completions["row"] for part in team.parts)
        self._batchers = tuple(part for part in team.parts if part.batches)

    def step(self, key: Key, event: str, *inputs: Any, context: Any = None) -> Verdict | None:
        """Step the instance of `key` and carry the result out.

        `inputs` are parameters and choices in the order of the spec. The verdict is that of the
        last emission that gave one. An instance that does not exist is made where the event may
        create it; of a scope that is the lead's to do, and an event for another machine is nothing.
        """
        if self.trial is not None:
            return self.trial.step(self, key, event, inputs, context)
        instance = self.find(key)
        if instance is None:
            return self._begin(key, event, inputs, context)
        return self._take(instance, key, event, inputs, context)

    def carry_out(self, instance: CompiledMachine, emission: Any, context: Any) -> Verdict | None:
        """Let the hands carry one emission out."""
        kind = cast("type[object]", emission.__class__)
        return self._outputs[kind.output](instance, emission, context)  # type: ignore[attr-defined]  # generated classes have it

    def make(self, key: Key) -> CompiledMachine:
        """A new instance for `key`, which is kept nowhere yet."""
        return self._make(key)

    def step_all(self, event: str, *inputs: Any) -> None:
        """Step every instance, in the order of their beginning."""
        for key in list(self.lead.instances):
            self.step(key, event, *inputs)

    def signal(self, event: str, key: Key | None, inputs: tuple[Any, ...]) -> None:
        """Take a signal of another machine: to one instance, or to all where `key` is None."""
        for one in list(self.lead.instances) if key is None else (key,):
            self.step(one, event, *inputs, *self._chosen(one, event))

    def states(self) -> Iterator[tuple[Key, CompiledMachine]]:
        """The instances with their keys, in the order of their beginning."""
        for key in self.lead.instances:
            instance = self.find(key)
            if instance is not None:
                yield key, instance

    def find(self, key: Key) -> CompiledMachine | None:
        """The instance of `key`, None where there is none."""
        instance = self.lead.instances.get(key)
        if instance is None or self.lead is self:
            return instance
        found: CompiledMachine = getattr(instance.scope, self.slot)
        return found

    def state_of(self, key: Key) -> str:
        """The state of the instance of `key`; the absent or initial one where there is none."""
        instance = self.find(key)
        return instance.state if instance is not None else self.machine.initial

    def clear(self) -> None:
        """Forget every instance and stop every timer."""
        for timers in self._timers.values():
            for one in list(timers.values()):
                self.clock.stop(one)
            timers.clear()
        self.instances.clear()

    def fire(self, key: Key, timer: str) -> None:
        """Let a timer fire now. Raises ValueError where it does not run."""
        alarm = self._timers.get(timer, {}).get(key)
        if alarm is None or alarm.deadline is None:
            raise ValueError(f"{timer} of {self.machine.name} does not run")
        self.clock.stop(alarm)
        alarm.fire()

    def forget(self, interface: str) -> None:
        """Let go of the instance that a machine without a key of its own has for an interface."""
        key = (interface,)
        if not self.lead.keyed and self.lead.instances.pop(key, None) is not None:
            for part in self._kin:
                part.stop_all(key)

    def end_batch(self) -> bool:
        """Try the completion events of a batch where something moved; True if something did."""
        moved, self._moved = self._moved, {}
        for key in moved:
            instance = self.find(key)
            if instance is not None:
                self._complete(instance, key, "batch")
        return bool(moved)

    def armed(self) -> int:
        """How many timers of this part run."""
        running = (t.deadline is not None for some in self._timers.values() for t in some.values())
        return sum(running)

    def expire(self, key: Key, timer: str) -> None:
        """A timer's time has come."""
        self.step(key, timer, *self._chosen(key, timer))

    def dismiss(self, timer: Timer) -> None:
        """A timer runs no more; another one may have taken its place meanwhile."""
        if self._timers[timer.name].get(timer.key) is timer:
            del self._timers[timer.name][timer.key]

    def _begin(self, key: Key, event: str, inputs: tuple[Any, ...], context: Any) -> Verdict | None:
        if self.lead is not self and self.lead.keyed:
            return None
        instance = self._make(key)
        if not self.lead.keyed:
            self.lead.instances[key] = self._lead_of(instance)
        elif event in self._create and len(self.instances) >= self._limit:
            return self._begin_full(instance, key, event, inputs, context)
        return self._take(instance, key, event, inputs, context)

    def _begin_full(
        self,
        instance: CompiledMachine,
        key: Key,
        event: str,
        inputs: tuple[Any, ...],
        context: Any,
    ) -> Verdict | None:
        """Take the step first: only one that makes an instance needs room."""
        rows: list[tuple[Part, CompiledMachine, str]] = []

        def note(part: Part, one: CompiledMachine, row: str) -> None:
            rows.append((part, one, row))

        if self.tell is not None:
            self._trace(instance, note)
        result = self._result(instance, event, inputs)
        if not instance.ended and not self._room():
            return self.hands.full(self, key, event, inputs)
        if self.tell is not None:
            self._trace(instance, self.tell)
            for row in rows:
                self.tell(*row)
        return self._finish(instance, key, result, context)

    def _make(self, key: Key) -> CompiledMachine:
        if self.team is not None:
            found: CompiledMachine = getattr(self.team.make(key), self.slot)
            return found
        parts = key if self.keyed else ()
        instance = self.kind(*parts, *self._given(key))
        if self.tell is not None:
            instance.trace = partial(self.tell, self, instance)
        return instance

    def make_in(self, key: Key, scope: CompiledScope) -> None:
        """Make the machine's instance in a new instance of its scope."""
        instance = self.kind(*self._given(key), scope=scope)
        if self.tell is not None:
            instance.trace = partial(self.tell, self, instance)

    def _trace(
        self, instance: CompiledMachine, tell: Callable[[Part, CompiledMachine, str], None]
    ) -> None:
        """Let all machines of the instance tell their rows."""
        for part in self._kin:
            one = instance if part is self else getattr(instance.scope, part.slot)
            one.trace = partial(tell, part, one)

    def _lead_of(self, instance: CompiledMachine) -> CompiledMachine:
        if self.lead is self:
            return instance
        found: CompiledMachine = getattr(instance.scope, self.lead.slot)
        return found

    def _room(self) -> bool:
        """Make room for one more instance where the spec says who goes."""
        instances = self.machine.instances
        if instances is None or instances.evict_by is None:
            return False
        key = self._least()
        self.step(key, instances.evict_by)
        return key not in self.instances

    def _least(self) -> Key:
        """The instance that goes first, the oldest of equals; nothing ranks below zero."""
        now = (self.clock.now,) if self._timed else ()
        least: tuple[Any, Key] | None = None
        for key, one in self.instances.items():
            rank = one.eviction_rank(*now)
            if rank == 0:
                return key
            if least is None or rank < least[0]:
                least = rank, key
        assert least is not None  # the limit is at least one
        return least[1]

    def _take(
        self, instance: CompiledMachine, key: Key, event: str, inputs: tuple[Any, ...], context: Any
    ) -> Verdict | None:
        return self._finish(instance, key, self._result(instance, event, inputs), context)

    def _result(self, instance: CompiledMachine, event: str, inputs: tuple[Any, ...]) -> Result:
        if self._timed:
            return self._methods[event](instance, self.clock.now, *inputs)
        return self._methods[event](instance, *inputs)

    def _finish(
        self, instance: CompiledMachine, key: Key, result: Result, context: Any
    ) -> Verdict | None:
        """Keep or let go of the instance, carry the result out, try what completes the row."""
        gone = self.lead.keyed and self._settle_life(instance, key)
        verdict = None if result is NOTHING else self._carry(instance, key, result, context)
        if gone:
            self.hands.ended(self.lead, key)
        if self._settles:
            self._complete(instance, key, "row")
        for part in self._batchers:
            part._moved[key] = None  # noqa: SLF001  # another part
        return verdict

    def _settle_life(self, instance: CompiledMachine, key: Key) -> bool:
        """Keep an instance that lives, let go of one that has ended; True if it was there."""
        lead, instances = self._lead_of(instance), self.lead.instances
        if lead.ended:
            if instances.pop(key, None) is None:
                return False
            for part in self._kin:
                part.stop_all(key)
            return True
        if key not in instances:
            instances[key] = lead
        return False

    def stop_all(self, key: Key) -> None:
        """Stop the timers of an instance that is gone."""
        for timers in self._timers.values():
            if key in timers:
                self.clock.stop(timers.pop(key))

    def _carry(
        self, instance: CompiledMachine, key: Key, result: Result, context: Any
    ) -> Verdict | None:
        emissions, orders = result
        if self.team is None:
            for timer, after in orders:
                self._order(key, timer, after)
        elif key in self.lead.instances:
            for timer, after in orders:
                self.team.timers[timer]._order(key, timer, after)  # noqa: SLF001  # another part
        verdict: Verdict | None = None
        for emission in emissions:
            kind = cast("type[object]", emission.__class__)
            handler = self._handlers.get(kind)
            if handler is None:
                handler = self._learn(kind)
            try:
                verdict = handler(instance, emission, context) or verdict
            except Exception as error:  # noqa: BLE001  # one hand's mistake leaves the rest whole
                verdict = self.fence(error)
        return verdict

    def _complete(self, instance: CompiledMachine, key: Key, after: str) -> None:
        if self.team is not None:
            self.team.complete(key, instance.scope, after)
        else:
            self.settle(instance, key, after)

    def settle(self, instance: CompiledMachine, key: Key, after: str) -> bool:
        """Try the completion events of a machine until none is enabled; True if one was."""
        inputs = (self.clock.now,) if self._timed else ()
        result = instance.settle(after, *inputs)
        if result is NOTHING:
            return False
        gone = self.lead.keyed and self._settle_life(instance, key)
        self._carry(instance, key, result, None)
        if gone:
            self.hands.ended(self.lead, key)
        return True

    def _order(self, key: Key, timer: str, after: int | None) -> None:
        timers = self._timers[timer]
        found = timers.get(key)
        if after is None:
            if found is not None:
                self.clock.stop(found)
            return
        if found is None:
            found = timers[key] = Timer(part=self, key=key, name=timer)
        self.clock.arm(found, after)

    def _chosen(self, key: Key, event: str) -> tuple[Any, ...]:
        chooser = self._choosers.get(event)
        if chooser is None:
            return ()
        return chooser(self.find(key) or self._make(key))

    def _learn(self, kind: type) -> Handler:
        """Find the handler of a class of emissions, once."""
        if self.team is not None and kind.__module__ != self.kind.__module__:
            self._handlers[kind] = handler = self._handler_of_other(kind, self.team)
            return handler
        names = getattr(kind, "machine", None), getattr(kind, "event", None)
        if names[0] is not None:
            handler = self._signaller(str(names[0]), str(names[1]))
        else:
            handler = self._outputs[kind.output]  # type: ignore[attr-defined]  # generated classes have it
        self._handlers[kind] = handler
        return handler

    def _handler_of_other(self, kind: type, team: Team) -> Handler:
        """What another machine of the scope emits inside a step goes to its own hands."""
        other = team.part_of(kind.__module__)
        handler = other._learn(kind)  # noqa: SLF001  # another part

        def handle(instance: CompiledMachine, emission: Any, context: Any) -> Verdict | None:
            return handler(getattr(instance.scope, other.slot), emission, context)

        return handle

    def _signaller(self, machine: str, event: str) -> Handler:
        post = self.post

        def send(_: CompiledMachine, emission: Any, __: Any) -> None:
            post(machine, event, emission.key, emission.values)

        return send

    def _handler(self, output: model.Output) -> Handler:
        if output.kind != "drop":
            return self._hand(f"on_{self.short}_{_word(output.name)}")
        reasons = output.fields[0].type
        if not isinstance(reasons, Enum):
            raise BindingError(
                f"{self.machine.name}: the first field of the drop {output.name} is no enum"
            )
        counted = {value: name.lower() for name, value in reasons.members}
        return self._counter(counted, output.tells)

    def _counter(self, reasons: dict[int, str], tells: str) -> Handler:
        counters, layer = self.hands.counters, self.hands.name
        verdicts = {value: dropped(layer, reason, tells) for value, reason in reasons.items()}
        for reason in reasons.values():
            if reason not in counters:
                raise BindingError(
                    f"{self.machine.name} drops for {reason}, and layer {self.hands.name} declares "
                    f"no counter of that name"
                )

        def count(_: CompiledMachine, emission: Any, __: Any) -> Verdict:
            reason = emission[0]
            counters[reasons[reason]] += 1
            return verdicts[reason]

        return count

    def _hand(self, name: str) -> Callable[..., Any]:
        method = getattr(self.hands, name, None)
        if not callable(method):
            raise BindingError(
                f"{type(self.hands).__name__} has no method {name}, which {self.machine.name} needs"
            )
        found: Callable[..., Any] = method
        return found


def _word(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")


def _no_given(_: Key) -> tuple[Any, ...]:
    return ()
