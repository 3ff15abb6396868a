"""How much a run tries: `quick` while one works, `ci` for every change, `campaign` for a night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

__all__ = ["PROFILES", "Profile", "profile_named"]


@frozen
class Profile:
    """Numbers of examples and steps.

    `derandomize`: the same examples every time, unless a seed is given. `adapter`: the library
    `transitions` walks along, which is slow. `wires` is the number of seeds of a lossy wire.
    `mutants` is how many of each machine are judged, 0 for all; `every_layer` asks all layers of
    each, not only until one has killed it. `edges` is the most that Z3 is asked about the edges of
    one row of a scope's machine, and 0 that it is asked for steps that take the row, no more; of
    other machines it is always asked about everything.
    """

    name: str
    examples: int
    steps: int
    packets: int
    wires: int
    derandomize: bool
    adapter: bool
    mutants: int
    every_layer: bool
    edges: int


_QUICK: Final = Profile(
    "quick", 30, 20, 60, 2, derandomize=True, adapter=False, mutants=30, every_layer=False, edges=0
)
_CI: Final = Profile(
    "ci", 120, 40, 300, 8, derandomize=True, adapter=True, mutants=0, every_layer=False, edges=2
)
_CAMPAIGN: Final = Profile(
    "campaign", 2_000, 60, 5_000, 200, False, adapter=True, mutants=0, every_layer=True, edges=4
)
PROFILES: Final[Mapping[str, Profile]] = {
    profile.name: profile for profile in (_QUICK, _CI, _CAMPAIGN)
}


def profile_named(name: str) -> Profile:
    """The profile. Raises ValueError for a name that is none."""
    if name not in PROFILES:
        raise ValueError(f"there is no profile {name}: it is one of {', '.join(PROFILES)}")
    return PROFILES[name]
