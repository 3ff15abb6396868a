"""`check` with proofs: what is wrong with specs, and what of them is proved."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import evolve

from netfsm.prove.answer import Answer
from netfsm.prove.numbers import Encoding
from netfsm.prove.run import Progress, Proofs, need_z3, prove_all
from netfsm.prove.told import tell
from netfsm.spec.cache import cached, keep
from netfsm.spec.checking import Report
from netfsm.spec.checking import check as check_form
from netfsm.spec.chosen import Chosen
from netfsm.spec.findings import Findings
from netfsm.spec.index import SpecFile, find_specs
from netfsm.spec.library import Library
from netfsm.spec.load import index_around, is_path
from netfsm.spec.model import Machine

__all__ = ["check"]

PathLike = str | os.PathLike[str]


def check(
    *specs: PathLike | Machine,
    path: Iterable[PathLike] = (),
    prove: bool = True,
    jobs: int = 1,
    told: Callable[[Progress], None] | None = None,
    encoding: Encoding = "int",
    ran: Callable[[Machine, Answer], tuple[str, ...]] | None = None,
) -> Report:
    """Check specs by name or path, or as they were loaded; all that can be found without any.

    A layer is checked with its machines and formats. What is sound so far is proved unless `prove`
    is false, in `jobs` processes; `told` hears how far that is, `encoding` is how numbers are put
    to Z3. `ran` runs the step in which an obligation fails; its lines are told too. Never raises
    for what a spec holds; raises ModuleNotFoundError where proofs are asked for without the extra
    `prove`.
    """
    if prove:
        need_z3()
    path = tuple(path)
    loaded = {each.name: each for each in specs if isinstance(each, Machine)}
    named = tuple(each for each in specs if not isinstance(each, Machine))
    report = check_form(*named, path=path) if named or not specs else Report((), ())
    report = evolve(report, names=tuple(sorted({*report.names, *loaded})))
    if not prove:
        return report
    wanted, others = _machines(named, path, report)
    wanted |= loaded
    proofs = prove_all(wanted, others, jobs=jobs, told=told, encoding=encoding)
    return _with_proofs(report, proofs, wanted, ran)


def _machines(
    specs: tuple[PathLike, ...], path: tuple[PathLike, ...], report: Report
) -> tuple[dict[str, Machine], dict[str, Machine]]:
    """The machines that were checked and are sound, and all that they may signal to."""
    chosen = Chosen(size="proof")
    index = find_specs(path)
    others = _known(index, chosen)
    for each in specs:
        if os.fspath(each) not in index and is_path(each):
            others = {**others, **_known(index_around(Path(each), path)[1], chosen)}
    return {name: others[name] for name in report.names if name in others}, others


def _known(index: Mapping[str, SpecFile], chosen: Chosen) -> dict[str, Machine]:
    """Every machine of the index that can be read."""
    library = Library(index, chosen)
    found: dict[str, Machine] = {}
    for name, spec in index.items():
        if spec.kind != "machine":
            continue
        made = cached(name, index, chosen)
        if made is None:
            loaded = library.load(name)
            keep(loaded, index, chosen)
            made = None if loaded.errors else loaded.model
        if isinstance(made, Machine):
            found[name] = made
    return found


def _with_proofs(
    report: Report,
    proofs: Proofs,
    machines: Mapping[str, Machine],
    ran: Callable[[Machine, Answer], tuple[str, ...]] | None,
) -> Report:
    """`report` with a finding for each answer that is not `proved`."""
    findings = Findings(report.findings)
    answers = [each for found in proofs.answers.values() for each in found]
    if ran is None:
        tell(answers, findings)
    else:
        tell(answers, findings, lambda each: ran(machines[each.name.partition("/")[0]], each))
    count = Counter(each.verdict for each in answers)
    return evolve(
        report,
        findings=tuple(findings),
        obligations=len(answers),
        proved=count["proved"],
        refuted=count["refuted"],
        unknown=count["unknown"],
        fresh=proofs.fresh,
    )
