"""The machines of one scope in one step: what is known of the others, and what they are signalled.

A signal inside a scope is a part of the sender's step, so its receiver's cell stands in the step's
own terms: for every state of the receiver and every row of the cell, what is there afterwards where
that state is the receiver's and that guard is true. A signal that the receiver sends on is followed
in the same way; no step comes back to a machine that is in the middle of its row.

Between steps the instance of a scope keeps the invariants of all its machines and of the scope
itself. In the middle of one they may be lost; types and the states of timers never are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from netfsm.machine.scope import told_inside
from netfsm.prove.encode import Timer, View
from netfsm.prove.numbers import Encoding
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.step import Before, Ending, Order, Sent, Steps, Taken
from netfsm.prove.world import World
from netfsm.spec import model, types
from netfsm.spec.expr import At
from netfsm.spec.findings import Mark

Machines = Mapping[str, model.Machine]


@frozen
class HeardCell:
    """The cell of a signal's receiver in one of its states: `at` says that it is there."""

    at: Term
    before: Before
    cell: model.Cell
    taken: tuple[Taken, ...]


@frozen
class Heard:
    """A signal inside a scope as its receiver takes it; `number` is its place in the row.

    `path` leads to it from the row that begins the step.
    """

    number: int
    sent: Sent
    receiver: Steps
    event: model.Event
    path: tuple[Term, ...]
    cells: tuple[HeardCell, ...]


@frozen
class Rule:
    """An invariant of another machine or of the scope, as it is at some moment."""

    name: str
    id: str
    mark: Mark
    holds: Term
    timed: bool


