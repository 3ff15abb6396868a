"""Why octets are no packet of a format, and why a packet can't become octets."""

from __future__ import annotations

from attrs import define, frozen

from netfsm.errors import NetfsmError

__all__ = ["EncodeError", "Refusal"]


@frozen
class Refusal:
    """A packet that was not decoded: the format and the reason, one of `Format.reasons`.

    There is one object for each reason of a codec, so a refusal costs nothing.
    """

    format: str
    reason: str

    def __str__(self) -> str:
        return f"{self.format}: {self.reason}"


@define(eq=False)
class EncodeError(NetfsmError, ValueError):
    """Values that `format` can't carry; `reason` says which and why."""

    format: str
    reason: str

    def __str__(self) -> str:
        """The format and the reason."""
        return f"{self.format} can't be encoded: {self.reason}"
