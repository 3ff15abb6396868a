"""The group of verbs: each is a module of this package, imported when it is asked for."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from netfsm import __version__
from netfsm.cli.common import Exit
from netfsm.cli.extras import remedy

VERBS: Final = (
    "list",
    "check",
    "show",
    "draw",
    "run",
    "conform",
    "replay",
    "trace",
    "explain",
    "view",
)


class _Verbs(click.Group):
    """Verbs by name; `netfsm --help` imports them all, `netfsm list` only one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the form of click's own method
        return list(VERBS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # the form of click's own method
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        verb: click.Command = import_module(f"netfsm.cli.{cmd_name}").verb
        return verb


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="netfsm")
def app() -> None:
    """Network protocols as state machines in YAML: run, draw, check and test them.

    SPEC is a name (tcp.connection, arp) or a path. Exit codes: 0 fine, 1 findings, 2 bad usage or
    unreadable spec, 3 not available here, 4 bug in netfsm, 5 nothing was run, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one verb and return the exit code; nothing but a bug prints a traceback."""
    try:
        result = app.main(args=list(arguments), prog_name="netfsm", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except BrokenPipeError:
        _close_stdout()
        return Exit.FINE
    except ModuleNotFoundError as error:
        return _missing(error)
    except Exception:  # noqa: BLE001  # the last resort: what no verb expects is a bug
        return _bug()
    return result if isinstance(result, int) else Exit.FINE


def _missing(error: ModuleNotFoundError) -> int:
    """A library of an extra is missing: say which extra; anything else that is missing is a bug."""
    line = remedy(error)
    if line is None:
        return _bug()
    click.echo(line, err=True)
    return Exit.UNAVAILABLE


def _bug() -> int:
    traceback.print_exc()
    click.echo("netfsm: this is a bug in netfsm: please report it with these lines", err=True)
    return Exit.BUG


def _close_stdout() -> None:
    """Whoever read our output has gone; let the interpreter's last flush go nowhere."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
