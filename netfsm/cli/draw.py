"""`netfsm draw`: a machine as a state diagram, or the layers as a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from netfsm.cli.common import command, say
from netfsm.cli.pictures import (
    DPI,
    MACHINE_FORMS,
    STACK_FORMS,
    machine_picture,
    stack_picture,
)
from netfsm.cli.specs import layers_of, spec_named
from netfsm.spec.model import Layer, Machine

_SUFFIXES: Final = {
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".puml": "plantuml",
    ".plantuml": "plantuml",
    ".html": "html",
}


@command("draw")
@click.argument("spec", required=False)
@click.option("--stack", is_flag=True, help="Draw the layer graph; SPEC narrows it to one layer.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file.")
@click.option(
    "--format", "form", type=click.Choice(MACHINE_FORMS), help="By the file's name, else svg."
)
@click.option("--ignored", is_flag=True, help="Show the rows that ignore an event, too.")
@click.option("--guards/--no-guards", default=None, help="Show conditions; else if there is room.")
@click.option("--dpi", type=click.IntRange(30, 600), default=DPI, help="Dots per inch of a PNG.")
def verb(
    *,
    spec: str | None,
    stack: bool,
    output: Path | None,
    form: str | None,
    ignored: bool,
    guards: bool | None,
    dpi: int,
) -> int:
    """Draw SPEC: a machine as a state diagram, a layer as a part of the layer graph."""
    chosen = _form(form, output)
    if spec is None and not stack:
        raise click.UsageError("name a SPEC, or draw the layer graph with --stack")
    if chosen == "png" and output is None:
        raise click.UsageError("a PNG needs a file: add -o FILE.png")
    model = None if spec is None else spec_named(spec)
    if isinstance(model, Machine) and not stack:
        drawn = machine_picture(model, chosen, ignored=ignored, guards=guards, dpi=dpi)
    elif model is None or isinstance(model, Layer):
        drawn = _stack(model, chosen, dpi)
    else:
        raise click.UsageError(f"{spec} is no machine and no layer: see netfsm show {spec}")
    if output is None:
        say(drawn.decode().rstrip("\n"))
    else:
        output.write_bytes(drawn)
    return 0


def _form(form: str | None, output: Path | None) -> str:
    if form is not None:
        return form
    if output is None:
        return "svg"
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        raise click.UsageError(f"{output.name} doesn't tell the format: add --format")
    return found


def _stack(layer: Layer | None, form: str, dpi: int) -> bytes:
    if form not in STACK_FORMS:
        known = ", ".join(STACK_FORMS)
        raise click.UsageError(f"the layer graph is drawn as {known}, not as {form}")
    title = "The layers" if layer is None else f"The layer {layer.name} and what it stands on"
    return stack_picture(layers_of(layer), form, title=title, dpi=dpi)
