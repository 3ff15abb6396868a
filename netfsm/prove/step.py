"""What is known before a step, and what a row makes of it: the spec's meaning as Z3 terms."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, field, frozen

from netfsm.prove.encode import Encoder, Side, Timer, View
from netfsm.prove.encodings import numbers_of
from netfsm.prove.numbers import Encoding
from netfsm.prove.solver import Term, conj, z3
from netfsm.prove.theory import Theory
from netfsm.spec import model, types
from netfsm.spec.expr import Call, Expr, Name, TimerRef, walk


@frozen
class Before:
    """A state and an event that comes: `view` is what rows see, `assume` what is known then.

    `was` is the view before a timer that fires is taken off the list of those that run.
    """

    state: str
    event: model.Event | None
    view: View
    was: View
    assume: tuple[Term, ...]


@frozen
class Sent:
    """An emission of a row: when it goes out, and its values by field."""

    emission: model.Emission
    condition: Term
    fields: dict[str, Term]
    key: tuple[Term, ...] | None


@frozen
class Taken:
    """A row's step: `view` sees both ends, `orders` are what the runtime is told of timers."""

    row: model.Row
    guard: Term
    view: View
    emissions: tuple[Sent, ...]
    orders: tuple[tuple[str, Term, Term | None], ...]
    guard_sides: tuple[Side, ...]
    sides: tuple[Side, ...]
    stores: tuple[tuple[model.Assign, Term], ...]


Orders = list[tuple[str, Term, Term | None]]


@frozen
class _Setting:
    """The timers while a row's orders are followed, and the orders so far."""

    before: Before
    timers: dict[str, Timer]
    orders: Orders = field(factory=Orders)


