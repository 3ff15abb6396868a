"""One run of the suites: `run(["arp"])` gives a `Report`.

Per layer the order is that of DESIGN §9: tour, examples at the edges, random walks, `transitions`
beside them, vectors, formats; two ends over a lossy wire come last, once for all layers together.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from netfsm.conformance.boundary import why_not
from netfsm.conformance.ends import ends_cases
from netfsm.conformance.formats import format_cases
from netfsm.conformance.profiles import profile_named
from netfsm.conformance.report import Report
from netfsm.conformance.results import Case
from netfsm.conformance.stock import is_wide, layer_of, load_stock
from netfsm.conformance.suites import Bench, in_layer
from netfsm.conformance.targets import find_target
from netfsm.spec import model

__all__ = ["Progress", "run"]

Progress = Callable[[str, str, int], None]
"""Called with a suite, a machine or format, and the number of cases that it has had so far."""

Skip = Callable[[str, str], None]
"""Called with a suite that is not run, and why."""

ROWS: Final = "examples take its rows"
ON_A_WIRE: Final = frozenset({"arp", "ethernet", "icmp", "ipv4"})


def run(
    layers: Sequence[str] = (),
    *,
    against: str = "self",
    profile: str = "quick",
    seed: int | None = None,
    report: Path | str | None = None,
    max_time: float | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Run the suites of `layers` (all where none is named) against a target.

    Args:
        layers: names of layers.
        against: the target, as `--against` has it.
        profile: quick, ci or campaign.
        seed: of random walks, packets and wires; without it they are the profile's own.
        report: a folder to write the report into.
        max_time: seconds after which no further case is begun; the report says so.
        progress: called before each suite of a machine or format.
        clock: seconds that only `max_time` looks at.

    Raises:
        SpecError: a spec or a file of vectors is wrong.
        TargetError: the target is not available.
        ValueError: there is no such profile.
    """
    target = find_target(against)
    stock = load_stock(layers)
    bench = Bench(stock, target, profile_named(profile), seed)
    chosen = tuple(n for n in stock.layers if not layers or n in layers)
    found = Report(target.name, profile, seed, stock, chosen)
    end = None if max_time is None else clock() + max_time
    for case in _cases(bench, chosen, progress or _silent, found.skip):
        found.cases.append(case)
        if end is not None and clock() >= end:
            found.complete = False
            break
    if report is not None:
        from netfsm.conformance.folder import write_report

        found.folder = write_report(found, Path(report))
    return found


def _cases(bench: Bench, layers: Sequence[str], progress: Progress, skip: Skip) -> Iterator[Case]:
    files = tuple(bench.vector_files())
    machines = [machine for layer in layers for machine in bench.stock.of(layer)]
    edges = _with_examples(bench, machines, progress, skip)
    for layer in layers:
        for scope in bench.stock.wide(layer):
            skip("tour", f"{scope} joins more machines than a walk finds its way through: {ROWS}")
        yield from _machines(bench, layer, progress, edges)
        for file in files:
            if in_layer(file, layer):
                progress("vectors", file.spec, len(file.cases))
                yield from (bench.vector_case(file, case) for case in file.cases)
        yield from _formats(bench, layer, progress)
    if bench.target.name == "self" and ON_A_WIRE & set(layers):
        progress("ends", "two hosts on a lossy wire", bench.profile.wires)
        yield from ends_cases(bench.profile, bench.seed)


def _with_examples(
    bench: Bench, machines: Sequence[model.Machine], progress: Progress, skip: Skip
) -> Mapping[str, str]:
    """Find the examples of all machines that the target can take them of, in parallel.

    Why it can't of a machine, by name; "" where it can.
    """
    why = {m.name: why_not(m, bench.maker(m), bench.stock.kin(m)) for m in machines}
    for reason in filter(None, why.values()):
        skip("boundary", reason)
    fit = [machine for machine in machines if not why[machine.name]]
    if fit:
        progress("boundary", "examples of machines", len(fit))
        bench.find_examples(fit, os.cpu_count() or 1)
    return why


def _machines(
    bench: Bench, layer: str, progress: Progress, why_not: Mapping[str, str]
) -> Iterator[Case]:
    for machine in bench.stock.of(layer):
        wide, reason = is_wide(machine), why_not[machine.name]
        if not wide:
            progress("tour", machine.name, len(machine.rows))
            yield from bench.tour_cases(machine)
        if not reason:
            progress("boundary", machine.name, len(bench.examples(machine)))
            yield from bench.boundary_cases(machine)
        if wide:  # walks find no way through so many machines
            if reason:
                yield from bench.not_taken(machine, reason)
            continue
        progress("random", machine.name, bench.profile.examples)
        yield bench.random_case(machine)
        if bench.profile.adapter and machine.shares is None:  # the library knows one machine
            progress("adapter", machine.name, bench.profile.examples)
            yield bench.adapter_case(machine)
            if not reason:
                yield from bench.adapted_examples(machine)


def _formats(bench: Bench, layer: str, progress: Progress) -> Iterator[Case]:
    for name in sorted(bench.stock.formats):
        codec = bench.stock.codec(name)
        if layer_of(name) == layer and codec is not None:
            progress("formats", name, 4)
            yield from format_cases(codec, bench.profile, bench.seed)


def _silent(_suite: str, _subject: str, _cases: int) -> None:
    """No progress is asked for."""
