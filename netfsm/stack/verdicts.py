"""What becomes of a packet that was handed to a layer.

A handler returns one of these. Each has a name, which the interface counts: every frame that
arrives has exactly one outcome. The rule that turns verdicts into ICMP errors reads them too.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from attrs import frozen

Kind = Literal["delivered", "held", "dropped", "malformed", "no_listener", "fault"]


@frozen
class Verdict:
    """The fate of one packet: its kind, the layer that decided, and the reason by its name.

    `tells` is what its sender should be told, as far as the rule for errors allows.
    """

    kind: Kind
    layer: str
    reason: str
    tells: str = ""

    def __str__(self) -> str:
        return "delivered" if self.kind == "delivered" else f"{self.layer}.{self.reason}"


DELIVERED = Verdict("delivered", "", "delivered")


@cache
def dropped(layer: str, reason: str, tells: str = "") -> Verdict:
    """Refused by a row of `layer` that counts `reason`."""
    return Verdict("dropped", layer, reason, tells)


def told(verdict: Verdict | None) -> Verdict | None:
    """The same verdict, of which the sender has been told."""
    if verdict is None or not verdict.tells:
        return verdict
    return Verdict(verdict.kind, verdict.layer, verdict.reason)


@cache
def held(layer: str) -> Verdict:
    """Kept by `layer` until what is missing comes."""
    return Verdict("held", layer, "held")


@cache
def malformed(layer: str, reason: str) -> Verdict:
    """Refused by a format of `layer`."""
    return Verdict("malformed", layer, reason)


@cache
def no_listener(layer: str, space: str) -> Verdict:
    """No layer is bound to the key that the packet names in `space`."""
    return Verdict("no_listener", layer, space)


@cache
def fault(layer: str) -> Verdict:
    """The hands of `layer` raised; the packet is lost and the layer is reported."""
    return Verdict("fault", layer, "fault")
