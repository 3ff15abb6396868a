"""The frozen model of a composition: machines explored together over a channel."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from netfsm.spec.findings import Mark
from netfsm.spec.model import Ref
from netfsm.spec.nodes import Node

__all__ = ["Composition"]


@frozen
class Composition:
    """Machines by the names they have here, and what the channel between them may do.

    `script`, `assume` and `properties` are the trees of what the explorer reads.
    """

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    machines: Mapping[str, str]
    channel: Mapping[str, int]
    script: tuple[Node, ...]
    assume: tuple[Node, ...]
    properties: tuple[Node, ...]
    mark: Mark = field(eq=False)
