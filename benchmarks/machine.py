"""An event on a compiled machine against the fastest hand-written form and `transitions`.

All three are the ARP cache entry of `arp.neighbour` and do the same work on the same walk through
its states: results are compared before anything is timed. The hand-written form is one class with
`__slots__` and one method an event, all states in `if` and `elif`, emissions as named tuples made
the fastest way; `transitions` is used as its documentation shows, with a guard and a callback a
transition. Rivals take turns, round by round, and the best rounds are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from timeit import Timer
from typing import Any, NamedTuple

from benchmarks import bare
from netfsm.machine import CompiledMachine, compile_machine
from netfsm.machine.interpret import Interpreter
from netfsm.spec import load_spec, model

ROUNDS = 15
CALLS = 1500
IPV4 = 0x0800
MAX_POLLS = 2
ABSENT, REACHABLE, PROBE = 0, 1, 2
KEY = {"interface": "eth0", "address": b"\xc0\x00\x02\x01"}
GIVEN = {"hrd": 1, "hwaddr": b"\2" * 6, "broadcast": b"\xff" * 6, "unknown": bytes(6)}
SHA, SPA = b"\4" * 6, b"\xc0\x00\x02\x02"

# One trip: heard, used, refreshed, aged, polled twice, answered, used, deleted.
WALK: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("heard", (SHA, SPA, True)),
    ("resolve", ("packet", SPA)),
    ("heard", (SHA, SPA, False)),
    ("resolve", ("packet", SPA)),
    ("lifetime", ()),
    ("resolve", ("packet", SPA)),
    ("retransmit", ()),
    ("heard", (SHA, SPA, True)),
    ("resolve", ("packet", SPA)),
    ("delete", ()),
)

Outcome = tuple[tuple[Any, ...], tuple[tuple[str, int | None], ...]]


class Arp(NamedTuple):
    """A packet to send."""

    hrd: int
    pro: int
    op: int
    sha: bytes
    spa: bytes
    tha: bytes
    tpa: bytes
    to: bytes


class Transmit(NamedTuple):
    """A packet of IP's that may go."""

    packet: object
    lladdr: bytes


_new = tuple.__new__
_NOTHING: Outcome = ((), ())
_AGE = (("lifetime", 60_000_000),)
_ASK = (("retransmit", 1_000_000),)
_AGE_AND_STOP = (("lifetime", 60_000_000), ("retransmit", None))
_ASK_AND_STOP = (("retransmit", 1_000_000), ("lifetime", None))
_STOP_AGE = (("lifetime", None),)
_STOP_ASK = (("retransmit", None),)
_ONLY_AGE: Outcome = ((), _AGE)


class Hand:
    """The entry as one writes it by hand for speed: the states that the walk goes through."""

    __slots__ = (
        "address", "aging", "asking", "broadcast", "hrd", "hwaddr", "lladdr", "source", "state",
        "tries", "unknown", "used",
    )  # fmt: skip  # a word a slot

    def __init__(self) -> None:
        """Begin without an entry."""
        self.state = ABSENT
        self.address = KEY["address"]
        self.hrd, self.hwaddr = 1, b"\2" * 6
        self.broadcast, self.unknown = b"\xff" * 6, bytes(6)
        self.lladdr: bytes = b""
        self.source: bytes = b""
        self.tries = 0
        self.used = self.aging = self.asking = False

    def on_heard(self, sha: bytes, tpa: bytes, to_us: bool) -> Outcome:
        """An ARP packet of the neighbour came."""
        state = self.state
        if state == REACHABLE:
            self.lladdr, self.used, self.aging = sha, False, True
            return _ONLY_AGE
        if state == PROBE:
            self.lladdr, self.used, self.aging = sha, False, True
            self.state = REACHABLE
            if self.asking:
                self.asking = False
                return (), _AGE_AND_STOP
            return _ONLY_AGE
        if to_us:
            self.lladdr, self.source, self.used, self.aging = sha, tpa, False, True
            self.state = REACHABLE
            return _ONLY_AGE
        return _NOTHING

    def on_resolve(self, packet: object, spa: bytes) -> Outcome:
        """IP has a packet."""
        state = self.state
        if state == REACHABLE:
            self.used, self.source = True, spa
            return (_new(Transmit, (packet, self.lladdr)),), ()
        if state == PROBE:
            self.source = spa
            return (_new(Transmit, (packet, self.lladdr)),), ()
        return _NOTHING

    def on_lifetime(self) -> Outcome:
        """The entry has aged."""
        self.aging = False
        if self.state == REACHABLE:
            if self.used:
                self.tries, self.state, self.asking = 1, PROBE, True
                lladdr = self.lladdr
                return (
                    _new(
                        Arp,
                        (self.hrd, IPV4, 1, self.hwaddr, self.source, lladdr, self.address, lladdr),
                    ),
                ), _ASK
            self.state = ABSENT
        return _NOTHING

    def on_retransmit(self) -> Outcome:
        """No answer came."""
        self.asking = False
        if self.state == PROBE:
            if self.tries < MAX_POLLS:
                self.tries += 1
                self.asking = True
                lladdr = self.lladdr
                return (
                    _new(
                        Arp,
                        (self.hrd, IPV4, 1, self.hwaddr, self.source, lladdr, self.address, lladdr),
                    ),
                ), _ASK
            self.state = ABSENT
        return _NOTHING

    def on_delete(self) -> Outcome:
        """The entry goes."""
        state = self.state
        self.state = ABSENT
        if state == REACHABLE and self.aging:
            self.aging = False
            return (), _STOP_AGE
        if state == PROBE and self.asking:
            self.asking = False
            return (), _STOP_ASK
        return _NOTHING


