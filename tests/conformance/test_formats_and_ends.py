"""Faults of codecs and of wires are found, with the octets and the seed that show them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from netfsm.conformance import ends
from netfsm.conformance.ends import Wiring, end_case, run_ends, wirings
from netfsm.conformance.formats import format_cases
from netfsm.conformance.profiles import PROFILES
from netfsm.conformance.replay import Outcome, replay
from netfsm.wire.codec import Codec
from tests.conformance.faulty import stock

QUICK = PROFILES["quick"]


def codec() -> Codec:
    """The codec that is broken here."""
    found = stock().codec("arp.packet")
    assert found is not None
    return found


def codes(broken: Codec) -> dict[str, set[str]]:
    """The codes that each case of a format finds."""
    return {c.name: {p.code for p in c.problems} for c in format_cases(broken, QUICK)}


def test_codec_as_it_is_has_no_problem() -> None:
    """The four cases of a format pass."""
    assert {frozenset()} == {frozenset(found) for found in codes(codec()).values()}


def test_field_that_is_lost_is_found() -> None:
    """An encoder that sends every opcode as a request fails the round trip."""
    real = codec()

    def encode(packet: Any, pseudo: int = 0) -> bytes:
        return real.encode(packet._replace(op=1), pseudo)

    found = codes(evolve(real, encode=encode))

    assert {"ROUND-TRIP"} == found["round trip"] == found["edges"]


def test_fault_that_is_let_through_is_found() -> None:
    """A decoder that fills up what is cut refuses nothing."""
    real = codec()

    def decode(data: bytes, *args: Any, **more: Any) -> Any:
        return real.decode(bytes(data) + bytes(600), *args, **more)

    assert {"REFUSAL"} == codes(evolve(real, decode=decode))["malformed"]


def test_exception_of_a_decoder_is_found_with_its_octets() -> None:
    """The octets are made short, recorded, and can be replayed."""
    real = codec()

    def decode(data: bytes, *args: Any, **more: Any) -> Any:
        if len(data) > 2:
            raise IndexError(len(data))
        return real.decode(data, *args, **more)

    case = next(c for c in format_cases(evolve(real, decode=decode), QUICK) if c.name == "garbage")

    assert {"RAISED"} == {problem.code for problem in case.problems}
    assert "00 00 00" == case.record["octets"]
    assert Outcome.FIXED is replay(case.record).outcome


def test_runs_on_a_wire_are_repeatable() -> None:
    """The same seed gives the same answers and losses."""
    wiring = Wiring(3, loss=0.3, duplicate=0.2, reorder=0.2)

    assert run_ends(wiring) == run_ends(wiring)
    assert wiring == Wiring.from_json(dict(end_case(wiring).record["wire"]))


def test_wire_that_carries_nothing_is_a_failure() -> None:
    """All requests are lost, each told as lost, and nothing is left over all the same."""
    found = run_ends(Wiring(1, loss=1.0))

    assert (0, 24) == (found.answered, found.lost)
    assert ["WIRE"] == [problem.code for problem in found.problems]


def test_what_is_left_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking too early finds neighbours and timers that still live."""
    monkeypatch.setattr(ends, "END", 0)

    assert {"LEFT-OVER"} == {problem.code for problem in run_ends(Wiring(1)).problems}


def test_exception_in_a_stack_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as a failure of the case, not raised."""

    def fail(_scene: object) -> None:
        raise IndexError("deep inside")

    monkeypatch.setattr(ends._Scene, "_ping", fail)

    assert ["RAISED"] == [problem.code for problem in run_ends(Wiring(1)).problems]


def test_seed_chooses_the_wires() -> None:
    """A seed of one's own begins a row of its own."""
    assert wirings(QUICK)[0] != wirings(QUICK, 9)[0]
    assert [1, 9] == [wirings(QUICK)[0].seed, wirings(QUICK, 9)[0].seed]
