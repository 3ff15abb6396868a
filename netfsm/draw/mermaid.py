"""A diagram as Mermaid's stateDiagram-v2, which GitHub and many wikis draw."""

from __future__ import annotations

import re
from typing import Final

from netfsm.draw.labels import triggers
from netfsm.draw.machine import Diagram, Line, Node

_WORDS: Final = {
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "<": " below ",
    ">": " above ",
    ";": ",",
    "#": "no. ",
    '"': "'",
    ":": " ",
    "\n": " ",
}
"""What Mermaid reads as syntax in a label, and what is written for it."""

_SYNTAX: Final = re.compile("|".join(re.escape(each) for each in _WORDS))


def mermaid(picture: Diagram) -> str:
    """The Mermaid text of `picture`; guards are written without `<`, `>`, `;`, `#` and `:`."""
    ids = {node.id: _id(node, number) for number, node in enumerate(picture.nodes)}
    lines = ["---", f"title: {label_text(picture.title or picture.name)}", "---"]
    lines.append("stateDiagram-v2")
    for node in picture.nodes:
        lines.extend(f"    {line}" for line in _node(node, ids[node.id]))
    for edge in picture.edges:
        label = "<br/>".join(line_text(line) for line in edge.lines)
        arrow = f"{ids[edge.source]} --> {ids[edge.target]}"
        lines.append(f"    {arrow}{f' : {label}' if label else ''}")
    return "\n".join(lines) + "\n"


def label_text(text: str) -> str:
    """`text` with everything that Mermaid reads as syntax written otherwise."""
    return " ".join(_SYNTAX.sub(lambda found: _WORDS[found[0]], text).split())


def line_text(line: Line) -> str:
    """One line of a label: `event · leaf [guard] / what is sent`."""
    words = triggers(line.triggers)
    if line.guard:
        words += f" [{line.guard}]"
    if line.sent:
        words += f" / {', '.join(sent.text for sent in line.sent)}"
    return label_text(words)


def _id(node: Node, number: int) -> str:
    return "[*]" if node.kind in ("start", "end") else f"s{number}"


def _node(node: Node, name: str) -> list[str]:
    """The declaration of a state, and a note with what happens inside it."""
    lines = [] if name == "[*]" else [f'state "{label_text(node.name)}" as {name}']
    if node.loops and name != "[*]":
        lines.append(f"note right of {name}")
        lines.extend(f"    {line_text(line)}" for line in node.loops)
        lines.append("end note")
    return lines
