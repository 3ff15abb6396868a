"""Hosts, cables and time that nobody waits for.

Everything that happens has a time in microseconds and a place in the order; arrivals at one time
come before timers, and hosts take turns in the order in which they were added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Any, Final, NamedTuple

from attrs import define, evolve, field

from netfsm.draw.steps import Note, Step
from netfsm.drivers.address import mac_for
from netfsm.drivers.faults import Faults, Passage
from netfsm.sim.cable import Cable, End
from netfsm.sim.labels import Labeller
from netfsm.sim.story import Flight, Silence, Story
from netfsm.spec import model
from netfsm.spec.load import load_spec
from netfsm.spec.model import SetName
from netfsm.spec.types import Value
from netfsm.stack.driver import Capability
from netfsm.stack.interface import ETHERNET
from netfsm.stack.messages import Frame, Input, LinkChange, Output, Report, Transmit
from netfsm.stack.stack import Stack
from netfsm.stack.verdicts import Verdict
from netfsm.wire.checksum import Octets

__all__ = ["Host", "Simulation"]

LAYERS: Final = ("ethernet", "arp", "ipv4", "icmp")
Until = int | Callable[[], bool]


class Plug(NamedTuple):
    """What a stack needs to know of the end of a cable."""

    mac: bytes
    mtu: int
    link_type: int = ETHERNET
    capabilities: Capability = Capability(0)


@define(eq=False)
class Host:
    """A stack with a name. `reports` are what it has reported, each with its time."""

    name: str
    stack: Stack
    reports: list[tuple[int, Report]] = field(factory=list[tuple[int, Report]])
    cables: dict[str, Cable] = field(factory=dict[str, Cable])


class Arrival(NamedTuple):
    """A copy of a frame that is on its way; compared by time, then by number."""

    time: int
    serial: int
    end: End
    frame: bytes
    flight: Flight


class Simulation:
    """Hosts joined by cables: `add_host`, `connect`, `command`, `run`, then look at `log`.

    All chance comes from `seed`. `now` is in microseconds, from 0. What is not `told` leaves no
    log and takes a fraction of the time; everything else is the same.
    """

    def __init__(self, seed: int = 0, *, told: bool = True) -> None:
        self.now = 0
        self.hosts: dict[str, Host] = {}
        self.cables: list[Cable] = []
        self._random = Random(seed)  # noqa: S311  # a run is repeatable; nothing here is a secret
        self._tells = told
        self._story = Story(self._event_of) if told else Silence(self._event_of)
        self._machines: dict[str, model.Machine] = {}
        self._way: list[Arrival] = []
        self._serial = 0
        self._packets = 0
        self._labeller: Labeller | None = None

    # ---- building

    def add_host(
        self,
        name: str,
        layers: Iterable[str] = LAYERS,
        *,
        constants: SetName = "rfc",
        values: dict[str, Value] | None = None,
        make: Callable[..., Stack] = Stack,
    ) -> Host:
        """A host with a stack of these layers; `make` takes what `Stack` takes.

        Raises ValueError where the name is taken, and what `Stack.load` raises.
        """
        if name in self.hosts:
            raise ValueError(f"host {name} is there already")
        stack = make(
            seed=self._random.getrandbits(32),
            layers=tuple(layers),
            constants=constants,
            values=values,
            traced=self._tells,
            strict=True,
        )
        self._labeller = None
        host = self.hosts[name] = Host(name, stack)
        self._told(host, "starts")
        return host

    def connect(
        self,
        left: str,
        right: str,
        faults: Faults | None = None,
        *,
        mtu: int = 1500,
        **rates: float,
    ) -> Cable:
        """A cable between two hosts; each gets its next interface, eth0, eth1 ...

        `rates` are those of `Faults`: loss, duplicate, reorder, corrupt as rates, delay, jitter
        and hold in microseconds. Raises LookupError for a host that is not there, ValueError for
        a rate that is none.
        """
        chosen = faults if faults is not None else Faults(**rates)  # type: ignore[arg-type]  # Faults checks its own types
        random = Random(self._random.getrandbits(32))  # noqa: S311  # a run is repeatable
        near, far = (self._plug(self._host(name), mtu) for name in (left, right))
        cable = Cable(near, far, chosen, random)
        self.cables.append(cable)
        for end in (near, far):
            self.hosts[end.host].cables[end.interface] = cable
            self._told(self.hosts[end.host], f"{end.interface} up")
        return cable

    def _plug(self, host: Host, mtu: int) -> End:
        name = f"eth{len(host.stack.ports)}"
        host.stack.attach(Plug(mac_for(f"{host.name}:{name}"), mtu), name)
        return End(host.name, name)

    # ---- acting

    def command(self, host: str, name: str, **params: object) -> Any:
        """Tell a layer of `host` to do something, now. Raises what `Stack.command` raises."""
        one = self._host(host)
        self._advance(one)
        found = one.stack.command(name, **params)
        label = " ".join([name, *(_shown(value) for value in params.values())])
        self._told(one, label)
        return found

    def query(self, host: str, name: str, **params: object) -> Any:
        """Ask a layer of `host`. Raises what `Stack.query` raises."""
        return self._host(host).stack.query(name, **params)

    def send(self, host: str, flow: str, data: bytes, **params: object) -> Verdict:
        """Let a packet of a flow leave `host`, now. Raises what `Stack.reserve` raises."""
        one = self._host(host)
        self._advance(one)
        packet = one.stack.reserve(flow, len(data), **params)
        packet.write(data)
        verdict = one.stack.commit(packet)
        self._told(one, f"{flow} {len(data)}")
        return verdict

    def set_link(self, host: str, interface: str, *, up: bool) -> None:
        """Bring a link up or down, as seen by one host."""
        one = self._host(host)
        self._advance(one)
        self._told(one, f"{interface} {'up' if up else 'down'}", LinkChange(interface, up))

    def run(self, until: Until) -> bool:
        """Let time pass: to the time `until`, or until it says so.

        True where `until` was reached; False where nothing more will ever happen before it says
        so.
        """
        if isinstance(until, int):
            while (at := self.upcoming()) is not None and at <= until:
                self._happen(at)
            self.now = max(self.now, until)
            return True
        while not until():
            at = self.upcoming()
            if at is None:
                return False
            self._happen(at)
        return True

    # ---- looking

    def upcoming(self) -> int | None:
        """When the next thing will happen by itself; None where nothing more will."""
        times = [host.stack.due for host in self.hosts.values()]
        if self._way:
            times.append(self._way[0].time)
        return min((at for at in times if at is not None), default=None)

    @property
    def log(self) -> tuple[Step, ...]:
        """Everything that happened, with every row that was taken."""
        return tuple(self._story.steps)

    def story(self) -> tuple[Step, ...]:
        """The log as a reader follows it: rows of machines with instances that did something."""
        return tuple(
            evolve(step, notes=[note for note in step.notes if self._is_told(note)])
            for step in self._story.steps
        )

    def reports(self, name: str) -> list[tuple[int, str, Report]]:
        """Every report of that name: its time, its host, and itself, in the order of time."""
        found = [
            (time, host.name, report)
            for host in self.hosts.values()
            for time, report in host.reports
            if report.name == name
        ]
        return sorted(found, key=lambda one: one[0])

    # ---- the inside

    def _happen(self, at: int) -> None:
        """The first thing that happens at `at`: one arrival, or the timers of one host."""
        self.now = max(self.now, at)
        if self._way and self._way[0].time <= at:
            self._arrive(heappop(self._way))
            return
        for host in self.hosts.values():
            due = host.stack.due
            if due is not None and due <= at:
                self._advance(host)
                return

    def _advance(self, host: Host) -> None:
        """Bring a host to the present: timers fire, what waits leaves."""
        outputs, _ = host.stack.step(self.now)
        self._story.fired(host.name, self.now, outputs)
        self._hand_out(host, outputs)

    def _told(self, host: Host, label: str, *inputs: Input) -> None:
        """Tell what somebody did to a host, and let what came of it leave."""
        outputs, _ = host.stack.step(self.now, inputs)
        self._story.commanded(host.name, self.now, label, self._story.notes(host.name, outputs))
        self._hand_out(host, outputs)

    def _arrive(self, arrival: Arrival) -> None:
        host = self.hosts[arrival.end.host]
        self._advance(host)
        outputs, _ = host.stack.step(self.now, [Frame(arrival.end.interface, arrival.frame)])
        self._story.arrived(arrival.flight, self.now, self._story.notes(host.name, outputs))
        self._hand_out(host, outputs)

    def _hand_out(self, host: Host, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if type(output) is Transmit:
                self._send(host, output.interface, output.data)
            elif type(output) is Report:
                host.reports.append((self.now, output))

    def _send(self, host: Host, interface: str, frame: Octets) -> None:
        cable = host.cables[interface]
        end = End(host.name, interface)
        far = cable.far(end)
        self._packets += 1
        label = self._label(frame, host.stack.interface(interface).link_type)
        flight = Flight(self._packets, self.now, host.name, far.host, label)
        for passage in cable.carry(end, frame, self.now):
            self._let_go(passage, far, flight)

    def _let_go(self, passage: Passage, far: End, flight: Flight) -> None:
        if passage.fate in ("lost", "cut"):
            self._story.lost(flight)
            return
        if passage.fate == "duplicated":
            flight = evolve(flight, fate="late")
        else:
            if passage.fate == "corrupted":
                flight = evolve(flight, fate="corrupted")
            flight = self._story.departed(flight, at_once=passage.due == self.now)
        self._serial += 1
        heappush(self._way, Arrival(passage.due, self._serial, far, passage.frame, flight))

    def _machine(self, name: str) -> model.Machine:
        """The spec of a machine, which a stack runs."""
        if name not in self._machines:
            spec = load_spec(name)
            assert isinstance(spec, model.Machine)  # a stack runs it
            self._machines[name] = spec
        return self._machines[name]

    def _event_of(self, machine: str, row: str) -> tuple[str, bool]:
        """The event of a row, and whether it is a timer's."""
        spec = self._machine(machine)
        event = spec.row(row).event
        return event, any(one.name == event and one.kind == "timer" for one in spec.events)

    def _is_told(self, note: Note) -> bool:
        spec = self._machine(note.machine)
        return spec.instances is not None and spec.row(note.row).verdict != "ignore"

    def _label(self, frame: Octets, link_type: int) -> str:
        if not self._tells:
            return ""
        if self._labeller is None:
            loaded = [
                one.spec for host in self.hosts.values() for one in host.stack.layers.values()
            ]
            self._labeller = Labeller({spec.name: spec for spec in loaded}.values())
        return self._labeller.label(frame, link_type)

    def _host(self, name: str) -> Host:
        try:
            return self.hosts[name]
        except KeyError:
            known = ", ".join(self.hosts) or "none"
            raise LookupError(f"no host {name}: there is {known}") from None


def _shown(value: object) -> str:
    """A parameter as a log tells it; of octets their number."""
    return f"{len(value)} octets" if isinstance(value, bytes) else str(value)