class Steps:
    """The steps of one machine. Every name of the spec is one constant of Z3.

    `theory` is that of another machine, where the steps of both are compared.
    """

    def __init__(
        self, machine: model.Machine, encoding: Encoding = "int", *, theory: Theory | None = None
    ) -> None:
        self.machine = machine
        self.theory = Theory(numbers_of(machine, encoding)) if theory is None else theory
        self.encode = Encoder(machine, self.theory)
        self.lets = {let.name: let for let in machine.lets}
        const = self.theory.const
        key = machine.instances.key if machine.instances else ()
        self.fields = {f.name: f.type for f in (*key, *machine.given)}
        self.fixed = {name: const(name, kind) for name, kind in self.fields.items()}
        self.variables = {v.name: v for v in machine.variables}
        self.old = {v.name: const(v.name, v.type) for v in machine.variables}
        self.now = const("now", types.INSTANT)
        self.ended = {s.name for s in machine.states if s.absent or s.final}
        self.inputs = {event.name: self._inputs(event) for event in machine.events}
        self._known: dict[tuple[str, str], Before] = {}

    def _inputs(self, event: model.Event) -> dict[str, Term]:
        named = [(p.name, p.type) for p in event.params]
        named += [(c.name, c.type) for c in event.choices]
        return {name: self.theory.const(name, kind) for name, kind in named}

    # ---- before a step

    def before(self, state: str, event: model.Event | None) -> Before:
        """What is known in `state` as `event` comes; without an event what always is."""
        key = (state, event.name if event else "")
        if key not in self._known:
            self._known[key] = self._before(state, event)
        return self._known[key]

    def _before(self, state: str, event: model.Event | None) -> Before:
        fired = event.name if event is not None and event.kind == "timer" else None
        inputs = self.inputs[event.name] if event is not None else {}
        timers = {t.name: self._timer(t, state, fired) for t in self.machine.timers}
        was = View(state, dict(self.old), timers, inputs, self.fixed, self.now)
        idle = {t: evolve(x, armed=z3.BoolVal(False)) for t, x in timers.items() if t == fired}
        view = evolve(was, timers={**timers, **idle})
        known = self._ranges(state, event, inputs)
        if state in self.ended:
            known += self._fresh(was)
        if fired is not None:
            known.append(timers[fired].armed)
        known += [term for _, term in self.invariants(was)]
        known += self.contracts(event, view) if event is not None else []
        return Before(state, event, view, was, tuple(known))

    def _timer(self, timer: model.Timer, state: str, fired: str | None) -> Timer:
        here = (timer.states is None or state in timer.states) and state not in self.ended
        here = here or timer.shared
        armed = z3.Bool(f"armed({timer.name})") if here else z3.BoolVal(False)
        if timer.name == fired:
            armed = z3.BoolVal(here)
        deadline = self.theory.const(f"deadline({timer.name})", types.INSTANT)
        return Timer(armed, deadline, z3.BoolVal(False))

    def _ranges(self, state: str, event: model.Event | None, inputs: dict[str, Term]) -> list[Term]:
        fits = self.theory.fits
        known = [fits(types.INSTANT, self.now)]
        known += [fits(kind, self.fixed[name]) for name, kind in self.fields.items()]
        for variable in self.machine.variables:
            if self.in_scope(variable, state):
                known.append(fits(variable.type, self.old[variable.name]))
        if event is not None:
            kinds: dict[str, types.Type] = {p.name: p.type for p in event.params}
            kinds |= {c.name: c.type for c in event.choices}
            known += [fits(kind, inputs[name]) for name, kind in kinds.items()]
        return known

    def _fresh(self, view: View) -> list[Term]:
        """An event that finds no instance finds what a new one begins with."""
        return [
            self.theory.equal(self.old[v.name], self.encode(v.initial, view))
            for v in self.machine.variables
            if v.initial is not None and not v.shared
        ]

    def invariants(self, view: View) -> list[tuple[model.Property, Term]]:
        """Those that speak of the view's state, as they are there."""
        return [
            (rule, self.rule(rule, view))
            for rule in self.machine.properties
            if rule.kind == "invariant" and view.state in rule.where
        ]

    def rule(self, rule: model.Property, view: View) -> Term:
        """What a property says, where its `when` holds."""
        holds = self.encode(rule.holds, view)
        return holds if rule.when is None else z3.Implies(self.encode(rule.when, view), holds)

    def contracts(self, event: model.Event, view: View) -> list[Term]:
        """What may be assumed of what comes with `event`."""
        rules = [event.assume, *(choice.contract for choice in event.choices)]
        return [
            self.encode(rule, view)
            for rule in rules
            if rule is not None and self.readable(rule, view.state)
        ]

    # ---- a row

    def take(self, before: Before, row: model.Row) -> Taken:
        """The step of `row` from `before`."""
        encode, view = self.encode, before.view
        with encode.noting() as guard_sides:
            guard = encode(row.guard, view) if row.guard is not None else z3.BoolVal(True)
        with encode.noting() as sides:
            stores = tuple((a, encode(a.value, view)) for a in row.assigns)
            timers, orders = self._timers(row, before)
            target = row.to if row.to is not None else before.state
            new = {**view.old, **{a.variable: value for a, value in stores}}
            new |= self._of_others(row)
            after = evolve(view, after=target, new=new, new_timers=timers)
            emissions = tuple(self._sent(part, after) for part in row.emissions)
        return Taken(row, guard, after, emissions, orders, tuple(guard_sides), tuple(sides), stores)

    def _of_others(self, row: model.Row) -> dict[str, Term]:
        """What machines of the scope may have assigned, where the row signals to one of them."""
        if not any(isinstance(part, model.Signal) and part.inside for part in row.emissions):
            return {}
        return {
            v.name: self.theory.const(f"{v.name} after", v.type)
            for v in self.machine.variables
            if v.shared and v.owner != self.machine.name
        }

    def _timers(
        self, row: model.Row, before: Before
    ) -> tuple[dict[str, Timer], tuple[tuple[str, Term, Term | None], ...]]:
        """The timers after the row, and the orders: timer, when it is given, after how long."""
        made = _Setting(before, dict(before.view.timers))
        said = [(s.timer, s.order) for s in row.timers]
        said += [(t, model.TimerStep("stop", None)) for t in self._left(row, before.state)]
        for name, order in said:
            self._order(name, order, [], made)
        return made.timers, tuple(made.orders)

    def _order(self, name: str, order: model.TimerOrder, path: list[Term], made: _Setting) -> None:
        encode, view, found = self.encode, made.before.view, made.timers
        numbers = self.theory.numbers
        old = view.timers[name]
        if isinstance(order, model.TimerIf):
            test = encode(order.test, view)
            for side, branch in ((test, order.then), (z3.Not(test), order.orelse)):
                with encode.given(side):
                    self._order(name, branch, [*path, side], made)
            return
        if order.order == "keep":
            return
        if order.order == "stop":
            when = conj([*path, old.armed])
            made.orders.append((name, when, None))
            found[name] = evolve(found[name], armed=_either(when, False, found[name].armed))
            return
        assert order.after is not None  # the loader gives every start its duration
        after = encode(order.after, view)
        idle = [z3.Not(old.armed)] if order.order == "start" else []
        when = conj([*path, *idle])
        made.orders.append((name, when, after))
        found[name] = Timer(
            _either(when, True, found[name].armed),
            self.theory.choose(when, numbers.operate("add", view.now, after), old.deadline),
            z3.Or(when, found[name].set),
        )

    def _left(self, row: model.Row, state: str) -> list[str]:
        """The timers that the row stops because it leaves their scope."""
        if row.to is None:
            return []
        said = {setting.timer for setting in row.timers}
        return [
            t.name
            for t in self.machine.timers
            if t.name not in said
            and (not t.shared or t.owner == self.machine.name)
            and (row.to in self.ended or not (t.states is None or row.to in t.states))
            and row.to != state
        ]

    def _sent(self, part: model.Emission, view: View) -> Sent:
        encode = self.encode
        condition = z3.BoolVal(True)
        if part.condition is not None:
            condition = encode(part.condition, view)
        with encode.given(condition):
            fields = {name: encode(value, view) for name, value in part.fields}
            key = None
            if isinstance(part, model.Signal) and part.key is not None:
                key = tuple(encode(each, view) for each in part.key)
        return Sent(part, condition, fields, key)

    # ---- scopes

    def in_scope(self, variable: model.Variable, state: str) -> bool:
        """Whether the variable has a value in `state`."""
        if variable.states is not None:
            return state in variable.states
        return variable.shared or state not in self.ended or variable.initial is not None

    def readable(self, expr: Expr, state: str, after: str = "") -> bool:
        """Whether all variables that `expr` reads, through lets, have a value in these states."""
        for node in self.nodes(expr):
            if isinstance(node, Name) and node.kind == "var":
                where = after if node.new else state
                if where and not self.in_scope(self.variables[node.name], where):
                    return False
        return True

    def reads_now(self, expr: Expr) -> bool:
        """Whether `expr` asks for the time."""
        return any(
            (isinstance(node, Name) and node.kind == "now")
            or (isinstance(node, TimerRef) and node.what == "deadline")
            for node in self.nodes(expr)
        )

    def nodes(self, *exprs: Expr) -> Iterable[Expr]:
        """Every node of `exprs`, through the lets that they call."""
        pending, seen = list(exprs), set[str]()
        while pending:
            for node in walk(pending.pop()):
                yield node
                if isinstance(node, Call) and node.kind == "let" and node.name not in seen:
                    seen.add(node.name)
                    pending.append(self.lets[node.name].expr)

    def after(self, view: View) -> View:
        """The view of whoever looks after the step."""
        return evolve(view, state=view.after, old=view.new, timers=view.new_timers, after="")

    def spaces(self) -> dict[str, types.Seq]:
        """The sequence spaces of variables, fields and parameters."""
        kinds = [v.type for v in self.machine.variables]
        kinds += list(self.fields.values())
        for event in self.machine.events:
            kinds += [p.type for p in event.params] + [c.type for c in event.choices]
        return {kind.space: kind for kind in kinds if isinstance(kind, types.Seq)}


def _either(when: Term, value: bool, otherwise: Term) -> Term:
    return z3.Or(when, otherwise) if value else z3.And(z3.Not(when), otherwise)
