"""`netfsm check`: what is wrong with specs; proofs are not in this version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import click

from netfsm.cli.common import Exit, command, format_option, reply, say, told, warn
from netfsm.cli.sarif import sarif
from netfsm.spec.checking import check
from netfsm.spec.findings import Finding

_NO_PROOFS: Final = (
    "proofs are not in this version, so nothing is claimed: "
    "run netfsm check --no-prove for everything that needs no solver"
)


@command("check")
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
@click.option("--no-prove", is_flag=True, help="Only what needs no solver.")
@click.option("--compose", is_flag=True, help="Explore compositions. Not in this version.")
@format_option("text", "json", "sarif")
def verb(specs: tuple[str, ...], no_prove: bool, compose: bool, form: str) -> int:
    """Check specs, all of them where none is named: what is wrong, where, and what to do."""
    if compose or not no_prove:
        message = "compositions are not explored in this version" if compose else _NO_PROOFS
        warn(f"netfsm check: {message}")
        if form == "json":
            reply("check", Exit.UNAVAILABLE, more={**_proofs(), "error": message})
        return Exit.UNAVAILABLE
    checked = check(*specs)
    code = checked.exit_code
    if form == "json":
        reply("check", code, checked.findings, {"checked": list(checked.names), **_proofs()})
    elif form == "sarif":
        say(sarif(checked.findings))
    else:
        _tell(checked.findings, checked.names)
    return code


def _proofs() -> dict[str, object]:
    """What `check` counts of proofs: none were tried."""
    return dict.fromkeys(("obligations", "proved", "refuted", "unknown"), 0)


def _tell(findings: Sequence[Finding], names: Sequence[str]) -> None:
    for finding in findings:
        say(told(finding))
    count = Counter(finding.severity for finding in findings)
    parts = [
        f"{count[each]} {each}{'s' if count[each] != 1 else ''}"
        for each in ("error", "warning", "note")
    ]
    say(f"{len(names)} specs: {', '.join(parts)}; nothing proved")
