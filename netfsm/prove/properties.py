"""What a spec claims of its rows: steps, outputs, musts, measures, and what it tells others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from netfsm.prove.answer import Claim, Obligation, Part
from netfsm.prove.encode import View
from netfsm.prove.obligations import Obligations, typed
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.step import Before, Sent, Steps, Taken
from netfsm.spec import model
from netfsm.spec.expr import Name

Machines = Mapping[str, model.Machine]


class Claims:
    """Makes the obligations of a machine's properties; `machines` are those it may signal to."""

    def __init__(self, basis: Obligations, machines: Machines) -> None:
        self._basis = basis
        self._steps = basis.steps
        self._machine = basis.machine
        self._machines = machines
        self._outputs = {output.name: output for output in self._machine.outputs}
        self._others: dict[str, Steps] = {}

    def cell(self, state: str, event: model.Event) -> Iterator[Obligation]:
        """Every claim about every row of a cell, where its event begins a step."""
        cell = self._machine.cells.get((state, event.name))
        if not isinstance(cell, tuple) or self._steps.told_inside(event):
            return
        before = self._steps.before(state, event)
        for row in cell:
            taken = self._basis.take(before, row)
            yield from self.of_row(before, taken)
            yield from self._measure(before, taken)

    def of_row(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """What is claimed of a row, and what its signals to other scopes bring."""
        for rule in self._machine.properties:
            yield from self._claim(rule, before, taken)
        yield from self._signals(before, taken)

    def _claim(self, rule: model.Property, before: Before, taken: Taken) -> Iterator[Obligation]:
        if before.state not in rule.where or rule.event not in (None, taken.row.event):
            return
        if rule.kind == "step":
            yield from self._step(rule, before, taken)
        elif rule.kind == "output":
            yield from self._output(rule, before, taken)
        elif rule.kind == "must":
            yield from self._must(rule, before, taken)

    def _step(self, rule: model.Property, before: Before, taken: Taken) -> Iterator[Obligation]:
        """A step holds where all that it reads has a value on both sides."""
        if self._readable(rule, taken):
            goal = self._steps.rule(rule, taken.view)
            claims = (Claim(rule.id, rule.holds, taken.view),)
            yield self._obligation(rule, before, taken, "", goal, claims)

    def _output(self, rule: model.Property, before: Before, taken: Taken) -> Iterator[Obligation]:
        sent = [
            each
            for each in taken.emissions
            if isinstance(each.emission, model.Emit)
            and each.machine == self._machine.name
            and (rule.tag is None or each.emission.tag == rule.tag)
            and self._reads(rule) <= self._known(each.emission)
        ]
        for index, each in enumerate(sent, 1):
            goal = z3.Implies(each.condition, self._of(rule, taken, each))
            what = f"/{index}" if len(sent) > 1 else ""
            claims = (Claim(rule.id, rule.holds, self._seen(rule, taken, each)),)
            yield self._obligation(rule, before, taken, what, goal, claims)

    def _must(self, rule: model.Property, before: Before, taken: Taken) -> Iterator[Obligation]:
        when = self._steps.encode(rule.when, taken.view) if rule.when is not None else None
        claims: tuple[Claim, ...] = ()
        if rule.emits is None:
            goal = z3.BoolVal(False)
            if self._readable(rule, taken):
                goal = self._steps.encode(rule.holds, taken.view)
                claims = (Claim(rule.id, rule.holds, taken.view),)
        else:
            sent = [
                each
                for each in taken.emissions
                if isinstance(each.emission, model.Emit)
                and each.machine == self._machine.name
                and rule.emits in (each.emission.tag, each.emission.output)
                and self._reads(rule) <= self._known(each.emission)
            ]
            goal = disj(
                [z3.And(each.condition, self._of(rule, taken, each, bare=True)) for each in sent]
            )
            claims = tuple(
                claim
                for each in sent
                for claim in _of_emission(rule, taken, each, self._seen(rule, taken, each))
            )
        goal = goal if when is None else z3.Implies(when, goal)
        yield self._obligation(rule, before, taken, "", goal, claims)

    def _obligation(  # noqa: PLR0917  # what it speaks of, and what it says
        self,
        rule: model.Property,
        before: Before,
        taken: Taken,
        what: str,
        goal: Term,
        claims: tuple[Claim, ...],
    ) -> Obligation:
        row = taken.row
        return Obligation(
            self._basis.name(before.state, row, f"{rule.kind}/{rule.id}{what}"),
            "PROOF-PROPERTY",
            row.mark,
            f"{rule.kind} {rule.id} holds of {row.id} in {before.state}",
            (*before.assume, taken.guard),
            (Part("", row.mark, goal, claims),),
            view=taken.view,
            row=row,
            event=row.event,
            shown=(taken.guard,),
        )

    def _readable(self, rule: model.Property, taken: Taken) -> bool:
        exprs = (rule.holds,) if rule.when is None else (rule.holds, rule.when)
        view = taken.view
        return all(self._steps.readable(each, view.state, view.after) for each in exprs)

    def _reads(self, rule: model.Property) -> set[str]:
        """The fields behind `o.` that the property asks for."""
        nodes = self._steps.nodes(rule.holds)
        return {node.name for node in nodes if isinstance(node, Name) and node.kind == "out"}

    def _known(self, emit: model.Emit) -> set[str]:
        """The fields that the emission has, whether the row says them or not."""
        return {name for name, _ in emit.fields} | {*self._outputs[emit.output].types}

    def _seen(self, rule: model.Property, taken: Taken, sent: Sent) -> View:
        """What the property sees of an emission: fields that the row leaves out at their defaults.

        Of the length of what the hands put into it nothing is known.
        """
        assert isinstance(sent.emission, model.Emit)  # signals have no properties
        theory, out = self._steps.theory, dict(sent.fields)
        left = self._reads(rule) - {*out}
        output = self._outputs[sent.emission.output]
        known = output.left_out(out) if left else {}
        for name in sorted(left):
            kind = output.types[name]
            if name in known:
                out[name] = theory.value(kind, known[name])
            else:
                out[name] = made = theory.const(f"o.{name}", kind)
                theory.state(made, [theory.fits(kind, made)], "fits")
        return evolve(taken.view, out=out)

    def _of(self, rule: model.Property, taken: Taken, sent: Sent, *, bare: bool = False) -> Term:
        view = self._seen(rule, taken, sent)
        return self._steps.encode(rule.holds, view) if bare else self._steps.rule(rule, view)

    # ---- completion events

    def _measure(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """The measures of completion events decrease, so that trying them comes to an end.

        A row makes that of its own event smaller, and none of an event that stands before it
        larger: then each step makes the list of all measures smaller.
        """
        event, row = before.event, taken.row
        if event is None or event.kind != "completion":
            return
        parts: list[Part] = []
        for each in (e for e in self._machine.events if e.kind == "completion"):
            parts += self._smaller(each, before, taken, strictly=each is event)
            if each is event:
                break
        if parts:
            yield Obligation(
                self._basis.name(before.state, row, "measure"),
                "PROOF-MEASURE",
                row.mark,
                f"{row.id} makes the measure of {event.name} smaller, and none before it larger",
                (*before.assume, taken.guard),
                tuple(parts),
                view=taken.view,
                row=row,
                event=row.event,
                shown=(taken.guard,),
            )

    def _smaller(
        self, event: model.Event, before: Before, taken: Taken, *, strictly: bool
    ) -> Iterator[Part]:
        steps, mark = self._steps, taken.row.mark
        after = steps.after(taken.view)
        if not self._tried(event, after.state):
            return
        says = f"the measure of {event.name}"
        if not self._tried(event, before.state):
            yield Part(f"{says} comes up in {after.state}", mark, z3.BoolVal(False))
            return
        assert event.measure is not None  # the loader gives every completion event one
        for state in (before.state, after.state):
            if not steps.readable(event.measure, state):
                yield Part(f"{says} has no value in {state}", mark, z3.BoolVal(False))
                return
        old = steps.encode(event.measure, before.view)
        new = steps.encode(event.measure, after)
        compare = steps.theory.numbers.compare
        less = compare("lt" if strictly else "le", new, old)
        claims = (Claim("before", event.measure, before.view), Claim("after", event.measure, after))
        goal = z3.And(compare("ge", new, 0), less) if strictly else less
        yield Part(says, mark, goal, claims)

    def _tried(self, event: model.Event, state: str) -> bool:
        return isinstance(self._machine.cells.get((state, event.name)), tuple)

    # ---- signals

    def _signals(self, before: Before, taken: Taken) -> Iterator[Obligation]:
        """What a signal brings is what its receiver expects."""
        for index, sent in enumerate(taken.emissions, 1):
            part = sent.emission
            if not isinstance(part, model.Signal) or sent.machine != self._machine.name:
                continue
            receiver, row = self._machines.get(part.machine), taken.row
            name = self._basis.name(before.state, row, f"signal/{index}/{part.event}")
            if receiver is None:
                says = f"{row.id} sends {part.machine}.{part.event} what that event assumes"
                doubt = f"{part.machine} can't be read: netfsm check {part.machine}"
                yield Obligation(name, "PROOF-ASSUME", part.mark, says, (), (), doubt=doubt)
                continue
            event = receiver.event(part.event)
            parts = self._expected(receiver, event, sent)
            yield Obligation(
                name,
                "PROOF-ASSUME",
                part.mark,
                f"{row.id} sends {part.machine}.{part.event} what that event assumes",
                (*before.assume, taken.guard, sent.condition),
                parts,
                view=taken.view,
                row=row,
                event=row.event,
                shown=(taken.guard,),
            )

    def _expected(
        self, receiver: model.Machine, event: model.Event, sent: Sent
    ) -> tuple[Part, ...]:
        """Types, and the assumption in every state of the receiver, whatever it holds there.

        The signal comes at the beginning of a step, so the receiver keeps its invariants; what it
        chooses itself is free.
        """
        parts = list(typed(self._steps, event, sent))
        key = tuple(zip(receiver.key, sent.key or (), strict=False))
        fits = self._steps.theory.fits
        parts += [
            Part(f"{each.name} is a {each.type}", sent.emission.mark, fits(each.type, term))
            for each, term in key
        ]
        if event.assume is not None:
            parts += self._assumed(receiver, event, sent, {e.name: term for e, term in key})
        return tuple(parts)

    def _assumed(
        self, receiver: model.Machine, event: model.Event, sent: Sent, key: dict[str, Term]
    ) -> Iterator[Part]:
        assert event.assume is not None  # who calls has looked
        if receiver.name not in self._others:
            self._others[receiver.name] = Steps(receiver, beside=self._steps)
        other = self._others[receiver.name]
        for state in (each.name for each in receiver.states):
            if (state, event.name) in receiver.cells and other.readable(event.assume, state):
                inputs = {**other.inputs[event.name], **sent.fields}
                was = other.before(state, None).was
                view = evolve(was, inputs=inputs, fixed={**other.fixed, **key})
                known = [*other.ranges(state), *(term for _, term in other.invariants(view))]
                goal = z3.Implies(conj(known), other.encode(event.assume, view))
                yield Part(f"its assumption in {state}", sent.emission.mark, goal)


def _of_emission(rule: model.Property, taken: Taken, sent: Sent, seen: View) -> Iterator[Claim]:
    """What an emission lacks to be the one that is owed: its condition, or what is said of it."""
    if sent.emission.condition is not None:
        yield Claim(f"{rule.id}, if", sent.emission.condition, taken.view)
    yield Claim(rule.id, rule.holds, seen)
