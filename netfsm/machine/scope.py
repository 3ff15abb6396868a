"""What several machines share: variables and timers of a scope, and the machines themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from netfsm.machine.layout import Layout, class_name, identifier
from netfsm.spec import model


class CompiledScope:
    """One instance of a scope; the generated class has a slot for each variable and machine."""

    __slots__ = ()

    if TYPE_CHECKING:  # what the generated class adds is known when it is generated

        def __init__(self, *key: Any) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


def compile_scope(scope: model.Scope, machines: Iterable[model.Machine]) -> type[CompiledScope]:
    """The class of `scope`, which `machines` share.

    An instance takes the values of the key; each machine made with ``scope=`` puts itself into the
    slot of its name, where signals inside the scope find it.
    """
    layouts = [Layout(machine) for machine in machines]
    key = [layouts[0].slots[part.name] for part in scope.key]
    begin: dict[str, Any] = {}
    for layout in layouts:
        begin |= _begin(layout)
    members = [identifier(name) for name in scope.machines]

    def begin_with(self: CompiledScope, *values: Any) -> None:
        for name, value in zip(key, values, strict=True):
            setattr(self, name, value)
        for name, value in begin.items():
            setattr(self, name, value)

    body = {
        "__slots__": (*key, *begin, *members),
        "__init__": begin_with,
        "__doc__": f"The scope {scope.name}.",
    }
    return type(class_name(scope.name), (CompiledScope,), body)


def _begin(layout: Layout) -> dict[str, Any]:
    """The shared attributes that the machine of `layout` knows, with their first values."""
    found: dict[str, Any] = {}
    for variable in layout.variables:
        if variable.shared:
            found[layout.slots[variable.name]] = None
    for timer in layout.machine.timers:
        if timer.shared:
            found[layout.flags[timer.name]] = False
            if timer.name in layout.deadlines:
                found[layout.deadlines[timer.name]] = None
    return found


def told_inside(machine: model.Machine, machines: Mapping[str, model.Machine]) -> frozenset[str]:
    """The events of `machine` that machines of its scope signal in the middle of their steps."""
    kin = machine.shares.machines if machine.shares is not None else ()
    return frozenset(
        part.event
        for name in kin
        if name in machines
        for row in machines[name].rows
        for part in row.emissions
        if isinstance(part, model.Signal) and part.inside and part.machine == machine.name
    )
