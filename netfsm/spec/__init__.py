"""Reads a spec: source, findings, model, typed expressions, static checks.

A map, in the order in which a file is read:

==================== ==============================================================================
index                which spec stands in which file
source, text, nodes  from bytes to a tree whose every value knows its place
shape, head          takes mappings apart, with findings in place of exceptions
declare, values      types and the values of constants
parse, infer, scope  from the text of an expression to its typed tree
outline, check_*     a machine before its types, and what is checked on it
chapters             the files of a machine, put together before it is read
read_*               from trees to the frozen model
model, formats       the frozen model: what every back-end reads
library, load, cache each file read once; the one door; what was read before
checking, codes      everything that is wrong, and what to do about it
==================== ==============================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netfsm.spec.load import find_specs, load_all, load_spec

__all__ = ["find_specs", "load_all", "load_spec"]


def __getattr__(name: str) -> object:
    """Load the door when it is first asked for: the parts are used without it too."""
    if name not in __all__:
        raise AttributeError(f"module 'netfsm.spec' has no attribute {name!r}")
    from netfsm.spec import load

    return getattr(load, name)
