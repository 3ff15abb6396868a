"""The stack: layers loaded by name, joined by the registry, moved by `step`.

No thread, no clock, no source of chance and no file descriptor lives in here. Frames and the time
come in through `step`; frames and reports go out of it. The same inputs give the same outputs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from os import PathLike
from random import Random
from typing import Any, cast

from attrs import define

from netfsm.errors import BindingError, InternalError, NotLoaded
from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec import model
from netfsm.spec.formats import Format
from netfsm.spec.load import Spec, find_specs, load_spec
from netfsm.spec.types import Nat, Value
from netfsm.stack import control
from netfsm.stack.clock import Alarm, Clock
from netfsm.stack.hands import Hands
from netfsm.stack.interface import LOOPBACK, Interface, Link, Port
from netfsm.stack.messages import Frame, Input, Output, Report, Taken, Transmit
from netfsm.stack.part import Key, Part
from netfsm.stack.registry import Binding, Registry
from netfsm.stack.settings import Settings
from netfsm.stack.verdicts import Verdict, fault, no_listener
from netfsm.wire.codec import Codec, compile_format

LOOPBACK_MTU = 65535
LINKS = "link.type"
"""The key space of the stack itself: the hardware type of a link."""


@define(eq=False)
class Loaded:
    """A layer in the stack."""

    spec: model.Layer
    hands: Hands
    bindings: dict[int, Binding[Any, Any]]


class Stack:
    """A network stack.

    `layers` are loaded in the order of their needs. `traced` makes each row taken an output.
    `strict` lets an exception of a layer's hands through, instead of fencing the layer.
    `values` sets constants (`{"arp.REACHABLE_TIME": 30_000_000}`), `path` are directories whose
    specs come before others.
    `on_change` is called when a command, or anything else but a step, has changed the stack.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        layers: Iterable[str] = (),
        constants: model.SetName = "rfc",
        values: Mapping[str, Value] | None = None,
        path: Iterable[str | PathLike[str]] = (),
        traced: bool = False,
        strict: bool = False,
    ) -> None:
        self.clock = Clock()
        self.random = Random(seed)  # noqa: S311  # the stack is deterministic by design; nothing here is a secret
        self.registry = Registry()
        self.interfaces: dict[str, Interface] = {}
        self.layers: dict[str, Loaded] = {}
        self.traced = traced
        self.strict = strict
        self.faults: dict[str, int] = {}
        self._settings = Settings(constants, dict(values or {}))
        self._path = tuple(path)
        self.ports: dict[str, Port] = {}
        self.on_change: Callable[[], None] | None = None
        self._codecs: dict[str, Codec] = {}
        self._outputs: list[Output] = []
        self._rows: list[str] = []
        self._untold: dict[int, tuple[int, CompiledMachine]] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._draining = False
        self._batched: list[Part] = []
        self._links = self.registry.provide(LINKS, Nat(65535), "stack", "a frame")
        self._links.expects = Link
        for name in layers:
            self.load(name)

    # ---- layers

    def load(self, name: str) -> None:
        """Load a layer and, before it, those that it needs. Loading twice is harmless.

        Raises SpecError for a layer whose spec is wrong or missing, BindingConflict where a key
        is taken, BindingError where layers need one another in a circle or hands lack something,
        ValueError for a value that `values` may not set. Then the stack is as it was before.
        """
        before = frozenset(self.layers)
        try:
            self._load(name, ())
        except BaseException:
            for layer in reversed(list(self.layers.values())):
                if layer.spec.name not in before:
                    self._remove(layer)
            raise
        self._settle()

    def unload(self, name: str) -> None:
        """Take a layer away: its timers stop, its bindings close, what it held goes back.

        Raises NotLoaded where it is not there and BindingError while others need it.
        """
        layer = self._loaded(name)
        needed = self._dependants(name)
        if needed:
            raise BindingError(f"layer {name} is needed by {', '.join(needed)}: unload them first")
        layer.hands.quiesce()
        self._drain()
        self._remove(layer)
        self._settle()
        self._check_nothing_left(layer)

    def layer(self, name: str) -> Hands:
        """The hands of a loaded layer. Raises NotLoaded where it is not there."""
        return self._loaded(name).hands

    # ---- interfaces

    def attach(self, port: Port, name: str | None = None, *, up: bool = True) -> Interface:
        """Make an interface of a driver. Without a name it is eth0, eth1 ...

        Raises ValueError where the name is taken.
        """
        name = name or self._free_name()
        if name in self.interfaces:
            raise ValueError(f"interface {name} is there already")
        broadcast = b"\xff" * len(port.mac) if port.mac else b""
        interface = Interface(name, port.link_type, port.mac, port.mtu, broadcast)
        self.interfaces[name] = interface
        self.ports[name] = port
        for layer in list(self.layers.values()):
            layer.hands.interface_added(interface)
        if up:
            self.set_link(name, up=True)
        self._settle()
        return interface

    def detach(self, name: str) -> None:
        """Take an interface away. Raises LookupError where there is none of that name."""
        interface = self.interface(name)
        self.set_link(name, up=False)
        for layer in reversed(list(self.layers.values())):
            layer.hands.interface_removed(interface)
        self._settle()
        for layer in self.layers.values():
            for part in layer.hands.parts.values():
                part.forget(name)
        del self.interfaces[name], self.ports[name]

    def interface(self, name: str) -> Interface:
        """The interface of that name. Raises LookupError where there is none."""
        try:
            return self.interfaces[name]
        except KeyError:
            known = ", ".join(self.interfaces) or "none"
            raise LookupError(f"no interface {name}: there is {known}") from None

    def set_link(self, name: str, *, up: bool) -> None:
        """Tell every layer that a link came up or went down: lower layers first when it comes."""
        interface = self.interface(name)
        if interface.running == up:
            return
        interface.up = interface.running = up
        layers = list(self.layers.values())
        for layer in layers if up else reversed(layers):
            tell = layer.hands.interface_up if up else layer.hands.interface_down
            try:
                tell(interface)
            except Exception as error:  # noqa: BLE001  # the other layers hear of it all the same
                self._fence(error)
        self._settle()

    # ---- control

    def query(self, name: str, **params: object) -> Any:
        """Ask a loaded layer. Raises NotLoaded, TypeError or ValueError (see `control`)."""
        return self._control("query", name, params)

    def command(self, name: str, **params: object) -> Any:
        """Tell a loaded layer to do something. Raises as `query` does."""
        self._rows.clear()
        found = self._control("command", name, params)
        self._settle()
        return found

    def queries(self) -> tuple[model.Control, ...]:
        """Everything that can be asked now."""
        return self._controls("query")

    def commands(self) -> tuple[model.Control, ...]:
        """Everything that can be commanded now."""
        return self._controls("command")

    # ---- moving

    def step(self, now: int, inputs: Sequence[Input] = ()) -> tuple[tuple[Output, ...], int | None]:
        """Take inputs at `now` (microseconds) and fire what is due.

        Gives the outputs, those of commands since the last step included, and the time of the
        next deadline.
        """
        self._rows.clear()
        self.clock.run_due(now, self._fire)
        for one in inputs:
            if isinstance(one, Frame):
                self._arrive(self.interface(one.interface), one.data)
            else:
                self.set_link(one.interface, up=one.up)
        self._end_batch()
        if self._untold:
            self._tell_states()
        outputs = tuple(self._outputs)
        self._outputs.clear()
        return outputs, self.clock.next_deadline()

    @property
    def pending(self) -> bool:
        """True where a command has given outputs that the next step will bring."""
        return bool(self._outputs)

    # ---- what hands use

    def codec(self, name: str) -> Codec:
        """The codec of a format, compiled once a stack."""
        if name not in self._codecs:
            spec = self._read(name)
            if not isinstance(spec, Format):
                raise InternalError(f"{name} is no format")
            self._codecs[name] = compile_format(spec)
        return self._codecs[name]

    def constants_of(self, layer: model.Layer) -> dict[str, Value]:
        """The constants of a layer: of the chosen set, and as `values` says (`layer.NAME`)."""
        return self._settings.of(layer.name, layer.constants)

    def link_of(self, interface: Interface) -> Link | None:
        """What is bound to the interface's type of link."""
        return cast("Link | None", self._links.find(interface.link_type))

    def transmit(self, interface: Interface, frame: bytes | bytearray | memoryview) -> None:
        """Put a frame among the outputs."""
        interface.out_frames += 1
        interface.out_octets += len(frame)
        if interface.loopback:
            self.later(lambda: self._arrive(interface, frame))
            return
        self._outputs.append(Transmit(interface.name, frame, tuple(self._rows)))

    def later(self, work: Callable[[], None]) -> None:
        """Do `work` when the step that is under way is over."""
        self._waiting.append(work)

    def loopback(self) -> Interface:
        """The loopback interface; it is made, and brought up, when the first layer asks for it."""
        for interface in self.interfaces.values():
            if interface.loopback:
                return interface
        found = Interface("lo", LOOPBACK, b"", LOOPBACK_MTU, up=True, running=True)
        self.interfaces[found.name] = found
        return found

    def report(self, name: str, data: dict[str, object]) -> None:
        """Put a report among the outputs."""
        self._outputs.append(Report(name, data))

    # ---- the inside

    def _arrive(self, interface: Interface, data: bytes | bytearray | memoryview) -> None:
        interface.in_frames += 1
        interface.in_octets += len(data)
        self._rows.clear()
        link = self.link_of(interface)
        if link is None:
            verdict: object = no_listener("stack", LINKS)
        else:
            try:
                verdict = link.receive(interface, memoryview(data))
            except Exception as error:  # noqa: BLE001  # counted and reported; the rest goes on
                verdict = self._fence(error)
        interface.outcomes[str(verdict)] += 1
        if self._waiting:
            self._drain()
        self._rows.clear()

    def _fire(self, alarm: Alarm) -> None:
        """Let an alarm do its work, and what that signals, at the time it was set to."""
        try:
            alarm.fire()
        except Exception as error:  # noqa: BLE001  # other alarms are due as well
            self._fence(error)
        self._drain()

    def _fence(self, error: Exception) -> Verdict:
        """An exception of a layer's hands: counted and reported; raised on where we are strict."""
        if self.strict:
            raise error
        layer = _culprit(error)
        self.faults[layer] = self.faults.get(layer, 0) + 1
        self.report("stack.fault", {"layer": layer, "error": f"{type(error).__name__}: {error}"})
        return fault(layer)

    def _end_batch(self) -> None:
        """Try the completion events of a batch until nothing moves any more."""
        moved = [part.end_batch() for part in self._batched]
        while any(moved):
            self._drain()
            moved = [part.end_batch() for part in self._batched]

    def _post(self, machine: str, event: str, key: Key | None, values: tuple[Any, ...]) -> None:
        layer = self.layers.get(machine.partition(".")[0])
        if layer is not None:
            self._waiting.append(partial(layer.hands.parts[machine].signal, event, key, values))

    def _settle(self) -> None:
        """Do what waits, and let the shell know that there may be something to send."""
        self._drain()
        self._end_batch()
        if self.on_change is not None:
            self.on_change()

    def _drain(self) -> None:
        """Do what waits, first come first served: signals, and what hands put off."""
        if self._draining:
            return
        self._draining = True
        try:
            while self._waiting:
                work = self._waiting.popleft()
                try:
                    work()
                except Exception as error:  # noqa: BLE001  # what waits behind it is done
                    self._fence(error)
        finally:
            self._draining = False

    def _taken(self, part: Part, instance: CompiledMachine, row: str) -> None:
        self._rows.append(f"{part.machine.name}/{row}")
        key = tuple(getattr(instance, slot) for slot in part.kind.about.key)
        self._tell_state(id(instance))
        self._untold[id(instance)] = len(self._outputs), instance
        self._outputs.append(Taken(part.machine.name, key, row, ""))

    def _tell_state(self, number: int) -> None:
        """Write down where the last row of an instance led: known when it takes its next one."""
        found = self._untold.pop(number, None)
        if found is not None:
            index, instance = found
            taken = cast(Taken, self._outputs[index])
            self._outputs[index] = taken._replace(state=instance.state)

    def _tell_states(self) -> None:
        for number in list(self._untold):
            self._tell_state(number)

    def _load(self, name: str, above: tuple[str, ...]) -> None:
        if name in self.layers:
            return
        if name in above:
            circle = " -> ".join([*above[above.index(name) :], name])
            raise BindingError(f"layers need one another: {circle}")
        spec = self._read(name)
        if not isinstance(spec, model.Layer):
            raise BindingError(f"{name} is no layer")
        for needed in _needs(spec):
            self._load(needed, (*above, name))
        self._join(spec)

    def _join(self, spec: model.Layer) -> None:
        hands = _hands_class(spec)(self, spec)
        layer = self.layers[spec.name] = Loaded(spec, hands, {})
        for machine in spec.machines:
            hands.parts[machine] = self._part(machine, hands)
        self._check_settings(layer)
        self._batched += [part for part in hands.parts.values() if part.batches]
        for space in spec.provides:
            hands.spaces[space.name] = self.registry.provide(
                space.name, space.key, spec.name, space.carries
            )
        hands.setup()
        for other in self.layers.values():
            self._bind(other)
        for interface in list(self.interfaces.values()):
            hands.interface_added(interface)
            if interface.running:
                hands.interface_up(interface)

    def _remove(self, layer: Loaded) -> None:
        """Take out all that `_join` has put in, as far as it came."""
        for binding in layer.bindings.values():
            binding.close()
        for name in layer.hands.spaces:
            self.registry.withdraw(name)
        for part in layer.hands.parts.values():
            part.clear()
        self._batched = [part for part in self._batched if part.hands is not layer.hands]
        del self.layers[layer.spec.name]
        for binding in layer.bindings.values():
            self._tell_provider(binding)

    def _check_settings(self, layer: Loaded) -> None:
        machines = (part.machine for part in layer.hands.parts.values())
        known = {one.name for machine in machines for one in machine.constants}
        known |= {one.name for one in layer.spec.constants}
        self._settings.check(layer.spec.name, frozenset(known))

    def _read(self, name: str) -> Spec:
        return load_spec(name, path=self._path, constants=self._settings.chosen)

    def _part(self, name: str, hands: Hands) -> Part:
        machine = self._read(name)
        if not isinstance(machine, model.Machine):
            raise BindingError(f"{name} is no machine")
        values = self._settings.of(hands.name, machine.constants)
        kind = compile_machine(machine, traced=self.traced, constants=values)
        tell = self._taken if self.traced else None
        return Part(machine, kind, hands, self.clock, self._post, self._fence, tell)

    def _bind(self, layer: Loaded) -> None:
        """Close the bindings that can be made and are not made yet."""
        for index, bind in enumerate(layer.spec.binds):
            made = layer.bindings.get(index)
            if (made is not None and made.open) or not self.registry.has(bind.to):
                continue
            handler = getattr(layer.hands, bind.handler, None)
            if handler is None:
                name = type(layer.hands).__name__
                raise BindingError(f"{name} has no {bind.handler}, which is to be bound")
            space = self.registry.space(bind.to)
            binding = space.bind(bind.key, handler, layer.spec.name, bind.policy)
            layer.bindings[index] = binding
            self._tell_provider(binding)

    def _tell_provider(self, binding: Binding[Any, Any]) -> None:
        provider = self.layers.get(binding.space.provider)
        if provider is not None:
            provider.hands.binding_changed(binding)

    def _control(self, kind: str, name: str, params: dict[str, object]) -> Any:
        layer = self._loaded(name.partition(".")[0])
        found = next((c for c in layer.spec.controls if c.name == name and c.kind == kind), None)
        if found is None:
            known = ", ".join(c.name for c in layer.spec.controls if c.kind == kind) or "none"
            raise LookupError(f"no {kind} {name}: layer {layer.spec.name} has {known}")
        method = getattr(layer.hands, f"{kind}_{name.rpartition('.')[2]}")
        given = method(**control.arguments(found, params))
        return control.answer(found, layer.spec.records, given)

    def _controls(self, kind: str) -> tuple[model.Control, ...]:
        return tuple(
            c for layer in self.layers.values() for c in layer.spec.controls if c.kind == kind
        )

    def _loaded(self, name: str) -> Loaded:
        try:
            return self.layers[name]
        except KeyError:
            known = (name,) if name in find_specs(self._path) else ()
            raise NotLoaded(name, known) from None

    def _dependants(self, name: str) -> list[str]:
        return [other.spec.name for other in self.layers.values() if name in _needs(other.spec)]

    def _check_nothing_left(self, layer: Loaded) -> None:
        name = layer.spec.name
        left = [f"{b.space.name} {b.key}" for b in self.registry.owned_by(name)]
        left += [space.name for space in self.registry.spaces() if space.provider == name]
        left += [f"timers of {n}" for n, part in layer.hands.parts.items() if part.armed()]
        if left:
            raise InternalError(f"unloading left {', '.join(left)}", name)

    def _free_name(self) -> str:
        number = 0
        while f"eth{number}" in self.interfaces:
            number += 1
        return f"eth{number}"


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


def _culprit(error: Exception) -> str:
    """The layer whose hands raised: the innermost frame of a module under `layers`."""
    found = "stack"
    trace = error.__traceback__
    while trace is not None:
        hands = trace.tb_frame.f_locals.get("self")
        if isinstance(hands, Hands):
            found = hands.name
        trace = trace.tb_next
    return found
