"""The one door to specs: `load_spec("arp.neighbour")` gives the frozen model, or all findings.

A name is looked for along the search path (`netfsm.spec.index`); a path is read as it is, with the
files beside it in front of the search path. Models come from the cache where nothing that they
were made of has changed (`netfsm.spec.cache`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from netfsm.errors import SpecError
from netfsm.spec.cache import cached, keep
from netfsm.spec.chosen import Chosen
from netfsm.spec.composition import Composition
from netfsm.spec.declarations import Declarations
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.formats import Format
from netfsm.spec.index import SpecFile, find_specs, index_roots, look_at, near_roots, search_roots
from netfsm.spec.model import Chapter, Layer, Machine, Scope, SetName, SizeName
from netfsm.spec.registers import RegisterMap

if TYPE_CHECKING:
    from netfsm.spec.library import Loaded

Spec = Machine | Layer | Format | Scope | Declarations | Composition | RegisterMap
Paths = Iterable[str | os.PathLike[str]]

__all__ = [
    "Paths",
    "Spec",
    "find_specs",
    "index_around",
    "is_path",
    "load_all",
    "load_spec",
    "read_spec",
]


def load_spec(
    name_or_path: str | os.PathLike[str],
    *,
    path: Paths = (),
    constants: SetName = "rfc",
    size: SizeName = "real",
) -> Spec:
    """Return the model of the spec with this name, or in this file.

    `path` are directories that are searched first. `constants` chooses what an RFC leaves open,
    `size` the bounds of numbers: what is run (`real`), proved (`proof`) or explored (`small`). The
    model of a chapter is that of its machine.

    Raises:
        SpecError: it can't be found, or something is wrong with it; `findings` is everything.
    """
    chosen = Chosen(constants, size)
    if not is_path(name_or_path):
        name = os.fspath(name_or_path)
        index = index_roots(near_roots(path))
        found = cached(name, index, chosen)
        if found is not None:
            return found
    loaded = read_spec(name_or_path, path=path, chosen=chosen)
    if loaded.model is None:
        raise SpecError(loaded.errors)
    return loaded.model


def load_all(
    *, path: Paths = (), constants: SetName = "rfc", size: SizeName = "real"
) -> Mapping[str, Spec]:
    """Return the models of all specs that can be found, by name.

    Raises:
        SpecError: with the findings of every one of them that is wrong.
    """
    from netfsm.spec.library import Library

    chosen = Chosen(constants, size)
    findings = Findings()
    index = find_specs(path, findings)
    found: dict[str, Spec] = {}
    library = Library(index, chosen)
    for name, spec in index.items():
        if spec.kind in ("chapter", "device"):
            continue
        model = cached(name, index, chosen)
        if model is None:
            loaded = library.load(name)
            findings.extend(loaded.errors)
            keep(loaded, index, chosen)
            model = loaded.model
        if model is not None:
            found[name] = model
    read = {chapter.name for each in found.values() for chapter in _chapters(each)}
    for name, spec in index.items():
        if spec.kind == "chapter" and name not in read:
            findings.extend(library.load(name).errors)
    if findings.errors:
        raise SpecError(findings.errors)
    return found


def _chapters(spec: Spec) -> tuple[Chapter, ...]:
    return spec.chapters if isinstance(spec, Machine) else ()


def read_spec(
    name_or_path: str | os.PathLike[str], *, path: Paths = (), chosen: Chosen | None = None
) -> Loaded:
    """Return the spec with everything that there is to say of it; never a SpecError.

    A spec that can't be found has one finding, UNKNOWN-SPEC.
    """
    from netfsm.spec.library import Library

    chosen = chosen or Chosen()
    if is_path(name_or_path):
        found, near = index_around(Path(name_or_path), path)
        return Library(near, chosen).load(found) if found else _not_found(str(name_or_path), {})
    name = os.fspath(name_or_path)
    index = find_specs(path)
    if name not in index:
        return _not_found(name, index)
    loaded = Library(index, chosen).load(name)
    keep(loaded, index, chosen)
    return loaded


def is_path(name: str | os.PathLike[str]) -> bool:
    """Return whether a spec is asked for by its file or folder, and not by its name."""
    if isinstance(name, os.PathLike):
        return True
    return os.sep in name or name.endswith((".yaml", ".yml"))


def index_around(file: Path, path: Paths = ()) -> tuple[str, Mapping[str, SpecFile]]:
    """Return the name of the spec in a file, or of the layer in a folder, and all that it sees.

    Its neighbours go before the search path. The name is "" for a folder that holds no layer.
    """
    file = file.absolute()
    if file.is_dir():
        layers = [s for s in index_roots([file]).values() if s.kind == "layer"]
        if not layers:
            return "", {}
        file = layers[0].path
    spec = look_at(file, file.parent)
    if spec is None:
        spec = SpecFile(file.stem, "unknown", file, file.parent)
    near = {each.name: each for each in index_roots([file.parent], deep=False).values()}
    index = {spec.name: spec} | {n: s for n, s in near.items() if n != spec.name}
    for name, other in index_roots(search_roots(path)).items():
        index.setdefault(name, other)
    return spec.name, index


def _not_found(name: str, index: Mapping[str, SpecFile]) -> Loaded:
    from netfsm.spec.library import Loaded
    from netfsm.spec.names import closest

    findings = Findings()
    hint = closest(name, index, "'netfsm list' shows what there is")
    findings.add("UNKNOWN-SPEC", Mark(name, 1, 1), f"there is no spec {quoted(name)}", hint)
    return Loaded(name, "unknown", None, tuple(findings), {})
