"""Small machines built in Python, for tests of the runtime that need no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import define, field

from netfsm.spec import model
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import Known, Names, Vocabulary
from netfsm.spec.parse import parse_expression, parse_timer_order
from netfsm.spec.types import BOOL, DURATION, Enum, Flags, Nat, Type

FILE = "specs/test/sample.yaml"
REF = (model.Ref("RFC 0", "§1"),)


@define
class Builder:
    """Builds one machine; each call adds a part, `build` gives the whole.

    Lines of marks count up from 1 as parts are added, so that a test can tell rows apart.
    """

    name: str
    states: Sequence[str]
    absent: str | None = None
    final: Sequence[str] = ()
    scope: str | None = None
    line: int = 0
    vocabulary: Vocabulary = field(factory=Vocabulary)
    key: list[model.Field] = field(factory=list[model.Field])
    given: list[model.Field] = field(factory=list[model.Field])
    variables: list[model.Variable] = field(factory=list[model.Variable])
    timers: list[model.Timer] = field(factory=list[model.Timer])
    events: list[model.Event] = field(factory=list[model.Event])
    outputs: list[model.Output] = field(factory=list[model.Output])
    written: dict[str, tuple[model.Field, ...]] = field(factory=dict[str, tuple[model.Field, ...]])
    functions: list[model.Function] = field(factory=list[model.Function])
    constants: list[model.Constant] = field(factory=list[model.Constant])
    types: list[Type] = field(factory=list[Type])
    lets: list[model.Let] = field(factory=list[model.Let])
    decides: list[model.Decide] = field(factory=list[model.Decide])
    rows: list[model.Row] = field(factory=list[model.Row])
    impossibles: list[model.Impossible] = field(factory=list[model.Impossible])
    limit: int = 100
    when_full: Literal["refuse", "evict"] = "refuse"
    evict: str | None = None
    evict_by: str | None = None

    def __attrs_post_init__(self) -> None:
        """Make the states known."""
        for state in self.all_states:
            self.vocabulary.states[state] = (state,)

    @property
    def all_states(self) -> tuple[str, ...]:
        """The absent state first, where there is one."""
        return ((self.absent,) if self.absent else ()) + tuple(self.states)

    def mark(self) -> Mark:
        """The mark of the next line."""
        self.line += 1
        return Mark(FILE, self.line, 1)

    def field(self, name: str, kind: Type) -> model.Field:
        """A field of any kind."""
        return model.Field(name, kind, ghost=False, says="", mark=self.mark())

    def fields(self, kinds: Mapping[str, Type]) -> tuple[model.Field, ...]:
        """Fields by name."""
        return tuple(self.field(name, kind) for name, kind in kinds.items())

    def expr(
        self,
        text: str,
        expect: Type | None = None,
        *,
        event: str | None = "",
        args: Mapping[str, Type] | None = None,
        new: bool = False,
    ) -> Expr:
        """The typed tree of `text`."""
        findings = Findings()
        names = Names(self.vocabulary, event=event, args=args or {}, allow_new=new)
        found = parse_expression(text, self.mark(), names, findings, expect=expect)
        assert found is not None, [str(finding) for finding in findings]
        return found

    # ---- declarations

    def keys(self, **kinds: Type) -> None:
        """Parts of the key."""
        self.key += self.fields(kinds)
        for name, kind in kinds.items():
            self.vocabulary.values[name] = Known("key", kind)

    def gives(self, **kinds: Type) -> None:
        """What the hands set."""
        self.given += self.fields(kinds)
        for name, kind in kinds.items():
            self.vocabulary.values[name] = Known("given", kind)

    def type(self, kind: Enum | Flags) -> None:
        """A named type."""
        self.types.append(kind)
        self.vocabulary.add_members(kind)

    def const(self, name: str, kind: Type, value: Any, **more: Any) -> None:
        """A constant; `more` may hold minimum, maximum, settable, sets, sizes."""
        base: dict[str, Any] = {
            "minimum": None,
            "maximum": None,
            "settable": False,
            "sets": {},
            "sizes": {},
        }
        self.constants.append(
            model.Constant(
                name=name,
                type=kind,
                value=value,
                unit="",
                refs=REF,
                says="",
                mark=self.mark(),
                **(base | more),
            )
        )
        self.vocabulary.values[name] = Known("const", kind)

    def var(
        self,
        name: str,
        kind: Type,
        *states: str,
        initial: str | None = None,
        shared: bool = False,
        owner: str | None = None,
        ghost: bool = False,
    ) -> None:
        """A variable; with `states` a scoped one."""
        begin = self.expr(initial, kind) if initial is not None else None
        scope = frozenset(states) or None
        owned = owner or self.name
        mark = self.mark()
        self.variables.append(
            model.Variable(name, kind, scope, begin, owned, shared, ghost, None, "", mark)
        )
        self.vocabulary.values[name] = Known("var", kind, scope)

    def timer(self, name: str, *states: str, shared: bool = False, owner: str = "") -> None:
        """A timer with its event."""
        scope = frozenset(states) or None
        mark = self.mark()
        self.timers.append(model.Timer(name, scope, owner or self.name, shared, "", REF, mark))
        self.vocabulary.timers.add(name)
        if not owner or owner == self.name:
            self.event(name, kind="timer")

    def event(
        self,
        name: str,
        kind: Literal["message", "timer", "signal", "call", "completion"] = "call",
        *,
        alias: str | None = None,
        choose: Mapping[str, Type | tuple[Type, str]] | None = None,
        assume: str | None = None,
        after: Literal["row", "batch"] | None = None,
        **params: Type,
    ) -> None:
        """An event; a message's parameters are given without their alias."""
        if any(event.name == name for event in self.events):
            self.events = [event for event in self.events if event.name != name]
        named = {f"{alias}.{p}" if alias else p: kind_ for p, kind_ in params.items()}
        told = {n: c if isinstance(c, tuple) else (c, "") for n, c in (choose or {}).items()}
        self.vocabulary.add_params(name, named.items())
        self.vocabulary.add_params(name, ((n, kind_) for n, (kind_, _) in told.items()))
        choices = tuple(
            model.Choice(
                n, kind_, self.expr(rule, BOOL, event=name) if rule else None, "", self.mark()
            )
            for n, (kind_, rule) in told.items()
        )
        rule = self.expr(assume, BOOL, event=name) if assume else None
        format_ = f"test.{name}" if kind == "message" else None
        self.events.append(
            model.Event(
                name,
                kind,
                format_,
                alias,
                self.fields(named),
                choices,
                rule,
                after,
                None,
                "",
                self.mark(),
            )
        )

    def output(
        self,
        name: str,
        kind: Literal["message", "order", "deliver", "error", "drop"] = "order",
        /,
        **kinds: Type,
    ) -> None:
        """An emission."""
        format_ = f"test.{name}" if kind == "message" else None
        self.written[name] = self.fields(kinds)
        declared = () if kind == "message" else self.written[name]  # a format has its own
        self.outputs.append(model.Output(name, kind, format_, declared, "", self.mark()))

    def function(
        self, name: str, result: Type, contract: str | None = None, **params: Type
    ) -> None:
        """A declared function."""
        rule = self.expr(contract, BOOL, args={**params, "result": result}) if contract else None
        made = model.Function(name, self.fields(params), result, rule, "", self.mark())
        self.functions.append(made)
        self.vocabulary.functions[name] = made

    def let(self, name: str, text: str, **params: Type) -> None:
        """A let."""
        expr = self.expr(text, event=None, args=params)
        made = model.Let(name, self.fields(params), expr, self.mark())
        self.lets.append(made)
        self.vocabulary.lets[name] = made

    def decide(self, name: str, **leaves: str) -> None:
        """A decide list; the test `else` is the last."""
        from netfsm.spec.expr import Op

        made: list[model.Leaf] = []
        before: list[Expr] = []
        for leaf, text in leaves.items():
            mark = self.mark()
            test = None if text == "else" else self.expr(text, BOOL, event=None)
            parts = [Op("not", (b,), BOOL, mark) for b in before]
            whole = [*parts, test] if test is not None else parts
            guard = whole[0] if len(whole) == 1 else Op("and", tuple(whole), BOOL, mark)
            made.append(model.Leaf(leaf, test, guard, mark))
            before += [test] if test is not None else []
        self.decides.append(model.Decide(name, tuple(made), self.mark()))

    # ---- rows

    def row(
        self,
        id: str,  # noqa: A002  # as the spec has it
        states: str | Sequence[str],
        event: str,
        *,
        when: str | None = None,
        do: Mapping[str, str] | None = None,
        emit: Sequence[Mapping[str, Any]] = (),
        to: str | None = None,
        leaf: str = "",
        verdict: Literal["step", "ignore", "error"] = "step",
    ) -> None:
        """A row; `emit` holds mappings like those of the spec language."""
        from netfsm.spec.expr import Op

        places = (states,) if isinstance(states, str) else tuple(states)
        decide, _, leaf = leaf.partition(".")
        mark = self.mark()
        test = self.expr(when, BOOL, event=event) if when else None
        guard = test
        if decide:
            listed = next(d for d in self.decides if d.name == decide)
            flat = next(found.guard for found in listed.leaves if found.name == leaf)
            guard = flat if test is None else Op("and", (flat, test), BOOL, mark)
        timers = {timer.name for timer in self.timers}
        kinds = {variable.name: variable.type for variable in self.variables}
        assigns: list[model.Assign] = []
        orders: list[model.SetTimer] = []
        for name, text in (do or {}).items():
            if name in timers:
                orders.append(model.SetTimer(name, self._order(text, event), self.mark()))
            else:
                value = self.expr(text, kinds[name], event=event)
                assigns.append(model.Assign(name, value, self.mark()))
        emissions = tuple(self._emission(dict(item), event) for item in emit)
        self.rows.append(
            model.Row(
                id,
                places,
                event,
                decide,
                leaf,
                test,
                guard,
                tuple(assigns),
                tuple(orders),
                emissions,
                to,
                verdict,
                "",
                "must",
                REF,
                "",
                mark,
            )
        )

    def impossible(self, states: str | Sequence[str], event: str, reason: str = "never") -> None:
        """An impossible cell."""
        places = (states,) if isinstance(states, str) else tuple(states)
        made = model.Impossible(f"{places[0]}.{event}", places, event, reason, self.mark())
        self.impossibles.append(made)

    def ignore_rest(self) -> None:
        """Ignore every event in every state where nothing is said."""
        parts: list[model.Row | model.Impossible] = [*self.rows, *self.impossibles]
        decided = {(state, part.event) for part in parts for state in part.states}
        for event in self.events:
            missing = [s for s in self.all_states if (s, event.name) not in decided]
            if missing and event.kind != "completion":
                self.row(f"rest.{event.name}", missing, event.name, verdict="ignore")

    def _order(self, text: str, event: str) -> model.TimerOrder:
        findings = Findings()
        names = Names(self.vocabulary, event=event)
        found = parse_timer_order(text, self.mark(), names, findings)
        assert found is not None, [str(finding) for finding in findings]
        return found

    def _emission(self, item: dict[str, Any], event: str) -> model.Emission:
        test = item.pop("if", None)
        condition = self.expr(test, BOOL, event=event, new=True) if test else None
        tag = item.pop("tag", "")
        if "signal" in item:
            machine, signal = item["signal"]
            key = item.get("key", ())
            parts = None if key is None else tuple(self.expr(k, event=event) for k in key)
            fields = tuple(
                (n, self.expr(text, event=event, new=True))
                for n, text in item.get("with", {}).items()
            )
            inside = bool(item.get("inside", False))
            return model.Signal(machine, signal, parts, fields, condition, inside, self.mark())
        ((name, written),) = item.items()
        fields = tuple(
            (f.name, self.expr(written[f.name], f.type, event=event, new=True))
            for f in self.written[name]
            if f.name in written
        )
        return model.Emit(name, fields, condition, tag, self.mark())

    # ---- the whole

    def build(self, digest: str = "") -> model.Machine:
        """The machine; every cell that has rows or an impossible is in `cells`."""
        cells: dict[tuple[str, str], model.Cell] = {}
        for row in self.rows:
            for state in row.states:
                held = cells.get((state, row.event), ())
                assert isinstance(held, tuple)
                cells[state, row.event] = (*held, row)
        for none in self.impossibles:
            for state in none.states:
                cells[state, none.event] = none
        states = tuple(
            model.State(name, name == self.absent, name in self.final, "", (), self.mark())
            for name in self.all_states
        )
        instances = None
        if self.absent:
            rank = self.expr(self.evict) if self.evict else None
            instances = model.Instances(
                tuple(self.key), (), self.limit, self.when_full, rank, self.evict_by, self.mark()
            )
        return model.Machine(
            name=self.name,
            title="A sample",
            says="",
            refs=REF,
            scope=self.scope,
            states=states,
            initial=self.all_states[0],
            groups={},
            instances=instances,
            given=tuple(self.given),
            variables=tuple(self.variables),
            timers=tuple(self.timers),
            events=tuple(self.events),
            outputs=tuple(self.outputs),
            functions=tuple(self.functions),
            constants=tuple(self.constants),
            used_types=tuple(self.types),
            lets=tuple(self.lets),
            decides=tuple(self.decides),
            rows=tuple(self.rows),
            impossibles=tuple(self.impossibles),
            cells=cells,
            properties=(),
            uses_now=self._uses_now(),
            digest=digest,
            mark=Mark(FILE, 1, 1),
        )

    def _uses_now(self) -> bool:
        from netfsm.machine.layout import row_expressions
        from netfsm.spec.expr import Name, TimerRef, walk

        exprs = [e for row in self.rows for e in row_expressions(row)]
        exprs += [row.guard for row in self.rows if row.guard is not None]
        exprs += [let.expr for let in self.lets]
        return any(
            (isinstance(node, Name) and node.kind == "now")
            or (isinstance(node, TimerRef) and node.what == "deadline")
            for expr in exprs
            for node in walk(expr)
        )


def connection() -> model.Machine:
    """A machine that has a bit of everything: sequence numbers, a decide list, timers, scopes."""
    from netfsm.spec.types import Seq

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
    from netfsm.spec.types import (
        BYTES,
        INSTANT,
        IPV4,
        Handle,
        Prefix,
        Queue,
        Ranges,
        Seq,
        SetOf,
    )

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
