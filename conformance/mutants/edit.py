"""Trees of specs with one thing changed: the tree is immutable, so a change makes a new one."""

from __future__ import annotations

from typing import cast

from netfsm.spec.findings import Mark
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["Path", "node_at", "put", "text_at", "without", "word"]

Path = tuple[str | int, ...]
"""The way to a node: keys of mappings and places in lists, from the top."""


def node_at(root: Node, path: Path) -> Node | None:
    """The node that `path` leads to; None where there is none."""
    node: Node | None = root
    for step in path:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, Mapping) else None
        else:
            node = _item(node, step)
    return node


def text_at(root: Node, path: Path) -> str:
    """The text that `path` leads to; "" where there is none."""
    node = node_at(root, path)
    return node.text if isinstance(node, Scalar) else ""


def put(root: Mapping, path: Path, new: Node | str) -> Mapping:
    """`root` with `new` where `path` leads to; a text keeps the place of what it replaces.

    A key that is not there yet is added at the end of its mapping.
    """
    return cast(Mapping, _changed(root, path, new))


def without(root: Mapping, path: Path) -> Mapping:
    """`root` without what `path` leads to, nor the collection around it where nothing is left."""
    around = node_at(root, path[:-1])
    if len(path) > 1 and isinstance(around, Mapping | Sequence) and len(around.items) == 1:
        return without(root, path[:-1])
    return cast(Mapping, _changed(root, path, None))


def word(text: str, mark: Mark) -> Scalar:
    """A text as if it stood at `mark`."""
    return Scalar(text, text, True, mark, text)


def _item(node: Node | None, index: int) -> Node | None:
    there = isinstance(node, Sequence) and index < len(node.items)
    return cast(Sequence, node).items[index] if there else None


def _changed(node: Node, path: Path, new: Node | str | None) -> Node:
    """`node` with `new` at `path`; None takes away what stands there."""
    if not path:
        assert new is not None
        return word(new, node.mark) if isinstance(new, str) else new
    step, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        return _changed_mapping(node, cast(str, step), rest, new)
    assert isinstance(node, Sequence)
    items = list(node.items)
    index = cast(int, step)
    if rest or new is not None:
        items[index] = _changed(items[index], rest, new)
    else:
        del items[index]
    return Sequence(tuple(items), node.mark)


def _changed_mapping(node: Mapping, key: str, rest: Path, new: Node | str | None) -> Node:
    items: list[tuple[Scalar, Node]] = []
    for name, value in node.items:
        if name.value != key:
            items.append((name, value))
        elif rest or new is not None:
            items.append((name, _changed(value, rest, new)))
    if node.get(key) is None and new is not None:
        made = word(new, node.mark) if isinstance(new, str) else new
        items.append((word(key, node.mark), made))
    return Mapping(tuple(items), node.mark)
