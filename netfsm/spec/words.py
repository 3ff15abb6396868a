"""Every name that stands in a file where something is used; prose and ids are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from netfsm.spec.nodes import Mapping, Node, Sequence

__all__ = ["names_in", "texts_in", "words_of"]

_PROSE: Final = frozenset({"says", "ref", "title", "ignore", "impossible", "id", "applies-if"})
_WORD: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def texts_in(node: Node) -> Iterator[str]:
    """Yield the text of every value below `node` that is not prose."""
    if isinstance(node, Mapping):
        for key, value in node.items:
            if key.text not in _PROSE:
                yield from texts_in(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from texts_in(item)
    elif isinstance(node.value, str):
        yield node.text


def words_of(text: str) -> Iterator[str]:
    """Yield each name in `text`, whole and up to each of its dots, without `new.`."""
    for pattern in (_WORD, _PLAIN):
        for match in pattern.finditer(text):
            name = match[0].removeprefix("new.")
            while name:
                yield name
                name = name.rpartition(".")[0]


def names_in(node: Node) -> frozenset[str]:
    """Return every name used below `node`, `ARP.op` as itself and as `ARP`."""
    return frozenset(word for text in texts_in(node) for word in words_of(text))
