"""The hands of a layer: they copy bytes, keep tables and look things up. They never decide.

A layer's hands are a class that `layer.yaml` names (`hands: module:Class`). What the class must
have follows from the specs, and is checked when the layer is loaded:

=========================== =====================================================================
`on_MACHINE_OUTPUT`         (instance, emission, context) -> Verdict | None: carry an output out
`given_MACHINE`             (key) -> values of the machine's `given`, in the order of the spec
`choose_MACHINE_EVENT`      (instance) -> choices of a timer's or a signal's event
`function_MACHINE_NAME`     (arguments) -> what a declared function says
`query_NAME`                (parameters by name) -> records as mappings
`command_NAME`              (parameters by name) -> None
`flow_NAME`                 (size, parameters by name) -> Outgoing
handler of a binding        the attribute that `binds:` names
=========================== =====================================================================

MACHINE, OUTPUT and NAME are the last parts of the spec's names, with `_` for `-` and `.`. `drop`
outputs and signals need no hand.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from netfsm.errors import BindingError, NoBuffers
from netfsm.spec import model
from netfsm.spec.types import Enum, Value
from netfsm.stack.clock import Clock
from netfsm.stack.interface import Interface, Link
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.registry import Binding, KeySpace
from netfsm.stack.verdicts import Verdict, dropped, malformed
from netfsm.wire.codec import Codec

if TYPE_CHECKING:
    from netfsm.stack.stack import Stack


class Hands:
    """What every layer's hands can use; a layer's own class adds the methods above.

    `counters` are those of `layer.yaml`, from zero; `constants` the layer's by name; `random` is
    the stack's seeded source, for choices.
    """

    looks: frozenset[str] = frozenset()
    """Orders that do nothing but look at a packet (`input.walk`): a trial carries them out too."""

    def __init__(self, stack: Stack, layer: model.Layer) -> None:
        self._stack = stack
        self.layer = layer
        self.name = layer.name
        self.counters: dict[str, int] = {name: 0 for name, _ in layer.counters}
        self.constants: dict[str, Value] = stack.constants_of(layer)
        self.parts: dict[str, Part] = {}
        self.spaces: dict[str, KeySpace[Any, Any]] = {}

    # ---- what a layer's own class may replace

    def setup(self) -> None:
        """Called once when parts and key spaces are there, before anything is bound."""

    def quiesce(self) -> None:
        """Called before the layer goes: give back what is held. Timers stop by themselves."""

    def remember(self) -> Any:
        """What a person has configured, for `restore` when the layer is loaded again."""
        return None

    def restore(self, kept: Any) -> None:
        """Configure the layer as it was: `kept` is what `remember` gave before it went."""

    def binding_changed(self, binding: Binding[Any, Any]) -> None:
        """Somebody was bound to a key space that this layer provides, or is no more (`open`)."""

    def interface_added(self, interface: Interface) -> None:
        """An interface was attached, or stood there when the layer was loaded."""

    def interface_removed(self, interface: Interface) -> None:
        """An interface is taken away."""

    def interface_up(self, interface: Interface) -> None:
        """The link can carry frames."""

    def interface_down(self, interface: Interface) -> None:
        """The link carries nothing any more."""

    def ready(self, interface: Interface) -> None:
        """Room for packets that was refused on an interface may be asked for again."""

    def commit(self, packet: Outgoing) -> Verdict:
        """Take back a packet that `flow_NAME` of this layer gave room for, and send it."""
        raise NotImplementedError(f"layer {self.name} offers no flow")

    def ended(self, part: Part, key: Key) -> None:
        """The instance of `key` is no more; its last emissions were carried out."""

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # replaced by layers that have something to give back
        """An event could make no instance of `part`, because its limit is reached."""
        if "full" in self.counters:
            self.counters["full"] += 1
        return dropped(self.name, "full")

    # ---- what it can use

    def later(self, work: Callable[[], None]) -> None:
        """Do `work` when the step that is under way is over, after signals that wait already."""
        self._stack.later(work)

    def below(self, space: str) -> Any:
        """What the provider of a key space offers to those that are bound to it."""
        return self._stack.registry.space(space).port

    def has(self, space: str) -> bool:
        """Whether a key space is provided now."""
        return self._stack.registry.has(space)

    def loopback(self) -> Interface:
        """The loopback interface, made where there is none yet."""
        return self._stack.loopback()

    @property
    def clock(self) -> Clock:
        """The stack's clock: `now` in microseconds."""
        return self._stack.clock

    @property
    def random(self) -> Random:
        """The stack's seeded source of chance, for choices."""
        return self._stack.random

    def part(self, name: str) -> Part:
        """The machine of that full name."""
        return self.parts[name]

    def functions_of(self, machine: model.Machine) -> dict[str, Callable[..., Any]]:
        """What implements the functions that `machine` declares. BindingError where one lacks."""
        short = machine.name.rpartition(".")[2].replace("-", "_")
        found: dict[str, Callable[..., Any]] = {}
        for function in machine.functions:
            name = f"function_{short}_{function.name}"
            method = getattr(self, name, None)
            if not callable(method):
                what = f"{type(self).__name__} has no method {name}, which {machine.name} needs"
                raise BindingError(what)
            found[function.name] = method
        return found

    def number(self, name: str) -> int:
        """A constant of the layer: a plain number, or microseconds. KeyError where it has none."""
        return int(str(self.constants[name]))

    def numbers(self, enum: str) -> dict[str, int]:
        """The members of an enum of the layer, by name; KeyError where it has none so called."""
        kinds = {kind.name: kind for kind in self.layer.used_types if isinstance(kind, Enum)}
        return dict(kinds[enum].members)

    def codec(self, name: str) -> Codec:
        """The codec of a format."""
        return self._stack.codec(name)

    def link_of(self, interface: Interface) -> Link | None:
        """What carries packets on the interface's type of link, None where nothing is bound."""
        return self._stack.link_of(interface)

    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces of the stack, in the order in which they were attached."""
        return tuple(self._stack.interfaces.values())

    def interface(self, name: str) -> Interface:
        """The interface of that name. Raises LookupError where there is none."""
        return self._stack.interface(name)

    def room(self, interface: Interface, size: int, whole: int = 0) -> Outgoing:
        """An empty packet in a buffer of the interface, for `size` octets. Raises NoBuffers.

        It holds `whole` octets where they are to be cut into packets of `size`.
        """
        buffer = (interface.large if whole else interface.buffers).take()
        if buffer is None:
            raise NoBuffers(interface.name)
        return Outgoing(interface.name, buffer, whole or size, whole > 0 or interface.finishes)

    def transmit(self, packet: Outgoing) -> None:
        """Let a packet with all its headers leave by its interface."""
        self._stack.transmit(packet)

    def unsent(self, reason: str) -> Verdict:
        """Count a packet that is not sent, under the reason's own counter."""
        self.counters[reason] += 1
        return dropped(self.name, reason)

    def tell_ready(self, interface: str) -> None:
        """Tell every layer that room may be asked for again on an interface."""
        self._stack.tell_ready(interface)

    def report(self, name: str, **data: object) -> None:
        """Tell whoever runs the stack that something happened, as `layer.name`."""
        self._stack.report(f"{self.name}.{name}", data)

    def refused(self, reason: str) -> Verdict:
        """Count a packet that a format refused, under the reason's own counter."""
        self.counters[reason] += 1
        return malformed(self.name, reason)
