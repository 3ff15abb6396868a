"""Where the numbers of a sequence space begin changes nothing but those numbers.

All numbers of the space that a step reads are moved by as much. Its guard, its orders to timers and
what it sends stay as they are then; numbers of the space that it stores or sends have moved along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from netfsm.machine.layout import order_expressions, row_expressions
from netfsm.prove.answer import Obligation, Part
from netfsm.prove.encode import View
from netfsm.prove.solver import Term, z3
from netfsm.prove.step import Before, Sent, Steps, Taken
from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, Lit, Name, Op, children
from netfsm.spec.findings import Mark
from netfsm.spec.types import Nat, Ranges, Seq, Type

_MOVE_ALONG: Final = frozenset(
    {"eq", "ne", "if", "seq_lt", "seq_le", "seq_add", "seq_back", "seq_sub"}
)
Shifted = Callable[[Term], Term]


class Shift:
    """Makes the obligations of rows to hold wherever numbers begin."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._machine = steps.machine

    def of_row(self, name: str, before: Before, taken: Taken) -> Iterator[Obligation]:
        """One for each space, called `name`/shift/SPACE; `taken` follows no signal of the row."""
        theory, row = self._steps.theory, taken.row
        for space, kind in self._steps.spaces().items():
            rule = f"{row.id} does not depend on where numbers of {space} begin"
            parts: tuple[Part, ...] = ()
            assume: tuple[Term, ...] = ()
            shown: tuple[Term, ...] = ()
            if not self._by_form(row, kind):
                below = Nat(kind.modulus - 1)
                shift = theory.const("shift", below)
                parts = tuple(self._parts(before, taken, kind, shift))
                shown = (theory.fits(below, shift),)
                assume = (*before.assume, *shown)
                if not parts:
                    continue
            yield Obligation(
                f"{name}/shift/{space}",
                "PROOF-SHIFT",
                row.mark,
                rule,
                assume,
                parts,
                view=taken.view if parts else None,
                row=row if parts else None,
                event=row.event if parts else "",
                shown=shown,
            )

    def _by_form(self, row: model.Row, kind: Seq) -> bool:
        """Whether numbers of the space are only moved, compared, chosen and subtracted.

        Each of these gives the same, or the same moved along, when all numbers of the space move;
        so does whatever is made of them, and that a function of the hands does so is a part of its
        contract. A constant of the space stands still.
        """
        plain = {id(value) for part in row.emissions for _, value in part.fields if _sent_as(value)}
        exprs = [expr for expr in row_expressions(row) if id(expr) not in plain]
        exprs += [row.guard] if row.guard is not None else []
        return not any(
            (
                isinstance(node, Lit | Op | Call)
                and kind in {node.type, *(arg.type for arg in children(node))}
                and not (isinstance(node, Op) and node.op in _MOVE_ALONG)
                and not (isinstance(node, Call) and node.kind in ("let", "function"))
            )
            or (isinstance(node, Name) and node.kind == "const" and node.type == kind)
            for node in self._steps.nodes(*exprs)
        )

    # ---- what is asked of Z3

    def _parts(self, before: Before, taken: Taken, kind: Seq, shift: Term) -> Iterator[Part]:
        theory, row = self._steps.theory, taken.row
        moved = theory.numbers.moved(self._of_space(kind, before.view, row), shift, kind)

        def shifted(term: Term) -> Term:
            return z3.substitute(term, *moved) if moved else term

        def kept(says: str, mark: Mark, when: Term, value: Term, along: bool) -> Part:
            same = theory.numbers.ahead(value, shift, kind.modulus, below=False) if along else value
            return Part(says, mark, z3.Implies(when, theory.equal(shifted(value), same)))

        if row.guard is None or not self._asks_ranges(row, row.guard, kind):
            yield Part("the guard", row.mark, shifted(taken.guard) == taken.guard)
        for assign, value in taken.stores:
            if not self._asks_ranges(row, assign.value, kind):
                along = self._steps.variables[assign.variable].type == kind
                says = f"the value of {assign.variable}"
                yield kept(says, assign.mark, taken.guard, value, along)
        for setting in row.timers:
            if any(self._asks_ranges(row, e, kind) for e in order_expressions(setting.order)):
                continue
            for _, when, after in (o for o in taken.orders if o[0] == setting.timer):
                says = f"the order to {setting.timer}"
                yield Part(says, setting.mark, z3.Implies(taken.guard, shifted(when) == when))
                if after is not None:
                    given, says = z3.And(taken.guard, when), f"the time of {setting.timer}"
                    yield kept(says, setting.mark, given, after, False)
        for sent in taken.emissions:
            if sent.machine == self._machine.name:
                yield from self._sent(sent, taken, kind, shifted, kept)

    def _sent(
        self,
        sent: Sent,
        taken: Taken,
        kind: Seq,
        shifted: Shifted,
        kept: Callable[[str, Mark, Term, Term, bool], Part],
    ) -> Iterator[Part]:
        """An emission goes out as often, and what it says is the same or has moved along."""
        part, row = sent.emission, taken.row
        what = part.output if isinstance(part, model.Emit) else part.event
        if part.condition is not None and self._asks_ranges(row, part.condition, kind):
            return
        same = z3.Implies(taken.guard, shifted(sent.condition) == sent.condition)
        yield Part(f"whether {what} goes out", part.mark, same)
        given = z3.And(taken.guard, sent.condition)
        said = [(name, expr, sent.fields[name]) for name, expr in part.fields]
        if isinstance(part, model.Signal) and part.key and sent.key:
            said += [("its key", e, term) for e, term in zip(part.key, sent.key, strict=True)]
        for name, expr, term in said:
            if not _sent_as(expr) and not self._asks_ranges(row, expr, kind):
                along = expr.type == kind
                yield kept(f"{name} of {what}", part.mark, given, term, along)

    def _asks_ranges(self, row: model.Row, expr: Expr, kind: Type) -> bool:
        """Operations on ranges are opaque to Z3: that they shift is part of their contract."""
        nodes = [*self._steps.nodes(expr)]
        new = {node.name for node in nodes if isinstance(node, Name) and node.new}
        nodes += self._steps.nodes(*(a.value for a in row.assigns if a.variable in new))
        return any(isinstance(node.type, Ranges) and node.type.space == kind for node in nodes)

    def _of_space(self, kind: Seq, view: View, row: model.Row) -> list[Term]:
        """Every number of the space that the step may read."""
        steps = self._steps
        found = [steps.old[v.name] for v in self._machine.variables if v.type == kind]
        found += [steps.fixed[n] for n, each in steps.fields.items() if each == kind]
        for event in self._machine.events:
            kinds: dict[str, Type] = {p.name: p.type for p in event.params}
            kinds |= {c.name: c.type for c in event.choices}
            found += [view.inputs[n] for n, k in kinds.items() if k == kind and n in view.inputs]
        for number, part in enumerate(row.emissions, 1):
            if isinstance(part, model.Signal) and part.inside:
                after = steps.any_after(number).values
                found += [after[n] for n in after if steps.variables[n].type == kind]
        return list({str(term): term for term in found}.values())


def _sent_as(expr: Expr) -> bool:
    """Whether an emission sends a number of a space as it is written: `SEQ: 0`."""
    return isinstance(expr, Lit) and isinstance(expr.type, Seq)
