"""What is known before a step, and what a row makes of it: the spec's meaning as Z3 terms.

Where the machine shares a scope, `netfsm.prove.whole` follows what its rows signal to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from netfsm.prove.encode import Encoder, Side, Timer, View
from netfsm.prove.encodings import numbers_of
from netfsm.prove.numbers import Encoding
from netfsm.prove.solver import Term, conj, z3
from netfsm.prove.theory import Theory
from netfsm.prove.world import World
from netfsm.spec import model, types
from netfsm.spec.expr import Call, Expr, Name, TimerRef, walk

if TYPE_CHECKING:
    from netfsm.prove.whole import Heard, Whole


@frozen
class Before:
    """A state and an event that comes: `view` is what rows see, `assume` what is known then.

    `was` is the view before a timer that fires is taken off the list of those that run. In a
    scope `world` has what all its machines hold, `held` what they did before the timer fired, and
    `path` what leads to a signal inside a step.
    """

    state: str
    event: model.Event | None
    view: View
    was: View
    assume: tuple[Term, ...]
    world: World | None = None
    held: World | None = None
    path: tuple[Term, ...] = ()


@frozen
class Sent:
    """An emission of a row of `machine`: when it goes out, and its values by field."""

    machine: str
    emission: model.Emission
    condition: Term
    fields: dict[str, Term]
    key: tuple[Term, ...] | None


Order = tuple[str, Term, Term | None]
"""An order to the runtime: the timer, when it is given, after how long; None to stop."""
Orders = list[Order]


@frozen
class Taken:
    """A row's step: `view` sees both ends, `orders` are what the runtime is told of timers.

    In a scope the step holds what the row signals to the other machines: `heard` is that, and
    `world` what all of them hold afterwards. Where those are kept apart, `found` is what each
    signal, by its number in the row, finds when it is sent.
    """

    row: model.Row
    guard: Term
    view: View
    emissions: tuple[Sent, ...]
    orders: tuple[Order, ...]
    guard_sides: tuple[Side, ...]
    sides: tuple[Side, ...]
    stores: tuple[tuple[model.Assign, Term], ...]
    heard: tuple[Heard, ...] = ()
    world: World | None = None
    found: Mapping[int, View] = field(factory=dict[int, View])


@frozen
class _Setting:
    """The timers while a row's orders are followed, and the orders so far."""

    before: Before
    timers: dict[str, Timer]
    orders: Orders = field(factory=Orders)


@frozen
class Ending:
    """How a row's step comes to its end once its own stores are made."""

    view: View
    emissions: tuple[Sent, ...]
    orders: tuple[Order, ...]
    heard: tuple[Heard, ...] = ()
    world: World | None = None
    found: Mapping[int, View] = field(factory=dict[int, View])


