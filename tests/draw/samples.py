"""A machine with everything that a drawing has to tell apart."""

from __future__ import annotations

from netfsm.spec.model import Machine
from netfsm.spec.types import BOOL, Enum, Nat
from tests.machine.models import Builder

ABSENT = "-"


def cache() -> Machine:
    """A cache entry: three states and the absent one, timers, errors, drops, shared rows."""
    made = Builder("test.cache", ("ASKING", "KNOWN", "OLD"), absent=ABSENT)
    op = Enum("Op", (("REQUEST", 1), ("REPLY", 2)), 16)
    made.type(op)
    made.const("LIMIT", Nat(10), 3)
    made.var("tries", Nat(10), "ASKING")
    made.timer("again", "ASKING")
    made.event("packet", "message", alias="P", bad=BOOL, size=Nat(9))
    made.event("resolve")
    made.event("flush")
    made.output("ask", "message", op=op)
    made.output("hand", "order")
    made.output("failed", "error")
    made.output("refuse", "drop", why=op)
    made.decide("arrival", broken="P.bad", short="P.size < 2", ok="else")
    rows = made.row
    rows(
        "absent.resolve",
        ABSENT,
        "resolve",
        do={"tries": "1"},
        emit=[{"ask": {"op": "REQUEST"}}],
        to="ASKING",
    )
    rows("absent.packet", ABSENT, "packet", verdict="error", emit=[{"refuse": {"why": "REPLY"}}])
    rows("asking.again", "ASKING", "again", when="tries < LIMIT", do={"tries": "tries + 1"})
    rows(
        "asking.over", "ASKING", "again", when="not tries < LIMIT", emit=[{"failed": {}}], to=ABSENT
    )
    rows("asking.known", "ASKING", "packet", leaf="arrival.ok", emit=[{"hand": {}}], to="KNOWN")
    rows("asking.short", "ASKING", "packet", leaf="arrival.short", emit=[{"hand": {}}], to="KNOWN")
    rows("known.resolve", "KNOWN", "resolve", emit=[{"hand": {}}])
    rows("known.old", "KNOWN", "packet", leaf="arrival.short", to="OLD")
    rows("old.resolve", "OLD", "resolve", verdict="error", emit=[{"failed": {}}])
    states = ("ASKING", "KNOWN", "OLD")
    rows(
        "any.broken",
        states,
        "packet",
        leaf="arrival.broken",
        verdict="error",
        emit=[{"refuse": {"why": "REPLY"}}],
    )
    rows("any.flush", states, "flush", to=ABSENT)
    made.ignore_rest()
    return made.build()
