"""What the parts of one machine's reading share, and what they ask of other files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from attrs import define, field, frozen

from netfsm.spec.declarations import Declarations
from netfsm.spec.declare import parse_fields
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.model import Event, Field, Let, Output, Scope, Timer, Variable
from netfsm.spec.names import Names, Vocabulary, closest
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.outline import Outline
from netfsm.spec.shape import Entries, Shape

__all__ = ["Reading", "ScopeFile", "Signature", "World"]


@frozen
class ScopeFile:
    """A scope as machines of it see it. Names in `broken` have findings already.

    `words` are all that stand in its file, some of which are constants.
    """

    scope: Scope
    declared: Declarations
    broken: frozenset[str]
    words: frozenset[str]


@frozen
class Signature:
    """What a machine that sends a signal must know of the one that gets it.

    `events` are those that are sound; `names` are all, `signals` those that are signals.
    """

    name: str
    scope: str
    key: tuple[Field, ...]
    instances: bool
    events: Mapping[str, Event]
    names: tuple[str, ...]
    signals: frozenset[str]
    sound: bool


class World(Protocol):
    """The other files. Each method gives None where there is no such spec, or none to be had."""

    def known(self, kind: Literal["layer", "format", "machine", "scope", "types"]) -> Iterable[str]:
        """The names of all specs of `kind`."""
        ...

    def declarations(self, name: str) -> Declarations | None:
        """What layer or `types` file `name` declares."""

    def format(self, name: str) -> Format | None:
        """Format `name`."""

    def scope(self, name: str) -> ScopeFile | None:
        """Scope `name`."""

    def signature(self, name: str) -> Signature | None:
        """Machine `name` as others see it."""


@define
class Reading:
    """One machine while it is read: its outline, what it declares, and where findings go."""

    name: str
    outline: Outline
    shape: Shape
    declared: Declarations
    vocabulary: Vocabulary
    world: World
    words: frozenset[str]
    findings: Findings
    given: tuple[Field, ...] = ()
    key: tuple[Field, ...] = ()
    variables: dict[str, Variable] = field(factory=dict[str, Variable])
    timers: dict[str, Timer] = field(factory=dict[str, Timer])
    events: dict[str, Event] = field(factory=dict[str, Event])
    outputs: dict[str, Output] = field(factory=dict[str, Output])
    fills: dict[str, dict[str, Node]] = field(factory=dict[str, dict[str, Node]])
    lets: tuple[Let, ...] = ()

    @property
    def names(self) -> Names:
        """The vocabulary apart from any event and state."""
        return Names(self.vocabulary)

    def fields(self, entries: Entries) -> tuple[Field, ...]:
        """Return typed fields; the names of those that are wrong go to the broken ones."""
        found = parse_fields(entries, self.declared.type_names, self.findings)
        good = {each.name for each in found}
        self.vocabulary.broken.update(key.text for key, _ in entries if key.text not in good)
        return found

    def has_value(self, variable: Variable, state: str) -> bool:
        """True where `variable` of this machine has a value in `state`.

        Where there is no instance only what has an initial value has one; there is nothing in a
        final state.
        """
        place = self.outline.states.get(state)
        if place is None:
            return True  # an unknown state has its finding
        if place.absent:
            return variable.initial is not None
        return not place.final and (variable.states is None or state in variable.states)

    def format_named(self, scalar: Scalar) -> Format | None:
        """Return the format that `scalar` names; UNKNOWN-FORMAT where there is none."""
        known = tuple(self.world.known("format"))
        if scalar.text not in known:
            what = f"there is no format {quoted(scalar.text)}"
            hint = closest(scalar.text, known, "a format is a file 'format: NAME' beside the layer")
            self.findings.add("UNKNOWN-FORMAT", scalar.mark, what, hint)
            return None
        return self.world.format(scalar.text)

    def output_fields(self, output: Output) -> dict[str, Field]:
        """Every field that an emission of `output` may say: the format's, and its own."""
        wire = None if output.format is None else self.world.format(output.format)
        settable = () if wire is None else wire.settable
        return {f.name: f for f in (*settable, *output.fields)}

    def required_fields(self, output: Output) -> frozenset[str]:
        """Those that every emission of `output` must say."""
        wire = None if output.format is None else self.world.format(output.format)
        required = frozenset[str]() if wire is None else wire.required
        return required | {f.name for f in output.fields}

    def break_alias(self, alias: str) -> None:
        """Make every name below `alias` a broken one: its format has findings."""
        below = f"{alias}."
        self.vocabulary.broken.update(word for word in self.words if word.startswith(below))
