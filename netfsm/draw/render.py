"""DOT to SVG and PNG by the Graphviz that pygraphviz' wheel brings: no system package."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Final, Literal, Protocol

from netfsm.draw.font import font_folder, with_letters
from netfsm.errors import TargetError

_FONT_SETTINGS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{}</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
"""


def render(source: str, form: Literal["svg", "png"], dpi: int = 160) -> bytes:
    """The picture of DOT text `source`.

    Raises TargetError where pygraphviz is not installed or its Graphviz refuses.
    """
    AGraph = needed("pygraphviz").AGraph
    graph = AGraph(string=source)
    try:
        if form == "png":
            graph.graph_attr["dpi"] = str(dpi)
        with _fonts(), _without_font_warnings():
            picture: bytes = graph.draw(format=form, prog="dot")
    finally:
        graph.close()
    return with_letters(picture) if form == "svg" else picture


class Graph(Protocol):
    """What we use of a graph of the package graphviz; `source` is its DOT text."""

    source: str

    def attr(self, kw: str, **attributes: str) -> None:
        """Set what holds for the graph, all nodes or all edges."""

    def node(self, name: str, **attributes: str) -> None:
        """Add a node."""

    def edge(self, tail_name: str, head_name: str, **attributes: str) -> None:
        """Add an edge."""

    def subgraph(self, graph: Graph) -> None:
        """Put another graph inside this one."""


def new_graph(name: str) -> Graph:
    """An empty directed graph; TargetError where the package graphviz is missing."""
    graph: Graph = needed("graphviz").Digraph(name, comment=f"{name}, drawn by netfsm")
    return graph


def needed(module: str) -> ModuleType:
    """A library of the extra `draw`; TargetError, with what to install, where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        reason = f"{error.name} is not installed"
        raise TargetError("drawing", reason, 'pip install "netfsm[draw]"') from error
    except ImportError as error:  # Graphviz is there, and a library that it is linked to is not
        remedy = "apt-get install libxext6 libxrender1"
        raise TargetError("drawing", str(error), remedy) from error


@contextmanager
def _fonts() -> Generator[None]:
    """Let Graphviz find the font that the extra `draw` brings, beside those of the system.

    A picture then looks the same everywhere, also on a machine without any font.
    """
    folder = font_folder()
    if folder is None or "FONTCONFIG_FILE" in os.environ:
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
        settings.write(_FONT_SETTINGS.format(escape(str(folder))))
        settings.flush()
        os.environ["FONTCONFIG_FILE"] = settings.name
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]


@contextmanager
def _without_font_warnings() -> Generator[None]:
    """Keep back what fontconfig says of its own settings; pass on what Graphviz says of ours.

    Both write to file descriptor 2 from C, so that is where it has to be caught.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said.read().decode(errors="replace").splitlines():
                if not line.startswith("Fontconfig"):
                    sys.stderr.write(f"{line}\n")
