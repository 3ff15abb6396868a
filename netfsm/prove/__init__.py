"""Proofs about a machine, with Z3 (extra `prove`, imported where it is used).

A map of the package:

============= =====================================================================================
run           `prove`: every obligation of a machine, answered; `prove_all`: kept, in parallel
work          machines whose answers are not kept, in several processes
units         what is proved by itself, a cell mostly, and what its answers hang on
kept          answers of earlier runs; content: what a part of a model says, as a hash
checking      `check`: findings, and what is proved
obligations   what has to hold of any machine: cells, rows, invariants, timers, sequence spaces
grounds       what proofs stand on: initial values, contracts that can be kept; choosing: some value
sides         what an expression asks on its way to a value
properties    what a spec claims: steps, outputs, musts, measures, what signals bring
code          that the generated Python is the spec, row by row
python_run    generated Python run on terms; python_values: its values; python_text: its tree
whole         the machines of one scope in one step; heard: what a step shows of those it signals
step          what is known before a step, and what a row makes of it
encode        typed expressions in Z3; theory: types and their operations
numbers       what an encoding of numbers gives; integers, bitvectors: the two; encodings: by name
finding       `examples`: steps of a machine from models, kept, in parallel
example       one of them; example_form: as JSON
questions     what examples are asked for; edges: values at which a wrong operator shows
asking        Z3 asked for readable cases of one cell; concrete: from a model to values
answer        an obligation and its answer; causes: what is wrong, and what only follows from it
witness       models in the words of a spec; case: one that fails, for a person; values: its values
contradiction why nothing can take a row
told          findings, one for each cause
solver        Z3, imported when it is first used
============= =====================================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from netfsm.prove.answer import Answer
    from netfsm.prove.example import Example
    from netfsm.prove.finding import examples
    from netfsm.prove.run import Progress, Proofs, prove, prove_all

__all__ = ["Answer", "Example", "Progress", "Proofs", "examples", "prove", "prove_all"]

_HOMES: Final = {
    "Answer": "answer",
    "Example": "example",
    "Progress": "run",
    "Proofs": "run",
    "examples": "finding",
    "prove": "run",
    "prove_all": "run",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: where every answer is kept, a check needs no prover."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # a module of the same name, as `examples` is, would stand there
    return found
