"""What suites run against: `self`, the generated code; `reference`, the interpreter.

Other packages offer targets by the entry-point group `netfsm.targets`: `module:factory`, called
with what stands behind the colon of `--against NAME:ARGUMENT`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final, Protocol, cast, runtime_checkable

from attrs import frozen

from netfsm.conformance.crew import compiled_crew, interpreted_crew
from netfsm.conformance.subjects import Maker, compiled, compiled_class, interpreted
from netfsm.errors import TargetError
from netfsm.spec import model

__all__ = ["Target", "find_target", "target_names"]

LATER: Final = ("linux", "qemu", "tap", "packet", "socket")


class Target(Protocol):
    """Something whose machines can be driven event by event."""

    @property
    def name(self) -> str:
        """As `--against` has it."""
        ...

    def maker(self, machine: model.Machine) -> Maker:
        """What makes instances of `machine` under test."""
        ...


@frozen
class Self:
    """The generated Python."""

    name: str = "self"

    def maker(self, machine: model.Machine) -> Maker:
        """Compile the machine once; each instance tells its rows."""
        return compiled(compiled_class(machine))

    def crew(self, machines: tuple[model.Machine, ...]) -> Maker:
        """The same for the machines of a scope."""
        return compiled_crew(machines)


@frozen
class Reference:
    """The interpreter itself: what is wrong here is wrong with a spec or a suite."""

    name: str = "reference"

    def maker(self, machine: model.Machine) -> Maker:  # noqa: ARG002  # one maker for all
        """An interpreter."""
        return interpreted

    def crew(self, machines: tuple[model.Machine, ...]) -> Maker:
        """An interpreter for each, over one store."""
        return interpreted_crew(machines)


@runtime_checkable
class OfScopes(Protocol):
    """A target that can drive the machines of a scope together."""

    def crew(self, machines: tuple[model.Machine, ...]) -> Maker:
        """What makes instances of the scope that `machines` share."""
        ...


def target_names() -> tuple[str, ...]:
    """The targets that can be run against in this version, those of other packages last."""
    others = sorted(entry.name for entry in entry_points(group="netfsm.targets"))
    return ("self", "reference", *others)


def find_target(text: str) -> Target:
    """The target that `--against TEXT` names.

    Raises:
        TargetError: there is none of that name, or it is not available in this version.
    """
    name, _, argument = text.partition(":")
    if text == "self":
        return Self()
    if text == "reference":
        return Reference()
    for entry in entry_points(group="netfsm.targets"):
        if entry.name == name:
            return cast(Target, entry.load()(argument))
    remedy = f"run against {' or '.join(target_names())}"
    if name in LATER:
        raise TargetError(text, "not available in this version", remedy)
    raise TargetError(text, "there is no target of that name", remedy)
