"""What `netfsm check` refutes: run on the generated code, and written for `netfsm replay`."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import define

from netfsm.prove.answer import Answer
from netfsm.spec.model import Machine

__all__ = ["Cases"]


@define
class Cases:
    """Runs steps in which obligations fail; writes them to `folder` where there is one."""

    folder: Path | None

    def __call__(self, machine: Machine, answer: Answer) -> tuple[str, ...]:
        """Run the step of `answer`; what came of it, and where its case is, in lines."""
        from netfsm.conformance.case_file import yaml_text
        from netfsm.conformance.refuted import run_refuted

        ran = run_refuted(machine, answer)
        if self.folder is None or not ran.shows:
            return ran.lines
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{re.sub('[^A-Za-z0-9_.-]+', '-', answer.name)}.yaml"
        remarks = [answer.name, *answer.case, *ran.lines]
        file.write_text(yaml_text(ran.document, remarks), encoding="utf-8")
        return (*ran.lines, f"replay  netfsm replay {file}")
