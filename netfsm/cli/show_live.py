"""`netfsm show --live`: what a running stack answers at its control socket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from netfsm.cli.common import Exit, reply, say, warn
from netfsm.cli.tables import show_table
from netfsm.stack.control_socket import ask


def show_live(path: Path, query: str | None, form: str) -> int:
    """Print the answer to one query, or to every query that needs no parameter."""
    listed = ask(path, list="queries")
    known = [one["name"] for one in listed]
    if query is not None and query not in known:
        warn(f"netfsm show: the stack has no query {query}: it has {', '.join(known)}")
        return Exit.USAGE
    wanted = [
        one["name"]
        for one in listed
        if query in (None, one["name"]) and set(one["params"]) <= set(one["optional"])
    ]
    answers = {name: ask(path, query=name) for name in wanted}
    if form == "json":
        reply("show", Exit.FINE, more={"kind": "live", "answers": answers})
        return Exit.FINE
    for name, answer in answers.items():
        say(f"{name}")
        _tell(answer)
        say("")
    return Exit.FINE


def _tell(answer: Any) -> None:
    rows = cast("Sequence[Any]", answer)
    if not isinstance(answer, list):
        say(f"  {answer}")
    elif not answer:
        say("  none")
    else:
        _table(rows)


def _table(rows: Sequence[Any]) -> None:
    if not isinstance(rows[0], dict):
        show_table(("answer",), [(str(row),) for row in rows])
        return
    records = cast("Sequence[dict[str, object]]", rows)
    columns = list(records[0])
    show_table(columns, [[str(row[name]) for name in columns] for row in records])
