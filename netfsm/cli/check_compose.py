"""What `netfsm check --compose` does: it explores compositions, and tells counts and ladders.

It is imported where it is asked for: a check without compositions is done sooner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from netfsm.cli.common import say
from netfsm.cli.progress import counted_shown
from netfsm.draw.ladder import ladder
from netfsm.draw.ladder_figure import ladder_mermaid, ladder_svg
from netfsm.draw.steps import NUMBERS
from netfsm.explore.beyond import spin_all
from netfsm.explore.checking import compositions, explore_all, findings_of
from netfsm.explore.explored import Explored, Failure
from netfsm.spec.findings import Finding

__all__ = ["Explorations", "explore"]


def explore(specs: Sequence[str], *, spin: bool, larger: bool, jobs: int) -> Explorations:
    """Explore the compositions among `specs`; with `spin` or `larger` SPIN searches them too."""
    named = compositions(*specs)
    with counted_shown("exploring") as tell:
        explored = explore_all(named, jobs=jobs, told=tell)
    if spin or larger:
        with counted_shown("searching with SPIN") as tell:
            pairs = zip((each.model for each in named), explored, strict=True)
            explored = spin_all(pairs, larger=larger, jobs=jobs, told=tell)
    hosts = {each.model.name: tuple(end.name for end in each.model.ends) for each in named}
    return Explorations(tuple(explored), hosts)


@frozen
class Explorations:
    """What came of each composition; `hosts` are the ends of each, in the order of its file."""

    each: tuple[Explored, ...]
    hosts: Mapping[str, tuple[str, ...]]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for each failure."""
        return tuple(findings_of(self.each))

    def tell(self) -> None:
        """A line for each composition."""
        for each in self.each:
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
            many = len(each.verdicts)
            say(f"{each.name}: {', '.join(parts)}; {held} of {many} properties hold")

    def ladders(self) -> dict[tuple[str, str], str]:
        """The ladder of each failure as text, by its finding's code and message."""
        return {
            (failure.code, failure.message): _ladder(failure, self.hosts[each.name])
            for each in self.each
            for failure in each.failures
        }

    def json(self) -> list[dict[str, object]]:
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
                        "ladder": _ladder(failure, self.hosts[each.name]).splitlines(),
                    }
                    for failure in each.failures
                ],
            }
            for each in self.each
        ]

    def draw(self, folder: Path) -> None:
        """Write each ladder into `folder` as text, Mermaid and SVG."""
        folder.mkdir(parents=True, exist_ok=True)
        for each in self.each:
            names = self.hosts[each.name]
            for failure in each.failures:
                if not failure.steps:
                    continue
                stem = f"{each.name}.{failure.property or failure.code.lower()}"
                title = f"{each.name}: {failure.property or failure.code}"
                texts = {
                    ".txt": _ladder(failure, names) + "\n",
                    ".mmd": ladder_mermaid(failure.steps, names),
                    ".svg": ladder_svg(failure.steps, names, title=title, clock=NUMBERS),
                }
                for suffix, text in texts.items():
                    (folder / f"{stem}{suffix}").write_text(text, encoding="utf-8")


def _ladder(failure: Failure, hosts: tuple[str, ...]) -> str:
    """The ladder of a failure as text, "" where there is nothing to show."""
    if not failure.steps:
        return ""
    said = "The runtime takes the same steps to the same end."
    if failure.runtime:
        said = f"The runtime does something else at {failure.runtime}."
    return f"{ladder(failure.steps, hosts, clock=NUMBERS)}{said}"
