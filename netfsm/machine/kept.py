"""The code of generated classes, kept in the user's cache as Python keeps its own.

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

from netfsm.spec import model
from netfsm.spec.cache import cache_folder, read_entry, write_entry


Made = tuple[CodeType, str]
"""The code of a module and its text."""


def kept_code(machine: model.Machine, what: str, make: Callable[[], Made]) -> Made:
    """The code of `machine` in the form that `what` says; `make` makes it where none is kept.

    A machine that was not read from a file has no digest, and is made each time.
    """
    if not machine.digest:
        return make()
    text = f"{machine.digest} {machine.mark.file} {what} {_maker()}"
    entry = f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.code"
    data = read_entry(cache_folder(), entry)
    if data is not None:
        made: Made = marshal.loads(data)  # noqa: S302  # our own, checked, from a folder that is ours
        return made
    made = make()
    write_entry(cache_folder(), entry, marshal.dumps(made))
    return made


@cache
def _maker() -> str:
    """The generator and the Python, as one hash."""
    found = hashlib.sha256(sys.version.encode())
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
