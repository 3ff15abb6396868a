"""Compositions: machines explored together over a channel by `netfsm check --compose`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from netfsm.spec.declare import good_name
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Ref
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node
from netfsm.spec.reading import World
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_text

__all__ = ["Composition", "read_compose"]

_KEYS: Final = (
    "compose netfsm title says ref machines channel script assume properties"
).split()
_BUDGETS: Final = ("capacity", "lose", "duplicate", "reorder")


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


def read_compose(root: MappingNode, world: World, findings: Findings) -> Composition:
    """Return the composition in `root`."""
    shape = Shape(root, findings, "a composition", _KEYS)
    machines: dict[str, str] = {}
    known = tuple(world.known("machine"))
    for key, node in shape.entries("machines", required=True):
        name = expect_text(node, findings, f"machine {key.text}")
        if name is None or not good_name(key, findings):
            continue
        if name.text not in known:
            what = f"there is no machine {quoted(name.text)}"
            hint = closest(name.text, known, "a machine is a file 'machine: NAME'")
            findings.add("UNKNOWN-MACHINE", name.mark, what, hint)
        machines[key.text] = name.text
    channel = shape.mapping("channel")
    budget: dict[str, int] = {}
    if channel is not None:
        inner = Shape(channel, findings, "'channel'", _BUDGETS)
        read = {word: inner.number(word, least=0) for word in _BUDGETS}
        budget = {word: number for word, number in read.items() if number is not None}
    return Composition(
        name=shape.text("compose"),
        title=shape.text("title"),
        says=shape.text("says"),
        refs=read_refs(shape.node("ref"), findings),
        machines=FrozenMap(machines),
        channel=FrozenMap(budget),
        script=shape.items("script"),
        assume=shape.items("assume"),
        properties=shape.items("properties"),
        mark=shape.mark,
    )
