"""Which findings leave no model, and which are about a model that could be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netfsm.spec.findings import Finding

__all__ = ["ON_A_MODEL", "unreadable"]

# The file, its keys and every expression were understood; what they say together is wrong.
ON_A_MODEL: Final = frozenset(
    [
        "ABSENT",
        "ASSIGNED-OUTSIDE",
        "ASSIGNED-TWICE",
        "BAD-REF",
        "BAD-ANCHOR",
        "BIND-CONFLICT",
        "BIND-KEY",
        "BOUNDS",
        "COMPOSE-CALL",
        "COMPOSE-CHANNEL",
        "COMPOSE-CHOICE",
        "COMPOSE-GIVEN",
        "COMPOSE-MACHINE",
        "COMPOSE-SIGNAL",
        "COMPOSE-TAKER",
        "CREATE",
        "DEAD-EVENT",
        "DUPLICATE-ID",
        "DUPLICATE-MEMBER",
        "DUPLICATE-NAME",
        "DUPLICATE-SPEC",
        "ELSE-NOT-LAST",
        "EVENT",
        "FINAL",
        "HANDS",
        "IMPOSSIBLE-BESIDE",
        "INITIAL",
        "LEAF",
        "LEAF-MISSING",
        "LET-CYCLE",
        "MISSING-FIELD",
        "NO-REASON",
        "NO-REF",
        "NOT-ASSIGNABLE",
        "OUTPUT",
        "OVERLAP",
        "OWNER",
        "PROOF-ABSENT",
        "PROOF-ASSUME",
        "PROOF-CHOICE",
        "PROOF-CODE",
        "PROOF-DEAD-ROW",
        "PROOF-EMPTY",
        "PROOF-HOLE",
        "PROOF-INVARIANT",
        "PROOF-MEASURE",
        "PROOF-NATURAL",
        "PROOF-OVERLAP",
        "PROOF-POSSIBLE",
        "PROOF-PROPERTY",
        "PROOF-RANGE",
        "PROOF-SHIFT",
        "PROOF-TIMER",
        "PROOF-UNKNOWN",
        "SCOPE",
        "SIGNAL",
        "SIGNAL-CYCLE",
        "SCOPE-INSTANCES",
        "EARLY-EMISSION",
        "SPEC-NAME",
        "TIMER-SCOPE",
        "TIMER-UNHANDLED",
        "TIMER-UNSTARTED",
        "TIMER-UNSTOPPED",
        "TOO-MANY-ROWS",
        "UNASSIGNED",
        "UNDECIDED",
        "UNKNOWN-BLOCK",
        "UNKNOWN-END",
        "UNKNOWN-EVENT",
        "UNKNOWN-FIELD",
        "UNKNOWN-FORMAT",
        "UNKNOWN-LAYER",
        "UNKNOWN-LEAF",
        "UNKNOWN-MACHINE",
        "UNKNOWN-OUTPUT",
        "UNKNOWN-SCOPE",
        "NO-COUNTER",
        "UNKNOWN-SLOT",
        "UNKNOWN-SPACE",
        "UNKNOWN-STATE",
        "UNKNOWN-TAG",
        "UNREACHABLE",
        "UNUSED",
        "VERDICT",
    ]
)


def unreadable(findings: Iterable[Finding]) -> bool:
    """True where YAML, schema or expressions yield no model: exit code 2, where others give 1."""
    return any(f.severity == "error" and f.code not in ON_A_MODEL for f in findings)
