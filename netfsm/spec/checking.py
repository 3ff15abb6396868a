"""`check`: everything that is wrong with specs as far as no solver is needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from attrs import frozen

from netfsm.spec.check_binds import check_binds
from netfsm.spec.check_counters import check_counters
from netfsm.spec.chosen import Chosen
from netfsm.spec.classes import unreadable
from netfsm.spec.findings import Finding, Findings
from netfsm.spec.head import RESERVED
from netfsm.spec.index import SpecFile, find_specs
from netfsm.spec.library import Library, Loaded
from netfsm.spec.load import read_spec
from netfsm.spec.model import Layer

__all__ = ["Report", "check"]


@frozen
class Report:
    """What `check` found. `names` are the specs that were looked at.

    `netfsm.prove.checking` adds what became of the obligations; without it none was tried. `fresh`
    of them were proved in this run, the others in an earlier one.
    """

    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    obligations: int = 0
    proved: int = 0
    refuted: int = 0
    unknown: int = 0
    fresh: int = 0

    @property
    def unreadable(self) -> bool:
        """True where YAML, schema or expressions yield no model."""
        return unreadable(self.findings)

    @property
    def exit_code(self) -> int:
        """0 where nothing was found, 2 where there is no model, else 1."""
        if not self.findings:
            return 0
        return 2 if self.unreadable else 1


def check(*specs: str | os.PathLike[str], path: Iterable[str | os.PathLike[str]] = ()) -> Report:
    """Check specs by name or path; all that can be found where none is given.

    A layer is checked with its machines, formats and compositions. Never raises for what a spec
    holds.
    """
    findings = Findings()
    index = find_specs(path, None if specs else findings)
    library = Library(index, Chosen())
    names: dict[str, None] = {}
    if specs:
        for each in specs:
            known = index.get(os.fspath(each))
            loaded = library.load(known.name) if known else read_spec(each, path=path)
            _take(loaded, names, findings)
            for part in _parts(loaded, index):
                if part in index:
                    _take(library.load(part), names, findings)
    else:
        for name, spec in index.items():
            if spec.kind not in RESERVED:
                _take(library.load(name), names, findings)
    found = (library.layer(s.name) for s in index.values() if s.kind == "layer")
    layers = [layer for layer in found if layer is not None]
    check_binds(layers, frozenset(names), findings)
    for layer in layers:
        if layer.name in names:
            formats = (library.format(name) for name in layer.formats if name in index)
            machines = (library.machine(name) for name in layer.machines if name in index)
            check_counters(layer, filter(None, formats), filter(None, machines), findings)
    return Report(tuple(sorted(names)), tuple(findings))


def _take(loaded: Loaded, names: dict[str, None], findings: Findings) -> None:
    names[loaded.name] = None
    findings.extend(loaded.findings)


def _parts(loaded: Loaded, index: Mapping[str, SpecFile]) -> tuple[str, ...]:
    """The machines, formats and compositions of a layer."""
    model = loaded.model
    if not isinstance(model, Layer):
        return ()
    composed = (spec.name for spec in index.values() if spec.kind == "compose")
    own = (name for name in composed if name.partition(".")[0] == model.name)
    return (*model.formats, *model.machines, *own)
