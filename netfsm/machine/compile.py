"""From the source of a machine's module to its class, with tracebacks that name the spec.

Functions of rows, cells and lets are compiled as if they stood in the YAML file, line for line, and
under the id of their row; so a traceback, a profiler and a debugger show the spec. The rest of the
module goes by the name ``<netfsm arp.neighbour>``, which `linecache` knows.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from types import CodeType

from netfsm.machine import base, values
from netfsm.machine.base import CompiledMachine, Functions, need_functions
from netfsm.machine.generate import Generated, generate
from netfsm.machine.layout import Layout, Options
from netfsm.spec import model
from netfsm.spec.findings import Mark
from netfsm.spec.types import Type, Value


def compile_machine(
    machine: model.Machine,
    *,
    traced: bool = False,
    checked: bool = False,
    functions: Functions | None = None,
    constants: Mapping[str, Value] | None = None,
) -> type[CompiledMachine]:
    """The class that runs `machine`: an event in, (emissions, orders) out.

    `traced`: each instance has a `trace`, called with a row's id before the row. `checked`: what
    comes in and what is stored is held against the spec, and ContractError raised. `functions`
    implements what the spec leaves to the hands for all instances; without it each instance takes
    its own as `functions=`. `constants` replace values of the spec by name. Raises
    MissingFunctions where `functions` lacks one.
    """
    wanted = tuple(function.name for function in machine.functions)
    if functions is not None:
        need_functions(machine.name, wanted, functions)
    options = Options(traced, checked, bound=functions is not None)
    made = generate(machine, options, constants)
    namespace = _namespace(made.layout, functions or {})
    exec(to_code(made), namespace)  # noqa: S102  # our own text, made from a typed tree
    _remember(made)
    found = namespace[made.layout.globals["class", machine.name]]
    assert isinstance(found, type) and issubclass(found, CompiledMachine)  # noqa: PT018
    return found


def to_code(made: Generated) -> CodeType:
    """The code of a generated module, its rows placed in the spec's file."""
    tree = ast.parse(made.text, made.file)
    homes: dict[str, Mark] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            home = made.source.marks[node.lineno - 1]
            if home is not None:
                homes[node.name] = home
                _move(node, home, made.source.marks)
    return _rehome(compile(tree, made.file, "exec"), homes, _titles(made.layout))


def _move(function: ast.FunctionDef, home: Mark, marks: list[Mark | None]) -> None:
    """Give each node of `function` the line of the spec that it was made from."""
    for node in ast.walk(function):
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword):
            mark = marks[node.lineno - 1]
            line = mark.line if mark is not None and mark.file == home.file else home.line
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = -1  # columns of generated text mean nothing


def _rehome(code: CodeType, homes: dict[str, Mark], titles: dict[str, str]) -> CodeType:
    def moved(part: object) -> object:
        if not isinstance(part, CodeType) or part.co_name not in homes:
            return part
        title = titles.get(part.co_name, part.co_name)
        file = homes[part.co_name].file
        return part.replace(co_filename=file, co_name=title, co_qualname=title)

    return code.replace(co_consts=tuple(moved(part) for part in code.co_consts))


def _titles(layout: Layout) -> dict[str, str]:
    """What a traceback calls the function of a row: the row's id."""
    return {layout.row(row): row.id for row in layout.machine.rows}


def _namespace(layout: Layout, functions: Functions) -> dict[str, object]:
    return {
        "__name__": f"netfsm.machine.generated.{layout.machine.name}",
        "ABOUT": layout.about,
        "TYPES": _types(layout) if layout.options.checked else {},
        "FUNCTIONS": dict(functions),
        "values": values,
        "base": base,
    }


def _types(layout: Layout) -> dict[str, Type]:
    found = {variable.name: variable.type for variable in layout.variables}
    for event in layout.machine.events:
        found |= {f"{event.name} {name}": kind for name, kind in event.inputs}
    return found


def _remember(made: Generated) -> None:
    """Let `linecache` show the lines of the module outside its rows."""
    text = made.text
    linecache.cache[made.file] = (len(text), None, text.splitlines(keepends=True), made.file)
