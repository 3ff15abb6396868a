"""That the generated Python does what the spec says: row by row, for all inputs.

The text is read back with `ast` and run on terms (`python_run`). Each row's guard, new values,
target, timers and emissions are then compared with the spec's meaning. As in the generator, what a
cell's guard has established is known in its row.

A signal inside a scope is a call of its receiver. It is not followed: on both sides whatever other
machines own may have any value of its type afterwards, the same on both, and what the receiver
emits and orders stands as it is in the result. Compared is that the same signals are sent, in the
same order, with the same values, and that the receiver finds stored what the spec says it finds.
The receiver's code is proved in its own right for that event, from types alone and that one row
applies; `heard` shows that its types are kept and that one row applies wherever it is signalled.
Since no step comes back to a machine in the middle of its row, the receiver sees nothing else of
the sender; so by induction over the signals, which go round no circle, the code of a whole step is
the spec's step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from netfsm.machine.layout import Layout, field_name, in_packet, output_fields
from netfsm.prove.answer import Obligation, Part
from netfsm.prove.obligations import Obligations
from netfsm.prove.python_run import Module
from netfsm.prove.python_values import (
    Arithmetic,
    Message,
    Record,
    UnreadableCodeError,
    V,
    is_term,
)
from netfsm.prove.solver import Term, conj, disj, is_false, is_true, z3
from netfsm.prove.step import Before, Sent, Taken
from netfsm.prove.ways import Call, Gives, Need, Run, Way, When
from netfsm.spec import model
from netfsm.spec.findings import Mark

Wanted = list[tuple[Term, V]]
"""What the spec has go out, each with its condition."""


class Code:
    """Makes the obligations of the generated code of one machine."""

    def __init__(self, basis: Obligations, source: str, layout: Layout) -> None:
        """The obligations of `basis` give the spec's side, `source` is the code."""
        self._basis = basis
        self._steps = basis.steps
        self._machine = basis.machine
        self._layout = layout
        self._do = Arithmetic(basis.machine, self._steps.theory)
        self._source = source
        self._functions = {f.name: f for f in self._machine.functions}
        self._wants: dict[tuple[str, str], tuple[Wanted, Wanted]] = {}

    def whole(self) -> Iterator[Obligation]:
        """What a new instance holds, and the rank; a doubt where the text can't be read at all."""
        module = self._module(f"{self._machine.name}/code")
        if isinstance(module, Obligation):
            yield module
            return
        yield from self._begin(module)
        yield from self._eviction(module)

    def cell(self, state: str, event: model.Event) -> Iterator[Obligation]:
        """What is compared of a cell, part by part; a doubt where the text can't be read."""
        module = self._module(f"{self._machine.name}/{state}/{event.name}/code")
        if isinstance(module, Obligation):
            yield module
            return
        yield from self._cell(module, state, event)

    def _module(self, name: str) -> Module | Obligation:
        try:
            return Module(self._source, self._do, self._hands, self._after_signal)
        except (UnreadableCodeError, SyntaxError) as error:
            return self._doubt(name, self._machine.mark, "the code can be read back", str(error))

    def _hands(self, name: str, args: list[V]) -> Term:
        function = self._functions[name]
        pairs = zip(args, function.params, strict=True)
        terms = [self._do.lift(value, param.type) for value, param in pairs]
        return self._steps.theory.function(name, function.result, terms)

    def _after_signal(self, number: int, slots: Mapping[str, V]) -> Mapping[str, V]:
        """What is stored after a signal inside the scope: what others own may be anything."""
        steps, layout = self._steps, self._layout
        after = steps.any_after(number)
        found = dict(slots)
        for variable in layout.variables:
            if not steps.owns(variable):
                found[layout.attribute(variable.name)] = after.values[variable.name]
        for timer in self._machine.timers:
            if not steps.owns(timer):
                found[layout.flag(timer.name)] = after.timers[timer.name].armed
        return found

    # ---- what an instance holds

    def _slots(self, before: Before | None, state: str) -> dict[str, V]:
        """The attributes of an instance in `state`; a variable out of scope is None."""
        layout, steps = self._layout, self._steps
        slots: dict[str, V] = {"self._state": layout.states[state]}
        slots |= {layout.attribute(name): term for name, term in steps.fixed.items()}
        for variable in layout.variables:
            there = steps.in_scope(variable, state)
            slots[layout.attribute(variable.name)] = steps.old[variable.name] if there else None
        view = before.was if before is not None else steps.before(state, None).was
        for name, timer in view.timers.items():
            slots[layout.flag(name)] = timer.armed
            if name in layout.deadlines:
                slots[layout.deadline(name)] = timer.deadline
        return slots

    def _arguments(self, event: model.Event) -> dict[str, V]:
        layout, inputs = self._layout, self._steps.inputs[event.name]
        found: dict[str, V] = {"now": self._steps.now} if self._machine.uses_now else {}
        packet: dict[str, V] = {}
        options: dict[str, V] = {}
        for name, _ in event.inputs:
            if in_packet(event, name):
                *above, last = layout.parameter(name).split(".")
                (options if len(above) > 1 else packet)[last] = inputs[name]
            else:
                found[layout.local(name)] = inputs[name]
        if event.alias:
            found[layout.local(event.alias)] = Message({**packet, "options": Message(options)})
        return found

    # ---- cells

    def _cell(self, module: Module, state: str, event: model.Event) -> Iterator[Obligation]:
        cell = self._machine.cells.get((state, event.name))
        before = self._steps.before(state, event)
        where = f"{self._machine.name}/{state}/{event.name}/code"
        mark = event.mark if cell is None else _mark(cell)
        try:
            run = self._run(module, event, self._slots(before, state))
            obligations = list(self._compared(where, before, cell, run, mark))
        except UnreadableCodeError as error:
            rule = f"the code of {event.name} in {state} can be read back"
            yield self._doubt(where, mark, rule, str(error))
            return
        yield from obligations

    def _run(self, module: Module, event: model.Event, slots: dict[str, V]) -> Run:
        method = self._layout.method(event.name)
        wanted, found = self._layout.arguments[event.name], module.arguments(method)
        if wanted != found:
            raise UnreadableCodeError(f"{method} takes {found}, and not {wanted}")
        return module.run(method, self._arguments(event), slots)

    def _compared(
        self,
        where: str,
        before: Before,
        cell: model.Cell | None,
        run: Run,
        mark: Mark,
    ) -> Iterator[Obligation]:
        rows = {self._layout.row(row): row for row in (cell if isinstance(cell, tuple) else ())}
        completion = before.event is not None and before.event.kind == "completion"
        taken: dict[str, list[Way]] = {name: [] for name in rows}
        wrong = [self._need(need, mark) for need in run.needs]
        sound = self._sound(before, list(rows.values()), completion=completion)
        looks = self._looks(before, list(rows.values())) if wrong else ()
        for way in run.ways:
            last = way.called[-1] if way.called else ""
            if last in rows and way.ends == "return":
                taken[last].append(way)
            elif not self._expected(cell, way, completion=completion):
                says = f"line {way.line} is never reached ({way.ends})"
                wrong.append(Part(says, mark, _implied(way.path, z3.BoolVal(False))))
        rule = f"the code of {where.removesuffix('/code')} goes where the spec does"
        yield self._claim(where, mark, rule, before, wrong, (*sound, *looks))
        for name, row in rows.items():
            step = self._basis.apart(before, row)
            base = f"{self._machine.name}/{before.state}/{row.id}/code"
            goal = disj([conj(list(way.path)) for way in taken[name]]) == step.guard
            rule = f"the code takes {row.id} in {before.state} exactly where its guard is true"
            part = Part("", row.mark, goal)
            yield self._claim(f"{base}/guard", row.mark, rule, before, [part], sound)
            yield from self._row(base, before, step, taken[name])

    def _looks(self, before: Before, rows: list[model.Row]) -> tuple[Term, ...]:
        """That queues which the spec looks into are not empty there, which rows have to show."""
        found: list[Term] = []
        for taken in (self._basis.take(before, row) for row in rows):
            found += [side.goal for side in taken.guard_sides if side.kind == "not_empty"]
            found += [
                z3.Implies(taken.guard, side.goal)
                for side in taken.sides
                if side.kind == "not_empty"
            ]
        return tuple(found)

    def _need(self, need: Need, mark: Mark) -> Part:
        path, truth, line = need
        goal = truth if is_term(truth) else z3.BoolVal(bool(truth))
        return Part(f"line {line} takes nothing from an empty queue", mark, _implied(path, goal))

    def _sound(
        self, before: Before, rows: list[model.Row], *, completion: bool
    ) -> tuple[Term, ...]:
        """That one row applies and no other, which the cell's own obligations have to show."""
        guards = [self._basis.take(before, row).guard for row in rows]
        if not guards:
            return ()
        one = z3.PbLe([(guard, 1) for guard in guards], 1)
        return (one,) if completion else (one, disj(guards))

    def _expected(self, cell: model.Cell | None, way: Way, *, completion: bool) -> bool:
        if isinstance(cell, model.Impossible):
            return way.ends == "impossible"
        return completion and way.ends == "return" and way.result is None

    def _row(self, base: str, before: Before, step: Taken, ways: list[Way]) -> Iterator[Obligation]:
        paths = [conj(list(way.path)) for way in ways]
        for what, compare in (
            ("target", self._target),
            ("values", self._values),
            ("timers", self._timers),
            ("emissions", self._emissions),
            ("signals", self._signals),
        ):
            parts = [
                Part(part.says, part.mark, z3.Implies(path, part.goal))
                for path, way in zip(paths, ways, strict=True)
                for part in compare(step, way)
                if not is_true(part.goal)
            ]
            rule = f"the code of {step.row.id} in {before.state} has the spec's {what}"
            if what == "signals" and not parts:
                continue
            yield self._claim(f"{base}/{what}", step.row.mark, rule, before, parts)

    # ---- the parts of a row

    def _target(self, step: Taken, way: Way) -> Iterator[Part]:
        there = way.slots["self._state"] == self._layout.states[step.view.after]
        yield Part(f"it goes to {step.view.after}", step.row.mark, z3.BoolVal(bool(there)))

    def _values(self, step: Taken, way: Way) -> Iterator[Part]:
        for variable in self._layout.variables:
            value = way.slots[self._layout.attribute(variable.name)]
            if self._steps.in_scope(variable, step.view.after):
                goal = self._do.same(value, step.view.new[variable.name])
            else:
                goal = z3.BoolVal(value is None)
            yield Part(f"the new value of {variable.name}", step.row.mark, goal)
        for name, term in self._steps.fixed.items():
            goal = self._do.same(way.slots[self._layout.attribute(name)], term)
            yield Part(f"{name} stays", step.row.mark, goal)
        for name in way.slots.keys() - self._slots(None, step.view.state).keys():
            yield Part(f"{name} is no value of the machine", step.row.mark, z3.BoolVal(False))

    def _timers(self, step: Taken, way: Way) -> Iterator[Part]:
        for name, timer in step.view.new_timers.items():
            goal = self._do.same(way.slots[self._layout.flag(name)], timer.armed)
            yield Part(f"whether {name} runs", step.row.mark, goal)
            if name in self._layout.deadlines:
                value = way.slots[self._layout.deadline(name)]
                same = self._do.same(value, timer.deadline)
                yield Part(f"when {name} fires", step.row.mark, z3.Implies(timer.armed, same))
        goal = _matched(self._wanted(step)[0], list(way.result[1]), self._same_order)
        yield Part("the orders to timers", step.row.mark, goal)

    def _same_order(self, wanted: V, found: V) -> Term:
        if isinstance(wanted, int) or isinstance(found, Gives):
            return z3.BoolVal(found == Gives(wanted, "orders"))
        name, after = found
        if name != wanted[0] or (after is None) != (wanted[1] is None):
            return z3.BoolVal(False)
        return z3.BoolVal(True) if wanted[1] is None else self._do.same(after, wanted[1])

    def _emissions(self, step: Taken, way: Way) -> Iterator[Part]:
        goal = _matched(self._wanted(step)[1], list(way.result[0]), self._same_emission)
        yield Part("what goes out", step.row.mark, goal)

    def _wanted(self, step: Taken) -> tuple[Wanted, Wanted]:
        """The orders and the emissions of a row with their conditions, made simple once."""
        key = (step.view.state, step.row.id)
        if key not in self._wants:
            inside = dict(_inside(step))
            orders: Wanted = [(when, (name, after)) for name, when, after in step.orders]
            orders += [(sent.condition, number) for number, sent in inside.items()]
            sends: Wanted = [
                (sent.condition, number if number in inside else sent)
                for number, sent in enumerate(step.emissions, 1)
            ]
            self._wants[key] = (_simple(orders), _simple(sends))
        return self._wants[key]

    def _same_emission(self, sent: V, found: V) -> Term:
        if isinstance(sent, int) or isinstance(found, Gives):
            return z3.BoolVal(found == Gives(sent, "emissions"))
        part = sent.emission
        if not isinstance(found, Record):
            return z3.BoolVal(False)
        if isinstance(part, model.Signal):
            return self._same_signal(part, sent, found)
        output = next(o for o in self._machine.outputs if o.name == part.output)
        about = {"output": output.name, "kind": output.kind}
        if output.format is not None:
            about["format"] = output.format
        names = output_fields(self._machine, output)
        told = tuple(field_name(name) for name in names)
        if {k: found.about.get(k) for k in about} != about or found.names != told:
            return z3.BoolVal(False)
        if len(found.values) != len(names):
            return z3.BoolVal(False)
        pairs = zip(names, found.values, strict=True)
        return conj(
            [
                self._do.same(value, sent.fields[name])
                if name in sent.fields
                else z3.BoolVal(value is None)
                for name, value in pairs
            ]
        )

    def _signals(self, step: Taken, way: Way) -> Iterator[Part]:
        """What is signalled inside the scope, and what the receiver finds when it is."""
        told = [(sent.condition, (number, sent)) for number, sent in _inside(step)]
        if told or way.told:
            goal = _matched(told, list(way.told), partial(self._same_told, step))
            yield Part("what is signalled inside the scope", step.row.mark, goal)

    def _same_told(self, step: Taken, wanted: tuple[int, Sent], found: Call) -> Term:
        number, sent = wanted
        part = sent.emission
        assert isinstance(part, model.Signal)  # `_inside` gives no other
        receiver = f"self.scope.{self._layout.member(part.machine)}"
        if (found.number, found.receiver, found.event) != (number, receiver, part.event):
            return z3.BoolVal(False)
        values = list(sent.fields.values())
        if len(found.values) != len(values):
            return z3.BoolVal(False)
        goals = [self._do.same(a, b) for a, b in zip(found.values, values, strict=True)]
        goals.append(self._do.same(found.now, self._steps.now))
        at = step.found[number]
        for variable in self._layout.variables:
            if variable.shared and self._steps.owns(variable):
                value = found.slots[self._layout.attribute(variable.name)]
                if self._steps.in_scope(variable, at.after):
                    goals.append(self._do.same(value, at.new[variable.name]))
                else:
                    goals.append(z3.BoolVal(value is None))
        for timer in self._machine.timers:
            if timer.shared and self._steps.owns(timer):
                flag = found.slots[self._layout.flag(timer.name)]
                goals.append(self._do.same(flag, at.new_timers[timer.name].armed))
        return conj(goals)

    def _same_signal(self, part: model.Signal, sent: Sent, found: Record) -> Term:
        about = {"machine": part.machine, "event": part.event, "names": tuple(sent.fields)}
        if {name: found.about.get(name) for name in about} != about:
            return z3.BoolVal(False)
        key, values = found.values
        wanted = list(sent.fields.values())
        if (key is None) != (sent.key is None) or len(values) != len(wanted):
            return z3.BoolVal(False)
        pairs = [*zip(values, wanted, strict=True)]
        if sent.key is not None:
            if len(key) != len(sent.key):
                return z3.BoolVal(False)
            pairs += zip(key, sent.key, strict=True)
        return conj([self._do.same(value, term) for value, term in pairs])

    # ---- the beginning and the rank

    def _begin(self, module: Module) -> Iterator[Obligation]:
        """A new instance holds what the spec says it begins with."""
        layout, steps, machine = self._layout, self._steps, self._machine
        name, rule = f"{machine.name}/begin/code", f"{machine.name} begins as the spec says"
        view = steps.before(machine.initial, None).view
        own = {n: t for n, t in steps.fixed.items() if n not in layout.shared}
        args = {layout.slots[each]: term for each, term in own.items()}
        extras = {"self": "self", "scope": "scope", "functions": "functions"}
        try:
            (way,) = module.run("__init__", {**args, **extras}, {"self": "self"}).ways
            slots = way.slots
            goals = [z3.BoolVal(slots["self._state"] == layout.states[machine.initial])]
            goals += [self._do.same(slots[layout.attribute(n)], t) for n, t in own.items()]
            if machine.scope is not None:
                goals.append(z3.BoolVal(slots[f"scope.{layout.member(machine.name)}"] == "self"))
            for variable in layout.variables:
                attribute = layout.attribute(variable.name)
                if not steps.owns(variable) or (variable.shared and variable.initial is None):
                    goals.append(z3.BoolVal(attribute not in slots))
                elif variable.initial is None:
                    goals.append(z3.BoolVal(slots[attribute] is None))
                else:
                    wanted = steps.encode(variable.initial, view)
                    goals.append(self._do.same(slots[attribute], wanted))
            flags = [layout.flag(t.name) for t in machine.timers if not t.shared]
            goals += [z3.BoolVal(slots[flag] is False) for flag in flags]
        except (UnreadableCodeError, KeyError) as error:
            yield self._doubt(name, machine.mark, rule, str(error))
            return
        parts = [Part("", machine.mark, goal) for goal in goals]
        yield Obligation(name, "PROOF-CODE", machine.mark, rule, (), tuple(parts))

    def _eviction(self, module: Module) -> Iterator[Obligation]:
        instances = self._machine.instances
        if instances is None or instances.evict is None:
            return
        for state in (s.name for s in self._machine.states if s.name not in self._steps.ended):
            before = self._steps.before(state, None)
            name = f"{self._machine.name}/{state}/eviction/code"
            rule = f"the code ranks instances in {state} as the spec does"
            args = {"now": self._steps.now} if self._machine.uses_now else {}
            try:
                slots = self._slots(None, state)
                run = module.run("eviction_rank", args, slots)
                rank = self._steps.encode(instances.evict, before.view)
                goal = self._do.same(module.only(run.ways, slots), rank)
            except UnreadableCodeError as error:
                yield self._doubt(name, instances.mark, rule, str(error))
                continue
            parts = [self._need(need, instances.mark) for need in run.needs]
            parts.append(Part("", instances.mark, goal))
            yield self._claim(name, instances.mark, rule, before, parts)

    # ---- the forms

    def _claim(  # noqa: PLR0917  # the fields of an obligation, in their order
        self,
        name: str,
        mark: Mark,
        rule: str,
        before: Before,
        parts: list[Part],
        more: tuple[Term, ...] = (),
    ) -> Obligation:
        assume = (*before.assume, *more)
        return Obligation(name, "PROOF-CODE", mark, rule, assume, tuple(parts), view=before.view)

    def _doubt(self, name: str, mark: Mark, rule: str, why: str) -> Obligation:
        return Obligation(name, "PROOF-CODE", mark, rule, (), (), doubt=why)


