"""Formats against their codecs: round trips, packets at the edges, faults refused by name.

`encode(decode(b)) == b` for all that decodes but what docs/reference/formats.md says is not kept;
a packet that is encoded decodes to itself; octets with one fault are refused with the reason of
that fault; and whatever octets come, the decoder answers and raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, seed
from hypothesis import strategies as st

from netfsm.conformance.chance import quiet_settings
from netfsm.conformance.pair import Code, Problem
from netfsm.conformance.profiles import Profile
from netfsm.conformance.results import Case
from netfsm.machine.layout import identifier
from netfsm.wire.codec import Codec, Packet
from netfsm.wire.malformed import Fault, malformed
from netfsm.wire.refusal import EncodeError, Refusal
from netfsm.wire.strategies import boundary, packets

__all__ = ["check_octets", "format_cases"]

LONGEST = 96
"""Octets of garbage that a decoder is given."""


def format_cases(codec: Codec, profile: Profile, chosen_seed: int | None = None) -> Iterator[Case]:
    """Four cases a format; the octets of a failure are in its record."""
    name = codec.format.name
    runs: list[tuple[str, st.SearchStrategy[Any], Callable[[Codec, Any], Problem | None]]] = [
        ("round trip", packets(codec), round_trip),
        ("edges", st.sampled_from(boundary(codec)), round_trip),
        ("malformed", malformed(codec), refused),
        ("garbage", st.binary(max_size=LONGEST), answered),
    ]
    for title, strategy, check in runs:
        found = _search(
            f"{name} {title}", strategy, check, codec, profile=profile, chosen_seed=chosen_seed
        )
        problems = (found[1],) if found is not None else ()
        record = {"schema": 1, "target": "self", "seed": chosen_seed, "format": name}
        if found is not None:
            record["octets"] = _octets(codec, found[0]).hex(" ")
        yield Case("formats", name, title, (), problems, record)


def round_trip(codec: Codec, packet: Packet) -> Problem | None:
    """A packet that is encoded decodes to itself, and encodes to the same octets again."""
    try:
        octets = codec.encode(packet)
    except EncodeError as error:
        return _problem(codec, "ROUND-TRIP", f"octets of {packet}", str(error))
    again = codec.decode(octets)
    if isinstance(again, Refusal) or codec.message(again) != codec.message(packet):
        return _problem(codec, "ROUND-TRIP", str(packet), f"{again} of {octets.hex()}")
    return check_octets(codec, octets)


def check_octets(codec: Codec, octets: bytes) -> Problem | None:
    """Octets that an encoder wrote are refused, or decode and encode to themselves."""
    packet = codec.decode(octets)
    if isinstance(packet, Refusal):
        return None
    have = codec.encode(packet)
    if have == octets:
        return None
    return _problem(codec, "ROUND-TRIP", octets.hex(" "), have.hex(" "))


def refused(codec: Codec, fault: Fault) -> Problem | None:
    """Octets with one fault are refused for its reason."""
    got = codec.decode(fault.octets)
    reason = got.reason if isinstance(got, Refusal) else f"decoded: {got}"
    if reason == fault.reason:
        return None
    wanted = f"{fault.octets.hex(' ')} refused: {fault.reason}"
    return _problem(codec, "REFUSAL", wanted, reason)


def answered(codec: Codec, octets: bytes) -> Problem | None:
    """Any octets decode or are refused by a reason of the format; nothing is raised."""
    try:
        got = codec.decode(octets)
    except Exception as error:  # noqa: BLE001  # whatever a decoder raises is a finding, and told
        return _problem(codec, "RAISED", f"an answer to {octets.hex(' ')}", repr(error))
    if isinstance(got, Refusal) and got.reason not in codec.format.reasons:
        return _problem(codec, "REFUSAL", ", ".join(codec.format.reasons), got.reason)
    return None


def _search(
    name: str,
    strategy: st.SearchStrategy[Any],
    check: Callable[[Codec, Any], Problem | None],
    codec: Codec,
    *,
    profile: Profile,
    chosen_seed: int | None,
) -> tuple[Any, Problem] | None:
    """The smallest thing of `strategy` in which `check` finds a problem."""
    found: list[tuple[Any, Problem]] = []

    def test(thing: Any) -> None:
        problem = check(codec, thing)
        if problem is not None:
            found.append((thing, problem))
            raise AssertionError(problem.wanted)

    test.__name__ = test.__qualname__ = identifier(f"{name} {profile.name}")
    derandomize = profile.derandomize and chosen_seed is None
    runner = quiet_settings(profile.packets, derandomize=derandomize)(given(strategy)(test))
    try:
        (seed(chosen_seed)(runner) if chosen_seed is not None else runner)()
    except AssertionError:
        return found[-1]
    return None


def _octets(codec: Codec, thing: Any) -> bytes:
    if isinstance(thing, Fault):
        return thing.octets
    return thing if isinstance(thing, bytes) else codec.encode(thing)


def _problem(codec: Codec, code: Code, wanted: str, got: str) -> Problem:
    layout = codec.format
    return Problem(code, layout.name, wanted, got, layout.mark, layout.refs)
