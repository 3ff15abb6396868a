"""`make bench`: every figure beside its goal, all measured in one run.

Ratios are between rivals that took turns on the same machine, so a busy machine slows all of them
alike. What is missed is said, and the exit code is 0 all the same: a benchmark is no test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks import codec, connections, machine, prove, road, stack, tcp


class Goal(NamedTuple):
    """What a figure should be: `most` or `least`, one of them None."""

    says: str
    most: float | None = None
    least: float | None = None

    def verdict(self, value: float) -> str:
        """The goal, and whether it is met."""
        if self.most is not None:
            return f"at most {self.most:g}: {'met' if value <= self.most else 'MISSED'}"
        if self.least is not None:
            return f"at least {self.least:g}: {'met' if value >= self.least else 'MISSED'}"
        return ""


CODEC = {
    "decode_to_hand": Goal("decode, to hand-written struct code", most=1.5),
    "encode_to_hand": Goal("encode, to hand-written struct code", most=1.5),
    "dpkt_to_decode": Goal("decode, times faster than dpkt", least=5),
    "dpkt_to_encode": Goal("encode, times faster than dpkt", least=5),
}
MACHINE = {
    "to_hand": Goal("an event, to the fastest hand-written form", most=1.25),
    "transitions_to_ours": Goal("an event, times faster than transitions", least=60),
    "traced_to_ours": Goal("an event of the traced variant, to the plain one"),
    "bare_octets": Goal("octets of an instance beside its variables", most=300),
}
STACK = {
    "echoes": Goal("ICMP echoes answered a CPU second, over a socket pair", least=25_000),
    "first": Goal("import netfsm and a first stack, warm cache, in ms", most=150),
}
ROAD = {
    "out_packet": Goal("out, 1,500 octets, to bare writes"),
    "out_segment": Goal("out, 64 KB, to bare writes"),
    "in_packet": Goal("in, 1,500 octets, to bare reads"),
    "in_segment": Goal("in, 64 KB, to bare reads"),
    "out_packet_us": Goal("out, 1,500 octets, CPU microseconds"),
    "out_segment_us": Goal("out, 64 KB, CPU microseconds"),
    "in_packet_us": Goal("in, 1,500 octets, CPU microseconds"),
    "in_segment_us": Goal("in, 64 KB, CPU microseconds"),
}
TCP = {
    "in": Goal("in, 64 KB segments, Gbit a CPU second", least=2),
    "out": Goal("out, 64 KB segments, Gbit a CPU second", least=2),
    "in_plain_frames": Goal("in, MTU 1500 and our own checksums, the same", least=0.2),
    "out_plain_frames": Goal("out, MTU 1500 and our own checksums, the same", least=0.2),
    "plain_in": Goal("in, a socket of Python, the same"),
    "plain_out": Goal("out, a socket of Python, the same"),
    "plain_to_in": Goal("in, times that a socket of Python is faster"),
    "plain_to_out": Goal("out, times that a socket of Python is faster"),
}
CONNECTIONS = {
    "octets": Goal("octets of an idle connection at one end", most=1536),
    "alone_us": Goal("a segment and its acknowledgment, one open, CPU us"),
    "crowd_us": Goal("the same, 10,000 open, CPU us"),
    "crowd_to_alone": Goal("a segment with 10,000 open, to one with one open", most=1.3),
    "timers": Goal("timers of 10,000 idle connections at both ends", most=0),
}
PROVE = {
    "from_nothing": Goal("all specs proved from nothing, CPU seconds", most=120),
    "unchanged": Goal("the same with nothing changed", most=1),
    "one_row": Goal("the same with one row changed"),
    "nothing_to_unchanged": Goal("nothing changed, times faster than from nothing"),
    "nothing_to_one_row": Goal("one row changed, times faster than from nothing"),
}

Figures = Callable[[], Mapping[str, float]]
PARTS: tuple[tuple[str, Figures, Mapping[str, Goal]], ...] = (
    ("a bare machine: one guard, one assignment", machine.bare_ratios, MACHINE),
    ("arp.neighbour on a walk", machine.machine_ratios, MACHINE),
    ("an instance of arp.neighbour", machine.octets_an_instance, MACHINE),
    ("ARP packet", codec.arp_ratios, CODEC),
    ("IPv4 + ICMP echo of 56 octets", codec.echo_ratios, CODEC),
    (
        "the whole stack",
        lambda: {
            "echoes": stack.echoes_per_cpu_second(),
            "first": stack.first_stack_milliseconds(),
        },
        STACK,
    ),
    ("the road below TCP, on a TAP (as root)", road.road_ratios, ROAD),
    ("bulk TCP to and from a kernel's socket, on a TAP (as root)", tcp.tcp_ratios, TCP),
    ("many connections between two stacks", connections.connection_figures, CONNECTIONS),
    ("netfsm check", prove.check_seconds, PROVE),
)


def main() -> None:
    """Measure and print, part by part."""
    for title, measure, goals in PARTS:
        print(f"\n{title}", flush=True)
        figures = measure()
        for name, goal in goals.items():
            if name in figures:
                value = figures[name]
                print(f"  {goal.says:55} {value:>10,.2f}   {goal.verdict(value)}", flush=True)


if __name__ == "__main__":
    main()
