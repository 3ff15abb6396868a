"""Transfers by chance: a seed gives two hosts, a bad cable, odd sizes and slow programs."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Final

from attrs import define, field, frozen

from netfsm.drivers.faults import Faults
from netfsm.sim import Simulation
from netfsm.spec.model import SetName
from netfsm.spec.types import Value
from tests.layers.tcp.worlds import ADDRESSES, LAYERS, SECOND, always, digest, left, octets

PORT: Final = 7
SPACE: Final = 1 << 32
ROUNDS: Final = 250
"""About so many round trips are the most that a trial takes: sizes follow."""
MOST: Final = 300_000
"""Octets that one end says at most."""
PATIENT: Final = {"tcp.R2": 255, "tcp.R2_SYN": 255, "tcp.USER_TIMEOUT": 86_400 * SECOND}
"""A bad cable must not end a connection, which it may do by the usual constants."""
LONGEST: Final = 100 * 3600 * SECOND


@frozen
class Make:
    """How a host is made: constants are compiled into machines, so that there are only a few."""

    constants: SetName = "rfc"
    rcv_buf: int = 1_048_576
    snd_buf: int = 1_048_576
    scale: int = 5

    @property
    def values(self) -> dict[str, Value]:
        """What is set."""
        own = {"tcp.RCV_BUF": self.rcv_buf, "tcp.SND_BUF": self.snd_buf}
        return {**PATIENT, **own, "tcp.WINDOW_SCALE": self.scale, "tcp.MSL": SECOND}


MAKES: Final = (
    *[Make()] * 3,
    Make("linux", scale=14),
    Make("freebsd", rcv_buf=3000, snd_buf=20_000, scale=0),
    Make(rcv_buf=1, snd_buf=7, scale=0),
    Make("linux", rcv_buf=100),
    Make(rcv_buf=50_000, snd_buf=1, scale=7),
)


@frozen
class Side:
    """One end: what it says, how it reads, and where its numbers begin.

    It reads at most `bite` octets, then pauses. No segment carries more than `mss`. `isn` is its
    initial sequence number and `ticks` the offset of its time stamps' clock.
    """

    make: Make
    size: int
    mss: int
    bite: int
    pause: int
    isn: int
    ticks: int
    nodelay: bool


@frozen
class Plan:
    """What a seed gives."""

    seed: int
    faults: Faults
    mtu: int
    cuts: tuple[int, ...]
    alice: Side
    bob: Side
    both_call: bool


def plan(seed: int) -> Plan:
    """The trial of that seed: the cable, the sizes, the times at which it is cut and mended."""
    chance = Random(seed)
    mtu = _log(chance, 68, 65_535)
    faults = Faults(
        loss=chance.choice((0.0, 0.3, chance.uniform(0, 0.3))),
        duplicate=chance.choice((0.0, chance.uniform(0, 0.2))),
        reorder=chance.choice((0.0, chance.uniform(0, 0.4))),
        corrupt=chance.choice((0.0, 0.0, chance.uniform(0, 0.05))),
        delay=_log(chance, 1, 100_000),
        jitter=chance.choice((0, _log(chance, 1, 50_000))),
        hold=_log(chance, 100, 200_000),
    )
    cuts = sorted(_log(chance, 1000, 90 * SECOND) for _ in range(2 * chance.choice((0, 0, 1, 2))))
    one, other = chance.choice(MAKES), chance.choice(MAKES)
    mss = [_log(chance, 1, 65_495) if chance.random() < 0.4 else 65_495 for _ in range(2)]
    narrow = min(mtu - 40, *mss)
    alice = _side(chance, one, other, mss[0], narrow)
    bob = _side(chance, other, one, mss[1], narrow)
    return Plan(seed, faults, mtu, tuple(cuts), alice, bob, chance.random() < 0.05)


def _log(chance: Random, least: int, most: int) -> int:
    """A number between both, as likely in each octave."""
    drawn = round(least * math.pow(most / least, chance.random()))
    return min(most, max(least, drawn))


def _side(chance: Random, mine: Make, theirs: Make, mss: int, narrow: int) -> Side:
    """One end, which says as much as the narrowest place lets through in `ROUNDS` round trips."""
    told = theirs.rcv_buf >> theirs.scale << theirs.scale
    most = min(ROUNDS * min(narrow, mine.snd_buf, told or 1), MOST)
    size = chance.choice((0, 1, _log(chance, 1, most), *[chance.randint(1, most)] * 3))
    slow, wraps = chance.random() < 0.4, chance.random() < 0.8
    return Side(
        mine,
        size,
        mss,
        bite=_log(chance, 1 + MOST // ROUNDS, MOST) if slow else 1 << 29,
        pause=_log(chance, 1000, 5 * SECOND) if slow else 0,
        isn=-chance.randrange(-2, size + 2) % SPACE if wraps else chance.getrandbits(32),
        ticks=SPACE - chance.randrange(5000),
        nodelay=chance.random() < 0.2,
    )


@define(eq=False)
class Program:
    """What runs at one end. It acts when it is told to, or when its pause is over."""

    world: Simulation
    host: str
    side: Side
    data: bytes
    socket: int = 0
    listener: int = 0
    sent: int = 0
    received: bytearray = field(factory=bytearray)
    closed: bool = False
    ended: bool = False
    opened: bool = False
    error: OSError | None = None
    wake: int | None = None
    heard: int = 0

    def told(self) -> bool:
        """Whether a report has come that was not heard yet."""
        reports = self.world.hosts[self.host].reports
        fresh = len(reports) > self.heard
        names = [report.name for _, report in reports[self.heard :]]
        self.opened = self.opened or "tcp.opened" in names or "tcp.accepted" in names
        self.heard = len(reports)
        return fresh

    def turn(self) -> None:
        """Do what can be done now."""
        try:
            if not self.socket:
                self._accept()
            if self.socket:
                self._read()
                self._write()
        except OSError as error:
            self.error, self.ended = error, True

    @property
    def over(self) -> bool:
        """Whether all is said and heard, or failed."""
        return self.error is not None or (self.ended and self.closed)

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            self.socket = self.command("accept", self.listener)
            self.command("close", self.listener)
            self._begin()

    def _begin(self) -> None:
        if self.side.nodelay:
            self.command("nodelay", self.socket, on=True)

    def _read(self) -> None:
        if self.wake is not None and self.world.now < self.wake:
            return
        self.wake = None
        with suppress(BlockingIOError):
            while not self.ended:
                got = self.command("receive", self.socket, count=self.side.bite)
                self.received += got
                self.ended = not got
                if self.side.pause and not self.ended:
                    self.wake = self.world.now + self.side.pause
                    return

    def _write(self) -> None:
        with suppress(BlockingIOError):
            while self.sent < len(self.data):
                part = self.data[self.sent : self.sent + 65_536]
                self.sent += self.command("send", self.socket, data=part)
        if self.sent == len(self.data) and self.opened and not self.closed:
            self.command("close", self.socket, reads=True)
            self.closed = True

    def command(self, name: str, socket: int, **params: Any) -> Any:
        """A command of TCP."""
        return self.world.command(self.host, f"tcp.{name}", socket=socket, **params)


class Trial:
    """Two hosts, a cable and two programs; `run` tells what is wrong."""

    def __init__(self, planned: Plan) -> None:
        self.plan = planned
        self.world = Simulation(planned.seed, told=False)
        sides = {"alice": planned.alice, "bob": planned.bob}
        for name, side in sides.items():
            made = side.make
            self.world.add_host(name, LAYERS, constants=made.constants, values=made.values)
        self.cable = self.world.connect("alice", "bob", planned.faults, mtu=planned.mtu)
        self.programs = [self._program(name, side) for name, side in sides.items()]
        self.alice, self.bob = self.programs
        self.cuts = list(planned.cuts)

    def _program(self, name: str, side: Side) -> Program:
        world, where = self.world, {"interface": "eth0", "address": ADDRESSES[name], "prefix": 24}
        world.command(name, "ipv4.add_address", probe=False, **where)
        hands: Any = world.hosts[name].stack.layer("tcp")
        hands._isn = partial(always, side.isn)  # chance and a clock choose it otherwise
        hands._ticks, hands._most_text = side.ticks, side.mss  # as above
        return Program(world, name, side, octets(self.plan.seed + len(name), side.size))

    def run(self) -> list[str]:
        """Transfer, close, and tell what is not as it should be; nothing where all is well."""
        self._open()
        wrong: list[str] = []
        while not all(one.over for one in self.programs):
            if not self._go_on():
                return [f"stuck at {self.world.now}", *self._state()]
            wrong += self._beyond_limits()
            for one in self.programs:
                if one.told() or (one.wake is not None and one.wake <= self.world.now):
                    one.turn()
        wrong += [f"{one.host}: {one.error!r}" for one in self.programs if one.error is not None]
        for one, other in ((self.alice, self.bob), (self.bob, self.alice)):
            if digest(one.data) != digest(other.received):
                wrong.append(f"{other.host} got {len(other.received)} of {len(one.data)} octets")
        return wrong or self._end()

    def _open(self) -> None:
        world, alice, bob = self.world, self.alice, self.bob
        ends = {"port": PORT, "local_port": PORT}
        if self.plan.both_call:
            world.run(SECOND)
            bob.socket = world.command("bob", "tcp.connect", address=ADDRESSES["alice"], **ends)
        else:
            bob.listener = world.command("bob", "tcp.listen", port=PORT)
        alice.socket = world.command("alice", "tcp.connect", address=ADDRESSES["bob"], **ends)
        alice.turn()
        bob.turn()

    def _go_on(self) -> bool:
        """Let the next thing happen; False where nothing will, or it takes too long."""
        times = [self.world.upcoming(), *(one.wake for one in self.programs), *self.cuts[:1]]
        due = min((at for at in times if at is not None), default=LONGEST)
        if due >= LONGEST:
            return False
        self.world.run(due)
        while self.cuts and self.cuts[0] <= self.world.now:
            self.cuts.pop(0)
            self.cable.cut = not self.cable.cut
        return True

    def _beyond_limits(self) -> list[str]:
        """Where memory is not bounded as was declared."""
        wrong: list[str] = []
        for one in self.programs:
            hands: Any = self.world.hosts[one.host].stack.layer("tcp")
            for stream in hands._streams.values():
                held = stream.receiving
                kept = 0 if held is None else held.octets, stream.unsent
                most = one.side.make.rcv_buf, one.side.make.snd_buf
                if kept[0] > most[0] or kept[1] > most[1]:
                    wrong.append(f"{one.host} keeps {kept} octets, of {most}")
        return wrong

    def _end(self) -> list[str]:
        """Close for good, wait, and tell what is left."""
        for one in self.programs:
            with suppress(OSError):
                one.command("close", one.socket)
        self.cable.cut = False
        end = self.world.now + 4 * 3600 * SECOND
        while self._states() and self.world.now < end:
            self.world.run(self.world.now + 10 * SECOND)
        wrong = [f"still there: {one}" for one in self._states()]
        for name, host in self.world.hosts.items():
            host.stack.step(self.world.now)
            port = host.stack.interface("eth0")
            kept = {**left(self.world, name), "buffers": port.buffers.taken + port.large.taken}
            wrong += [f"{name} keeps {count} {what}" for what, count in kept.items() if count]
            host.stack.unload("tcp")
        return wrong

    def _states(self) -> list[str]:
        world = self.world
        found = ((name, world.query(name, "tcp.connections")) for name in world.hosts)
        return [f"{name} {one.state}" for name, those in found for one in those]

    def _state(self) -> list[str]:
        said = (f"{one.host} sent {one.sent} of {len(one.data)}" for one in self.programs)
        return [*said, *self._states()]