class Steps:
    """The steps of one machine. Every name of the spec is one constant of Z3.

    `theory` is that of another machine, where the steps of both are compared. `beside` are those of
    the machine that a proof is about, where this is another one: then its own names begin with the
    machine's.
    """

    def __init__(
        self,
        machine: model.Machine,
        encoding: Encoding = "int",
        *,
        theory: Theory | None = None,
        beside: Steps | None = None,
    ) -> None:
        self.machine = machine
        self.encoding: Encoding = encoding if beside is None else beside.encoding
        theory = theory if beside is None else beside.theory
        self.theory: Theory = theory or Theory(numbers_of(machine, encoding))
        self.prefix = "" if beside is None else f"{machine.name} "
        self.whole: Whole | None = None
        self.encode = Encoder(machine, self.theory)
        self.lets = {let.name: let for let in machine.lets}
        self.fields = {f.name: f.type for f in (*machine.key, *machine.given)}
        kin = machine.scope if beside is None else beside.machine.scope
        self._shared = _shared(machine) if machine.scope == kin else set[str]()
        self.fixed = {name: self._const(name, kind) for name, kind in self.fields.items()}
        self.variables = {v.name: v for v in machine.variables}
        self.old = {v.name: self._const(v.name, v.type) for v in machine.variables}
        self.now = self.theory.const("now", types.INSTANT)
        self.ended = {s.name for s in machine.states if s.absent or s.final}
        self.inputs = {event.name: self._inputs(event) for event in machine.events}
        self._known: dict[tuple[str, str], Before] = {}

    def _inputs(self, event: model.Event) -> dict[str, Term]:
        named = [(p.name, p.type) for p in event.params]
        named += [(c.name, c.type) for c in event.choices]
        return {name: self.theory.const(f"{self.prefix}{name}", kind) for name, kind in named}

    def full(self, name: str) -> str:
        """The name among all machines of the scope of a variable, timer, key or given field."""
        return name if name in self._shared else f"{self.prefix}{name}"

    def _const(self, name: str, kind: types.Type) -> Term:
        return self.theory.const(self.full(name), kind)

    def owns(self, thing: model.Variable | model.Timer) -> bool:
        """Whether this machine alone assigns `thing`."""
        return not thing.shared or thing.owner == self.machine.name

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
        held = self.whole.world(self, was) if self.whole is not None else None
        if self.whole is not None and held is not None:
            there = self.whole.there(self, held)
            was, view = evolve(was, there=there), evolve(view, there=there)
        inside = self.told_inside(event)
        known = self.ranges(state, event)
        if state in self.ended:
            known += self._fresh(was)
        if fired is not None:
            known.append(timers[fired].armed)
        if not inside:  # in the middle of a step an invariant may be lost
            known += [term for _, term in self.invariants(was)]
        if self.whole is not None and held is not None:
            known += self.whole.known(state, held, inside=inside)
        known += self.contracts(event, view) if event is not None else []
        world = held if fired is None or self.whole is None else self.whole.world(self, view)
        return Before(state, event, view, was, tuple(known), world, held)

    def told_inside(self, event: model.Event | None) -> bool:
        """Whether machines of the scope signal `event` in the middle of their steps."""
        return self.whole is not None and event is not None and self.whole.inside(event.name)

    def _timer(self, timer: model.Timer, state: str, fired: str | None) -> Timer:
        here = (timer.states is None or state in timer.states) and state not in self.ended
        here = here or not self.owns(timer)
        name = self.full(timer.name)
        armed = z3.Bool(f"armed({name})") if here else z3.BoolVal(False)
        if timer.name == fired:
            armed = z3.BoolVal(here)
        deadline = self.theory.const(f"deadline({name})", types.INSTANT)
        return Timer(armed, deadline, z3.BoolVal(False))

    def ranges(self, state: str, event: model.Event | None = None) -> list[Term]:
        """That everything is of its type in `state`, and what comes with `event` too."""
        fits = self.theory.fits
        known = [*self.begins()]
        here = [v for v in self.machine.variables if self.in_scope(v, state) and self.owns(v)]
        known += [fits(variable.type, self.old[variable.name]) for variable in here]
        if event is not None:
            kinds: dict[str, types.Type] = {p.name: p.type for p in event.params}
            kinds |= {c.name: c.type for c in event.choices}
            inputs = self.inputs[event.name]
            known += [fits(kind, inputs[name]) for name, kind in kinds.items()]
        return known

    def _fresh(self, view: View) -> list[Term]:
        """An event that finds no instance finds what a new one begins with."""
        return [
            self.theory.equal(self.old[v.name], self.encode(v.initial, view))
            for v in self.machine.variables
            if v.initial is not None and self.owns(v)
        ]

    def begins(self) -> tuple[Term, ...]:
        """What is known where a machine begins: the time, and what the hands have set."""
        fits = self.theory.fits
        fixed = [fits(kind, self.fixed[name]) for name, kind in self.fields.items()]
        return (fits(types.INSTANT, self.now), *fixed)

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
        rules = [event.assume, *event.valid, *(choice.contract for choice in event.choices)]
        equal = self.theory.equal
        computed = [equal(view.inputs[name], self.encode(e, view)) for name, e in event.derived]
        return computed + [
            self.encode(rule, view)
            for rule in rules
            if rule is not None and self.readable(rule, view.state)
        ]

    # ---- a row

    def take(self, before: Before, row: model.Row, *, apart: bool = False) -> Taken:
        """The step of `row` from `before`.

        With `apart` signals inside the scope are not followed: whatever their receivers may assign
        has some other value after each.
        """
        encode, view = self.encode, before.view
        with encode.noting() as guard_sides:
            guard = encode(row.guard, view) if row.guard is not None else z3.BoolVal(True)
        with encode.noting() as sides:
            stores = tuple((a, encode(a.value, view)) for a in row.assigns)
            timers, orders = self._timers(row, before)
            target = row.to if row.to is not None else before.state
            new = {**view.old, **{a.variable: value for a, value in stores}}
            after = evolve(
                view, after=target, new=new, new_timers=timers, new_there=dict(view.there)
            )
            if self.whole is not None and not apart:
                path = (*before.path, guard) if before.path else ()
                end = self.whole.follow(self, evolve(before, path=path), row, after, orders)
            else:
                end = self._apart(row, after, orders)
        return Taken(
            row,
            guard,
            end.view,
            end.emissions,
            end.orders,
            tuple(guard_sides),
            tuple(sides),
            stores,
            end.heard,
            end.world,
            end.found,
        )

    def _apart(self, row: model.Row, after: View, orders: tuple[Order, ...]) -> Ending:
        """The end of a row whose signals inside the scope may have done anything to what is theirs.

        A signal stays among the emissions; its fields are those at the moment when it is sent.
        """
        sent: dict[int, Sent] = {}
        found: dict[int, View] = {}
        for index, part in enumerate(row.emissions):
            if isinstance(part, model.Signal) and part.inside:
                sent[index], found[index + 1] = self.sent(part, after), after
                after = self._after_any(after, sent[index].condition, index + 1)
        emissions = (sent.get(i) or self.sent(part, after) for i, part in enumerate(row.emissions))
        return Ending(after, tuple(emissions), orders, found=found)

    def _after_any(self, view: View, when: Term, number: int) -> View:
        """`view` after the signal `number`, which was sent `when`."""
        other = self.any_after(number)
        choose = self.theory.choose
        new = {n: choose(when, t, view.new[n]) for n, t in other.values.items()}
        timers = {
            n: evolve(view.new_timers[n], armed=z3.If(when, t.armed, view.new_timers[n].armed))
            for n, t in other.timers.items()
        }
        new_timers = {**view.new_timers, **timers}
        return evolve(view, new={**view.new, **new}, new_timers=new_timers)

    def any_after(self, number: int) -> World:
        """What other machines own after the signal `number` of a row: anything of its type."""
        values: dict[str, Term] = {}
        for variable in self.machine.variables:
            if not self.owns(variable):
                values[variable.name] = other = self.theory.const(
                    f"{variable.name} after {number}", variable.type
                )
                self.theory.state(other, [self.theory.fits(variable.type, other)], "fits")
        timers = {
            t.name: Timer(
                z3.Bool(f"armed({t.name} after {number})"),
                self.theory.const(f"deadline({t.name})", types.INSTANT),
                z3.BoolVal(False),
            )
            for t in self.machine.timers
            if not self.owns(t)
        }
        return World({}, values, timers)

    def _timers(self, row: model.Row, before: Before) -> tuple[dict[str, Timer], tuple[Order, ...]]:
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
            and self.owns(t)
            and (row.to in self.ended or not (t.states is None or row.to in t.states))
            and row.to != state
        ]

    def sent(self, part: model.Emission, view: View) -> Sent:
        """An emission or a signal as it leaves where `view` sees both ends."""
        encode = self.encode
        condition = z3.BoolVal(True)
        if part.condition is not None:
            condition = encode(part.condition, view)
        with encode.given(condition):
            fields = {name: encode(value, view) for name, value in part.fields}
            key = None
            if isinstance(part, model.Signal) and part.key is not None:
                key = tuple(encode(each, view) for each in part.key)
        return Sent(self.machine.name, part, condition, fields, key)

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
        return evolve(
            view,
            state=view.after,
            old=view.new,
            timers=view.new_timers,
            there=view.new_there,
            after="",
        )

    def spaces(self) -> dict[str, types.Seq]:
        """The sequence spaces of variables, fields and parameters."""
        kinds = [v.type for v in self.machine.variables]
        kinds += list(self.fields.values())
        for event in self.machine.events:
            kinds += [p.type for p in event.params] + [c.type for c in event.choices]
        return {kind.space: kind for kind in kinds if isinstance(kind, types.Seq)}


def _shared(machine: model.Machine) -> set[str]:
    """What a machine has in common with the others of its scope."""
    found = {f.name for f in machine.key} if machine.shares else set[str]()
    found |= {v.name for v in machine.variables if v.shared}
    return found | {t.name for t in machine.timers if t.shared}


def _either(when: Term, value: bool, otherwise: Term) -> Term:
    return z3.Or(when, otherwise) if value else z3.And(z3.Not(when), otherwise)
