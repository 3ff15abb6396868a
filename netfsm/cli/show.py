"""`netfsm show`: a machine's table, one state's rows, generated code, a format, a layer."""

from __future__ import annotations

from pathlib import Path

import click

from netfsm.cli.common import Exit, command, format_option, reply, say
from netfsm.cli.show_format import format_json, show_format
from netfsm.cli.show_layer import layer_json, show_layer
from netfsm.cli.show_live import show_live
from netfsm.cli.show_machine import machine_json, show_machine, show_state
from netfsm.cli.show_registers import show_registers
from netfsm.cli.specs import spec_named
from netfsm.spec.composition import Composition
from netfsm.spec.formats import Format
from netfsm.spec.load import is_path
from netfsm.spec.model import Layer, Machine
from netfsm.spec.registers import RegisterMap


@command("show")
@click.argument("spec", required=False)
@click.argument("state", required=False)
@click.option("--python", is_flag=True, help="Print the code that is generated for a machine.")
@click.option(
    "--promela", is_flag=True, help="Print the model of a composition that SPIN searches."
)
@click.option("--c-header", "header", is_flag=True, help="Print a header for C of a register map.")
@click.option(
    "--live",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Ask a running stack at its control socket; SPEC is a query, all where it is left out.",
)
@format_option("text", "json")
def verb(  # noqa: PLR0917  # the options of the verb
    spec: str | None,
    state: str | None,
    python: bool,
    promela: bool,
    header: bool,
    live: Path | None,
    form: str,
) -> int:
    """Show SPEC: a machine's table or the rows of one STATE, a format's fields, a layer.

    With --live what a running stack answers: its interfaces, addresses, routes, neighbours.
    """
    if live is not None:
        return show_live(live, spec, form)
    if spec is None:
        raise click.UsageError("name a SPEC, or --live PATH for a running stack")
    if header:
        return _header(spec)
    model = spec_named(spec)
    if promela:
        return _promela(model, spec)
    if isinstance(model, Machine):
        return _machine(model, state, python, form)
    if state is not None or python:
        raise click.UsageError(f"{spec} is no machine: it has neither states nor generated code")
    return _table(model, spec, form)


def _table(model: object, spec: str, form: str) -> int:
    """The table of what is no machine."""
    if isinstance(model, RegisterMap):
        return show_registers(model, form)
    if not isinstance(model, Layer | Format):
        kind = type(model).__name__.lower()
        raise click.UsageError(f"{spec} is a {kind}: there is no table of it")
    if form == "json":
        more = layer_json(model) if isinstance(model, Layer) else format_json(model)
        reply("show", Exit.FINE, more=more)
    elif isinstance(model, Layer):
        show_layer(model)
    else:
        show_format(model)
    return Exit.FINE


def _header(spec: str) -> int:
    """The header of a register map, or of the one that a layer or card of this name has."""
    from netfsm.draw.registers import c_header

    model = spec_named(spec if "." in spec or is_path(spec) else f"{spec}.registers")
    if not isinstance(model, RegisterMap):
        raise click.UsageError(f"{spec} is no register map: a header has offsets and masks")
    say(c_header(model).rstrip("\n"))
    return Exit.FINE


def _promela(model: object, spec: str) -> int:
    from netfsm.prove.spin import promela

    if not isinstance(model, Composition):
        raise click.UsageError(f"{spec} is no composition: SPIN searches those")
    say(promela(model).text.rstrip("\n"))
    return Exit.FINE


def _machine(machine: Machine, state: str | None, python: bool, form: str) -> int:
    names = [each.name for each in machine.states]
    if state is not None and state not in names:
        raise click.UsageError(f"{machine.name} has no state {state}: it has {', '.join(names)}")
    if python:
        from netfsm.machine import python_source

        say(python_source(machine).rstrip("\n"))
    elif form == "json":
        reply("show", Exit.FINE, more=machine_json(machine, state))
    elif state is None:
        show_machine(machine)
    else:
        show_state(machine, state)
    return Exit.FINE
