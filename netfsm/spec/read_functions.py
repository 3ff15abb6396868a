"""What declared functions of machines give in a composition: expressions."""

from __future__ import annotations

from collections.abc import Mapping

from netfsm.spec.compose_names import Scene
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Machine
from netfsm.spec.names import closest
from netfsm.spec.shape import Entries

__all__ = ["read_functions"]


def read_functions(
    entries: Entries,
    machines: Mapping[str, Machine],
    scene: Scene,
    where: Mark,
    findings: Findings,
) -> dict[str, Expr]:
    """The expression of each declared function, by `machine.function`; all must have one."""
    declared = {f"{name}.{f.name}": f for name, m in machines.items() for f in m.functions}
    found: dict[str, Expr] = {}
    named = {key.text for key, _ in entries}
    for key, node in entries:
        function = declared.get(key.text)
        if function is None:
            what = f"no machine here declares a function {quoted(key.text)}"
            hint = closest(key.text, declared, "write MACHINE.FUNCTION")
            findings.add("UNKNOWN-NAME", key.mark, what, hint)
            continue
        args = {param.name: param.type for param in function.params}
        expr = scene.read(node, findings, expect=function.result, args=args)
        if expr is not None:
            found[key.text] = expr
    for name in declared:
        if name not in named:
            what = f"{name} is a function that hands make, and nothing says what it gives here"
            hint = f"write 'functions: {{{name}: EXPRESSION}}' over its parameters"
            findings.add("COMPOSE-MACHINE", where, what, hint)
    return found
