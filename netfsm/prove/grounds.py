"""What other proofs stand on: values that a machine begins with, and contracts that can be kept.

A contract that nothing can keep would make true whatever is said where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from netfsm.prove.answer import Obligation, Part
from netfsm.prove.choosing import some
from netfsm.prove.sides import sides_of
from netfsm.prove.solver import conj
from netfsm.prove.step import Steps
from netfsm.spec import model
from netfsm.spec.expr import Expr


class Grounds:
    """Makes these obligations for one machine."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._machine = steps.machine

    def all(self) -> Iterator[Obligation]:
        """Every initial value has its type, and every function can keep its contract."""
        for variable in self._machine.variables:
            if variable.initial is not None and not variable.shared:
                yield from self._initial(variable)
        for function in self._machine.functions:
            if function.contract is not None:
                yield self._can_return(function, function.contract)

    def _initial(self, variable: model.Variable) -> Iterator[Obligation]:
        steps, machine, mark = self._steps, self._machine, variable.mark
        assert variable.initial is not None  # the caller has looked
        view = steps.before(machine.initial, None).was
        with steps.encode.noting() as sides:
            value = steps.encode(variable.initial, view)
        where = f"{machine.name}/begin/{variable.name}"
        known = steps.begins()
        yield from sides_of(sides, where, "where a machine begins", known, view)
        goal = steps.theory.fits(variable.type, value)
        rule = f"{variable.name} begins with a {variable.type}"
        part = Part("", mark, goal)
        yield Obligation(f"{where}/in_range", "PROOF-RANGE", mark, rule, known, (part,), view=view)

    def _can_return(self, function: model.Function, contract: Expr) -> Obligation:
        """For all arguments of their types there is a result that keeps the contract."""
        steps, name = self._steps, function.name
        theory, const = steps.theory, steps.theory.const
        args = {p.name: const(f"{name} {p.name}", p.type) for p in function.params}
        result = const(f"{name} result", function.result)
        view = evolve(steps.before(self._machine.initial, None).view, inputs={})
        promise = steps.encode(contract, view, {**args, "result": result})
        known = tuple(theory.fits(p.type, args[p.name]) for p in function.params)
        goal = some(theory, [result], conj([theory.fits(function.result, result), promise]))
        rule = f"whatever {name} is given, there is a result that keeps its contract"
        return Obligation(
            f"{self._machine.name}/function/{name}/can_return",
            "PROOF-CHOICE",
            function.mark,
            rule,
            known,
            (Part("", function.mark, goal),),
            view=view,
        )
