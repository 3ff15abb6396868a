"""What `netfsm check --compose` tells of compositions: counts, properties, ladders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from netfsm.cli.common import say
from netfsm.draw.ladder import ladder
from netfsm.draw.ladder_figure import ladder_mermaid, ladder_svg
from netfsm.draw.steps import NUMBERS
from netfsm.explore.checking import Named
from netfsm.explore.explored import Explored, Failure

__all__ = ["compositions_json", "draw_ladders", "ladder_of", "tell_compositions"]

Hosts = Mapping[str, tuple[str, ...]]


def hosts_of(named: Iterable[Named]) -> dict[str, tuple[str, ...]]:
    """The ends of each composition, in the order of its file."""
    return {each.model.name: tuple(end.name for end in each.model.ends) for each in named}


def tell_compositions(explored: Iterable[Explored]) -> None:
    """A line for each composition."""
    for each in explored:
        held = sum(verdict == "holds" for verdict in each.verdicts.values())
        parts = [
            f"{'' if each.whole else 'more than '}{each.states:,} states",
            f"{each.transitions:,} transitions",
            f"{each.seconds:.1f} s",
        ]
        if each.wider is not None:
            parts.append(f"{each.wider[0]:,} states one bit wider")
        if each.spin is not None:
            parts.append(f"{each.spin:,} states by SPIN")
        if each.larger is not None:
            parts.append(f"{each.larger:,} with larger bounds")
        say(f"{each.name}: {', '.join(parts)}; {held} of {len(each.verdicts)} properties hold")


def ladder_of(failure: Failure, hosts: tuple[str, ...]) -> str:
    """The ladder of a failure as text, "" where there is nothing to show."""
    if not failure.steps:
        return ""
    said = "The runtime takes the same steps to the same end."
    if failure.runtime:
        said = f"The runtime does something else at {failure.runtime}."
    return f"{ladder(failure.steps, hosts, clock=NUMBERS)}{said}"


def compositions_json(explored: Iterable[Explored], hosts: Hosts) -> list[dict[str, object]]:
    """The compositions as the reply of `check` holds them."""
    return [
        {
            "name": each.name,
            "states": each.states,
            "transitions": each.transitions,
            "whole": each.whole,
            "seconds": round(each.seconds, 3),
            "wider": None if each.wider is None else each.wider[0],
            "spin": each.spin,
            "larger": each.larger,
            "faultless": dict(each.faultless),
            "properties": dict(each.verdicts),
            "failures": [
                {
                    "code": failure.code,
                    "property": failure.property,
                    "runtime": failure.runtime,
                    "ladder": ladder_of(failure, hosts[each.name]).splitlines(),
                }
                for failure in each.failures
            ],
        }
        for each in explored
    ]


def draw_ladders(explored: Iterable[Explored], hosts: Hosts, folder: Path) -> list[Path]:
    """Write each ladder into `folder` as text, Mermaid and SVG; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for each in explored:
        names = hosts[each.name]
        for failure in each.failures:
            if not failure.steps:
                continue
            stem = f"{each.name}.{failure.property or failure.code.lower()}"
            title = f"{each.name}: {failure.property or failure.code}"
            texts = {
                ".txt": ladder_of(failure, names) + "\n",
                ".mmd": ladder_mermaid(failure.steps, names),
                ".svg": ladder_svg(failure.steps, names, title=title, clock=NUMBERS),
            }
            for suffix, text in texts.items():
                file = folder / f"{stem}{suffix}"
                file.write_text(text, encoding="utf-8")
                files.append(file)
    return files