def _implied(path: tuple[Term, ...], goal: Term) -> Term:
    return z3.Implies(conj(list(path)), goal)


def _mark(cell: model.Cell) -> Mark:
    return cell.mark if isinstance(cell, model.Impossible) else cell[0].mark


def _inside(step: Taken) -> list[tuple[int, Sent]]:
    """The signals inside the scope by their number in the row."""
    return [
        (number, sent)
        for number, sent in enumerate(step.emissions, 1)
        if isinstance(sent.emission, model.Signal) and sent.emission.inside
    ]


def _matched(wanted: Wanted, sent: list[V], same: V) -> Term:
    """That those of `sent` that go out are those of `wanted` whose condition is true, in order."""
    wanted = [(when, what) for when, what in wanted if not is_false(when)]
    found = _simple([_with_test(each) for each in sent])
    found = [(test, what) for test, what in found if not is_false(test)]
    if len(wanted) == len(found):
        pairs = [same(first, each) for (_, first), (_, each) in zip(wanted, found, strict=True)]
        if not any(is_false(pair) for pair in pairs):
            tests = zip(wanted, found, pairs, strict=True)
            return conj([z3.And(w == f, z3.Implies(w, pair)) for (w, _), (f, _), pair in tests])
    return _in_order(wanted, found, same)


def _in_order(wanted: Wanted, found: Wanted, same: V) -> Term:
    """The same of lists whose parts do not pair off one by one, from their ends on."""
    below = [z3.BoolVal(True)]
    for test, _ in reversed(found):
        below.insert(0, _both(z3.simplify(z3.Not(test)), below[0]))
    for when, first in reversed(wanted):
        here = [_both(z3.simplify(z3.Not(when)), below[-1])]
        for place, (test, each) in reversed([*enumerate(found)]):
            both = _both(same(first, each), below[place + 1])
            here.insert(0, _if(when, _if(test, both, here[0]), below[place]))
        below = here
    return below[0]


def _if(test: Term, then: Term, orelse: Term) -> Term:
    if is_true(test) or then.eq(orelse):
        return then
    return orelse if is_false(test) else z3.If(test, then, orelse)


def _with_test(part: V) -> tuple[Term, V]:
    return (part.test, part.part) if isinstance(part, When) else (z3.BoolVal(True), part)


def _both(one: Term, other: Term) -> Term:
    if is_false(one) or is_true(other):
        return one
    return other if is_true(one) or is_false(other) else z3.And(one, other)


def _simple(wanted: Wanted) -> Wanted:
    return [(z3.simplify(when), what) for when, what in wanted]
