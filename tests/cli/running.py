"""Running the command line in a test: in this process, or as a person would, in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import frozen
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from netfsm.cli import app

ROOT = Path(__file__).resolve().parents[2]


@frozen
class Ran:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def netfsm(*arguments: str) -> Ran:
    """Run a verb in this process."""
    runner = CliRunner()
    with runner.isolation() as streams:
        code = app.run(arguments)
        out, err = streams[0].getvalue().decode(), streams[1].getvalue().decode()
    return Ran(int(code), out, err)


def netfsm_process(
    *arguments: str, env: dict[str, str] | None = None, module: str = "netfsm"
) -> Ran:
    """Run `python -m netfsm`, which also shows what the interpreter itself would print."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def reply(ran: Ran) -> dict[str, Any]:
    """The one JSON object on standard output, held against the schema of its verb."""
    found: dict[str, Any] = json.loads(ran.out)
    assert ran.code == found["exit"]
    schema(found["verb"]).validate(found)
    return found


@cache
def schema(verb: str) -> Draft202012Validator:
    """The committed schema of a verb's replies."""
    text = (files("netfsm.cli") / "schemas" / f"{verb}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
