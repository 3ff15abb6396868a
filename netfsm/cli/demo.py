"""`make demo`: what netfsm makes of its specs, in under two minutes and without root."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from rich.text import Text

from netfsm.cli.common import say, told
from netfsm.cli.conform import tell_failures
from netfsm.cli.demo_story import LOSS, PINGS, two_hosts
from netfsm.cli.pictures import machine_picture, stack_picture
from netfsm.cli.progress import counted, suites_shown
from netfsm.cli.specs import layers_of, machines
from netfsm.cli.tables import console, show_table
from netfsm.draw.ladder import ladder
from netfsm.draw.ladder_figure import ladder_svg
from netfsm.errors import TargetError
from netfsm.spec.checking import check

_LAYERS: Final = ("ethernet", "arp", "ipv4", "icmp", "udp")
"""Of the other layers the suites take minutes."""
FOLDER: Final = Path("build") / "diagrams"
_FORMS: Final[tuple[str, ...]] = ("svg", "png", "html")
_STACK_FORMS: Final[tuple[str, ...]] = ("svg", "png")
_NEXT: Final = """\
What to try next:
  netfsm show arp.neighbour               the table of a machine; add a state to see its rows
  netfsm explain "RFC 5227 §2.4"          every row that follows a clause
  netfsm draw arp.neighbour -o arp.html   the diagram, every cell and every row on one page
  netfsm conform arp --report build/arp   the suites, with a report to read
  netfsm conform tcp nd                   the suites of larger layers, in some minutes
  netfsm run --on tap:tap0 --ipv4 192.0.2.2/24
                                          answer Linux's own ping on a TAP at 192.0.2.1/24
"""


def main() -> int:
    """Run the four parts; 1 where one of them finds something wrong."""
    parts = (
        ("Every spec is checked", _check),
        ("Every diagram is drawn", _draw),
        ("Two hosts on a lossy wire resolve and ping each other", _ping),
        ("The suites made from the specs of their layers are run", _conform),
    )
    good = True
    for number, (title, part) in enumerate(parts, 1):
        console().print(Text(f"\n{number}. {title}", style="bold"))
        good = part() and good
        if not good and part is _check:
            break
    say(f"\n{_NEXT}" if good else "\nThe demo found something wrong: see above.")
    return 0 if good else 1


def _check() -> bool:
    found = check()
    for finding in found.findings:
        say(told(finding))
    say(f"   {len(found.names)} specs, {len(found.findings)} findings")
    return not found.findings


def _draw() -> bool:
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = machines()
    forms, stack_forms = _FORMS, _STACK_FORMS
    try:
        stack_picture(layers_of(None), "svg")
    except TargetError as missing:
        say(f"   {missing}; the diagrams are written as Mermaid text meanwhile")
        forms = stack_forms = ("mermaid",)
    for machine, form in counted("drawing", [(each, form) for each in known for form in forms]):
        (FOLDER / f"{machine.name}.{form}").write_bytes(machine_picture(machine, form))
    for form in stack_forms:
        (FOLDER / f"stack.{form}").write_bytes(stack_picture(layers_of(None), form))
    say(f"   {len(known)} machines and the layer graph, in {FOLDER}")
    return True


def _ping() -> bool:
    told_story = two_hosts()
    say(
        f"   alice and bob probed their addresses for {told_story.settled / 1e6:.1f} s of virtual "
        f"time (RFC 5227): {told_story.frames_before} frames.\n"
        f"   Then both forgot their neighbours, and alice pinged bob, {LOSS:.0%} of frames lost:\n"
    )
    steps, start = told_story.steps, told_story.start
    text = ladder(steps, start=start)
    out = console()
    widest = max(len(line) for line in text.splitlines())
    if out.is_terminal and widest > out.width:
        text = ladder(steps, rows=False, start=start)
    say(text.rstrip("\n"))
    figure = FOLDER / "ladder.svg"
    picture = ladder_svg(steps, title="Two hosts on a lossy wire", start=start)
    figure.write_text(picture, encoding="utf-8")
    say(f"\n   {told_story.answered} of {PINGS} pings came back; the ladder is in {figure}")
    return told_story.answered > 0


def _conform() -> bool:
    from netfsm.conformance.run import run

    with suites_shown() as update:
        found = run(_LAYERS, profile="quick", progress=update)
    tell_failures(found)
    rows = [
        (name, str(each.taken), str(each.rows), ", ".join(each.missed))
        for name, each in found.coverage().items()
    ]
    show_table(("layer", "rows taken", "of", "missed"), rows)
    say(f"   {len(found.cases)} cases, {len(found.failed)} failed")
    return found.exit_code == 0 and not any(each.missed for each in found.coverage().values())


if __name__ == "__main__":
    sys.exit(main())
