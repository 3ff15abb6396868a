"""Compositions by name: found, read, explored in parallel, and kept by content.

What came of exploring hangs on the composition's file, all that its machines were read from, and
the code that reads, generates and explores; it is kept in the user's cache by all of these.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import as_completed
from functools import cache
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from netfsm.draw.steps import Note, Step
from netfsm.explore.explored import Explored, Failure, explore
from netfsm.prove.workers import workers
from netfsm.spec.cache import cache_folder, read_entry, write_entry
from netfsm.spec.chosen import Chosen
from netfsm.spec.composition import Composition
from netfsm.spec.findings import Finding, Findings, Mark
from netfsm.spec.index import SpecFile, find_specs
from netfsm.spec.load import read_spec

__all__ = ["Named", "compositions", "explore_all", "findings_of"]

PathLike = str | os.PathLike[str]


@frozen
class Named:
    """A composition that is sound: how it is asked for, along which path, and its model."""

    asked: PathLike
    path: tuple[PathLike, ...]
    model: Composition

    def wider(self) -> Composition | None:
        """The same with each sequence space one bit wider."""
        found = read_spec(self.asked, path=self.path, chosen=Chosen(widen=1)).model
        return found if isinstance(found, Composition) else None


def compositions(*specs: PathLike, path: Iterable[PathLike] = ()) -> tuple[Named, ...]:
    """The sound compositions among `specs`, those of layers among them; all where none is named."""
    path = tuple(path)
    index = find_specs(path)
    asked: dict[PathLike, None] = {}
    for each in specs or sorted(index):
        asked.update(dict.fromkeys(_asked(each, index, path)))
    found: list[Named] = []
    for each in asked:
        model = read_spec(each, path=path).model
        if isinstance(model, Composition):
            found.append(Named(each, path, model))
    return tuple(found)


def _asked(
    spec: PathLike, index: Mapping[str, SpecFile], path: tuple[PathLike, ...]
) -> Iterator[PathLike]:
    """The compositions that `spec` is or has, as they are asked for."""
    name = os.fspath(spec)
    known = index.get(name)
    if known is None:
        loaded = read_spec(spec, path=path)
        if loaded.kind == "compose":
            yield spec
        name = loaded.name if loaded.kind == "layer" else ""
    elif known.kind == "compose":
        yield name
    for each in index.values():
        if name and each.kind == "compose" and each.name.partition(".")[0] == name:
            yield each.name


def explore_all(
    named: Iterable[Named],
    *,
    jobs: int = 1,
    told: Callable[[str, int, int], None] | None = None,
) -> tuple[Explored, ...]:
    """What came of exploring each, in `jobs` processes.

    `told` gets each name as it is done, how many are, and of how many.
    """
    wanted = {each.model.name: each for each in named}
    keys = {name: _key(each.model) for name, each in wanted.items()}
    found = {name: held for name, key in keys.items() if (held := _kept(key)) is not None}
    todo = [each for name, each in wanted.items() if name not in found]
    for explored in _explored(todo, jobs):
        found[explored.name] = explored
        _keep(keys[explored.name], explored)
        if told is not None:
            told(explored.name, len(found), len(wanted))
    return tuple(found[name] for name in wanted)


def _explored(todo: list[Named], jobs: int) -> Iterator[Explored]:
    if jobs < 2 or len(todo) < 2:
        for each in todo:
            yield explore(each.model, each.wider)
        return
    with workers(min(jobs, len(todo))) as pool:
        running = [pool.submit(explore, each.model, each.wider) for each in todo]
        for done in as_completed(running):
            yield done.result()


def findings_of(explored: Iterable[Explored]) -> tuple[Finding, ...]:
    """A finding for each thing that does not hold."""
    findings = Findings()
    for each in explored:
        for failure in each.failures:
            mark = Mark(failure.file, failure.line, failure.column)
            hint = f"netfsm explain {failure.code} tells what is asked"
            findings.add(failure.code, mark, failure.message, hint)
    return tuple(findings)


# ---- what is kept


def _key(model: Composition) -> str:
    text = f"{model.digest} {model.mark.file} {_explorer()}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.explored"


@cache
def _explorer() -> str:
    """Everything that exploring hangs on besides the specs, as one hash."""
    found = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    for folder in ("spec", "machine", "wire", "draw", "sim", "explore"):
        for path in sorted((package / folder).glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _keep(key: str, explored: Explored) -> None:
    write_entry(cache_folder(), key, json.dumps(asdict(explored)).encode())


def _kept(key: str) -> Explored | None:
    data = read_entry(cache_folder(), key)
    if data is None:
        return None
    held: dict[str, Any] = json.loads(data)
    failures = tuple(_failure(each) for each in held.pop("failures"))
    wider = held.pop("wider")
    return Explored(**held, wider=None if wider is None else tuple(wider), failures=failures)


def _failure(held: dict[str, Any]) -> Failure:
    steps: list[dict[str, Any]] = held.pop("steps")
    return Failure(**held, steps=tuple(_step(**each) for each in steps))


def _step(notes: list[dict[str, Any]], **held: Any) -> Step:
    return Step(**held, notes=[Note(**each) for each in notes])
