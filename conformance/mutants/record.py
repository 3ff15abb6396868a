"""What a whole run came to, kept beside the reference pages: as JSON, and as a page for people.

The record holds counts, and the mutants about which there is more to say than that a claim kills
them, by id. All others are killed by types, proofs, vectors or compositions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from netfsm.conformance.mutants.judged import LAYERS, Judged
from netfsm.conformance.mutants.report import GOAL, MutantReport, Share
from netfsm.conformance.stock import layer_of

__all__ = ["PAGE", "RECORD", "page", "record", "write_record"]

RECORD: Final = "mutants.json"
PAGE: Final = "mutants.md"
_HEAD: Final = """\
<!-- Made by `netfsm conform --mutants --profile campaign --report FOLDER` from mutants.json. -->

# Mutants

Mistakes are put into every spec one at a time, and each layer that judges is asked of each of
them that is not proved to take the same steps as the original: first the types, and of what is
well typed all others. [The how-to](../how-to/README.md) tells what the mistakes are and who judges.

`by claims` is the part of those that are not equivalent that types, proofs, vectors or compositions
kill, none of which looks at the original; at least {goal:.0%} of each machine must be. One that
several layers kill counts for each. A machine that stands in no composition has 0 in its column.
"""
_SAMPLE: Final = """\
`{judged} of {made}` says that a sample was judged, which seed {seed} chose of all mutants of the
layer: in a scope of many machines a mutant has steps of all of them proved anew.
"""


def record(report: MutantReport) -> dict[str, Any]:
    """The record of a run."""
    return {
        "profile": report.profile,
        "complete": report.complete,
        "machines": {share.machine: _share(share, report.seed or 0) for share in report.shares},
    }


def write_record(report: MutantReport, folder: Path) -> None:
    """Write the record and its page into `folder`; what it has of other layers stays."""
    folder.mkdir(parents=True, exist_ok=True)
    made = record(report)
    if (folder / RECORD).is_file():
        layers = {layer_of(name) for name in made["machines"]}
        kept: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))["machines"]
        others = {name: share for name, share in kept.items() if layer_of(name) not in layers}
        made["machines"] = dict(sorted({**others, **made["machines"]}.items()))
    text = json.dumps(made, indent=1, ensure_ascii=False)
    (folder / RECORD).write_text(f"{text}\n", encoding="utf-8")
    (folder / PAGE).write_text(page(made), encoding="utf-8")


def page(made: Mapping[str, Any]) -> str:
    """The page of a record."""
    machines: Mapping[str, Any] = made["machines"]
    return "\n".join([*_table(machines), *_lists(machines)]) + "\n"


def _share(share: Share, seed: int) -> dict[str, Any]:
    asked = [each for each in share.judged if "suites" in each.asked]
    sampled = {"seed": seed} if len(share.judged) < share.made else {}
    return {
        "made": share.made,
        "judged": len(share.judged),
        **sampled,
        "killed": share.by,
        "claimed": round(share.claimed, 4),
        "equivalent": _ids(each for each in share.judged if each.equivalent),
        "survivors": {each.id: each.says for each in share.survivors},
        "only_suites": {each.id: each.says for each in share.unclaimed},
        "only_claims": {
            each.id: each.says for each in asked if each.killed and "suites" not in each.killers
        },
    }


def _ids(judged: Iterable[Judged]) -> list[str]:
    return [each.id for each in judged]


# ---- the page


def _table(machines: Mapping[str, Any]) -> Iterator[str]:
    yield _HEAD.format(goal=GOAL)
    sampled = next((name for name in machines if "seed" in machines[name]), None)
    if sampled is not None:
        yield _SAMPLE.format_map(machines[sampled])
    ends = ("equivalent", "survive", "by claims")
    yield f"| machine | mutants | {' | '.join((*LAYERS, *ends))} |"
    yield f"|{' --- |' * (len(LAYERS) + 5)}"
    for name, share in machines.items():
        yield _line(name, share)
    yield _line("all", _sum(machines.values()))


def _line(name: str, share: Mapping[str, Any]) -> str:
    kills = (share["killed"][layer] for layer in LAYERS)
    count = len(share["equivalent"])
    ends = (count, len(share["survivors"]), f"{share['claimed']:.1%}")
    judged = f"{share['judged']} of {share['made']}" if "seed" in share else share["judged"]
    return f"| {' | '.join(str(each) for each in (name, judged, *kills, *ends))} |"


def _sum(shares: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All machines together."""
    every = list(shares)
    survivors = [each for share in every for each in share["survivors"]]
    equivalent = [each for share in every for each in share["equivalent"]]
    judged = sum(share["judged"] for share in every)
    missed = len(survivors) + sum(len(share["only_suites"]) for share in every)
    count = judged - len(equivalent)
    return {
        "judged": judged,
        "killed": {layer: sum(share["killed"][layer] for share in every) for layer in LAYERS},
        "claimed": 1 - missed / count if count else 1.0,
        "equivalent": equivalent,
        "survivors": survivors,
    }


def _lists(machines: Mapping[str, Any]) -> Iterator[str]:
    parts = (
        ("survivors", "Survivors", "No layer tells them from the original."),
        (
            "only_suites",
            "Only the suites tell them",
            "The spec lacks a claim or a vector.",
        ),
        ("only_claims", "Only claims tell them", "The suites lack a walk on which they differ."),
    )
    for key, title, says in parts:
        yield f"\n## {title}\n"
        found = [item for share in machines.values() for item in share[key].items()]
        yield says if found else "None."
        if found:
            yield ""
        yield from (f"- `{name}`: {told}" for name, told in found)
