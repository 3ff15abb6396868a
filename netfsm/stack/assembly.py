"""Layers put together and taken apart: requirements in order, bindings made, nothing left behind.

A layer is joined in one place and removed in one place, so that a load that fails halfway, an
unload and a reload leave the stack as if the layer had never been there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import define, field

from netfsm.errors import BindingError, InternalError, NotLoaded
from netfsm.machine import compile_machine
from netfsm.spec import model
from netfsm.spec.load import Spec, find_specs, load_spec
from netfsm.stack.hands import Hands
from netfsm.stack.part import Part
from netfsm.stack.registry import Binding
from netfsm.stack.team import make_teams

if TYPE_CHECKING:
    from netfsm.stack.stack import Stack

__all__ = ["Assembly", "Loaded"]

LINKS = "link.type"
"""The key space of the stack itself: the hardware type of a link."""


@define(eq=False)
class Loaded:
    """A layer in the stack."""

    spec: model.Layer
    hands: Hands
    bindings: dict[int, Binding[Any, Any]]


@define(eq=False)
class Assembly:
    """The layers of `stack` by name, in the order in which they were loaded.

    `batched` are those of their parts that have something to do at the end of a batch.
    """

    stack: Stack
    layers: dict[str, Loaded] = field(factory=dict[str, Loaded])
    batched: list[Part] = field(factory=list[Part])

    def load(self, name: str) -> None:
        """Load a layer and what it needs; see `Stack.load`."""
        before = frozenset(self.layers)
        try:
            self._load(name, ())
        except BaseException:
            for layer in reversed(list(self.layers.values())):
                if layer.spec.name not in before:
                    self.remove(layer)
            raise

    def loaded(self, name: str) -> Loaded:
        """The layer of that name. Raises NotLoaded, with where it could be had."""
        try:
            return self.layers[name]
        except KeyError:
            known = (name,) if name in find_specs(self.stack.path) else ()
            raise NotLoaded(name, known) from None

    def dependants(self, name: str) -> list[str]:
        """The loaded layers that can't be without `name`, those that were loaded last first."""
        direct = [one.spec.name for one in self.layers.values() if name in _needs(one.spec)]
        found = dict.fromkeys(direct)
        for one in direct:
            found |= dict.fromkeys(self.dependants(one))
        return [one for one in reversed(self.layers) if one in found]

    def check_nothing_left(self, layer: Loaded) -> None:
        """Raise InternalError where something of a removed layer is still there."""
        left = self._left(layer)
        if left:
            raise InternalError(f"unloading left {', '.join(left)}", layer.spec.name)

    def read(self, name: str) -> Spec:
        """The spec of that name, as the stack's constants have it."""
        stack = self.stack
        return load_spec(name, path=stack.path, constants=stack.settings.chosen)

    # ---- the inside

    def _load(self, name: str, above: tuple[str, ...]) -> None:
        if name in self.layers:
            return
        if name in above:
            circle = " -> ".join([*above[above.index(name) :], name])
            raise BindingError(f"layers need one another: {circle}")
        spec = self.read(name)
        if not isinstance(spec, model.Layer):
            raise BindingError(f"{name} is no layer")
        for needed in _needs(spec):
            self._load(needed, (*above, name))
        self._join(spec)

    def _join(self, spec: model.Layer) -> None:
        stack = self.stack
        hands = _hands_class(spec)(stack, spec)
        layer = self.layers[spec.name] = Loaded(spec, hands, {})
        for machine in spec.machines:
            hands.parts[machine] = self._part(machine, hands)
        make_teams(hands.parts.values())
        self._check_settings(layer)
        self.batched += [part for part in hands.parts.values() if part.batches]
        for space in spec.provides:
            hands.spaces[space.name] = stack.registry.provide(
                space.name, space.key, spec.name, space.carries
            )
        there = list(stack.interfaces.values())
        hands.setup()
        for other in self.layers.values():
            self._bind(other)
        for interface in there:
            hands.interface_added(interface)
            if interface.running:
                hands.interface_up(interface)

    def remove(self, layer: Loaded) -> None:
        """Take out all that `_join` has put in, as far as it came; it gave back what it held."""
        for binding in layer.bindings.values():
            binding.close()
        for name in layer.hands.spaces:
            self.stack.registry.withdraw(name)
        for part in layer.hands.parts.values():
            part.clear()
        self.batched = [part for part in self.batched if part.hands is not layer.hands]
        del self.layers[layer.spec.name]
        for binding in layer.bindings.values():
            self._tell_provider(binding)

    def _left(self, layer: Loaded) -> list[str]:
        registry, name = self.stack.registry, layer.spec.name
        left = [f"{b.space.name} {b.key}" for b in registry.owned_by(name)]
        left += [space.name for space in registry.spaces() if space.provider == name]
        parts = layer.hands.parts
        left += [f"timers of {n}" for n, part in parts.items() if part.armed()]
        left += [f"instances of {n}" for n, part in parts.items() if part.instances]
        return left

    def _check_settings(self, layer: Loaded) -> None:
        machines = (part.machine for part in layer.hands.parts.values())
        known = {one.name for machine in machines for one in machine.constants}
        known |= {one.name for one in layer.spec.constants}
        self.stack.settings.check(layer.spec.name, frozenset(known))

    def _part(self, name: str, hands: Hands) -> Part:
        machine = self.read(name)
        if not isinstance(machine, model.Machine):
            raise BindingError(f"{name} is no machine")
        values = self.stack.settings.of(hands.name, machine.constants)
        kind = compile_machine(
            machine,
            traced=self.stack.traced,
            constants=values,
            functions=hands.functions_of(machine) if machine.functions else None,
        )
        return self.stack.part(machine, kind, hands)

    def _bind(self, layer: Loaded) -> None:
        """Close the bindings that can be made and are not made yet."""
        registry = self.stack.registry
        for index, bind in enumerate(layer.spec.binds):
            made = layer.bindings.get(index)
            if (made is not None and made.open) or not registry.has(bind.to):
                continue
            handler = getattr(layer.hands, bind.handler, None)
            if handler is None:
                name = type(layer.hands).__name__
                raise BindingError(f"{name} has no {bind.handler}, which is to be bound")
            space = registry.space(bind.to)
            binding = space.bind(bind.key, handler, layer.spec.name, bind.policy)
            layer.bindings[index] = binding
            self._tell_provider(binding)

    def _tell_provider(self, binding: Binding[Any, Any]) -> None:
        provider = self.layers.get(binding.space.provider)
        if provider is not None:
            provider.hands.binding_changed(binding)


def _needs(spec: model.Layer) -> tuple[str, ...]:
    """The layers that must be there before `spec`, in order."""
    bound = [
        bind.to.partition(".")[0] for bind in spec.binds if not bind.optional and bind.to != LINKS
    ]
    return tuple(dict.fromkeys([*spec.requires, *bound]))


def _hands_class(spec: model.Layer) -> type[Hands]:
    module, _, name = spec.hands.partition(":")
    found = getattr(import_module(module), name, None)
    if not (isinstance(found, type) and issubclass(found, Hands)):
        raise BindingError(
            f"layer {spec.name} names hands {spec.hands}, which is no class of Hands"
        )
    return found
