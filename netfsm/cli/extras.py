"""Which extra brings a library that is missing."""

from __future__ import annotations

from typing import Final

_EXTRAS: Final = {
    "click": "cli",
    "h11": "cli",
    "jsonschema": "cli",
    "rich": "cli",
    "graphviz": "draw",
    "pygraphviz": "draw",
    "hypothesis": "conform",
    "pytest": "conform",
    "z3": "prove",
    "transitions": "machine",
    "pyroute2": "linux",
}


def remedy(error: ModuleNotFoundError) -> str | None:
    """One line that names the extra to install; None where the library is none of ours."""
    library = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(library)
    if extra is None:
        return None
    return f'netfsm: {library} is not installed: pip install "netfsm[{extra}]"'
