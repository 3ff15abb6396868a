"""Formats against their codecs: round trips, packets at the edges, faults refused by name.

`encode(decode(b)) == b` for all that decodes but what docs/reference/formats.md says is not kept;
a packet that is encoded decodes to itself; octets with one fault are refused with the reason of
that fault; and whatever octets come, the decoder answers and raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen
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
    suites: tuple[_Suite, ...] = (
        _Suite("round trip", packets, round_trip),
        _Suite("edges", _edges, round_trip),
        _Suite("malformed", malformed, refused),
        _Suite("garbage", _garbage, answered),
    )
    for suite in suites:
        record: dict[str, Any] = {
            "schema": 1,
            "target": "self",
            "seed": chosen_seed,
            "format": codec.format.name,
        }
        problems: tuple[Problem, ...] = ()
        try:
            found = suite.search(codec, profile, chosen_seed)
            if found is not None:
                problems = (found[1],)
                record |= _recorded(codec, found[0])
        except Exception as error:  # noqa: BLE001  # a codec that raises is a finding, and told
            told = f"{type(error).__name__}: {error}"
            problems = (_problem(codec, "RAISED", "a codec that raises nothing", told),)
        yield Case("formats", codec.format.name, suite.title, (), problems, record)


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


@frozen
class _Suite:
    """What is drawn for a codec, and what is asked of each."""

    title: str
    strategy: Callable[[Codec], st.SearchStrategy[Any]]
    check: Callable[[Codec, Any], Problem | None]

    def search(
        self, codec: Codec, profile: Profile, chosen_seed: int | None
    ) -> tuple[Any, Problem] | None:
        """The smallest thing in which `check` finds a problem, None where there is none."""
        found: list[tuple[Any, Problem]] = []

        def test(thing: Any) -> None:
            problem = self.check(codec, thing)
            if problem is not None:
                found.append((thing, problem))
                raise AssertionError(problem.wanted)

        name = identifier(f"{codec.format.name} {self.title} {profile.name}")
        test.__name__ = test.__qualname__ = name
        derandomize = profile.derandomize and chosen_seed is None
        chosen = quiet_settings(profile.packets, derandomize=derandomize)
        runner = chosen(given(self.strategy(codec))(test))
        try:
            (seed(chosen_seed)(runner) if chosen_seed is not None else runner)()
        except AssertionError:
            return found[-1]
        return None


def _edges(codec: Codec) -> st.SearchStrategy[Any]:
    return st.sampled_from(boundary(codec))


def _garbage(_codec: Codec) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=LONGEST)


def _recorded(codec: Codec, thing: Any) -> dict[str, str]:
    """What a replay needs of the octets, or the packet, or the fault that showed a problem."""
    if isinstance(thing, Fault):
        return {"octets": thing.octets.hex(" "), "refused": thing.reason}
    octets = thing if isinstance(thing, bytes) else codec.encode(thing)
    return {"octets": octets.hex(" ")}


def _problem(codec: Codec, code: Code, wanted: str, got: str) -> Problem:
    layout = codec.format
    return Problem(code, layout.name, wanted, got, layout.mark, layout.refs)
