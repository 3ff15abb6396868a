"""The path that a frame would take, by name, and why it would stop: nothing happens meanwhile.

The frame goes the real way, through the layers that are bound now, but every machine takes its row
on a twin of its instance, which is thrown away in the end. What a row gives is not carried out,
save that it hands the packet on to another layer, or looks further into it (`Hands.looks`): that is
where the path goes on. Counters are put back.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec.types import Enum
from netfsm.stack.verdicts import DELIVERED, Verdict, dropped

if TYPE_CHECKING:
    from netfsm.stack.part import Key, Part
    from netfsm.stack.registry import Binding, KeySpace
    from netfsm.stack.stack import Stack

__all__ = ["Explanation", "explain"]


@frozen
class Explanation:
    """What would become of a frame.

    `path` are its steps: `machine/row` for a row that is taken, `space key -> owner` where a key
    space is asked, `machine: output` for what a row would give. `verdict` is the end of it, in
    the words of `Interface.outcomes`.
    """

    path: tuple[str, ...]
    verdict: str

    def __str__(self) -> str:
        """One line a step, the verdict last."""
        return "\n".join([*self.path, f"= {self.verdict}"])


@define(eq=False)
class Trial:
    """A frame on its way through twins; `path` grows as it goes."""

    stack: Stack
    path: list[str] = field(factory=list[str])
    _asked: set[str] = field(factory=set[str])
    _twins: dict[tuple[str, Key], CompiledMachine] = field(
        factory=dict["tuple[str, Key]", CompiledMachine]
    )

    def found(
        self, space: KeySpace[Any, Any], key: object, owner: Binding[Any, Any] | None
    ) -> None:
        """A key space was asked for the handler of a key."""
        self._asked.add(space.provider)
        name = owner.owner if owner is not None else "nobody"
        self.path.append(f"{space.name} {key} -> {name}")

    def step(
        self, part: Part, key: Key, event: str, inputs: tuple[Any, ...], context: Any
    ) -> Verdict | None:
        """Take the row on a twin; follow what it hands on to another layer."""
        name = part.machine.name
        if part.team is not None:
            self.path.append(f"{name}: {event}")
            return None
        twin = self._twins.get((name, key))
        if twin is None:
            twin = self._twins[name, key] = self._twin(part, key)
        now = (self.stack.clock.now,) if part.machine.uses_now else ()
        emissions, _ = getattr(twin, twin.about.events[event])(*now, *inputs)
        verdict: Verdict | None = None
        for emission in emissions:
            found = self._carry(part, twin, emission, context)
            verdict = found or verdict
        return verdict

    def _twin(self, part: Part, key: Key) -> CompiledMachine:
        constants = self.stack.settings.of(part.hands.name, part.machine.constants)
        kind = compile_machine(part.machine, traced=True, constants=constants)
        model = part.find(key) or part.make(key)
        twin = kind(*model.key, *(getattr(model, slot) for slot in model.about.given))
        twin.restore(model.snapshot())
        name = part.machine.name

        def taken(row: str) -> None:
            self.path.append(f"{name}/{row}")

        twin.trace = taken
        return twin

    def _carry(
        self, part: Part, twin: CompiledMachine, emission: Any, context: Any
    ) -> Verdict | None:
        output = getattr(emission, "output", "")
        found = next((o for o in part.machine.outputs if o.name == output), None)
        if found is None:
            self.path.append(f"{part.machine.name}: signal {emission.machine}.{emission.event}")
            return None
        if found.kind == "drop":
            reasons = found.fields[0].type
            assert isinstance(reasons, Enum)  # the loader has seen to it
            reason = (reasons.member(emission[0]) or str(emission[0])).lower()
            return dropped(part.hands.name, reason, found.tells)
        looks = f"{part.short}.{output}" in part.hands.looks
        if looks or (found.kind == "deliver" and part.hands.name in self._asked):
            return part.carry_out(twin, emission, context)
        self.path.append(f"{part.machine.name}: {output}")
        return None


def explain(stack: Stack, interface: str, frame: bytes) -> Explanation:
    """What would become of `frame` if it arrived on `interface` now.

    Raises LookupError where there is no such interface.
    """
    one = stack.interface(interface)
    trial = Trial(stack)
    with _tried(stack, trial):
        link = stack.link_of(one)
        if link is None:
            return Explanation(tuple(trial.path), "stack.link.type")
        verdict = link.receive(one, memoryview(frame)) or DELIVERED
    return Explanation(tuple(trial.path), str(verdict))


@contextmanager
def _tried(stack: Stack, trial: Trial) -> Generator[None]:
    """Let parts and key spaces know of the trial, and put back what hands count meanwhile."""
    layers = [layer.hands for layer in stack.layers.values()]
    parts = [part for hands in layers for part in hands.parts.values()]
    counters = [(hands.counters, dict(hands.counters)) for hands in layers]
    watched: list[Any] = [*parts, *stack.registry.spaces()]
    said = len(stack.outputs)
    for one in watched:
        one.trial = trial
    try:
        yield
    finally:
        for one in watched:
            one.trial = None
        for counter, before in counters:
            counter.update(before)
        del stack.outputs[said:]
