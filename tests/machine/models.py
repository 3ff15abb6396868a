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
from netfsm.spec.types import BOOL, Enum, Flags, Type

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
                (),
                (),
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
        declared = self.written[name]
        wire: tuple[model.FormatField, ...] = ()
        if kind == "message":  # a format has its own
            declared = ()
            wire = tuple(model.FormatField(f.name, f.type, None) for f in self.written[name])
        made = model.Output(name, kind, format_, declared, "", self.mark(), "", wire)
        self.outputs.append(made)

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
        return model.Emit(name, fields, condition, tag, frozenset(), self.mark())

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
            shares=None,
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