class Library:
    """The model of a `transitions.Machine`, with methods for guards and callbacks."""

    def __init__(self) -> None:
        """Begin without an entry."""
        self.hand = Hand()
        self.result: Outcome = _NOTHING

    def is_to_us(self, _sha: bytes, _tpa: bytes, to_us: bool) -> bool:
        """A guard."""
        return to_us

    def is_used(self) -> bool:
        """A guard."""
        return self.hand.used

    def may_poll(self) -> bool:
        """A guard."""
        return self.hand.tries < MAX_POLLS

    def learn(self, sha: bytes, tpa: bytes, to_us: bool) -> None:
        """A callback."""
        self.result = self.hand.on_heard(sha, tpa, to_us)

    def send(self, packet: object, spa: bytes) -> None:
        """A callback."""
        self.result = self.hand.on_resolve(packet, spa)

    def age(self) -> None:
        """A callback."""
        self.result = self.hand.on_lifetime()

    def poll(self) -> None:
        """A callback."""
        self.result = self.hand.on_retransmit()

    def forget(self) -> None:
        """A callback."""
        self.result = self.hand.on_delete()


def library() -> Library:
    """The machine of `transitions`, its fastest settings: no auto transitions, no queue."""
    from transitions import Machine

    held = Library()
    Machine(
        held,
        states=["-", "REACHABLE", "PROBE"],
        initial="-",
        auto_transitions=False,
        transitions=[
            {"trigger": "heard", "source": "-", "dest": "REACHABLE", "conditions": "is_to_us",
             "before": "learn"},
            {"trigger": "heard", "source": "REACHABLE", "dest": None, "before": "learn"},
            {"trigger": "heard", "source": "PROBE", "dest": "REACHABLE", "before": "learn"},
            {"trigger": "resolve", "source": "REACHABLE", "dest": None, "before": "send"},
            {"trigger": "resolve", "source": "PROBE", "dest": None, "before": "send"},
            {"trigger": "lifetime", "source": "REACHABLE", "dest": "PROBE",
             "conditions": "is_used", "before": "age"},
            {"trigger": "lifetime", "source": "REACHABLE", "dest": "-", "unless": "is_used",
             "before": "age"},
            {"trigger": "retransmit", "source": "PROBE", "dest": None, "conditions": "may_poll",
             "before": "poll"},
            {"trigger": "retransmit", "source": "PROBE", "dest": "-", "unless": "may_poll",
             "before": "poll"},
            {"trigger": "delete", "source": "*", "dest": "-", "before": "forget"},
        ],
    )  # fmt: skip  # a transition a line
    return held


def neighbour() -> model.Machine:
    """The spec."""
    machine = load_spec("arp.neighbour")
    assert isinstance(machine, model.Machine)
    return machine


def compiled(*, traced: bool = False) -> CompiledMachine:
    """An instance of the compiled spec."""
    made = compile_machine(neighbour(), traced=traced)
    return made(*KEY.values(), *GIVEN.values())


def trip(events: Mapping[str, Callable[..., object]]) -> Callable[[], None]:
    """A function that takes one walk; the events are bound before, as hands do."""
    calls = [(events[name], inputs) for name, inputs in WALK]

    def walk() -> None:
        for call, inputs in calls:
            call(*inputs)

    return walk


