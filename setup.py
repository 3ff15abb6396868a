"""Puts the compiled specs into the wheel, so that a start reads no YAML; see pyproject.toml."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COMPILE = "import sys; from netfsm.spec.cache import compile_all; compile_all(sys.argv[1])"


class BuildWithSpecs(build_py):
    """Copies the package as ever, then compiles its specs with the copy itself."""

    def run(self) -> None:
        """Leave an editable install alone: a checkout keeps its compiled specs in the cache."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "netfsm", "compiled").absolute()
        subprocess.run(  # noqa: S603  # our own interpreter on our own package
            [sys.executable, "-B", "-c", COMPILE, str(target)],
            env={**os.environ, "PYTHONPATH": str(Path(self.build_lib).absolute())},
            check=True,
        )


setup(cmdclass={"build_py": BuildWithSpecs})
