"""How many transfers by chance: a few in every run of the tests, all in `make campaign`."""

from __future__ import annotations

import pytest

FEW, ALL = 30, 1000


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `trial` is run with each seed."""
    if "trial" in metafunc.fixturenames:
        campaign = metafunc.config.getoption("--campaign")
        metafunc.parametrize("trial", range(ALL if campaign else FEW))
