"""The command line as a whole: verbs, exit codes, what is told when something is missing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from importlib.resources import files

import click
import pytest
from jsonschema import Draft202012Validator

from netfsm import __version__
from netfsm.cli import app
from netfsm.cli.common import Exit, command
from netfsm.errors import InternalError, NoRoute, TargetError
from tests.cli.running import ROOT, netfsm, netfsm_process


@pytest.mark.parametrize("verb", app.VERBS)
def test_every_verb_has_help_and_version(verb: str) -> None:
    """`netfsm VERB --version` tells the version, `--help` the usage; both exit 0."""
    assert f"netfsm, version {__version__}\n" == netfsm(verb, "--version").out
    ran = netfsm(verb, "--help")
    assert Exit.FINE == ran.code
    assert ran.out.startswith(f"Usage: netfsm {verb}")


def test_version_of_the_whole() -> None:
    """`python -m netfsm --version` is the same as `netfsm --version`."""
    ran = netfsm_process("--version")
    assert (0, f"netfsm, version {__version__}\n", "") == (ran.code, ran.out, ran.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuchverb",),
        ("list", "--nosuchoption"),
        ("show",),
        ("draw",),
        ("draw", "arp.address", "--format", "bmp"),
        ("explain",),
    ],
)
def test_bad_usage_exits_2(arguments: tuple[str, ...]) -> None:
    """Wrong usage is told on standard error with exit code 2, never with a traceback."""
    ran = netfsm(*arguments)
    assert (Exit.USAGE, "") == (ran.code, ran.out)
    assert "Usage: netfsm" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("verb", ["trace", "view"])
def test_what_comes_later_says_so(verb: str) -> None:
    """A verb of a later version pretends nothing: it exits 2 and says why."""
    ran = netfsm(verb, "x")
    assert (Exit.USAGE, "") == (ran.code, ran.out)
    assert "comes later" in ran.err


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_a_missing_extra_is_named_in_one_line(missing: str) -> None:
    """Without click or rich `netfsm` prints what to install and exits 3."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['netfsm', 'list'];"
        "from netfsm.cli.main import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert Exit.UNAVAILABLE == ran.returncode
    assert f'netfsm: {missing} is not installed: pip install "netfsm[cli]"\n' == ran.stderr


def _failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `netfsm list` raise."""

    @command("list")
    @click.option("--format", "form", default="text")
    def verb(form: str) -> int:
        raise error

    monkeypatch.setattr("netfsm.cli.list.verb", verb)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TargetError("linux", "no namespaces"), Exit.UNAVAILABLE),
        (InternalError("a cell was reached"), Exit.BUG),
        (NoRoute("192.0.2.1"), Exit.FINDINGS),
    ],
)
def test_errors_become_exit_codes(
    error: Exception, code: Exit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each family of errors has its exit code, its sentence, and one JSON object if asked."""
    _failing(error, monkeypatch)
    ran = netfsm("list")
    assert (code, "", f"netfsm list: {error}\n") == (ran.code, ran.out, ran.err)
    told = json.loads(netfsm("list", "--format", "json").out)
    assert (code, str(error)) == (told["exit"], told["error"])


def test_a_bug_asks_for_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no verb expects exits 4, with everything that a report needs."""
    _failing(RuntimeError("oh"), monkeypatch)
    ran = netfsm("list")
    assert Exit.BUG == ran.code
    assert "RuntimeError: oh" in ran.err
    assert ran.err.rstrip().endswith("please report it with these lines")


def test_an_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C is told by the exit code alone."""
    _failing(KeyboardInterrupt(), monkeypatch)
    assert Exit.INTERRUPTED == netfsm("list").code


def test_a_closed_pipe_is_no_error() -> None:
    """`netfsm list | true` says nothing on standard error."""
    reader = subprocess.Popen(
        [sys.executable, "-m", "netfsm", "list"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert reader.stdout is not None
    reader.stdout.close()
    _, err = reader.communicate(timeout=60)
    assert b"" == err
    assert -signal.SIGPIPE != reader.returncode


def test_no_colour_outside_a_terminal() -> None:
    """What goes into a pipe or file holds no escape sequence."""
    for arguments in (("list",), ("show", "arp.address"), ("nosuchverb",)):
        ran = netfsm_process(*arguments)
        assert "\x1b" not in ran.out + ran.err


def test_schemas_are_schemas() -> None:
    """Every committed schema of a reply is a JSON Schema of 2020-12."""
    found = list((files("netfsm.cli") / "schemas").iterdir())
    assert found
    for file in found:
        Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))
