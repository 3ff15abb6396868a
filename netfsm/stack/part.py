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
from netfsm.spec import model
from netfsm.spec.types import Enum
from netfsm.stack.clock import Alarm, Clock
from netfsm.stack.verdicts import Verdict, dropped

if TYPE_CHECKING:
    from netfsm.stack.hands import Hands

Key = tuple[Hashable, ...]
Handler = Callable[[CompiledMachine, Any, Any], Verdict | None]
Post = Callable[[str, str, Key | None, tuple[Any, ...]], None]
Chooser = Callable[[CompiledMachine], tuple[Any, ...]]


@define(eq=False)
class Part:
    """A machine of a loaded layer.

    `given` gives the values of the machine's `given` for a key; `post` puts a signal into the
    stack's queue; `fence` takes an exception of the hands and gives the verdict; `tell` is called
    with each row when the stack is traced. `batches`: completion events end a batch of inputs.
    """

    machine: model.Machine
    kind: type[CompiledMachine]
    hands: Hands
    clock: Clock
    post: Post
    fence: Callable[[Exception], Verdict]
    tell: Callable[[Part, CompiledMachine, str], None] | None = None
    instances: dict[Key, CompiledMachine] = field(factory=dict[Key, CompiledMachine])
    _alarms: dict[tuple[Key, str], Alarm] = field(factory=dict[tuple[Key, str], Alarm])
    _given: Callable[..., tuple[Any, ...]] = field(init=False)
    _methods: dict[str, Callable[..., Result]] = field(init=False)
    _handlers: dict[type, Handler] = field(factory=dict[type, Handler])
    _outputs: dict[str, Handler] = field(init=False)
    _choosers: dict[str, Chooser] = field(init=False)
    _create: frozenset[str] = field(init=False)
    _limit: int = field(init=False)
    _settles: bool = field(init=False)
    batches: bool = field(init=False)
    _moved: dict[Key, None] = field(factory=dict[Key, None])
    _keyed: bool = field(init=False)
    _timed: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Resolve once what every step needs. Raises BindingError for a hand that is missing."""
        about = self.kind.about
        instances = self.machine.instances
        self._methods = {event: getattr(self.kind, name) for event, name in about.events.items()}
        self._create = frozenset(instances.create) if instances else frozenset()
        self._limit = instances.limit if instances else 0
        self._settles = bool(about.completions["row"])
        self.batches = bool(about.completions["batch"])
        self._keyed = instances is not None
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

    def step(self, key: Key, event: str, *inputs: Any, context: Any = None) -> Verdict | None:
        """Step the instance of `key` and carry the result out.

        `inputs` are parameters and choices in the order of the spec. The verdict is that of the
        last emission that gave one. An instance that does not exist is made where the event may
        create it.
        """
        instance = self.instances.get(key)
        if instance is None:
            return self._begin(key, event, inputs, context)
        return self._take(instance, key, event, inputs, context)

    def step_all(self, event: str, *inputs: Any) -> None:
        """Step every instance, in the order of their beginning."""
        for key in list(self.instances):
            self.step(key, event, *inputs)

    def signal(self, event: str, key: Key | None, inputs: tuple[Any, ...]) -> None:
        """Take a signal of another machine: to one instance, or to all where `key` is None."""
        for one in list(self.instances) if key is None else (key,):
            self.step(one, event, *inputs, *self._chosen(one, event))

    def states(self) -> Iterator[tuple[Key, CompiledMachine]]:
        """The instances with their keys, in the order of their beginning."""
        yield from self.instances.items()

    def state_of(self, key: Key) -> str:
        """The state of the instance of `key`; the absent or initial one where there is none."""
        instance = self.instances.get(key)
        return instance.state if instance is not None else self.machine.initial

    def clear(self) -> None:
        """Forget every instance and stop every timer."""
        for alarm in self._alarms.values():
            self.clock.stop(alarm)
        self._alarms.clear()
        self.instances.clear()

    def forget(self, interface: str) -> None:
        """Let go of the instance that a machine without a key of its own has for an interface."""
        key = (interface,)
        if not self._keyed and self.instances.pop(key, None) is not None:
            self._stop_all(key)

    def end_batch(self) -> bool:
        """Try the completion events of a batch where something moved; True if something did."""
        moved, self._moved = self._moved, {}
        for key in moved:
            instance = self.instances.get(key)
            if instance is not None:
                self._complete(instance, key, "batch")
        return bool(moved)

    def armed(self) -> int:
        """How many timers of this part run."""
        return sum(1 for alarm in self._alarms.values() if alarm.deadline is not None)

    def _begin(self, key: Key, event: str, inputs: tuple[Any, ...], context: Any) -> Verdict | None:
        instance = self._make(key)
        if not self._keyed:
            self.instances[key] = instance
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
        rows: list[str] = []
        if self.tell is not None:
            instance.trace = rows.append
        result = self._result(instance, event, inputs)
        if not instance.ended and not self._room():
            return self.hands.full(self, key, event, inputs)
        if self.tell is not None:
            instance.trace = tell = partial(self.tell, self, instance)
            for row in rows:
                tell(row)
        return self._finish(instance, key, result, context)

    def _make(self, key: Key) -> CompiledMachine:
        parts = key if self._keyed else ()
        instance = self.kind(*parts, *self._given(key))
        if self.tell is not None:
            instance.trace = partial(self.tell, self, instance)
        return instance

    def _room(self) -> bool:
        """Make room for one more instance where the spec says who goes."""
        instances = self.machine.instances
        if instances is None or instances.evict_by is None:
            return False
        now = (self.clock.now,) if self._timed else ()
        key = min(self.instances, key=lambda one: self.instances[one].eviction_rank(*now))
        self.step(key, instances.evict_by)
        return key not in self.instances

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
        if self._keyed:
            self._settle_life(instance, key)
        verdict = None if result is NOTHING else self._carry(instance, key, result, context)
        if self._settles:
            self._complete(instance, key, "row")
        if self.batches:
            self._moved[key] = None
        return verdict

    def _settle_life(self, instance: CompiledMachine, key: Key) -> None:
        """Keep an instance that lives, let go of one that has ended."""
        if instance.ended:
            if self.instances.pop(key, None) is not None:
                self._stop_all(key)
        elif key not in self.instances:
            self.instances[key] = instance

    def _stop_all(self, key: Key) -> None:
        for timer in self.kind.about.timers:
            alarm = self._alarms.pop((key, timer), None)
            if alarm is not None:
                self.clock.stop(alarm)

    def _carry(
        self, instance: CompiledMachine, key: Key, result: Result, context: Any
    ) -> Verdict | None:
        emissions, orders = result
        for timer, after in orders:
            self._order(key, timer, after)
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
        inputs = (self.clock.now,) if self._timed else ()
        result = instance.settle(after, *inputs)
        if result is not NOTHING:
            self._settle_life(instance, key)
            self._carry(instance, key, result, None)

    def _order(self, key: Key, timer: str, after: int | None) -> None:
        alarm = self._alarms.get((key, timer))
        if after is None:
            if alarm is not None:
                self.clock.stop(alarm)
            return
        if alarm is None:
            alarm = self._alarms[key, timer] = Alarm(lambda: self._fire(key, timer))
        self.clock.arm(alarm, after)

    def _fire(self, key: Key, timer: str) -> None:
        self.step(key, timer, *self._chosen(key, timer))

    def _chosen(self, key: Key, event: str) -> tuple[Any, ...]:
        chooser = self._choosers.get(event)
        if chooser is None:
            return ()
        return chooser(self.instances.get(key) or self._make(key))

    def _learn(self, kind: type) -> Handler:
        """Find the handler of a class of emissions, once."""
        names = getattr(kind, "machine", None), getattr(kind, "event", None)
        if names[0] is not None:
            handler: Handler = self._signaller(str(names[0]), str(names[1]))
        else:
            handler = self._outputs[kind.output]  # type: ignore[attr-defined]  # generated classes have it
        self._handlers[kind] = handler
        return handler

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
