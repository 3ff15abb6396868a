"""The layer graph: which layer is bound to which key of which key space, down to the links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from attrs import frozen

from netfsm.draw.dot import font, titled
from netfsm.draw.mermaid import label_text
from netfsm.draw.render import Graph, new_graph
from netfsm.draw.style import (
    FONT,
    INK,
    LINE,
    PAPER,
    SENT,
    SHARED_FILL,
    SHARED_LINE,
    SOFT,
    STATE_FILL,
    STATE_LINE,
)
from netfsm.spec.model import Bind, Layer

_LINK_SPACE: Final = "link.type"
_HEXADECIMAL: Final = frozenset({"ethernet.ethertype", "ppp.protocol"})


@frozen
class Link:
    """An interface of a live stack: what is drawn at the foot of the graph.

    `link_type` is the key under which layers bind to it; `driver` tells the chain of drivers.
    """

    name: str
    link_type: int
    driver: str
    address: str
    mtu: int


def stack_dot(layers: Sequence[Layer], links: Iterable[Link] = (), title: str = "Layers") -> str:
    """The DOT text of the graph of `layers`, lowest at the foot.

    A key space that no layer of `layers` provides is drawn as a box of its own: `link.type` is
    what the drivers offer.
    """
    interfaces = tuple(links)
    graph = new_graph("stack")
    graph.attr(
        "graph", rankdir="BT", fontname=FONT, bgcolor=PAPER, pad="0.3", nodesep="0.6", ranksep="0.7"
    )
    graph.attr("graph", label=titled(title, _subtitle(layers)), labelloc="t")
    graph.attr("node", fontname=FONT, fontcolor=INK, shape="plain")
    graph.attr("edge", fontname=FONT, fontsize="11", arrowsize="0.8", penwidth="1.4")
    provided = {space.name: layer.name for layer in layers for space in layer.provides}
    for layer in layers:
        graph.node(f"layer {layer.name}", label=_layer(layer), tooltip=layer.says or layer.title)
    for space in _outside(layers, provided):
        graph.node(f"space {space}", label=_space(space), tooltip=f"key space {space}")
    for link in interfaces:
        graph.node(f"link {link.name}", label=_link(link), tooltip=link.driver)
    for layer in layers:
        for bind in layer.binds:
            _bind(graph, layer, bind, provided, interfaces)
        for name in layer.requires:
            graph.edge(f"layer {name}", f"layer {layer.name}", style="dotted", color=SOFT)
    return graph.source


def key_text(space: str, key: int | str) -> str:
    """A key as the field writes it: EtherTypes in hexadecimal, protocol numbers in decimal."""
    return f"0x{key:04x}" if isinstance(key, int) and space in _HEXADECIMAL else str(key)


def _subtitle(layers: Sequence[Layer]) -> str:
    return " · ".join(layer.name for layer in layers)


def _outside(layers: Sequence[Layer], provided: dict[str, str]) -> list[str]:
    spaces = [bind.to for layer in layers for bind in layer.binds]
    return [space for space in dict.fromkeys(spaces) if space not in provided]


def _bind(
    graph: Graph, layer: Layer, bind: Bind, provided: dict[str, str], links: tuple[Link, ...]
) -> None:
    """The edge from a key space up to the layer that is bound to it, and from each such link."""
    owner = provided.get(bind.to)
    below = f"layer {owner}" if owner is not None else f"space {bind.to}"
    words = [f"{bind.to.rpartition('.')[2]} {key_text(bind.to, bind.key)}"]
    words.extend([] if bind.policy == "exclusive" else [bind.policy])
    words.extend(["optional"] if bind.optional else [])
    place = f"{bind.to} {key_text(bind.to, bind.key)}"
    tip = f"{layer.name} is bound to {place} and gets it by {bind.handler}"
    graph.edge(
        below,
        f"layer {layer.name}",
        label=_padded(font(" · ".join(words), SENT)),
        tooltip=tip,
        labeltooltip=tip,
        color=LINE["step"],
        style="dashed" if bind.optional else "solid",
    )
    for link in links:
        if bind.to == _LINK_SPACE and link.link_type == bind.key:
            graph.edge(f"link {link.name}", f"space {bind.to}", color=SOFT)


def _layer(layer: Layer) -> str:
    """A layer: its name and title, its machines and formats, and the key spaces it provides."""
    lines = [
        _row(font(layer.name, INK, 16, bold=True), 5),
        _row(font(layer.title, SOFT, 12), 1),
    ]
    if layer.provides:
        spaces = ", ".join(f"{space.name} ({space.key})" for space in layer.provides)
        lines.append(_row(font(f"provides {spaces}", SENT), 3))
    own = f"{layer.name}."
    parts = [name.removeprefix(own) for name in layer.machines]
    if parts:
        lines.append("<hr/>")
        lines.append(_row(font(f"machines {', '.join(parts)}", INK), 4))
    formats = [name.removeprefix(own) for name in layer.formats]
    if formats:
        lines.append(_row(font(f"formats {', '.join(formats)}", INK), 4))
    return _box(lines, STATE_LINE, STATE_FILL, "rounded")


def _space(space: str) -> str:
    text = "links: what a driver carries" if space == _LINK_SPACE else "a layer that isn't here"
    lines = [_row(font(space, INK, 13, bold=True), 4), _row(font(text, SOFT), 3)]
    return _box(lines, SHARED_LINE, SHARED_FILL, "rounded,dashed")


def _link(link: Link) -> str:
    lines = [
        _row(font(link.name, INK, 14, bold=True), 4),
        _row(font(link.driver, SENT, 12), 2),
        _row(font(f"{link.address} · MTU {link.mtu}".lstrip(" ·"), SOFT), 4),
    ]
    return _box(lines, SHARED_LINE, SHARED_FILL, "rounded")


def _padded(content: str) -> str:
    return f'<<table border="0">{_row(content, 4)}</table>>'


def _row(content: str, padding: int) -> str:
    """A row of a box; a cell of nothing on either side keeps the text off the edges."""
    side = '<td width="6"></td>'
    return f'<tr>{side}<td cellpadding="{padding}">{content}</td>{side}</tr>'


def _box(rows: Iterable[str], line: str, fill: str, style: str) -> str:
    return (
        f'<<table border="1" style="{escape(style)}" color="{line}" bgcolor="{fill}" '
        f'cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>>'
    )


def stack_mermaid(layers: Sequence[Layer]) -> str:
    """The same graph as a Mermaid flowchart."""
    provided = {space.name: layer.name for layer in layers for space in layer.provides}
    outside = _outside(layers, provided)
    ids = {f"layer {layer.name}": f"l{number}" for number, layer in enumerate(layers)}
    ids.update({f"space {space}": f"k{number}" for number, space in enumerate(outside)})
    lines = ["flowchart BT"]
    for layer in layers:
        title = label_text(f"{layer.name} · {layer.title}")
        lines.append(f'    {ids[f"layer {layer.name}"]}["{title}"]')
    lines.extend(f'    {ids[f"space {space}"]}(["{label_text(space)}"])' for space in outside)
    for layer in layers:
        for bind in layer.binds:
            owner = provided.get(bind.to)
            below = ids[f"space {bind.to}" if owner is None else f"layer {owner}"]
            arrow = "-.->" if bind.optional else "-->"
            words = label_text(f"{bind.to.rpartition('.')[2]} {key_text(bind.to, bind.key)}")
            lines.append(f'    {below} {arrow}|"{words}"| {ids[f"layer {layer.name}"]}')
    return "\n".join(lines) + "\n"
