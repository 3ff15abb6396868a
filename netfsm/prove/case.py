"""A case in which an obligation fails, in lines for a person.

The row and its clause, what is held before, the event, what is changed after, and what is false:
of a claim the one conjunct, with its values; of a hole what each row lacks.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from netfsm.prove.answer import Claim, Obligation, Pairs, Part
from netfsm.prove.encode import View
from netfsm.prove.step import Steps
from netfsm.prove.values import Values
from netfsm.spec.conjuncts import conjuncts
from netfsm.spec.expr import Expr, Lit, Op
from netfsm.spec.pretty import pretty
from netfsm.spec.types import Bool


@frozen
class Case:
    """One case: the values of a model, and the part that is false in it."""

    steps: Steps
    values: Values
    obligation: Obligation
    part: Part | None

    def lines(self, pairs: Pairs) -> tuple[str, ...]:
        """The case; `pairs` are the values by name of what is said something of."""
        view, row = self.obligation.view, self.obligation.row
        found: list[str] = []
        if row is not None:
            refs = ", ".join(str(ref) for ref in row.refs)
            found.append(f"row     {row.id} ({refs})" if refs else f"row     {row.id}")
        if view is not None:
            found += self._before(view, [name for name, _ in pairs])
            found += self._after(view)
        for claim in self.part.claims if self.part is not None else ():
            found += self._claim(claim)
        return tuple(found)

    # ---- before and after

    def _before(self, view: View, names: list[str]) -> Iterator[str]:
        held = [self._held(view, name) for name in names if name not in view.inputs]
        held = [text for text in held if text]
        yield f"before  {view.state}{': ' if held else ''}{', '.join(held)}"
        brought = [self._is(name, view.inputs[name]) for name in names if name in view.inputs]
        event = self.obligation.event
        if event:
            yield f"event   {event}{': ' if brought else ''}{', '.join(brought)}"

    def _held(self, view: View, name: str) -> str:
        if name.startswith("armed("):
            timer = name[len("armed(") : -1]
            there = timer in view.timers and self.values.truth(view.timers[timer].armed)
            return f"{timer} runs" if there else ""
        if name.startswith("len("):
            return f"{name} = {self.values.length(name[4:-1])}"
        if name in view.old:
            return self._is(name, view.old[name])
        if name in view.fixed:
            return self._is(name, view.fixed[name])
        return self._is(name, view.now) if name == "now" else ""

    def _is(self, name: str, term: object) -> str:
        text = self.values.text(self.values.kind(name), term, name)
        return f"{name} = {text}" if text else ""

    def _after(self, view: View) -> Iterator[str]:
        """What the step changes; sequence numbers are told from the anchor as it was before."""
        if not view.after:
            return
        told: list[str] = []
        for variable in self.steps.machine.variables:
            name = variable.name
            new = view.new.get(name)
            if new is not None and new is not view.old.get(name):
                text = self.values.text(variable.type, new)
                told += [f"{name} = {text}"] if text else []
        for timer, state in view.new_timers.items():
            was, runs = (self.values.truth(each.armed) for each in (view.timers[timer], state))
            if was != runs:
                told.append(f"{timer} {'runs' if runs else 'stops'}")
        yield f"after   {view.after}{': ' if told else ''}{', '.join(told)}"

    # ---- what is false

    def _claim(self, claim: Claim) -> Iterator[str]:
        label = f"{claim.says}: " if claim.says else ""
        if not isinstance(claim.expr.type, Bool):
            yield f"value   {label}{self._computed(claim.expr, claim.view)}"
            return
        for part in conjuncts(claim.expr, self.steps.lets):
            if not self.values.truth(self.steps.encode(part, claim.view)):
                yield f"false   {label}{pretty(part)}{self._compared(part, claim.view)}"
                return
        yield f"true    {label}{pretty(claim.expr)}"

    def _computed(self, expr: Expr, view: View) -> str:
        """`tries + 1 = 4`; of a difference what it is made of, since it may be none."""
        if isinstance(expr, Op) and expr.op == "sub":
            return f"{pretty(expr)} is {pretty(self._put(expr, view))}"
        return f"{pretty(expr)} = {self.values.text(expr.type, self.steps.encode(expr, view))}"

    def _compared(self, part: Expr, view: View) -> str:
        """A comparison with the values of both sides."""
        if isinstance(part, Op) and part.op == "not" and isinstance(part.args[0], Op):
            inner = part.args[0]
            return f": {pretty(evolve(part, args=(self._put(inner, view),)))}"
        return f": {pretty(self._put(part, view))}" if isinstance(part, Op) else ""

    def _put(self, op: Op, view: View) -> Op:
        """An operation with the values of its arguments in their place, where they have any."""
        texts = [self.values.text(arg.type, self.steps.encode(arg, view)) for arg in op.args]
        pairs = zip(op.args, texts, strict=True)
        args = tuple(Lit(0, arg.type, text, arg.mark) if text else arg for arg, text in pairs)
        return evolve(op, args=args)
