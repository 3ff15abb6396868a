"""From a machine to its class.

Generating the module takes most of the time that a stack needs to start. So its code is kept by the
content of the spec it was made of (`netfsm.spec.kept`), and the generator is imported only where it
must run.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from types import CodeType

from netfsm.machine import base, values
from netfsm.machine.base import CompiledMachine, Functions, need_functions
from netfsm.machine.layout import Layout, Options
from netfsm.spec import model
from netfsm.spec.kept import kept_code
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
    layout = Layout(machine, options, constants or {})
    namespace = _namespace(layout, functions or {})
    what = f"{' '.join(machine.files)} {options} {sorted((constants or {}).items(), key=repr)}"
    code, text = kept_code(machine.digest, what, __file__, lambda: _made(layout))
    exec(code, namespace)  # noqa: S102  # our own text, made from a typed tree
    _remember(layout.file, text)
    found = namespace[layout.globals["class", machine.name]]
    assert isinstance(found, type)
    assert issubclass(found, CompiledMachine)
    return found


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


def _made(layout: Layout) -> tuple[CodeType, str]:
    from netfsm.machine.generate import generate
    from netfsm.machine.placed import to_code

    made = generate(layout)
    return to_code(made), made.text


def _remember(file: str, text: str) -> None:
    """Let `linecache` show the lines of the module outside its rows."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


def python_source(machine: model.Machine) -> str:
    """The Python that runs `machine`, as `netfsm show --python` prints it."""
    from netfsm.machine.generate import generate

    return generate(Layout(machine)).text
