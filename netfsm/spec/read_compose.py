"""Compositions: machines explored together over a channel by `netfsm check --compose`."""

from __future__ import annotations

from typing import Final

from netfsm.spec.composition import Composition
from netfsm.spec.declare import good_name
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.reading import World
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_text

__all__ = ["read_compose"]

_KEYS: Final = [
    "compose",
    "netfsm",
    "title",
    "says",
    "ref",
    "machines",
    "channel",
    "script",
    "assume",
    "properties",
]
_BUDGETS: Final = ("capacity", "lose", "duplicate", "reorder")


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
