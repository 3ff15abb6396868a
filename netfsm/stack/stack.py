"""The stack: layers loaded by name, joined by the registry, moved by `step`.

No thread, no clock, no source of chance and no file descriptor lives in here. Frames and the time
come in through `step`; frames and reports go out of it. The same inputs give the same outputs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from random import Random
from typing import Any, cast

from netfsm.errors import BindingError, InternalError
from netfsm.machine import CompiledMachine
from netfsm.spec import model
from netfsm.spec.formats import Format
from netfsm.spec.types import Nat, Value
from netfsm.stack import control
from netfsm.stack.assembly import LINKS, Assembly
from netfsm.stack.clock import Alarm, Clock
from netfsm.stack.driver import Capability
from netfsm.stack.egress import Egress
from netfsm.stack.explaining import explain
from netfsm.stack.hands import Hands
from netfsm.stack.interface import LOOPBACK, Interface, Link, Port
from netfsm.stack.messages import Frame, Input, Lend, Output, Report, Taken
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.registry import Registry
from netfsm.stack.settings import Settings
from netfsm.stack.verdicts import Verdict, fault, no_listener
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.codec import Codec, compile_format
from netfsm.wire.offload import PLAIN, Offload

LOOPBACK_MTU = 65535


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
        self.registry = Registry(partial(explain, self))
        self.interfaces: dict[str, Interface] = {}
        self.traced = traced
        self.strict = strict
        self.faults: dict[str, int] = {}
        self.settings = Settings(constants, dict(values or {}))
        self.path = tuple(path)
        self.ports: dict[str, Port] = {}
        self.on_change: Callable[[], None] | None = None
        self._codecs: dict[str, Codec] = {}
        self.outputs: list[Output] = []
        self._rows: list[str] = []
        self._untold: dict[int, tuple[int, CompiledMachine]] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._draining = False
        self.reserved: dict[int, Outgoing] = {}
        self._reserved = 0
        self._assembly = Assembly(self)
        self.layers = self._assembly.layers
        self._egress = Egress(self.outputs, self._rows, self._loop)
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
        self._assembly.load(name)
        self._settle()

    def unload(self, name: str, *, dependants: bool = False) -> tuple[str, ...]:
        """Take a layer away: its timers stop, its bindings close, what it held goes back.

        Raises NotLoaded where it is not there. While others need it, raises BindingError, or takes
        them along where `dependants` says so. Returns the layers that went, in order.
        """
        layer = self._assembly.loaded(name)
        needed = self._assembly.dependants(name)
        if needed and not dependants:
            raise BindingError(f"layer {name} is needed by {', '.join(needed)}: unload them first")
        going = [*(self._assembly.loaded(one) for one in needed), layer]
        for one in going:
            one.hands.quiesce()
            for packet in [p for p in self.reserved.values() if p.layer == one.spec.name]:
                self.cancel(packet)
            self._drain()
            self._assembly.remove(one)
            self._settle()
            self._assembly.check_nothing_left(one)
        return tuple(one.spec.name for one in going)

    def reload(self, name: str) -> tuple[str, ...]:
        """Take a layer away with all that need it, read their specs again, and load them.

        What a person has configured is put back; what was learnt and what was open is gone. Returns
        the layers that were loaded again, in order. Raises what `unload` and `load` raise.
        """
        layers = [*self._assembly.dependants(name), name]
        kept = {one: self._assembly.loaded(one).hands.remember() for one in layers}
        gone = self.unload(name, dependants=True)
        for one in reversed(gone):
            self.load(one)
            self._assembly.loaded(one).hands.restore(kept[one])
            self._settle()
        return tuple(reversed(gone))

    def layer(self, name: str) -> Hands:
        """The hands of a loaded layer. Raises NotLoaded where it is not there."""
        return self._assembly.loaded(name).hands

    # ---- interfaces

    def attach(
        self,
        port: Port,
        name: str | None = None,
        *,
        up: bool = True,
        noarp: bool = False,
        peer: bytes = b"",
    ) -> Interface:
        """Make an interface of a driver. Without a name it is eth0, eth1 ...

        `peer` makes it point-to-point: everything goes to the one station of that address, and
        nobody is looked for. `noarp` alone looks for nobody and sends to all stations. Raises
        ValueError where the name is taken.
        """
        name = name or self._free_name()
        if name in self.interfaces:
            raise ValueError(f"interface {name} is there already")
        broadcast = b"\xff" * len(port.mac) if port.mac else b""
        interface = Interface(
            name,
            port.link_type,
            port.mac,
            port.mtu,
            broadcast,
            noarp=noarp,
            peer=peer,
            finishes=Capability.CHECKSUM in port.capabilities,
            cuts=Capability.SEGMENTATION in port.capabilities,
        )
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

    def reserve(self, flow: str, size: int, **params: object) -> Outgoing:
        """Room for `size` octets of payload of a flow that a loaded layer offers.

        What can be told beforehand is told here, before a byte is written: raises ReserveError
        (NoRoute, Unresolved, TooBig, NoBuffers ...), besides what `query` raises, and ValueError
        for a size below 1. Where it is worth trying again, `stack.ready` or the layer's own report
        tells so.
        """
        if size < 1:
            raise ValueError(f"a packet has at least one octet, not {size}")
        packet: Outgoing = self._control("flow", flow, params, size)
        packet.layer = flow.partition(".")[0]
        self._reserved += 1
        packet.number = self._reserved
        self.reserved[packet.number] = packet
        self._settle()
        return packet

    def commit(self, packet: Outgoing) -> Verdict:
        """Send what was written into a reserved packet. Headers are written in place.

        Raises NotLoaded where the layer that gave room is gone, LookupError for a packet that is
        not reserved: it was sent, or cancelled.
        """
        hands = self._assembly.loaded(packet.layer).hands
        self._take_back(packet)
        self._rows.clear()
        verdict: Verdict = hands.commit(packet)
        self._settle()
        return verdict

    def cancel(self, packet: Outgoing) -> None:
        """Give a reserved packet up. LookupError for one that is not reserved."""
        self._take_back(packet).cancel()
        self._settle()

    def _take_back(self, packet: Outgoing) -> Outgoing:
        found = self.reserved.pop(packet.number, None)
        if found is None:
            raise LookupError(f"packet {packet.number} is not reserved: it was sent or given up")
        return found

    def flows(self) -> tuple[model.Control, ...]:
        """Every flow that packets can be reserved for now."""
        return self._controls("flow")

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
        if self._egress.reclaim():
            self._tell_ready()
        self.clock.run_due(now, self._fire)
        for one in inputs:
            if isinstance(one, Frame):
                self._arrive(self.interface(one.interface), one.data, one.offload)
            elif isinstance(one, Lend):
                self.interface(one.interface).buffers.lend(one.buffer)
            else:
                self.set_link(one.interface, up=one.up)
        self._end_batch()
        if self._untold:
            self._tell_states()
        self._tell_ready()
        outputs = tuple(self.outputs)
        self.outputs.clear()
        self._egress.given()
        return outputs, self.clock.next_deadline()

    @property
    def pending(self) -> bool:
        """True where the next step is due at once.

        A command has given outputs, or somebody waits for a buffer that is free by then.
        """
        starved = any(interface.starved for interface in self.interfaces.values())
        return bool(self.outputs) or (starved and self._egress.reclaims)

    @property
    def due(self) -> int | None:
        """When the next step has something to do by itself; None where nothing waits."""
        return self.clock.now if self.pending else self.clock.next_deadline()

    # ---- what hands use

    def codec(self, name: str) -> Codec:
        """The codec of a format, compiled once a stack."""
        if name not in self._codecs:
            spec = self._assembly.read(name)
            if not isinstance(spec, Format):
                raise InternalError(f"{name} is no format")
            self._codecs[name] = compile_format(spec)
        return self._codecs[name]

    def constants_of(self, layer: model.Layer) -> dict[str, Value]:
        """The constants of a layer: of the chosen set, and as `values` says (`layer.NAME`)."""
        return self.settings.of(layer.name, layer.constants)

    def link_of(self, interface: Interface) -> Link | None:
        """What is bound to the interface's type of link."""
        return cast("Link | None", self._links.find(interface.link_type))

    def part(self, machine: model.Machine, kind: type[CompiledMachine], hands: Hands) -> Part:
        """A machine of a layer, at work in this stack."""
        tell = self._taken if self.traced else None
        return Part(machine, kind, hands, self.clock, self._post, self._fence, tell)

    def transmit(self, packet: Outgoing) -> None:
        """Put a packet with all its headers among the outputs."""
        self._egress.transmit(self.interface(packet.interface), packet)

    def tell_ready(self, interface: str) -> None:
        """Tell every layer that room may be asked for again on an interface."""
        self.later(lambda: self._all_ready(interface))

    def later(self, work: Callable[[], None]) -> None:
        """Do `work` when the step that is under way is over."""
        self._waiting.append(work)

    def loopback(self) -> Interface:
        """The loopback interface; it is made, and brought up, when the first layer asks for it."""
        for interface in self.interfaces.values():
            if interface.loopback:
                return interface
        found = Interface("lo", LOOPBACK, b"", LOOPBACK_MTU, finishes=True, cuts=True)
        self.interfaces[found.name] = found
        for layer in list(self.layers.values()):
            layer.hands.interface_added(found)
        self.later(lambda: self.set_link(found.name, up=True))
        return found

    def report(self, name: str, data: dict[str, object]) -> None:
        """Put a report among the outputs."""
        self.outputs.append(Report(name, data))

    # ---- the inside

    def _arrive(self, interface: Interface, data: Octets, offload: Offload) -> None:
        interface.in_frames += 1
        interface.in_octets += len(data)
        self._rows.clear()
        link = self.link_of(interface)
        if link is None:
            verdict: object = no_listener("stack", LINKS)
        else:
            interface.arriving, interface.arriving_octets = offload, len(data)
            try:
                verdict = link.receive(interface, memoryview(data))
            except Exception as error:  # noqa: BLE001  # counted and reported; the rest goes on
                verdict = self._fence(error)
            finally:
                interface.arriving = PLAIN
        interface.outcomes[str(verdict)] += 1
        if self._waiting:
            self._drain()
        self._rows.clear()

    def _loop(self, interface: Interface, buffer: Buffer) -> None:
        """A frame to ourselves arrives when the step that sent it is over.

        Nothing can spoil it on the way, so that its checksum needs no finishing.
        """

        def arrive() -> None:
            self._arrive(interface, buffer.view, buffer.offload)
            buffer.release()

        self.later(arrive)

    def _tell_ready(self) -> None:
        """Say where buffers are free again, to those who were refused one."""
        for interface in self.interfaces.values():
            if interface.starved and interface.buffers.free and interface.large.free:
                interface.starved = False
                self.report("stack.ready", {"interface": interface.name})
                self._all_ready(interface.name)
                self._drain()

    def _all_ready(self, interface: str) -> None:
        for layer in list(self.layers.values()):
            layer.hands.ready(self.interface(interface))

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
        while self._moved():
            self._drain()

    def _moved(self) -> bool:
        """Let every part try, whatever the others did."""
        return sum(part.end_batch() for part in self._assembly.batched) > 0

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
        key = instance.key
        self._tell_state(id(instance))
        self._untold[id(instance)] = len(self.outputs), instance
        self.outputs.append(Taken(part.machine.name, key, row, ""))

    def _tell_state(self, number: int) -> None:
        """Write down where the last row of an instance led: known when it takes its next one."""
        found = self._untold.pop(number, None)
        if found is not None:
            index, instance = found
            taken = cast(Taken, self.outputs[index])
            self.outputs[index] = taken._replace(state=instance.state)

    def _tell_states(self) -> None:
        for number in list(self._untold):
            self._tell_state(number)

    def _control(self, kind: str, name: str, params: dict[str, object], *first: object) -> Any:
        layer = self._assembly.loaded(name.partition(".")[0])
        found = next((c for c in layer.spec.controls if c.name == name and c.kind == kind), None)
        if found is None:
            known = ", ".join(c.name for c in layer.spec.controls if c.kind == kind) or "none"
            raise LookupError(f"no {kind} {name}: layer {layer.spec.name} has {known}")
        method = getattr(layer.hands, f"{kind}_{name.rpartition('.')[2]}")
        given = method(*first, **control.arguments(found, params))
        return given if first else control.answer(found, layer.spec.records, given)

    def _controls(self, kind: str) -> tuple[model.Control, ...]:
        return tuple(
            c for layer in self.layers.values() for c in layer.spec.controls if c.kind == kind
        )

    def _free_name(self) -> str:
        number = 0
        while f"eth{number}" in self.interfaces:
            number += 1
        return f"eth{number}"


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
