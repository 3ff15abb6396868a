"""A diagram as PlantUML."""

from __future__ import annotations

from netfsm.draw.labels import triggers
from netfsm.draw.machine import Diagram, Edge, Line, Node
from netfsm.draw.style import LINE, STATE_FILL, STATE_LINE


def plantuml(picture: Diagram) -> str:
    """The PlantUML text of `picture`."""
    ids = {node.id: _id(node, number) for number, node in enumerate(picture.nodes)}
    lines = [f"@startuml {picture.name}", "hide empty description"]
    lines.append(f"skinparam StateBackgroundColor {STATE_FILL}")
    lines.append(f"skinparam StateBorderColor {STATE_LINE}")
    refs = ", ".join(str(ref) for ref in picture.refs)
    lines.append(f"title {_text(picture.title or picture.name)}\\n{picture.name} · {_text(refs)}")
    for node in picture.nodes:
        lines.extend(_node(node, ids[node.id]))
    lines.extend(_edge(edge, ids) for edge in picture.edges)
    return "\n".join([*lines, "@enduml"]) + "\n"


def _id(node: Node, number: int) -> str:
    return "[*]" if node.kind in ("start", "end") else f"s{number}"


def _node(node: Node, name: str) -> list[str]:
    if name == "[*]":
        return []
    shape = " <<end>>" if node.kind == "final" else ""
    lines = [f'state "{_text(node.name)}" as {name}{shape}']
    lines.extend(f"{name} : {_text(text)}" for text in (node.says,) if text)
    lines.extend(f"{name} : timer {_text(timer)}" for timer in node.timers)
    lines.extend(f"{name} : {_line(line)}" for line in node.loops)
    return lines


def _edge(edge: Edge, ids: dict[str, str]) -> str:
    label = "\\n".join(_line(line) for line in edge.lines)
    look = f"{LINE[edge.kind]},dashed" if edge.kind == "error" else LINE[edge.kind]
    arrow = f"{ids[edge.source]} -down[{look}]-> {ids[edge.target]}"
    return f"{arrow} : {label}" if label else arrow


def _line(line: Line) -> str:
    guard = f" [{line.guard}]" if line.guard else ""
    sent = f" / {', '.join(each.text for each in line.sent)}" if line.sent else ""
    return _text(f"{triggers(line.triggers)}{guard}{sent}")


def _text(text: str) -> str:
    """Text on one line, without what PlantUML reads as Creole or as an order."""
    words = " ".join(text.split()).replace("\\", "/").replace('"', "'")
    for mark in ("**", "//", "__", "--", "~~"):
        words = words.replace(mark, mark[0])
    return words.replace("<", "~<").lstrip("!'")