def events_of(machine: Any, form: str) -> dict[str, Callable[..., object]]:
    """The method of each event; `form` makes its name."""
    return {name: getattr(machine, form.format(name)) for name in {name for name, _ in WALK}}


def interpreted() -> Callable[[], None]:
    """A function that takes one walk through the reference interpreter."""
    machine = neighbour()
    held = Interpreter(machine, key=KEY, given=GIVEN)
    names = {event.name: [name for name, _ in event.inputs] for event in machine.events}
    calls = [(name, dict(zip(names[name], inputs, strict=True))) for name, inputs in WALK]

    def walk() -> None:
        for event, inputs in calls:
            held.step(event, **inputs)

    return walk


def agree() -> None:
    """Raise ValueError unless all rivals give the same results on the walk."""
    ours, hand, other = compiled(), Hand(), library()
    for name, inputs in WALK:
        expected = getattr(ours, f"on_{name}")(*inputs)
        by_hand = getattr(hand, f"on_{name}")(*inputs)
        getattr(other, name)(*inputs)
        if not expected == by_hand == other.result:
            raise ValueError(f"{name}: {expected}, {by_hand}, {other.result}")


def best(rivals: Mapping[str, Callable[[], object]], events: int) -> dict[str, float]:
    """Microseconds an event of each rival, the best of interleaved rounds."""
    timers = {name: Timer(call) for name, call in rivals.items()}
    found = dict.fromkeys(rivals, float("inf"))
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            calls = CALLS if name in ("ours", "hand", "traced") else CALLS // 20
            spent = timer.timeit(calls) / calls / events
            found[name] = min(found[name], spent * 1e6)
    return found


def machine_ratios() -> dict[str, float]:
    """Ratios of one run on the walk, and what an event costs in microseconds.

    `to_hand`: compiled to hand-written, goal 1.25. Calling the events costs the same for all and is
    taken off neither. Half of the time here goes into making packets, which `transitions` spends
    too: what the machine itself costs is told by `bare_ratios`.
    """
    agree()
    return _ratios(
        {
            "ours": trip(events_of(compiled(), "on_{}")),
            "hand": trip(events_of(Hand(), "on_{}")),
            "traced": trip(events_of(compiled(traced=True), "on_{}")),
            "interpreted": interpreted(),
            "transitions": trip(events_of(library(), "{}")),
        },
        len(WALK),
    )


def _ratios(rivals: Mapping[str, Callable[[], object]], events: int) -> dict[str, float]:
    spent = best(rivals, events)
    ours = spent["ours"]
    found = {"to_hand": ours / spent["hand"]}
    others = ("transitions", "traced", "interpreted")
    found |= {f"{name}_to_ours": spent[name] / ours for name in others if name in spent}
    return {**found, "event_us": ours}


def octets_an_instance() -> dict[str, int]:
    """Octets of a machine instance, all in all and beside its variables; goal 300."""
    held = compiled()
    about = held.about
    whole = sys.getsizeof(held)
    values = 8 * len([*about.key, *about.given, *about.variables])
    return {"instance_octets": whole, "bare_octets": whole - values}


def bare_ratios() -> dict[str, float]:
    """The same where an event is one guard, one assignment and a change of state.

    `transitions_to_ours`: goal 60.
    """
    ring, hand, other = bare.compiled(), bare.Hand(), bare.library()
    for count in bare.COUNTS:
        if not ring.on_turn(count) == hand.on_turn(count) == ((), ()):
            raise ValueError(f"turn({count}): the rivals disagree")
        other.turn(count)
        if (
            not (ring.state, ring.last)
            == (f"S{hand.state}", hand.last)
            == (other.state, other.last)
        ):
            raise ValueError(f"turn({count}): {ring}, {hand.state}, {other.state}")
    rivals = {
        "ours": bare.round_of(ring.on_turn),
        "hand": bare.round_of(hand.on_turn),
        "transitions": bare.round_of(other.turn),
    }
    return _ratios(rivals, len(bare.COUNTS))


def main() -> None:
    """Print the table."""
    tables = {
        "arp.neighbour, an event": {**machine_ratios(), **octets_an_instance()},
        "11 states, a guard and an assignment, an event": bare_ratios(),
    }
    for title, ratios in tables.items():
        print(title)
        for name, value in ratios.items():
            print(f"  {name:20} {value:8.2f}")


if __name__ == "__main__":
    main()
