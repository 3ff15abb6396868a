"""Which values of constants are wanted."""

from __future__ import annotations

from attrs import frozen

from netfsm.spec.model import SetName, SizeName
from netfsm.spec.nodes import Scalar

__all__ = ["Chosen"]


@frozen
class Chosen:
    """A set, for what an RFC leaves open, and a size, for the bounds of numbers.

    `values` are written for constants by name, or by `layer.NAME`, and stand above both. `widen` is
    added to the width of each sequence space that a composition makes narrow.
    """

    constants: SetName = "rfc"
    size: SizeName = "real"
    values: tuple[tuple[str, Scalar], ...] = ()
    widen: int = 0

    def value(self, owner: str, name: str) -> Scalar | None:
        """What is written for constant `name` of `owner`; None where nothing is."""
        return next((node for key, node in self.values if key in (name, f"{owner}.{name}")), None)

    def __str__(self) -> str:
        """The choice as one text: it stands in the names of entries and in digests."""
        written = "".join(f" {name}={node.text}" for name, node in self.values)
        return f"{self.constants} {self.size}{written} +{self.widen}"
