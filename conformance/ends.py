"""Two hosts on a lossy wire, in virtual time: neighbours resolve, pings are answered or given up.

What the wire does to frames comes from a seed. Whatever it does, every echo request ends in one
answer or one loss, every frame is accounted for on both sides, and when the addresses are gone and
time has passed nothing is left: no timer, no neighbour, no request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import asdict, define, field, frozen

from netfsm.conformance.pair import Code, Problem
from netfsm.conformance.profiles import Profile
from netfsm.conformance.results import Case
from netfsm.drivers.faults import Faults
from netfsm.sim import Cable, Simulation
from netfsm.spec import model
from netfsm.spec.formats import Format
from netfsm.spec.load import load_spec
from netfsm.spec.types import Enum

__all__ = ["Ended", "Wiring", "end_case", "ends_cases", "run_ends", "wirings"]

SECOND: Final = 1_000_000
READY: Final = 20 * SECOND
"""RFC 5227: an address is probed and announced within 10 seconds; twice that is given."""
END: Final = 4 * 3_600 * SECOND
PINGS: Final = 12
ROUNDS: Final = 4
FORGOTTEN: Final = 120 * SECOND
"""More than REACHABLE_TIME and the polls after it: what was learnt is asked for again."""
ADDRESSES: Final = {"a": "192.0.2.1", "b": "192.0.2.254"}
LAYERS: Final = ("ethernet", "arp", "ipv4", "icmp")


@frozen
class Wiring:
    """What is on the wire: rates of its faults, and the seed of all chance."""

    seed: int
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Wiring:
        """As a recorded case has it. Raises TypeError for what is no wiring."""
        return cls(**record)

    @property
    def faults(self) -> Faults:
        """The faults, with a delay that makes order matter."""
        return Faults(
            self.loss, self.duplicate, self.reorder, self.corrupt, delay=2_000, jitter=3_000
        )

    def __str__(self) -> str:
        """`seed 3, loss=0.2, duplicate=0.1`."""
        rates = {k: v for k, v in asdict(self).items() if k != "seed" and v}
        told = [f"seed {self.seed}", *(f"{name}={rate}" for name, rate in rates.items())]
        return ", ".join(told)


@frozen
class Ended:
    """What came of a run: answered and lost echo requests, and what was wrong."""

    answered: int
    lost: int
    problems: tuple[Problem, ...]


def wirings(profile: Profile, seed: int | None = None) -> tuple[Wiring, ...]:
    """A clean wire; for each seed one that loses, doubles and reorders, and one that spoils."""
    first = 1 if seed is None else seed
    found = [Wiring(first)]
    for number in range(first, first + profile.wires):
        found.append(Wiring(number, loss=0.2, duplicate=0.1, reorder=0.1))
        found.append(Wiring(number, loss=0.05, duplicate=0.05, reorder=0.05, corrupt=0.05))
    return tuple(found)


def ends_cases(profile: Profile, seed: int | None = None) -> Iterator[Case]:
    """A case for each wire."""
    yield from (end_case(wiring, seed) for wiring in wirings(profile, seed))


def end_case(wiring: Wiring, seed: int | None = None) -> Case:
    """A run on one wire."""
    found = run_ends(wiring)
    record = {"schema": 1, "target": "self", "seed": seed, "wire": asdict(wiring)}
    return Case("ends", "ipv4.ends", str(wiring), (), found.problems, record)


def run_ends(wiring: Wiring) -> Ended:
    """One run: two hosts come up, ping one another, and go."""
    return _Scene(wiring).play()


@define
class _Scene:
    wiring: Wiring
    sim: Simulation = field(init=False)
    cable: Cable = field(init=False)
    sent: int = 0
    problems: list[Problem] = field(factory=list[Problem])

    def __attrs_post_init__(self) -> None:
        self.sim = Simulation(self.wiring.seed)
        for name in ADDRESSES:
            self.sim.add_host(name, LAYERS)
        self.cable = self.sim.connect("a", "b", self.wiring.faults)

    def play(self) -> Ended:
        try:
            self._acts()
        except Exception as error:  # noqa: BLE001  # whatever a stack raises is a finding, and told
            told = f"{type(error).__name__}: {error}"
            self._wrong("RAISED", "ipv4", "hosts that raise nothing", told)
        return Ended(len(self._told("answered")), len(self._told("lost")), tuple(self.problems))

    def _acts(self) -> None:
        self._come_up()
        self._ping()
        self._count()
        self._leave()

    # ---- the acts

    def _come_up(self) -> None:
        for host, address in ADDRESSES.items():
            self.sim.command(host, "ipv4.add_address", interface="eth0", address=address, prefix=24)
        self.sim.run(self.sim.now + READY)
        for host in ADDRESSES:
            states = [row.state for row in self.sim.query(host, "ipv4.addresses", interface="eth0")]
            if states != ["ASSIGNED"]:
                wanted = f"the address of {host} in use after {READY // SECOND} s"
                self._wrong("WIRE", "ipv4.address", wanted, str(states))

    def _ping(self) -> None:
        """Both hosts ping; where frames are spoilt, again when what was learnt wrongly is gone.

        ARP has no checksum, so a spoilt reply teaches a wrong address until it ages.
        """
        least = 2 * PINGS if self.wiring == Wiring(self.wiring.seed) else 1
        for _ in range(ROUNDS if self.wiring.corrupt else 1):
            self._ping_once()
            if len(self._told("answered")) >= least:
                break
            self.sim.run(self.sim.now + FORGOTTEN)
        answered, lost = len(self._told("answered")), len(self._told("lost"))
        if answered + lost != self.sent:
            wanted = f"{self.sent} echo requests answered or lost"
            self._wrong("WIRE", "icmp.ping", wanted, f"{answered} answered, {lost} lost")
        if answered < least:
            self._wrong("WIRE", "icmp.ping", f"{least} answered or more", f"{answered} answered")

    def _ping_once(self) -> None:
        for number in range(1, PINGS + 1):
            for host, peer in (("a", "b"), ("b", "a")):
                self.sim.command(
                    host, "icmp.ping", destination=ADDRESSES[peer], id=7, sequence=number
                )
                self.sent += 1
            self.sim.run(self.sim.now + SECOND)
        self.sim.run(self.sim.now + READY)

    def _leave(self) -> None:
        for host, address in ADDRESSES.items():
            self.sim.command(host, "ipv4.remove_address", interface="eth0", address=address)
        self.sim.run(self.sim.now + END)
        for name, one in self.sim.hosts.items():
            left = {
                "timers": len(one.stack.clock.armed()),
                "neighbours": len(self.sim.query(name, "arp.neighbours")),
                "addresses": len(self.sim.query(name, "arp.addresses")),
                "requests": len(self.sim.query(name, "icmp.pings")),
            }
            if any(left.values()):
                told = ", ".join(f"{count} {what}" for what, count in left.items() if count)
                self._wrong("LEFT-OVER", "ipv4", f"nothing left on {name}", told)

    # ---- the sums

    def _count(self) -> None:
        for near, far in (("a", "b"), ("b", "a")):
            self._count_wire(near, far)
            self._count_layer(near, "ethernet", "in_frames", (), "ethernet.frame")
            self._count_layer(near, "ipv4", "in_receives", ("in_delivers",), "ipv4.header")

    def _count_wire(self, near: str, far: str) -> None:
        """Frames out of one end and into the other, by what the cable did with them."""
        fates = {fate: n for (host, fate), n in self.cable.fates.items() if host == near}
        out = self.sim.hosts[near].stack.interface("eth0").out_frames
        into = self.sim.hosts[far].stack.interface("eth0")
        sent = sum(n for fate, n in fates.items() if fate != "duplicated")
        came = sum(n for fate, n in fates.items() if fate not in ("lost", "cut"))
        self._equal(f"frames that {near} sent", out, "frames into the cable", sent)
        self._equal(f"frames into {far}", into.in_frames, "copies out of the cable", came)
        self._equal(f"outcomes on {far}", sum(into.outcomes.values()), "frames", into.in_frames)

    def _count_layer(
        self, host: str, layer: str, whole: str, kept: tuple[str, ...], layout: str
    ) -> None:
        """What came in is what was kept and what was dropped for each stated reason."""
        hands = self.sim.hosts[host].stack.layer(layer)
        names = dict.fromkeys(_reasons(layer, layout))
        reasons = [name for name in names if name in hands.counters]
        parts = sum(hands.counters[name] for name in (*kept, *reasons))
        if not kept:  # the layer counts no deliveries; more cannot be dropped than came
            if parts > hands.counters[whole]:
                told = f"{parts} dropped of {hands.counters[whole]}"
                self._wrong("WIRE", layer, f"no more dropped than {whole} of {host}", told)
            return
        self._equal(f"{layer} {whole} of {host}", hands.counters[whole], "kept and dropped", parts)

    def _equal(self, one: str, count: int, other: str, sum_of: int) -> None:
        if count != sum_of:
            self._wrong("WIRE", "ipv4", f"{one} is {other}", f"{count} and {sum_of}")

    def _told(self, what: str) -> list[Any]:
        return self.sim.reports(what) or self.sim.reports(f"icmp.{what}")

    def _wrong(self, code: Code, subject: str, wanted: str, got: str) -> None:
        spec = load_spec(subject)
        assert isinstance(spec, model.Machine | model.Layer)
        told = f"two hosts, {self.wiring}"
        self.problems.append(Problem(code, told, wanted, got, spec.mark, spec.refs))


def _reasons(layer: str, layout: str) -> Iterator[str]:
    """Every reason for which the input of a layer drops: its format's, then its machine's."""
    form, spec = load_spec(layout), load_spec(f"{layer}.input")
    assert isinstance(form, Format)
    assert isinstance(spec, model.Machine)
    yield from form.reasons
    for output in spec.outputs:
        if output.kind == "drop" and isinstance(output.fields[0].type, Enum):
            yield from (name.lower() for name, _ in output.fields[0].type.members)
