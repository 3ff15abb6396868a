"""The code that was generated from a spec, kept in the user's cache as Python keeps its own.

An entry counts only for the very spec, generator and Python that it was made by: its name is a hash
of all three. Like models (`netfsm.spec.cache`) entries are read only from a folder that nobody else
can write to, and one that can't be read or written is as if it were not there.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType

from netfsm.spec.cache import cache_folder, read_entry, write_entry

__all__ = ["Made", "kept_code"]

Made = tuple[CodeType, str]
"""The code of a generated module, and its text."""


def kept_code(digest: str, what: str, maker: str, make: Callable[[], Made]) -> Made:
    """The code for the spec of `digest`, in the form that `what` says; made where none is kept.

    `maker` is a file of the package that generates it: a change to any file beside it makes all
    its entries void. A spec that was not read from a file has no digest, and is made each time.
    """
    if not digest:
        return make()
    text = f"{digest} {what} {_sources(maker)}"
    entry = f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.code"
    data = read_entry(cache_folder(), entry)
    if data is not None:
        made: Made = marshal.loads(data)  # noqa: S302  # our own, checked, from a folder that is ours
        return made
    made = make()
    write_entry(cache_folder(), entry, marshal.dumps(made))
    return made


@cache
def _sources(maker: str) -> str:
    """The generator's files and the Python that runs it, as one hash."""
    found = hashlib.sha256(sys.version.encode())
    for path in sorted(Path(maker).resolve().parent.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
