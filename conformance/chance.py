"""How Hypothesis is run here: quietly, repeatably, shrinking to the first thing that is wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings

__all__ = ["quiet_settings"]


def quiet_settings(
    examples: int,
    *,
    steps: int = 1,
    derandomize: bool,
    database: Any = None,
    shrink: bool = True,
) -> settings:
    """Settings for `examples` examples of up to `steps` steps; nothing is printed.

    `database` keeps failing examples from one run to the next; None keeps none. Without `shrink`
    the first failure is as long as it was found.
    """
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        database=None if derandomize else database,
        deadline=None,
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.reuse, Phase.generate, *((Phase.shrink,) if shrink else ())),
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )
