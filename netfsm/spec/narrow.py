"""A model with narrower sequence spaces: the same machine, in a world that can be explored.

Every type in the model is looked at, those inside expressions too. A distance keeps the range that
it was typed with, which is wider than it need be and never too narrow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from attrs import evolve, fields, has

from netfsm.spec.findings import Mark
from netfsm.spec.formats import Format
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Machine
from netfsm.spec.types import Seq, Type

__all__ = ["narrow_type", "narrowed", "spaces_of"]

T = TypeVar("T", Machine, Format)


def narrowed(model: T, widths: Mapping[str, int]) -> T:
    """`model` with the spaces named in `widths` as wide as that says; its digest says so too."""
    if not widths:
        return model
    found: T = _changed(model, dict(widths), {})
    text = f"{model.digest} {sorted(widths.items())}"
    return evolve(found, digest=hashlib.sha256(text.encode()).hexdigest())


def narrow_type(type_: Type, widths: Mapping[str, int]) -> Type:
    """`type_` with the spaces named in `widths` as wide as that says."""
    found: Type = _changed(type_, widths, {})
    return found


def spaces_of(model: object) -> set[Seq]:
    """Every sequence space that stands somewhere in `model`."""
    return {node for node in _parts(model, set()) if isinstance(node, Seq)}


def _changed(node: Any, widths: Mapping[str, int], done: dict[int, Any]) -> Any:
    """`node` with every space below it changed; each shared part is changed once."""
    if isinstance(node, Seq):
        return Seq(node.space, widths.get(node.space, node.width))
    if id(node) in done:
        return done[id(node)]
    made: Any = node
    inner = _inner(node)
    if inner:
        new = {name: _changed(part, widths, done) for name, part in inner.items()}
        changes = {name: part for name, part in new.items() if part is not inner[name]}
        if changes:
            made = _rebuilt(node, new, changes)
    done[id(node)] = made
    return made


def _rebuilt(node: Any, new: dict[Any, Any], changes: dict[Any, Any]) -> Any:
    kind = cast("Any", type(node))
    if kind is tuple:
        return tuple(new.values())
    if kind is frozenset:
        return frozenset(new.values())
    return FrozenMap(new) if kind is FrozenMap else evolve(node, **changes)


def _parts(node: Any, seen: set[int]) -> Iterator[Any]:
    if id(node) not in seen:
        seen.add(id(node))
        yield node
        for part in _inner(node).values():
            yield from _parts(part, seen)


def _inner(node: Any) -> dict[Any, Any]:
    """The parts of a piece of a model, by number, key or name; empty for a leaf."""
    kind = cast("Any", type(node))
    if kind is tuple or kind is frozenset:
        items: list[Any] = list(node)
        return dict(enumerate(items))
    if kind is FrozenMap:
        return dict(node)
    if has(kind) and kind is not Mark:
        return {f.name: getattr(node, f.name) for f in fields(kind)}
    return {}