class Whole:
    """The scope of the machine of `steps`; `machines` are all that share it, by name."""

    def __init__(self, steps: Steps, machines: Machines, sides: Sides | None = None) -> None:
        assert steps.machine.shares is not None  # whoever asks for a whole has a scope
        self.scope = steps.machine.shares
        self.mine = steps
        others = sorted(set(self.scope.machines) - {steps.machine.name})
        self.steps = {steps.machine.name: steps}
        for name in others:
            self.steps[name] = Steps(machines[name], beside=steps)
        for each in self.steps.values():
            each.whole = self
        self._owners = {v.name: self.steps[v.owner] for v in self.scope.variables}
        self._inside = told_inside(steps.machine, machines)
        self.sides = sides or Sides(machines, steps.encoding)
        self._taken: dict[tuple[str, str], Taken] = {}
        self._in: dict[tuple[str, int, frozenset[str]], tuple[Term, Term]] = {}
        self._rules: dict[int, tuple[World, tuple[Rule, ...]]] = {}
        keepers = [name for name, each in self.steps.items() if each.machine.instances is not None]
        self.keeper = keepers[0] if keepers else None

    def inside(self, event: str) -> bool:
        """Whether machines of the scope signal `event` of the machine that the proof is about."""
        return event in self._inside

    # ---- steps that begin here

    def senders(self, receiver: str, event: str) -> Iterator[tuple[Taken, tuple[Term, ...]]]:
        """Each row that begins a step which may signal `event`, with what is known before it."""
        machine = self.mine.machine
        reached = _reached(self.steps, receiver, event)
        for (state, name), cell in machine.cells.items():
            if isinstance(cell, model.Impossible) or self.inside(name):
                continue
            for row in cell:
                if any((m, e) in reached for m, e in _inside_signals(row)):
                    key = (state, row.id)
                    before = self.mine.before(state, machine.event(name))
                    if key not in self._taken:
                        self._taken[key] = self.mine.take(before, row)
                    yield self._taken[key], before.assume

    # ---- states

    def kind(self, machine: str) -> types.Enum:
        """The states of a machine as the members of a type."""
        states = self.steps[machine].machine.states
        return types.Enum(machine, tuple((each.name, n) for n, each in enumerate(states)))

    def state(self, machine: str, state: str) -> Term:
        """A state as a value of that type."""
        kind = self.kind(machine)
        return self.mine.theory.value(kind, kind.value(state) or 0)

    def state_name(self, machine: str) -> str:
        """The name of the constant that is the state of another machine."""
        return f"state of {machine}"

    def is_in(self, world: World, machine: str, states: tuple[str, ...] | frozenset[str]) -> Term:
        """That a machine is in one of these states."""
        here = world.states[machine]
        key = (machine, here.get_id(), frozenset(states))
        if key not in self._in:
            kind, equal = self.kind(machine), self.mine.theory.equal
            tests = [equal(here, number) for name, number in kind.members if name in states]
            self._in[key] = (here, z3.simplify(disj(tests)))
        return self._in[key][1]

    def alive(self, world: World) -> Term:
        """That the instance of the scope is there: its keeper has begun and not ended."""
        if self.keeper is None:
            return z3.BoolVal(True)
        ended = frozenset(self.steps[self.keeper].ended)
        return z3.simplify(z3.Not(self.is_in(world, self.keeper, ended)))

    # ---- what is there

    def world(self, mine: Steps, view: View) -> World:
        """All that the machines hold where the one that the proof is about sees `view`."""
        theory = mine.theory
        states = {mine.machine.name: self.state(mine.machine.name, view.state)}
        values = {mine.full(name): term for name, term in view.old.items()}
        timers = {mine.full(name): timer for name, timer in view.timers.items()}
        for name, each in self.steps.items():
            if each is mine:
                continue
            states[name] = theory.const(self.state_name(name), self.kind(name))
            for variable in each.machine.variables:
                values.setdefault(each.full(variable.name), each.old[variable.name])
            for timer in each.machine.timers:
                full = each.full(timer.name)
                deadline = theory.const(f"deadline({full})", types.INSTANT)
                held = Timer(z3.Bool(f"armed({full})"), deadline, z3.BoolVal(False))
                timers.setdefault(full, held)
        return World(states, values, timers)

    def there(self, steps: Steps, world: World) -> dict[str, Term]:
        """For each variable that another machine owns whether it has a value."""
        return {
            v.name: self.has_value(v, world)
            for v in self.scope.variables
            if v.owner != steps.machine.name and v.states is not None
        }

    def has_value(self, variable: model.Variable, world: World) -> Term:
        """That a shared variable has a value."""
        states = frozenset(s.name for s in self._owners[variable.name].machine.states)
        return self.is_in(world, variable.owner, variable.states or states)

    def view(
        self, steps: Steps, state: str, world: World, inputs: Mapping[str, Term] | None = None
    ) -> View:
        """What a machine in `state` sees of `world`."""
        machine = steps.machine
        return View(
            state,
            {v.name: world.values[steps.full(v.name)] for v in machine.variables},
            {t.name: world.timers[steps.full(t.name)] for t in machine.timers},
            inputs or {},
            steps.fixed,
            self.mine.now,
            there=self.there(steps, world),
        )

    def named(self, world: World) -> Iterator[tuple[str, tuple[types.Type, Term]]]:
        """The variables of all machines and what is given to the others, by their full names."""
        kinds = {e.full(v.name): v.type for e in self.steps.values() for v in e.machine.variables}
        yield from ((name, (kind, world.values[name])) for name, kind in kinds.items())
        for each in self.steps.values():
            if each is not self.mine:
                yield from (
                    (each.full(f.name), (f.type, each.fixed[f.name])) for f in each.machine.given
                )

    # ---- what is known

    def known(self, state: str, world: World, *, inside: bool) -> list[Term]:
        """What is known of the other machines as an event comes in `state`.

        `inside`: in the middle of a step, when invariants may be lost.
        """
        mine = self.mine.machine.name
        if not inside and self.keeper == mine and state in self.mine.ended:
            return self.beginning(world)
        found: list[Term] = []
        for name, each in self.steps.items():
            if name != mine:
                found += self._ranges(each, world, inside=inside)
        if not inside:
            found.append(self.alive(world))
            found += [rule.holds for rule in self.rules(world)]
        return found

    def beginning(self, world: World) -> list[Term]:
        """There is no instance: each machine is as it will begin."""
        found: list[Term] = []
        for name, each in self.steps.items():
            machine = each.machine
            if each is self.mine:
                continue
            found.append(self.is_in(world, name, (machine.initial,)))
            view = self.view(each, machine.initial, world)
            found += [
                each.theory.equal(view.old[v.name], each.encode(v.initial, view))
                for v in machine.variables
                if v.initial is not None and each.owns(v)
            ]
            found += [z3.Not(view.timers[t.name].armed) for t in machine.timers if each.owns(t)]
        return found

    def _ranges(self, steps: Steps, world: World, *, inside: bool) -> list[Term]:
        """Types and states of another machine, and where its timers may run.

        That what is read has a value is asked for by itself; whatever is read is of its type.
        """
        machine = steps.machine
        live = tuple(s.name for s in machine.states if inside or s.name not in steps.ended)
        found = [self.is_in(world, machine.name, live)]
        for variable in machine.variables:
            if steps.owns(variable):
                term = world.values[steps.full(variable.name)]
                found.append(steps.theory.fits(variable.type, term))
        for timer in machine.timers:
            if steps.owns(timer):
                armed = world.timers[steps.full(timer.name)].armed
                states = tuple(s for s in live if timer.states is None or s in timer.states)
                found.append(z3.Implies(armed, self.is_in(world, machine.name, states)))
        fields = [(steps.fixed[f.name], f.type) for f in machine.given]
        return found + [steps.theory.fits(kind, term) for term, kind in fields]

    def rules(self, world: World) -> tuple[Rule, ...]:
        """The invariants of the other machines and of the scope, as they are in `world`."""
        if id(world) not in self._rules:
            self._rules[id(world)] = (world, tuple(self._made_rules(world)))
        return self._rules[id(world)][1]

    def _made_rules(self, world: World) -> Iterator[Rule]:
        for name, each in self.steps.items():
            if each is self.mine:
                continue
            for rule in each.machine.properties:
                if rule.kind == "invariant":
                    term = self._of_other(each, rule, world)
                    yield Rule(name, rule.id, rule.mark, term, each.reads_now(rule.holds))
        for joint in self.scope.invariants:
            yield Rule(self.scope.name, joint.id, joint.mark, self.joint(joint, world), False)

    def _of_other(self, steps: Steps, rule: model.Property, world: World) -> Term:
        name = steps.machine.name
        if not any(isinstance(node, At) for node in steps.nodes(rule.holds)):
            view = self.view(steps, rule.where[0], world) if rule.where else None
            holds = z3.BoolVal(True) if view is None else steps.rule(rule, view)
            return z3.Implies(self.is_in(world, name, rule.where), holds)
        return conj(
            [
                z3.Implies(
                    self.is_in(world, name, (state,)),
                    steps.rule(rule, self.view(steps, state, world)),
                )
                for state in rule.where
            ]
        )

    def joint(self, joint: model.Joint, world: World) -> Term:
        """An invariant of the scope, as it is in `world`."""
        where = [self.is_in(world, name, states) for name, states in joint.where.items()]
        goals = [self.is_in(world, name, states) for name, states in joint.at.items()]
        if joint.holds is not None:
            view = View(
                "",
                {v.name: world.values[v.name] for v in self.scope.variables},
                {t.name: world.timers[t.name] for t in self.scope.timers},
                {},
                self.mine.fixed,
                self.mine.now,
            )
            goals.append(self.mine.encode(joint.holds, view))
        return z3.Implies(conj(where), conj(goals))

    # ---- a step

    def follow(
        self,
        steps: Steps,
        before: Before,
        row: model.Row,
        after: View,
        orders: tuple[Order, ...],
    ) -> Ending:
        """How the step of `row` goes on, once its own stores have made `after`."""
        assert before.world is not None  # in a whole it always is there
        world = self._stored(steps, before, after)
        heard: list[Heard] = []
        inner: dict[int, tuple[Sent, ...]] = {}
        for index, part in enumerate(row.emissions):
            if isinstance(part, model.Signal) and part.inside:
                sent = steps.sent(part, self._seen(steps, after, world))
                begin = world.quiet()
                found = self._deliver(index + 1, sent, begin, before.path)
                ways = list(_ways(found))
                heard.append(found)
                inner[index] = tuple(_among(c, each) for c, t in ways for each in t.emissions)
                more = [(c, order) for c, t in ways for order in t.orders]
                orders += tuple((name, z3.And(c, when), after) for c, (name, when, after) in more)
                ends = [(c, t.world) for c, t in ways if t.world is not None]
                world = world.join(begin, ends, steps.theory)
        view = self._seen(steps, after, world)
        emissions: tuple[Sent, ...] = ()
        for index, part in enumerate(row.emissions):
            emissions += inner[index] if index in inner else (steps.sent(part, view),)
        return Ending(view, emissions, orders, tuple(heard), world)

    def _stored(self, steps: Steps, before: Before, after: View) -> World:
        """The world once the row's own stores are made."""
        assert before.world is not None  # in a whole it always is there
        name = steps.machine.name
        old, timers = before.view.old, before.view.timers
        state = before.world.states[name]
        if after.after != before.state:
            state = self.state(name, after.after)
        return before.world.put(
            name,
            state,
            {steps.full(n): t for n, t in after.new.items() if t is not old[n]},
            {steps.full(n): t for n, t in after.new_timers.items() if t is not timers[n]},
        )

    def _seen(self, steps: Steps, after: View, world: World) -> View:
        """What a row that has made its stores sees of the rest of its step."""
        machine = steps.machine
        return evolve(
            after,
            new={v.name: world.values[steps.full(v.name)] for v in machine.variables},
            new_timers={t.name: world.timers[steps.full(t.name)] for t in machine.timers},
            new_there=self.there(steps, world),
        )

    def _deliver(self, number: int, sent: Sent, begin: World, path: tuple[Term, ...]) -> Heard:
        """A signal, taken by its receiver in each of the states that it may be in."""
        part = sent.emission
        assert isinstance(part, model.Signal)  # who calls has looked
        steps = self.steps[part.machine]
        event = steps.machine.event(part.event)
        path = (*path, sent.condition)
        cells: list[HeardCell] = []
        for state in (each.name for each in steps.machine.states):
            at = self.is_in(begin, part.machine, (state,))
            cell = steps.machine.cells.get((state, event.name))
            if z3.is_false(at):
                continue
            view = self.view(steps, state, begin, sent.fields)
            before = Before(state, event, view, view, (), begin, None, (*path, at))
            rows = cell if isinstance(cell, tuple) else ()
            taken = tuple(steps.take(before, row) for row in rows)
            gone = model.Impossible("", (state,), event.name, f"{state} is final", event.mark)
            cells.append(HeardCell(at, before, gone if cell is None else cell, taken))
        return Heard(number, sent, steps, event, path, tuple(cells))


