"""A small SVG document: the few shapes that a ladder needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from xml.etree import ElementTree as ET

from netfsm.draw.style import FONT, PAPER

Point = tuple[int, int]
Anchor = Literal["start", "middle", "end"]


class Figure:
    """An SVG document of a size in pixels, on white paper."""

    def __init__(self, width: int, height: int) -> None:
        self._root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": str(width),
                "height": str(height),
                "viewBox": f"0 0 {width} {height}",
                "font-family": FONT,
            },
        )
        self._texts: list[ET.Element] = []
        self._add("rect", {"width": width, "height": height, "fill": PAPER})

    def text(self) -> str:
        """The document: words above everything else."""
        self._root.extend(self._texts)
        self._texts.clear()
        ET.indent(self._root)
        return ET.tostring(self._root, encoding="unicode") + "\n"

    def write(
        self,
        words: str,
        at: Point,
        colour: str,
        size: int = 12,
        *,
        anchor: Anchor = "start",
        weight: Literal["normal", "bold"] = "normal",
        slant: Literal["normal", "italic"] = "normal",
    ) -> None:
        """Words whose base line runs through `at`."""
        look = {"x": at[0], "y": at[1], "fill": colour, "font-size": size, "text-anchor": anchor}
        look.update({"font-weight": weight} if weight != "normal" else {})
        look.update({"font-style": slant} if slant != "normal" else {})
        if colour != PAPER:  # lines that cross it leave it readable
            look.update({"paint-order": "stroke", "stroke": PAPER, "stroke-width": 3})
        text = ET.Element("text", {name: str(value) for name, value in look.items()})
        text.text = words
        self._texts.append(text)

    def line(
        self, start: Point, end: Point, colour: str, *, width: float = 1.5, dashes: str = ""
    ) -> None:
        """A straight line; `dashes` as SVG's stroke-dasharray."""
        look: dict[str, object] = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        look.update({"stroke": colour, "stroke-width": width})
        look.update({"stroke-dasharray": dashes} if dashes else {})
        self._add("line", look)

    def arrowhead(self, tip: Point, to_the_right: bool, colour: str) -> None:
        """A filled arrowhead with its tip at `tip`."""
        x, y = tip
        back = x - 10 if to_the_right else x + 10
        points = f"{x},{y} {back},{y - 4.5} {back},{y + 4.5}"
        self._add("polygon", {"points": points, "fill": colour})

    def cross(self, at: Point, colour: str) -> None:
        """A cross: a packet ends here."""
        x, y = at
        self.line((x - 6, y - 6), (x + 6, y + 6), colour, width=2.2)
        self.line((x - 6, y + 6), (x + 6, y - 6), colour, width=2.2)

    def circle(self, at: Point, colour: str) -> None:
        """A small filled circle."""
        self._add("circle", {"cx": at[0], "cy": at[1], "r": 4.5, "fill": colour})

    def pill(
        self, corner: Point, size: tuple[int, int], fill: str, edge: str, round_by: int = 11
    ) -> None:
        """A box with round ends; `corner` is its upper left one."""
        look = {"x": corner[0], "y": corner[1], "width": size[0], "height": size[1]}
        self._add("rect", {**look, "rx": round_by, "fill": fill, "stroke": edge})

    def _add(self, tag: str, look: Mapping[str, object]) -> ET.Element:
        return ET.SubElement(self._root, tag, {name: str(value) for name, value in look.items()})
