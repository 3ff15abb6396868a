"""Suites made from specs, the targets they run against, and verdicts. `netfsm.conformance`."""
