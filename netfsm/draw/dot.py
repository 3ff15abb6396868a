"""A diagram as DOT, the text that Graphviz draws. Labels are HTML-like tables, a line a row."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from netfsm.draw.labels import triggers, wrapped
from netfsm.draw.machine import Diagram, Edge, Line, Node
from netfsm.draw.render import Graph, new_graph
from netfsm.draw.style import (
    DROP,
    ERROR,
    FAINT,
    FONT,
    INK,
    LINE,
    PAPER,
    SAYS,
    SENT,
    SHARED_FILL,
    SHARED_LINE,
    SOFT,
    STATE_FILL,
    STATE_LINE,
    TIMER,
)

_WIDTH = 34
_SENT_MARK = "\u203a "  # a small arrowhead that every font has
_INDENT = ("\u00a0\u00a0",)
_STYLES = {"error": "dashed", "drop": "solid", "ignore": "dotted", "timer": "solid"}


def dot(picture: Diagram) -> str:
    """The DOT text of `picture`.

    Raises TargetError where the package graphviz (extra `draw`) is not installed.
    """
    graph = new_graph(picture.name)
    graph.attr(
        "graph",
        label=legend(picture),
        labelloc="b",
        fontname=FONT,
        bgcolor=PAPER,
        pad="0.3",
        nodesep="0.55",
        ranksep="0.6",
        tooltip=picture.title or picture.name,
    )
    graph.attr("node", fontname=FONT, fontsize="13", fontcolor=INK, shape="plain")
    graph.attr("edge", fontname=FONT, fontsize="11", fontcolor=INK, arrowsize="0.8", penwidth="1.3")
    inside = new_graph("cluster_machine")
    inside.attr("graph", label=heading(picture), labelloc="t", peripheries="0", margin="12")
    for node in picture.nodes:
        inside.node(_id(node.id), **_node(node, picture))
    for edge in picture.edges:
        inside.edge(_id(edge.source), _id(edge.target), **_edge(edge))
    for node in picture.nodes:
        if node.kind == "start" and node.loops:
            _note(inside, node)
    graph.subgraph(inside)
    return graph.source


def titled(title: str, below: str) -> str:
    """A title and a line in small letters, as the label of a picture."""
    return (
        f'<<table border="0" cellspacing="0" cellpadding="1">'
        f"<tr><td>{font(title, INK, 20, bold=True)}</td></tr>"
        f"<tr><td>{font(below, SOFT, 12)}</td></tr>"
        f'<tr><td height="10"></td></tr></table>>'
    )


def heading(picture: Diagram) -> str:
    """The title above a picture: what it is, its name and its documents."""
    refs = ", ".join(dict.fromkeys(str(ref) for ref in picture.refs))
    below = f"{picture.name} · {refs}" if refs else picture.name
    return titled(picture.title or picture.name, below)


def legend(picture: Diagram) -> str:
    """The line below a picture that tells its colours; only those that occur."""
    kinds = {line.kind for line in picture.lines}
    words = [font(SAYS["step"], LINE["step"])]
    words.extend(
        font(SAYS[kind], LINE[kind], slanted=kind == "timer")
        for kind in ("timer", "error", "drop", "ignore")
        if kind in kinds
    )
    words.append(font(f"{_SENT_MARK}what is sent", SENT))
    if any(line.guard for line in picture.lines):
        words.append(font("[guard]", SOFT))
    line = (4 * "&#160;").join(words)
    return f'<<table border="0" cellpadding="8"><tr><td>{line}</td></tr></table>>'


def font(text: str, colour: str, size: int = 11, bold: bool = False, slanted: bool = False) -> str:
    """Text in a colour and a size, for an HTML-like label."""
    words = escape(text)
    if bold:
        words = f"<b>{words}</b>"
    if slanted:
        words = f"<i>{words}</i>"
    return f'<font point-size="{size}" color="{colour}">{words}</font>'


# ---- nodes


def _node(node: Node, picture: Diagram) -> dict[str, str]:
    if node.kind in ("start", "end"):
        return _point(node)
    tip = f"{node.name}: {node.says}" if node.says else node.name
    return {"label": _state(node, picture), "tooltip": tip}


def _point(node: Node) -> dict[str, str]:
    """The point where instances begin, or the ringed one where they end."""
    ends = node.kind == "end"
    look = {"style": "filled", "color": INK, "penwidth": "1.5", "fontsize": "11"}
    look["tooltip"] = "the instance ends" if ends else "no instance yet"
    if node.name:
        shape = "doublecircle" if ends else "circle"
        return {**look, "shape": shape, "fillcolor": PAPER, "label": node.name, "margin": "0.02"}
    shape, width = ("doublecircle", "0.17") if ends else ("circle", "0.22")
    return {**look, "shape": shape, "fillcolor": INK, "label": "", "width": width}


def _state(node: Node, picture: Diagram) -> str:
    """A state: its name, what it is for, its timers, and the rows that stay in it."""
    shared = node.kind == "shared"
    line, fill = (SHARED_LINE, SHARED_FILL) if shared else (STATE_LINE, STATE_FILL)
    name = _stacked(
        font(text, SOFT if shared else INK, 13 if shared else 15, not shared, shared)
        for text in wrapped(node.name, _WIDTH, 3)
    )
    rows = [_cell(name, "center", 5)]
    said = [font(text, SOFT, 11) for text in wrapped(node.says, _WIDTH, 3)]
    said.extend(font(f"timer {timer}", TIMER, 11, slanted=True) for timer in node.timers)
    if said:
        rows.append(_cell(_stacked(said), "center", 6))
    if node.loops:
        rows.extend(["<hr/>", _cell(_table(node.loops), "left", 5)])
    style = "rounded,dashed" if shared else "rounded"
    width = "2" if node.id == picture.initial or node.kind == "final" else "1"
    return (
        f'<<table border="{width}" style="{style}" color="{line}" bgcolor="{fill}" '
        f'cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>>'
    )


def _note(graph: Graph, node: Node) -> None:
    """What happens where there is no instance, on a note beside the point."""
    label = (
        f'<<table border="1" style="rounded,dashed" color="{SHARED_LINE}" bgcolor="{SHARED_FILL}" '
        f'cellborder="0" cellspacing="0" cellpadding="0">'
        f"{_cell(font('no instance', SOFT, 13, slanted=True), 'center', 5)}<hr/>"
        f"{_cell(_table(node.loops), 'left', 5)}</table>>"
    )
    note = f"{_id(node.id)} note"
    graph.node(note, label=label, tooltip="no instance")
    graph.edge(note, _id(node.id), style="dotted", color=FAINT, arrowhead="none")


# ---- edges and lines


def _edge(edge: Edge) -> dict[str, str]:
    colour = LINE[edge.kind]
    if not edge.lines:
        return {"color": colour}
    tip = edge.tip
    return {
        "label": f'<<table border="0">{_cell(_table(edge.lines), "left", 4)}</table>>',
        "color": colour,
        "style": _STYLES.get(edge.kind, "solid"),
        "tooltip": tip,
        "labeltooltip": tip,
    }


def _table(lines: Iterable[Line]) -> str:
    rows = "".join(f"{_gap() if number else ''}{_told(line)}" for number, line in enumerate(lines))
    return f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{rows}</table>'


def _told(line: Line) -> str:
    """Triggers, then the guard, then what is sent: each line of text is a row of its own."""
    ink = LINE[line.kind]
    working = line.kind == "step"
    texts = [
        font(text, ink, bold=working, slanted=line.kind == "timer")
        for text in wrapped(triggers(line.triggers), _WIDTH, 5)
    ]
    if line.guard:
        texts.extend(font(part, SOFT) for part in wrapped(f"[{line.guard}]", _WIDTH, 3))
    sent = wrapped(", ".join(sent.text for sent in line.sent), _WIDTH, 3)
    ink = {"error": ERROR, "drop": DROP}.get(line.kind, SENT)
    marks = (_SENT_MARK, *_INDENT * len(sent))
    texts.extend(font(mark + part, ink) for mark, part in zip(marks, sent, strict=False))
    link = f'href="#{escape(line.rows[0])}" tooltip="{escape(line.tip)}"'
    return "".join(f'<tr><td align="left" {link}>{text}</td></tr>' for text in texts)


def _gap() -> str:
    return '<tr><td height="4"></td></tr>'


def _stacked(texts: Iterable[str]) -> str:
    rows = "".join(f"<tr><td>{text}</td></tr>" for text in texts)
    return f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{rows}</table>'


def _cell(content: str, align: str, padding: int) -> str:
    return f'<tr><td align="{align}" cellpadding="{padding}">{content}</td></tr>'


def _id(name: str) -> str:
    """A node's name in DOT; a colon would be read as a port."""
    return name.replace(":", "_").replace("\\", "_")
