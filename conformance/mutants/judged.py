"""What became of a mutant: who killed it, or why nobody could."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

__all__ = ["CLAIMS", "LAYERS", "Judged", "Layer"]

Layer = Literal["types", "proofs", "vectors", "composition", "suites"]
LAYERS: Final[tuple[Layer, ...]] = ("types", "proofs", "vectors", "composition", "suites")
"""In the order of what they cost."""
CLAIMS: Final[tuple[Layer, ...]] = ("types", "proofs", "vectors", "composition")
"""Those that know nothing of the original: a person who makes the mistake is told of it by them."""


@frozen
class Judged:
    """A mutant after all that was asked.

    `killed` are the layers that told it from the original, each with what it said; `equivalent`
    that it is proved to take the same steps. `asked` are the layers that were asked.
    """

    id: str
    machine: str
    part: str
    file: str
    line: int
    says: str
    equivalent: bool
    killed: tuple[tuple[Layer, str], ...]
    asked: tuple[Layer, ...]

    @property
    def killers(self) -> frozenset[Layer]:
        """The layers that killed it."""
        return frozenset(layer for layer, _ in self.killed)

    @property
    def survives(self) -> bool:
        """True where no layer told it from the original, and it is not proved equal to it."""
        return not self.equivalent and not self.killed
