"""What the tests of expressions share: a machine's names, of every kind."""

from __future__ import annotations

import pytest

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.model import Field, Function, Let
from netfsm.spec.names import Known, Names, Vocabulary
from netfsm.spec.parse import parse_expression
from netfsm.spec.types import (
    BOOL,
    BYTES,
    DURATION,
    INSTANT,
    IPV4,
    IPV6,
    MAC,
    TEXT,
    Enum,
    Flags,
    Handle,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
)

PLACE = Mark("t.yaml", 1, 1)
SND, RCV = Seq("snd", 32), Seq("rcv", 32)
OP = Enum("Op", (("REQUEST", 1), ("REPLY", 2), ("NONE", 3)), 16, open=True)
POLICY = Enum("Policy", (("CEASE", 0), ("ONCE", 1), ("NONE", 2)))
CAUSE = Flags("Cause", ("TXDW", "LSC", "RXT0"))
PACKET = Handle("packet")


def vocabulary() -> Vocabulary:
    """Names of every kind and type; those in X have a value in state X only."""
    known = Vocabulary()
    known.values.update(
        {
            "SND.UNA": Known("var", SND),
            "SND.NXT": Known("var", SND),
            "RCV.NXT": Known("var", RCV),
            "RCV.WND": Known("var", Nat(65535)),
            "tries": Known("var", Nat(5)),
            "count": Known("var", Nat(3)),
            "known": Known("var", BOOL),
            "fin": Known("var", BOOL),
            "policy": Known("given", POLICY),
            "causes": Known("var", CAUSE),
            "mask": Known("var", CAUSE),
            "waiting": Known("var", Queue(PACKET, 3, "drop_oldest")),
            "numbers": Known("var", Queue(Nat(9), 4, "refuse")),
            "sources": Known("var", SetOf(IPV4)),
            "held": Known("var", Ranges(RCV)),
            "since": Known("var", INSTANT),
            "delay": Known("var", DURATION),
            "lladdr": Known("var", BYTES, frozenset({"REACHABLE", "FIN-WAIT-1"})),
            "hwaddr": Known("given", MAC),
            "local6": Known("given", IPV6),
            "address": Known("key", IPV4),
            "interface": Known("key", TEXT),
            "RTO": Known("const", DURATION),
            "MAX": Known("const", Nat(100)),
            "MULTICAST": Known("const", Prefix("ipv4")),
        }
    )
    known.add_params("segment", [("SEG.SEQ", RCV), ("SEG.ACK", SND), ("SEG.op", OP), ("n", Nat(7))])
    known.add_params("resolve", [("packet", PACKET), ("n", Nat(7))])
    known.add_members(OP, POLICY, CAUSE)
    known.timers.update({"rexmt", "probe.timer"})
    states = ("IDLE", "REACHABLE", "FIN-WAIT-1", "-")
    known.states.update({name: (name,) for name in states})
    known.states["RESOLVED"] = ("REACHABLE", "FIN-WAIT-1")
    known.other["resolve"] = "an event"
    known.broken.add("bad")
    known.functions["cubic"] = Function(
        "cubic",
        (Field("w", Nat(65535), False, "", PLACE), Field("t", DURATION, False, "", PLACE)),
        Nat(65535),
        None,
        "",
        PLACE,
    )
    _add_lets(known)
    return known


def _add_lets(known: Vocabulary) -> None:
    anywhere = Names(known, event=None)
    texts = {
        "flight": "SND.NXT - SND.UNA",
        "asked": "SEG.op == REQUEST",
        "asked_too": "asked and known",
        "has_address": "len(lladdr) > 0",
    }
    findings = Findings()
    for name, text in texts.items():
        expr = parse_expression(text, PLACE, anywhere, findings)
        assert expr is not None, list(findings)
        known.lets[name] = Let(name, (), expr, PLACE)
    params = (Field("a", Nat(10), False, "", PLACE), Field("b", Nat(10), False, "", PLACE))
    inner = anywhere.with_args({"a": Nat(10), "b": Nat(10)})
    expr = parse_expression("a if a > b else b", PLACE, inner, findings)
    assert expr is not None
    known.lets["bigger"] = Let("bigger", params, expr, PLACE)


@pytest.fixture(scope="session")
def anywhere() -> Names:
    """The names of a let: any event's parameters, no state asked for."""
    return Names(vocabulary(), event=None)


@pytest.fixture(scope="session")
def in_row(anywhere: Names) -> Names:
    """The names of a row for `segment` in two states that leads to REACHABLE."""
    return anywhere.at_row("segment", ["REACHABLE", "IDLE"], ["REACHABLE"])


@pytest.fixture(scope="session")
def in_output(anywhere: Names) -> Names:
    """The names of a property of outputs with two fields."""
    return anywhere.in_property(["REACHABLE"], "segment", {"SEQ": SND, "op": OP})
