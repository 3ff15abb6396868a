"""`check`: everything that is wrong with specs as far as no solver is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from netfsm.spec.cache import cached, keep
from netfsm.spec.check_binds import check_binds
from netfsm.spec.check_counters import check_counters
from netfsm.spec.chosen import Chosen
from netfsm.spec.classes import unreadable
from netfsm.spec.findings import Finding, Findings
from netfsm.spec.formats import Format
from netfsm.spec.head import RESERVED
from netfsm.spec.index import SpecFile, find_specs, machine_of_chapter
from netfsm.spec.library import Library, Loaded
from netfsm.spec.load import index_around, is_path, read_spec
from netfsm.spec.model import Layer, Machine

__all__ = ["Report", "check"]

M = TypeVar("M", Layer, Format, Machine)


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

    A layer is checked with its machines, formats and compositions; of a chapter its machine is.
    Never raises for what a spec holds.
    """
    findings = Findings()
    index = find_specs(path, None if specs else findings)
    known = _Reader(index)
    names: dict[str, None] = {}
    if not specs:
        known.check((n for n, spec in index.items() if spec.kind not in RESERVED), names, findings)
    for each in specs:
        name = os.fspath(each)
        if name in index:
            known.check([name], names, findings)
        elif is_path(each) and (around := index_around(Path(each), path))[0]:
            _Reader(around[1]).check([around[0]], names, findings)
        else:
            _take(read_spec(each, path=path), names, findings)
    return Report(tuple(sorted(names)), tuple(findings))


class _Reader:
    """Specs of an index, each read once; those of which nothing is to be said from the cache."""

    def __init__(self, index: Mapping[str, SpecFile]) -> None:
        self._index = index
        self._library = Library(index, Chosen())
        self._loaded: dict[str, Loaded] = {}

    def check(self, asked: Iterable[str], names: dict[str, None], findings: Findings) -> None:
        """Take up the findings of specs, and of their parts, and how layers fit together."""
        taken: dict[str, None] = {}
        for name in asked:
            loaded = self.load(name)
            _take(loaded, taken, findings)
            for part in _parts(loaded, self._index):
                if part in self._index:
                    _take(self.load(part), taken, findings)
        layers = [*self.models(Layer, (s.name for s in self._index.values() if s.kind == "layer"))]
        check_binds(layers, frozenset(taken), findings)
        for layer in layers:
            if layer.name in taken:
                formats = self.models(Format, layer.formats)
                machines = self.models(Machine, layer.machines)
                check_counters(layer, formats, machines, findings)
        names.update(taken)

    def load(self, name: str) -> Loaded:
        """Spec `name`, which stands in the index; the machine of a chapter."""
        if self._index[name].kind == "chapter":
            return self._of_chapter(name)
        if name not in self._loaded:
            model = cached(name, self._index, Chosen())
            if model is not None:
                self._loaded[name] = Loaded(name, self._index[name].kind, model, (), {})
            else:
                self._loaded[name] = self._library.load(name)
                keep(self._loaded[name], self._index, Chosen())
        return self._loaded[name]

    def _of_chapter(self, name: str) -> Loaded:
        machine = machine_of_chapter(self._index[name])
        if machine in self._index and self._index[machine].kind == "machine":
            loaded = self.load(machine)
            chapters = loaded.model.chapters if isinstance(loaded.model, Machine) else ()
            if name in (chapter.name for chapter in chapters):
                return loaded
        return self._library.load(name)

    def models(self, kind: type[M], names: Iterable[str]) -> Iterator[M]:
        """The models of `kind`; what can be made of one with findings is given too."""
        makers: dict[type, Callable[[str], object]] = {
            Layer: self._library.layer,
            Format: self._library.format,
            Machine: self._library.machine,
        }
        for name in names:
            if name in self._index:
                found = self.load(name).model or makers[kind](name)
                if isinstance(found, kind):
                    yield found


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
