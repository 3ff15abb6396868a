"""The specs that a run looks at: machines, formats with their codecs, vectors, by layer.

A layer is the word before the dot: `arp.neighbour` is a machine of `arp`, whether or not a file of
kind `layer` stands beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from attrs import field, frozen

from netfsm.conformance.inputs import Calls
from netfsm.errors import SpecError
from netfsm.spec.findings import Findings
from netfsm.spec.formats import Format
from netfsm.spec.index import SpecFile
from netfsm.spec.load import Spec, find_specs, load_spec
from netfsm.spec.model import Machine
from netfsm.wire.codec import Codec, compile_format

__all__ = ["Stock", "is_wide", "layer_of", "load_stock"]

MOST_KIN: Final = 4
"""Machines of a scope that walks drive together."""


@frozen(slots=False)
class Stock:
    """Models by name; `vectors` are the files of kind `vectors` beside them."""

    machines: Mapping[str, Machine]
    formats: Mapping[str, Format]
    vectors: tuple[Path, ...] = ()
    _codecs: dict[str, Codec] = field(init=False, factory=dict[str, Codec], repr=False)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers that have a machine or a format, in order."""
        return tuple(sorted({layer_of(name) for name in (*self.machines, *self.formats)}))

    def codec(self, name: str) -> Codec | None:
        """The codec of a format, compiled once; None where the format is not here."""
        if name not in self._codecs and name in self.formats:
            self._codecs[name] = compile_format(self.formats[name])
        return self._codecs.get(name)

    def calls(self, machine: Machine) -> Calls:
        """How events of `machine` are called."""
        return Calls(machine, self.codec, self.kin(machine))

    def kin(self, machine: Machine) -> tuple[Machine, ...]:
        """The machines of the scope of `machine`, by name; none where it has no scope."""
        names = () if machine.shares is None else sorted(machine.shares.machines)
        return tuple(machine if n == machine.name else self.machines[n] for n in names)

    @cached_property
    def driven(self) -> Mapping[str, Machine]:
        """The machines that walks can drive; those of wide scopes they can't."""
        return {n: m for n, m in self.machines.items() if not is_wide(m)}

    def of(self, layer: str) -> tuple[Machine, ...]:
        """The machines of `layer`, by name."""
        return tuple(self.machines[n] for n in sorted(self.machines) if layer_of(n) == layer)

    def wide(self, layer: str) -> tuple[str, ...]:
        """The scopes of `layer` whose machines walks don't drive."""
        scopes = {m.scope for n, m in self.machines.items() if layer_of(n) == layer and is_wide(m)}
        return tuple(sorted(scope for scope in scopes if scope is not None))


def is_wide(machine: Machine) -> bool:
    """Whether a machine shares its scope with so many that a walk finds no way through them."""
    return machine.shares is not None and len(machine.shares.machines) > MOST_KIN


def layer_of(name: str) -> str:
    """`arp` of `arp.neighbour`."""
    return name.partition(".")[0]


def load_stock(layers: Iterable[str] = (), *, path: Iterable[str | os.PathLike[str]] = ()) -> Stock:
    """Load all machines and formats of `layers`; of every layer where none is named.

    Formats of other layers are taken too: machines speak them.

    Raises:
        SpecError: a spec of these layers is wrong, or there is no such layer.
    """
    index = find_specs(path)
    wanted = set(layers)
    _check(wanted, index)
    machines: dict[str, Machine] = {}
    formats: dict[str, Format] = {}
    findings = Findings()
    for name, spec in index.items():
        mine = not wanted or layer_of(name) in wanted
        if spec.kind == "format" or (spec.kind == "machine" and mine):
            try:
                model: Spec = load_spec(name, path=path)
            except SpecError as error:
                findings.extend(error.findings)  # type: ignore[arg-type]  # a loader's are Findings
                continue
            if isinstance(model, Machine):
                machines[name] = model
            elif isinstance(model, Format):
                formats[name] = model
    if findings.errors:
        raise SpecError(findings.errors)
    mine_only = [s for n, s in index.items() if not wanted or layer_of(n) in wanted]
    return Stock(machines, formats, _vector_files(mine_only))


def _check(wanted: set[str], index: Mapping[str, SpecFile]) -> None:
    known = {layer_of(name) for name in index}
    for name in sorted(wanted - known):
        load_spec(name)  # says with a finding that there is no such spec, and what is near


def _vector_files(specs: Iterable[SpecFile]) -> tuple[Path, ...]:
    folders = dict.fromkeys(spec.path.parent / "vectors" for spec in specs)
    return tuple(file for folder in folders for file in sorted(folder.glob("*.yaml")))
