"""Which values of constants are wanted."""

from __future__ import annotations

from attrs import frozen

from netfsm.spec.model import SetName, SizeName

__all__ = ["Chosen"]


@frozen
class Chosen:
    """A set, for what an RFC leaves open, and a size, for the bounds of numbers."""

    constants: SetName = "rfc"
    size: SizeName = "real"
