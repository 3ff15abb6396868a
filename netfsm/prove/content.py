"""The content of a part of a model: a hash of all that it says, its places in the text left out.

What is proved of a row stays proved when a line is added above it. So marks are not part of the
hash: they are listed beside it, in the order in which the content has them.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import cast

from attrs import field, frozen

from netfsm.spec.expr import Call, Name
from netfsm.spec.findings import Mark


@frozen
class Content:
    """`digest` of a part of a model, its `marks`, and the lets, functions, constants it names."""

    digest: bytes
    marks: tuple[Mark, ...] = field(eq=False)
    words: frozenset[str] = field(eq=False)


def content(part: object) -> Content:
    """The content of `part`: a model, a piece of one, or plain values."""
    stream = io.BytesIO()
    reader = _Reader(stream)
    reader.dump(part)
    digest = hashlib.sha256(stream.getvalue()).digest()
    return Content(digest, tuple(reader.marks), frozenset(reader.words))


class _Reader(pickle.Pickler):
    """Writes a part of a model; takes up its marks and the words that it names."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=5)
        self.fast = True  # without memo: what is equal is written alike, shared or not
        self.marks: list[Mark] = []
        self.words: set[str] = set()

    def persistent_id(self, obj: object) -> object:
        """Return what stands for a mark, and for a set in an order that does not change."""
        if isinstance(obj, Mark):
            self.marks.append(obj)
            return "mark"
        if isinstance(obj, frozenset):
            return ("set", *sorted(map(repr, cast("frozenset[object]", obj))))
        if isinstance(obj, Name):
            if obj.kind == "const":
                self.words.add(obj.name)
        elif isinstance(obj, Call):
            self.words.add(obj.name)
        return None
