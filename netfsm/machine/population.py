"""The instances of a machine by their key: made, found, ended, and never more than the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from netfsm.machine.base import NOTHING, CompiledMachine, Functions, Order, Result, Snapshot
from netfsm.spec import model
from netfsm.spec.types import Value

Key = tuple[Value, ...]


@frozen
class Refused:
    """There was no room: the event did not happen, and its arguments are the caller's again."""

    key: Key
    event: str
    inputs: tuple[Any, ...]

    output: ClassVar[str] = "refused"
    kind: ClassVar[str] = "population"


@frozen
class Evicted:
    """An instance went to make room.

    `emissions` and `orders` are its last ones and go under its own `key`: the orders stop whatever
    timer still ran.
    """

    key: Key
    instance: CompiledMachine
    emissions: tuple[Any, ...]
    orders: tuple[Order, ...]

    output: ClassVar[str] = "evicted"
    kind: ClassVar[str] = "population"


class Population:
    """All instances of one machine; RFC 4861's "-" row answers for those that are not there.

    `given` tells what the hands set on the instance of a key, in the order of the spec. `trace`
    goes to each instance of a traced class, `functions` to each of a class that has none bound.
    `limit` may only narrow the spec's.
    """

    def __init__(
        self,
        machine_class: type[CompiledMachine],
        machine: model.Machine,
        *,
        given: Callable[[Key], tuple[Value, ...]] | None = None,
        limit: int | None = None,
        trace: Callable[[str], None] | None = None,
        functions: Functions | None = None,
    ) -> None:
        """Begin empty. Raises ValueError for a machine without instances or without its givens."""
        instances = machine.instances
        if instances is None:
            raise ValueError(f"{machine.name} has no instances: use its class")
        if machine.given and given is None:
            names = ", ".join(part.name for part in machine.given)
            raise ValueError(f"{machine.name} needs given(key) for {names}")
        about = machine_class.about
        self.limit = min(limit, instances.limit) if limit is not None else instances.limit
        self._class = machine_class
        self._evicts = instances.when_full == "evict"
        self._evict_by = instances.evict_by
        self._given = given or _nothing_given
        self._more = _more(trace, functions)
        self._slots = about.key + about.given
        self._ended = about.ended
        self._methods = {
            event: getattr(machine_class, name) for event, name in about.events.items()
        }
        self._instances: dict[Key, CompiledMachine] = {}
        self._absent: CompiledMachine | None = None
        self._marked = _leave_marks(machine)

    # ---- events

    def deliver(self, key: Key, event: str, inputs: tuple[Any, ...] = ()) -> Result:
        """Give `event` to the instance of `key`, or to the absent state where there is none.

        `inputs` are the arguments of the event's method by position. The result is the machine's;
        with no room, `Refused` or `Evicted` stands first among the emissions. Raises KeyError for
        an event that the machine does not have.
        """
        instance = self._instances.get(key)
        if instance is None:
            return self._arrive(key, event, inputs)
        result: Result = self._methods[event](instance, *inputs)
        if instance._state in self._ended:  # noqa: SLF001  # once an event
            del self._instances[key]
        return result

    def deliver_all(self, event: str, inputs: tuple[Any, ...] = ()) -> list[tuple[Key, Result]]:
        """Give `event` to every instance there is now; each result with its key."""
        return [(key, self.deliver(key, event, inputs)) for key in tuple(self._instances)]

    def _arrive(self, key: Key, event: str, inputs: tuple[Any, ...]) -> Result:
        """Take a step from the absent state, with the same instance until one is really made."""
        absent, self._absent = self._absent, None
        values = (*key, *self._given(key))
        if absent is None:
            absent = self._class(*values, **self._more)
        else:
            for slot, value in zip(self._slots, values, strict=True):
                setattr(absent, slot, value)
        result: Result = self._methods[event](absent, *inputs)
        if absent._state in self._ended:  # noqa: SLF001  # as above
            if not self._marked:
                self._absent = absent
            return result
        if len(self._instances) < self.limit:
            self._instances[key] = absent
            return result
        if not self._evicts or not self._instances:
            return (Refused(key, event, inputs),), ()
        evicted = self._evict(inputs)
        self._instances[key] = absent
        return (evicted, *result[0]), result[1]

    def _evict(self, inputs: tuple[Any, ...]) -> Evicted:
        """Take the instance of the least rank out; of equals the one that is longest there."""
        now = inputs[:1] if self._class.about.uses_now else ()
        ranks = {key: one.eviction_rank(*now) for key, one in self._instances.items()}
        key = min(ranks, key=ranks.__getitem__)
        instance = self._instances.pop(key)
        last: Result = NOTHING
        if self._evict_by is not None:
            last = self._methods[self._evict_by](instance, *now)
        stops = tuple((timer, None) for timer in instance.armed)
        return Evicted(key, instance, last[0], (*last[1], *stops))

    # ---- what is there

    def get(self, key: Key) -> CompiledMachine | None:
        """The instance of `key`, or None."""
        return self._instances.get(key)

    def __contains__(self, key: Key) -> bool:
        return key in self._instances

    def __len__(self) -> int:
        return len(self._instances)

    def __iter__(self) -> Iterator[CompiledMachine]:
        return iter(tuple(self._instances.values()))

    def items(self) -> tuple[tuple[Key, CompiledMachine], ...]:
        """Every key with its instance, the oldest first."""
        return tuple(self._instances.items())

    def snapshot(self) -> tuple[Snapshot, ...]:
        """All that all instances hold, the oldest first."""
        return tuple(instance.snapshot() for instance in self._instances.values())

    def restore(self, held: tuple[Snapshot, ...]) -> None:
        """Hold what `held` says and nothing else."""
        self._instances.clear()
        for snapshot in held:
            instance = self._class(*snapshot.key, *snapshot.given, **self._more)
            instance.restore(snapshot)
            self._instances[snapshot.key] = instance

    def clear(self) -> tuple[tuple[Key, CompiledMachine], ...]:
        """Forget all instances and give them back: who unloads has timers and packets to return."""
        held = self.items()
        self._instances.clear()
        return held


def _nothing_given(_key: Key) -> tuple[Value, ...]:
    return ()


def _more(trace: Callable[[str], None] | None, functions: Functions | None) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if trace is not None:
        found["trace"] = trace
    if functions is not None:
        found["functions"] = functions
    return found


def _leave_marks(machine: model.Machine) -> bool:
    """True where some row without an instance makes none and yet assigns something."""
    absent = {state.name for state in machine.states if state.absent}
    return any(
        (row.assigns or row.timers)
        for row in machine.rows
        if absent & set(row.states) and (row.to is None or row.to in absent)
    )
