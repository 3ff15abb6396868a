"""Runs a spec.

A map of the package:

================ ==================================================================================
compile          `compile_machine`: a machine's generated class; `python_source`: its text
placed           rows placed in the spec's file, so that tracebacks name the spec
generate         the module of a machine; layout, plan and emit_* are its parts
base             what all generated classes share; the form of results and snapshots
scope            `compile_scope`: variables that several machines share
interpret        `Interpreter`: the oracle, straight from the typed tree
adapter          `to_transitions`: a machine of the library `transitions`
arguments        Hypothesis strategies for the arguments of events; `hints` aims them at guards
values           operations on sets, queues, ranges and prefixes
================ ==================================================================================
"""

from netfsm.machine.base import NOTHING, CompiledMachine, Emission, Order, Result, Snapshot
from netfsm.machine.compile import compile_machine, python_source

__all__ = [
    "NOTHING",
    "CompiledMachine",
    "Emission",
    "Order",
    "Result",
    "Snapshot",
    "compile_machine",
    "python_source",
]
