"""What has to hold of a machine by itself: of its cells, its rows and its invariants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from netfsm.prove.answer import Claim, Obligation, Part
from netfsm.prove.choosing import some
from netfsm.prove.encode import View
from netfsm.prove.grounds import Grounds
from netfsm.prove.shift import Shift
from netfsm.prove.sides import SIDES, sides_of
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.step import Before, Sent, Steps, Taken
from netfsm.spec import model
from netfsm.spec.findings import Mark
from netfsm.spec.types import INSTANT

_PAIRED: Final = 64
"""Rows of a cell that are compared two by two, so that an overlap names both; more at once."""


class Obligations:
    """Makes the obligations of one machine; `steps` gives them their terms."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.machine = steps.machine
        self._taken: dict[tuple[str, str], Taken] = {}
        self._shift = Shift(steps)

    def whole(self) -> Iterator[Obligation]:
        """What has to hold of the machine as a whole."""
        yield from self._alone()
        yield from self._begin()
        yield from Grounds(self.steps).all()
        yield from self._eviction()

    def cell(self, state: str, event: model.Event) -> Iterator[Obligation]:
        """What has to hold of a cell and of its rows there."""
        cell = self.machine.cells.get((state, event.name))
        if cell is None:
            return
        before = self.steps.before(state, event)
        where = f"{self.machine.name}/{state}/{event.name}"
        if self.steps.told_inside(event):
            yield from self._told(before, cell)
            return
        if isinstance(cell, model.Impossible):
            yield self._impossible(where, before, cell)
            return
        yield from self._choices(before)
        yield from self._cell(where, before, cell)
        for row in cell:
            yield from self._row(before, self.take(before, row))

    def take(self, before: Before, row: model.Row) -> Taken:
        """The step of `row`, made once."""
        key = (before.state, row.id)
        if key not in self._taken:
            self._taken[key] = self.steps.take(before, row)
        return self._taken[key]

    def apart(self, before: Before, row: model.Row) -> Taken:
        """The step of `row` with nothing known of what its signals inside the scope do."""
        if any(isinstance(part, model.Signal) and part.inside for part in row.emissions):
            return self.steps.take(before, row, apart=True)
        return self.take(before, row)

    def name(self, state: str, row: model.Row, what: str) -> str:
        """`arp.neighbour/INCOMPLETE/incomplete.again/natural`."""
        return f"{self.machine.name}/{state}/{row.id}/{what}"

    # ---- the beginning

    def _alone(self) -> Iterator[Obligation]:
        """Of a machine that shares a scope nothing counts without the others."""
        shares = self.machine.shares
        if shares is None or self.steps.whole is not None:
            return
        names = ", ".join(name for name in shares.machines if name != self.machine.name)
        yield Obligation(
            f"{self.machine.name}/scope",
            "PROOF-INVARIANT",
            self.machine.mark,
            f"the steps of {self.machine.name} are those of the whole scope {shares.name}",
            (),
            (),
            doubt=f"of its machines {names} one can't be read",
        )

    def _begin(self) -> Iterator[Obligation]:
        """The initial state keeps the invariants, and time alone breaks none."""
        steps, machine = self.steps, self.machine
        for rule in machine.properties:
            if rule.kind == "invariant":
                yield from self._as_time_passes(rule)
                yield from self._has_values(rule)
        if steps.whole is not None and steps.whole.keeper not in (None, machine.name):
            return  # it begins inside the step that begins the scope's instance
        first = steps.before(machine.initial, None).was
        idle = {t: evolve(x, armed=z3.BoolVal(False)) for t, x in first.timers.items()}
        old = {
            v.name: steps.encode(v.initial, first) if v.initial is not None else first.old[v.name]
            for v in machine.variables
        }
        view = evolve(first, timers=idle, old=old)
        for rule, holds in steps.invariants(view):
            yield Obligation(
                f"{machine.name}/begin/{rule.id}",
                "PROOF-INVARIANT",
                rule.mark,
                f"invariant {rule.id} holds in {machine.initial}, where {machine.name} begins",
                steps.begins(),
                (Part("", rule.mark, holds, (Claim(rule.id, rule.holds, view),)),),
                view=view,
            )
        yield from self._scope_begins(view)

    def _scope_begins(self, view: View) -> Iterator[Obligation]:
        """The invariants of a scope that nobody ends hold where all its machines begin."""
        whole = self.steps.whole
        if whole is None or self.machine.name != min(whole.scope.machines):
            return
        world = whole.world(self.steps, view)
        for joint in whole.scope.invariants if whole.keeper is None else ():
            yield Obligation(
                f"{self.machine.name}/begin/{whole.scope.name}/{joint.id}",
                "PROOF-INVARIANT",
                joint.mark,
                f"invariant {joint.id} of {whole.scope.name} holds where its machines begin",
                tuple(whole.beginning(world)),
                (Part("", joint.mark, whole.joint(joint, world)),),
                view=view,
            )

    def _as_time_passes(self, rule: model.Property) -> Iterator[Obligation]:
        if not self.steps.reads_now(rule.holds):
            return
        theory = self.steps.theory
        later = theory.const("now later", INSTANT)
        for state in rule.where:
            before = self.steps.before(state, None)
            view = before.was
            after = evolve(view, now=later)
            holds = z3.Implies(self.steps.rule(rule, view), self.steps.rule(rule, after))
            yield Obligation(
                f"{self.machine.name}/{state}/as_time_passes/{rule.id}",
                "PROOF-INVARIANT",
                rule.mark,
                f"invariant {rule.id} stays true in {state} while nothing but time passes",
                (*before.assume, theory.numbers.compare("ge", later, view.now)),
                (Part("", rule.mark, holds, (Claim(rule.id, rule.holds, after),)),),
                view=view,
            )

    def _has_values(self, rule: model.Property) -> Iterator[Obligation]:
        """What an invariant reads of other machines has a value wherever it is asked."""
        if self.steps.whole is None:
            return
        code, says = SIDES["has_value"]
        for state in rule.where:
            before = self.steps.before(state, None)
            with self.steps.encode.noting() as sides:
                self.steps.rule(rule, before.was)
            found = [side for side in sides if side.kind == "has_value"]
            parts = tuple(Part(str(side), side.expr.mark, side.goal) for side in found)
            if parts:
                name = f"{self.machine.name}/{state}/has_value/{rule.id}"
                yield self._claim(name, code, rule.mark, says, before, parts)

    # ---- cells

    def _cell(
        self, where: str, before: Before, rows: tuple[model.Row, ...]
    ) -> Iterator[Obligation]:
        taken = [self.take(before, row) for row in rows]
        guards = [each.guard for each in taken]
        told = [_guard_claim(row, before.view) for row in rows]
        pairs = tuple(
            Part(
                f"{rows[a].id} and {rows[b].id} apply at once",
                rows[b].mark,
                goal,
                (*told[a], *told[b]),
            )
            for b in range(len(rows) if len(rows) <= _PAIRED else 0)
            for a in range(b)
            for goal in (z3.Not(z3.And(guards[a], guards[b])),)
        )
        if len(rows) > _PAIRED:
            most = z3.PbLe([(guard, 1) for guard in guards], 1)
            pairs = (Part("two rows apply at once", rows[0].mark, most),)
        if pairs:
            rule = f"in {before.state} at most one row applies to {rows[0].event}"
            yield self._claim(
                f"{where}/exclusive", "PROOF-OVERLAP", rows[0].mark, rule, before, pairs
            )
        if before.event is not None and before.event.kind != "completion":
            rule = f"in {before.state} some row applies to {rows[0].event}"
            part = Part("", rows[0].mark, disj(guards), tuple(c for each in told for c in each))
            yield self._claim(
                f"{where}/covering", "PROOF-HOLE", rows[0].mark, rule, before, (part,)
            )

    def _impossible(self, where: str, before: Before, cell: model.Impossible) -> Obligation:
        rule = f"in {before.state} {cell.event} never comes ({cell.reason})"
        part = Part("", cell.mark, z3.BoolVal(False))
        name = f"{where}/impossible"
        return self._claim(name, "PROOF-POSSIBLE", cell.mark, rule, before, (part,))

    def _claim(  # noqa: PLR0917  # the fields of an obligation, in their order
        self,
        name: str,
        code: str,
        mark: Mark,
        rule: str,
        before: Before,
        parts: tuple[Part, ...],
        more: tuple[Term, ...] = (),
        *,
        taken: Taken | None = None,
    ) -> Obligation:
        assume = (*before.assume, *more)
        return Obligation(
            name,
            code,
            mark,
            rule,
            assume,
            parts,
            view=before.view if taken is None else taken.view,
            row=None if taken is None else taken.row,
            event="" if before.event is None else before.event.name,
            shown=more,
        )

    def _told(self, before: Before, cell: model.Cell) -> Iterator[Obligation]:
        """A cell whose event comes inside other steps, which have to show all else: see `heard`."""
        from netfsm.prove.heard import where_taken

        for row in cell if isinstance(cell, tuple) else ():
            taken = self.take(before, row)
            yield where_taken(self, before, taken)
            yield from self._equivariant(before, taken)

    # ---- rows

    def inner(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """What holds of a row that another machine's step holds, but for invariants."""
        row, state = taken.row, before.state
        guard, step = self.name(state, row, "guard"), self.name(state, row, "step")
        known, view = (*before.assume, taken.guard), taken.view
        yield from sides_of(taken.guard_sides, guard, row.id, before.assume, view, row=row)
        yield from sides_of(taken.sides, step, row.id, known, view, row=row, shown=(taken.guard,))
        yield from self._in_range(before, taken)
        yield from self._timers(before, taken)

    def _row(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        row, state = taken.row, before.state
        yield Obligation(
            self.name(state, row, "can_be_taken"),
            "PROOF-DEAD-ROW",
            row.mark,
            f"{row.id} can be taken in {state}",
            before.assume,
            (Part("", row.mark, taken.guard),),
            taken=True,
            view=before.view,
            row=row,
            event=row.event,
        )
        yield from self.inner(before, taken)
        yield from self._kept(before, taken)
        yield from self._equivariant(before, taken)

    def _in_range(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        steps, row, more = self.steps, taken.row, (taken.guard,)
        for assign, value in taken.stores:
            kind = steps.variables[assign.variable].type
            claim = Claim(assign.variable, assign.value, taken.view)
            fits = steps.theory.fits(kind, value)
            part = Part(f"{row.id} stores {assign.variable}", assign.mark, fits, (claim,))
            rule = f"a store keeps to its type, {kind}"
            name = self.name(before.state, row, f"in_range/{assign.variable}")
            yield self._claim(
                name, "PROOF-RANGE", assign.mark, rule, before, (part,), more, taken=taken
            )
        outputs = {output.name: output for output in self.machine.outputs}
        for index, sent in enumerate(taken.emissions, 1):
            if isinstance(sent.emission, model.Signal) or sent.machine != self.machine.name:
                continue
            kinds = outputs[sent.emission.output].types
            for field, expr in sent.emission.fields:
                goal = steps.theory.fits(kinds[field], sent.fields[field])
                wanted = z3.Implies(sent.condition, goal)
                says, claims = f"{row.id} emits {field}", (Claim(field, expr, taken.view),)
                part = Part(says, sent.emission.mark, wanted, claims)
                rule = f"a field keeps to its type, {kinds[field]}"
                name = self.name(before.state, row, f"emits/{index}/{field}")
                yield self._claim(
                    name, "PROOF-RANGE", part.mark, rule, before, (part,), more, taken=taken
                )

    def _timers(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """A timer that runs after the step is handled in the state that it leads to."""
        row, view = taken.row, taken.view
        parts = [
            Part(
                f"{timer.name} runs in {view.after}",
                row.mark,
                z3.Not(view.new_timers[timer.name].armed),
            )
            for timer in self.machine.timers
            if self.steps.owns(timer)
            and (
                not (timer.states is None or view.after in timer.states)
                or view.after in self.steps.ended
            )
        ]
        if parts:
            rule = f"{row.id} leaves no timer running that its target does not handle"
            name, more = self.name(before.state, row, "timers"), (taken.guard,)
            yield self._claim(
                name, "PROOF-TIMER", row.mark, rule, before, tuple(parts), more, taken=taken
            )

    def _kept(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """The row keeps each invariant of the state that it leads to."""
        row, after = taken.row, self.steps.after(taken.view)
        if after.state in self.steps.ended and self.machine.instances is not None:
            return  # the instance is gone; the next begins anew
        whole = self.steps.whole
        alive: tuple[Term, ...] = ()
        if whole is not None and taken.world is not None:
            alive = (whole.alive(taken.world),)  # else the instance of the scope is gone
        for rule, holds in self.steps.invariants(after):
            says = f"invariant {rule.id} holds after {row.id}, in {after.state}"
            name = self.name(before.state, row, f"keeps/{rule.id}")
            part = Part("", row.mark, holds, (Claim(rule.id, rule.holds, after),))
            more = (taken.guard, *alive)
            yield self._claim(
                name, "PROOF-INVARIANT", row.mark, says, before, (part,), more, taken=taken
            )
        yield from self._kept_by_all(before, taken, alive)

    def _kept_by_all(
        self, before: Before, taken: Taken, alive: tuple[Term, ...]
    ) -> Iterator[Obligation]:
        """The step keeps what the other machines of the scope, and the scope, say of themselves."""
        whole, row = self.steps.whole, taken.row
        if whole is None or before.held is None or taken.world is None:
            return
        begins = before.state in self.steps.ended
        for old, new in zip(whole.rules(before.held), whole.rules(taken.world), strict=True):
            if new.holds.eq(old.holds) and not begins:
                continue  # nothing that it reads has changed
            says = f"invariant {new.id} of {new.name} holds after {row.id} of {before.state}"
            name = self.name(before.state, row, f"keeps/{new.name}/{new.id}")
            part, more = Part("", row.mark, new.holds), (taken.guard, *alive)
            yield self._claim(
                name, "PROOF-INVARIANT", row.mark, says, before, (part,), more, taken=taken
            )

    def _equivariant(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """Where numbers of a sequence space begin changes nothing but those numbers."""
        name = f"{self.machine.name}/{before.state}/{taken.row.id}"
        yield from self._shift.of_row(name, before, self.apart(before, taken.row))

    # ---- the rest

    def _choices(self, before: Before) -> Iterator[Obligation]:
        """Whatever comes, the hands can choose so that the contracts hold."""
        event, state = before.event, before.state
        if event is None or not any(choice.contract for choice in event.choices):
            return
        theory, inputs = self.steps.theory, before.view.inputs
        terms = [inputs[choice.name] for choice in event.choices]
        free = [theory.numbers.free(term) for term in terms]
        fits = [theory.fits(c.type, inputs[c.name]) for c in event.choices]
        rules = [
            self.steps.encode(c.contract, before.view)
            for c in event.choices
            if c.contract is not None and self.steps.readable(c.contract, state)
        ]
        told = {term.get_id() for term in (*fits, *rules)}
        assume = tuple(term for term in before.assume if not self._speaks_of(term, free, told))
        goal = some(theory, terms, conj([*fits, *rules]))
        yield Obligation(
            f"{self.machine.name}/{state}/{event.name}/can_choose",
            "PROOF-CHOICE",
            event.mark,
            f"whatever {event.name} brings in {state}, its choices can keep to contract",
            assume,
            (Part("", event.mark, goal),),
            view=before.view,
        )

    def _speaks_of(self, term: Term, chosen: list[Term], told: set[int]) -> bool:
        if term.get_id() in told:
            return True
        changed = z3.substitute(term, *[(c, z3.FreshConst(c.sort())) for c in chosen])
        return not changed.eq(term)

    def _eviction(self) -> Iterator[Obligation]:
        """The rank that says which instance goes has a value in every state."""
        instances = self.machine.instances
        if instances is None or instances.evict is None:
            return
        for state in (s.name for s in self.machine.states if s.name not in self.steps.ended):
            before = self.steps.before(state, None)
            with self.steps.encode.noting() as sides:
                self.steps.encode(instances.evict, before.view)
            where = f"{self.machine.name}/{state}/eviction"
            yield from sides_of(sides, where, "the rank", before.assume, before.view)


def typed(steps: Steps, event: model.Event, sent: Sent) -> Iterator[Part]:
    """That what a signal brings is of its parameters' types."""
    kinds = {p.name: p.type for p in event.params}
    for name, term in sent.fields.items():
        fits = steps.theory.fits(kinds[name], term)
        yield Part(f"{name} is a {kinds[name]}", sent.emission.mark, fits)


def _guard_claim(row: model.Row, view: View) -> tuple[Claim, ...]:
    """What a row asks before it is taken; nothing where it asks nothing."""
    return () if row.guard is None else (Claim(row.id, row.guard, view),)