class Sides:
    """One scope as each of its machines sees it where it begins a step, made when it is asked."""

    def __init__(self, machines: Machines, encoding: Encoding) -> None:
        self._machines = machines
        self._encoding: Encoding = encoding
        self._made: dict[str, Whole] = {}

    def others(self, whole: Whole) -> Iterator[Whole]:
        """The sides of all machines but the one that `whole` is about."""
        for name in whole.steps:
            if name != whole.mine.machine.name:
                if name not in self._made:
                    steps = Steps(self._machines[name], self._encoding)
                    self._made[name] = Whole(steps, self._machines, self)
                yield self._made[name]


def _inside_signals(row: model.Row) -> Iterator[tuple[str, str]]:
    for part in row.emissions:
        if isinstance(part, model.Signal) and part.inside:
            yield part.machine, part.event


def _reached(steps: Mapping[str, Steps], machine: str, event: str) -> set[tuple[str, str]]:
    """The events of a scope whose rows may signal `event` of `machine`, that one among them."""
    found = {(machine, event)}
    while True:
        more = {
            (name, row.event)
            for name, each in steps.items()
            for row in each.machine.rows
            if not found.isdisjoint(_inside_signals(row))
        }
        if more <= found:
            return found
        found |= more


def _ways(heard: Heard) -> Iterator[tuple[Term, Taken]]:
    """Each row that may take the signal, and when it does."""
    for cell in heard.cells:
        for taken in cell.taken:
            yield z3.simplify(z3.And(heard.sent.condition, cell.at, taken.guard)), taken


def _among(condition: Term, sent: Sent) -> Sent:
    return evolve(sent, condition=z3.And(condition, sent.condition))


def state_kinds(whole: Whole) -> dict[str, types.Type]:
    """The states and variables of the other machines by the names of their constants."""
    found: dict[str, types.Type] = {}
    for name, each in whole.steps.items():
        if each is not whole.mine:
            found[whole.state_name(name)] = whole.kind(name)
            found |= {each.full(v.name): v.type for v in each.machine.variables}
            found |= {each.full(f.name): f.type for f in each.machine.given}
    return found


def has_all(machine: model.Machine, machines: Machines) -> bool:
    """Whether `machine` shares a scope and all machines of that scope are among `machines`."""
    return machine.shares is not None and set(machine.shares.machines) <= set(machines)
