"""A machine or the layer graph in one of the forms, as the bytes of a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from netfsm.draw.dot import dot
from netfsm.draw.html import page
from netfsm.draw.machine import diagram
from netfsm.draw.mermaid import mermaid
from netfsm.draw.plantuml import plantuml
from netfsm.draw.render import render
from netfsm.draw.stack import stack_dot, stack_mermaid
from netfsm.spec.model import Layer, Machine

DPI: Final = 144
MACHINE_FORMS: Final = ("svg", "png", "dot", "mermaid", "plantuml", "html")
STACK_FORMS: Final = ("svg", "png", "dot", "mermaid")


def machine_picture(
    machine: Machine,
    form: str,
    *,
    ignored: bool = False,
    guards: bool | None = None,
    dpi: int = DPI,
) -> bytes:
    """The state diagram of `machine` in one of MACHINE_FORMS. Raises TargetError as `render`."""
    if form == "html":
        return page(machine, ignored, guards).encode()
    picture = diagram(machine, ignored, guards)
    return _made(
        form,
        dpi,
        {
            "dot": lambda: dot(picture),
            "mermaid": lambda: mermaid(picture),
            "plantuml": lambda: plantuml(picture),
        },
    )


def stack_picture(
    layers: Sequence[Layer], form: str, *, title: str = "The layers", dpi: int = DPI
) -> bytes:
    """The graph of `layers` in one of STACK_FORMS. Raises TargetError as `render` does."""
    return _made(
        form,
        dpi,
        {
            "dot": lambda: stack_dot(layers, title=title),
            "mermaid": lambda: stack_mermaid(layers),
        },
    )


def _made(form: str, dpi: int, texts: dict[str, Callable[[], str]]) -> bytes:
    """A picture of the DOT text, or one of the texts."""
    if form == "svg":
        return render(texts["dot"](), "svg")
    if form == "png":
        return render(texts["dot"](), "png", dpi)
    return texts[form]().encode()
