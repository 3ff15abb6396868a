"""Two machines built in Python: one like a connection, one that uses every operation."""

from __future__ import annotations

from netfsm.spec import model
from netfsm.spec.types import (
    BOOL,
    BYTES,
    DURATION,
    INSTANT,
    IPV4,
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
from tests.machine.models import Builder


def connection() -> model.Machine:
    """A machine that has a bit of everything: sequence numbers, a decide list, timers, scopes."""
    snd = Seq("snd", 32)
    made = Builder("test.connection", ("CLOSED", "OPEN", "FIN-WAIT"))
    made.const("RTO", DURATION, 1_000_000)
    made.const("LIMIT", Nat(255), 3)
    made.var("SND.UNA", snd, "OPEN", "FIN-WAIT")
    made.var("SND.NXT", snd, "OPEN", "FIN-WAIT")
    made.var("tries", Nat(255), "OPEN", "FIN-WAIT")
    made.var("seen", Nat(65535), initial="0")
    made.timer("rexmt", "OPEN", "FIN-WAIT")
    made.event("segment", "message", alias="SEG", ACK=snd, RST=BOOL, LEN=Nat(65535))
    made.event("OPEN_CALL", iss=snd)
    made.event("SEND", count=Nat(1000))
    made.event("CLOSE")
    made.output("segment_out", "message", SEQ=snd, LEN=Nat(65535), PUSH=BOOL)
    made.output("told", "deliver", acked=Nat(2**32 - 1), left=Nat(2**32 - 1))
    made.output("refused", "error", tries=Nat(255))
    made.let("flight", "SND.NXT - SND.UNA")
    made.let("ack_new", "0 < SEG.ACK - SND.UNA <= flight")
    made.let("una_after", "SEG.ACK if ack_new else SND.UNA")
    made.let("acked", "SEG.ACK - SND.UNA if ack_new else 0")
    made.decide("arrival", reset="SEG.RST", new="ack_new", old="else")
    live = ("OPEN", "FIN-WAIT")
    made.row(
        "closed.open", "CLOSED", "OPEN_CALL",
        do={"SND.UNA": "iss", "SND.NXT": "iss", "tries": "0"}, to="OPEN",
    )  # fmt: skip
    made.row(
        "open.send", "OPEN", "SEND",
        do={"SND.NXT": "SND.NXT + count", "rexmt": "start(RTO)"},
        emit=[{"segment_out": {"SEQ": "SND.NXT", "LEN": "count"}}],
    )  # fmt: skip
    made.row("live.reset", live, "segment", leaf="arrival.reset", to="CLOSED")
    made.row(
        "live.acked", live, "segment", leaf="arrival.new",
        when="una_after != SND.NXT or at(OPEN)",
        do={
            "SND.UNA": "una_after",
            "tries": "0",
            "seen": "min(seen + SEG.LEN, 65535)",
            "rexmt": "stop if una_after == SND.NXT else restart(RTO)",
        },
        emit=[{"told": {"acked": "acked", "left": "SND.NXT - new.SND.UNA"}}],
    )  # fmt: skip
    made.row(
        "fin_wait.done", "FIN-WAIT", "segment", leaf="arrival.new",
        when="una_after == SND.NXT",
        emit=[{"told": {"acked": "acked", "left": "0"}, "if": "acked > 1"}], to="CLOSED",
    )  # fmt: skip
    made.row("live.old", live, "segment", leaf="arrival.old", verdict="ignore")
    made.row("open.close", "OPEN", "CLOSE", to="FIN-WAIT")
    made.row(
        "live.again", live, "rexmt", when="tries < LIMIT",
        do={"tries": "tries + 1", "rexmt": "start(RTO + RTO)"},
        emit=[{"segment_out": {"SEQ": "SND.UNA", "LEN": "0"}}],
    )  # fmt: skip
    made.row(
        "live.failed", live, "rexmt", when="tries >= LIMIT",
        emit=[{"refused": {"tries": "tries"}}], to="CLOSED",
    )  # fmt: skip
    made.impossible("CLOSED", "rexmt", "no timer runs in CLOSED")
    made.ignore_rest()
    return made.build()


def toolbox() -> model.Machine:
    """A machine that uses every operation of the language once."""
    rcv = Seq("rcv", 32)
    small = Nat(1000)
    colour = Enum("Colour", (("RED", 3), ("GREEN", 5)))
    cause = Flags("Cause", ("TXDW", "LSC", "RXT0"))
    drops = Queue(Handle("packet"), 2, "drop_oldest")
    keeps = Queue(small, 3, "refuse")
    made = Builder("test.toolbox", ("IDLE", "BUSY"), absent="-", final=())
    made.keys(host=IPV4, state=small)
    made.gives(mask=cause)
    made.type(colour)
    made.type(cause)
    made.const("NET", Prefix("ipv4"), (0x0A000000, 8))
    made.const("ALL", Prefix("ipv4"), (0, 0))
    made.const("WAIT", DURATION, 5_000)
    made.const("MARK", BYTES, b"\x01\x02")
    made.var("sum", small, "IDLE", "BUSY")
    made.var("waiting", drops, "BUSY")
    made.var("numbers", keeps, initial="nothing")
    made.var("seen", SetOf(IPV4), "IDLE", "BUSY")
    made.var("held", Ranges(rcv), "IDLE", "BUSY")
    made.var("next", rcv, "IDLE", "BUSY")
    made.var("causes", cause, "IDLE", "BUSY")
    made.var("colour", colour, "IDLE", "BUSY")
    made.var("since", INSTANT, "IDLE", "BUSY")
    made.timer("tick", "IDLE", "BUSY")
    made.timer("tock", "BUSY")
    made.event("begin", at_=rcv, colour_in=colour)
    made.event("count", n=small, choose={"extra": (small, "extra <= n")})
    made.event("meet", who=IPV4, flags_in=cause)
    made.event("data", start=rcv, length=Nat(400))
    made.event("packet", "message", alias="P", body=BYTES, src=IPV4)
    made.event("queue", item=Handle("packet"))
    made.event("end")
    made.output("said", "deliver", a=small, b=small, kind=BOOL)
    made.output("state", "deliver", covered=BOOL, run=Nat(2**32), total=Nat(2**32), late=DURATION)
    made.output("gone", "order", packets=drops, one=Handle("packet"))
    made.output("heard", "drop", inside=BOOL, everywhere=BOOL, long=Nat(2000), red=BOOL)
    made.let("twice", "x + x", x=Nat(500))
    made.let("doubled", "twice(min(n, 400)) % 7")
    made.let("room", "1000 - sum")
    made.let("first", "oldest(waiting)")
    made.row(
        "absent.begin", "-", "begin",
        do={
            "sum": "0", "seen": "nothing", "held": "nothing", "next": "at_",
            "causes": "TXDW | mask", "colour": "colour_in", "since": "now",
            "tick": "start(WAIT)",
        },
        to="IDLE",
    )  # fmt: skip
    live = ("IDLE", "BUSY")
    made.row(
        "live.count", live, "count", when="n + extra <= room and not full(numbers)",
        do={
            "sum": "sum + max(n, extra) - min(n, extra) + 0",
            "numbers": "push(numbers, doubled)",
            "tick": "keep if timers_armed > 1 else restart(WAIT * 2)",
        },
        emit=[{
            "said": {"a": "doubled", "b": "n // 3", "kind": "armed(tick) and n != extra"},
            "if": "new.sum >= sum",
        }],
    )  # fmt: skip
    made.row(
        "live.full", live, "count", when="n + extra <= room and full(numbers)",
        do={"numbers": "push(pop(numbers), oldest(numbers))"},
    )  # fmt: skip
    made.row("live.much", live, "count", when="n + extra > room", do={"sum": "int(n > extra)"})
    made.row(
        "live.meet", live, "meet", when="who not in seen",
        do={"seen": "insert(seen, who)", "causes": "causes - flags_in", "colour": "GREEN"},
    )  # fmt: skip
    made.row(
        "live.again", live, "meet", when="who in seen",
        do={"seen": "remove(seen, who)", "causes": "causes & flags_in | LSC"},
        emit=[{"said": {"a": "len(seen)", "b": "int(LSC in causes)", "kind": "empty(causes)"}}],
    )  # fmt: skip
    made.row(
        "live.data", live, "data",
        do={
            "held": "cut(add(held, start, length), next)",
            "next": "next + run(held, next) if next <= start or start < next else next - 1",
        },
        emit=[{"state": {
            "covered": "covers(held, start, length)", "run": "run(new.held, new.next)",
            "total": "len(new.held)", "late": "now - since",
        }}],
    )  # fmt: skip
    made.row(
        "live.packet", live, "packet",
        emit=[{"heard": {
            "inside": "P.src in NET", "everywhere": "P.src in ALL", "long": "len(P.body)",
            "red": "colour == RED and P.body != MARK or not empty(held)",
        }}],
    )  # fmt: skip
    made.row(
        "idle.queue", "IDLE", "queue",
        do={"waiting": "push(nothing, item)", "tock": "start(WAIT + WAIT)"}, to="BUSY",
    )  # fmt: skip
    made.row(
        "busy.queue", "BUSY", "queue", when="deadline(tock) > now",
        do={"waiting": "push(waiting, item)", "tock": "restart(deadline(tock) - now)"},
        emit=[{"gone": {"packets": "waiting", "one": "first"}}],
    )  # fmt: skip
    made.row(
        "busy.late", "BUSY", "queue", when="deadline(tock) <= now",
        emit=[{"gone": {"packets": "new.waiting", "one": "first"}}],
    )  # fmt: skip
    made.row("busy.tock", "BUSY", "tock", to="IDLE")
    made.row(
        "live.tick", live, "tick", do={"tick": "start(WAIT) if at(BUSY) else keep"},
        emit=[{"said": {"a": "timers_armed", "b": "0", "kind": "at(IDLE)"}}],
    )  # fmt: skip
    made.row(
        "live.end", live, "end", to="-",
        emit=[
            {"said": {"a": "sum", "b": "0", "kind": "True"}},
            {"signal": ("test.other", "ended"), "key": None, "with": {"n": "sum"}},
            {"signal": ("test.other", "told"), "key": ("host", "state")},
        ],
    )  # fmt: skip
    made.impossible("-", "tick")
    made.impossible(("-", "IDLE"), "tock")
    made.ignore_rest()
    return made.build()
