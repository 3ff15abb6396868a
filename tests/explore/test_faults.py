"""One fault in a spec, and what exploring says of it: the code, the property, the way there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.samples import ARP, Change, changed, codes, drawn, ladder_in, run

POST = ARP.parents[1] / "tests" / "specs" / "post"

TAKEN = """\
        event: conflict
        emit:
          - lost: {by: sha}
          - signal: arp.interface[interface].conflict
        to: CONFLICT
        ref: RFC 5227 §2.1.1
"""
SECOND_CONFLICT = """\
        when: policy != KEEP
        emit:
          - lost: {by: sha}
          - signal: arp.interface[interface].conflict
        to: CONFLICT
"""
TOLD = """\
        when: policy == CEASE
        emit:
          - lost: {by: sha}
"""
DEFENDED_AGAIN = """\
        when: policy != KEEP
        emit:
          - arp: {hrd: hrd, pro: PROTOCOL, op: REQUEST, sha: hwaddr, spa: address, tha: unknown, tpa: address, to: broadcast}
            tag: announcement
"""  # noqa: E501  # lines of a spec
GIVES_UP = "  - {id: may_give_up, possible: A.back == 3, ref: RFC 1122 §2.3.2.1}\n"
FIRST_REQUEST = """\
      do: {source: spa, tries: 1, saved: "push(nothing, packet)", wanted: "False", retransmit: start(RETRANS_TIME)}
      emit:
        - arp: {hrd: hrd, pro: PROTOCOL, op: REQUEST, sha: hwaddr, spa: spa, tha: unknown, tpa: address, to: broadcast}
"""  # noqa: E501  # lines of a spec
REPLACED = """\
        emit:
          - returned: {packets: "push(nothing, oldest(saved))", why: QUEUE_FULL}
"""
MERGED = """\
          - signal: arp.neighbour[interface, ARP.spa].heard
            with: {sha: ARP.sha, tpa: ARP.tpa, to_us: "True"}
          - signal: arp.address[interface, ARP.tpa].asked
"""
HEARD = """\
      - id: reachable.heard
        event: heard
        use: [learn]
        ref: RFC 826
        says: a new hardware address supersedes the old one
"""
RELEASED = """\
          - release: {packets: saved, lladdr: sha}
            if: not empty(saved)
"""

# what is wrong, the composition, the change, what is found
FAULTS: dict[str, tuple[str, list[Change], list[tuple[str, str]]]] = {
    "a request is answered with another address": (
        "arp.conflict",
        [
            (
                "address.yaml",
                "op: REPLY, sha: hwaddr, spa: address",
                "op: REPLY, sha: hwaddr, spa: spa",
            ),
        ],
        [("COMPOSE-ASSERT", "one_user"), ("COMPOSE-ENDLESS", "ends")],
    ),
    "who uses the address is not heard": (
        "arp.conflict",
        [
            (
                "address.yaml",
                TAKEN,
                "        event: conflict\n        ignore: no\n        ref: RFC 826\n",
            ),
        ],
        [("COMPOSE-ASSERT", "one_user"), ("COMPOSE-ENDLESS", "ends")],
    ),
    "the layer above is not told": (
        "arp.defence",
        [
            ("address.yaml", TOLD, "        when: policy == CEASE\n        emit:\n"),
        ],
        [
            ("COMPOSE-ASSERT", "resolved"),
            ("COMPOSE-ASSERT", "one_gives_up"),
            ("COMPOSE-UNRECOVERABLE", "resolvable"),
        ],
    ),
    "a second conflict is overlooked": (
        "arp.defence",
        [
            ("address.yaml", SECOND_CONFLICT, "        when: policy != KEEP\n"),
        ],
        [
            ("COMPOSE-ASSERT", "resolved"),
            ("COMPOSE-ASSERT", "one_gives_up"),
            ("COMPOSE-UNRECOVERABLE", "resolvable"),
        ],
    ),
    "a host defends as often as the other does": (
        "arp.defence",
        [
            ("address.yaml", SECOND_CONFLICT, DEFENDED_AGAIN),
        ],
        [
            ("COMPOSE-ASSERT", "resolved"),
            ("COMPOSE-UNRECOVERABLE", "resolvable"),
            ("COMPOSE-ENDLESS", "no_endless_defence"),
        ],
    ),
    "saved packets are forgotten": (
        "arp.resolution",
        [
            ("neighbour.yaml", RELEASED, ""),
        ],
        [("COMPOSE-ASSERT", "none_is_kept"), ("COMPOSE-VACUOUS", "may_find")],
    ),
    "the oldest packet is forgotten": (
        "arp.resolution",
        [
            ("neighbour.yaml", REPLACED, ""),
        ],
        [("COMPOSE-ASSERT", "none_is_kept")],
    ),
    "the timer is not set again": (
        "arp.resolution",
        [
            ("neighbour.yaml", "tries + 1, retransmit: restart(RETRANS_TIME)}", "tries + 1}"),
        ],
        [
            ("COMPOSE-ASSERT", "none_is_kept"),
            ("COMPOSE-VACUOUS", "may_give_up"),
            ("COMPOSE-UNRECOVERABLE", "never_stuck"),
        ],
    ),
    "the first request goes to nobody": (
        "arp.resolution",
        [
            (
                "neighbour.yaml",
                FIRST_REQUEST,
                FIRST_REQUEST.replace("to: broadcast", "to: unknown"),
            ),
        ],
        [("COMPOSE-ASSERT", "finds_in_spite_of_loss"), ("COMPOSE-ASSERT", "asker_is_learnt")],
    ),
    "the first request goes to nobody, and a third one mends it": (
        "arp.resolution",
        [
            (
                "neighbour.yaml",
                FIRST_REQUEST,
                FIRST_REQUEST.replace("to: broadcast", "to: unknown"),
            ),
            ("resolution.yaml", "MAX_REQUESTS: 2", "MAX_REQUESTS: 4"),
            ("resolution.yaml", GIVES_UP, ""),
        ],
        [("COMPOSE-TIMER", "no_timer_needed")],
    ),
    "who asks is not learnt": (
        "arp.resolution",
        [
            (
                "interface.yaml",
                MERGED,
                "          - signal: arp.address[interface, ARP.tpa].asked\n",
            ),
        ],
        [("COMPOSE-ASSERT", "asker_is_learnt")],
    ),
    "the wrong address is learnt": (
        "arp.resolution",
        [
            ("neighbour.yaml", "learn: {lladdr: sha,", "learn: {lladdr: hwaddr,"),
        ],
        [("COMPOSE-ASSERT", "right_address")],
    ),
    "what happens is called impossible": (
        "arp.resolution",
        [
            ("neighbour.yaml", HEARD, "      - {id: no, event: heard, impossible: it is known}\n"),
        ],
        [("COMPOSE-CRASH", "")],
    ),
    "a call that is never made": (
        "arp.resolution",
        [
            ("resolution.yaml", "when: at(B.address.BOUND)", "when: at(B.address.CONFLICT)"),
        ],
        [
            ("COMPOSE-DEADLOCK", ""),
            ("COMPOSE-ASSERT", "finds_in_spite_of_loss"),
            ("COMPOSE-ASSERT", "asker_is_learnt"),
            ("COMPOSE-VACUOUS", "may_find"),
            ("COMPOSE-VACUOUS", "may_give_up"),
        ],
    ),
    "a limit that is too low": (
        "arp.resolution",
        [
            ("resolution.yaml", "timers:", "states: 100\ntimers:"),
        ],
        [("COMPOSE-LIMIT", "")],
    ),
}
LADDERS = {
    "the timer is not set again": ("never_stuck", "unrecoverable"),
    "a host defends as often as the other does": ("no_endless_defence", "endless"),
    "the first request goes to nobody, and a third one mends it": ("no_timer_needed", "timer"),
    "a call that is never made": ("", "deadlock"),
    "what happens is called impossible": ("", "crash"),
    "the oldest packet is forgotten": ("none_is_kept", "assertion"),
}
"""Fault, property, and the ladder that a person has read."""


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_found(name: str, tmp_path: Path) -> None:
    """What fails is told with its code and the id of the property; the runtime does the same."""
    composition, changes, expected = FAULTS[name]

    explored = run(composition, changed(tmp_path, *changes))

    assert expected == codes(explored)
    assert {""} == {failure.runtime for failure in explored.failures}


@pytest.mark.parametrize("name", LADDERS)
def test_the_ladder(name: str, tmp_path: Path) -> None:
    """The shortest way to it: rows at the right, states where they change, the reason below."""
    composition, changes, _ = FAULTS[name]
    property_, ladder = LADDERS[name]

    explored = run(composition, changed(tmp_path, *changes))

    (failure,) = (each for each in explored.failures if each.property == property_)
    assert ladder_in(ladder) == drawn(failure)


def test_a_space_that_is_too_narrow(tmp_path: Path) -> None:
    """One bit more in each sequence space must make no difference."""
    changes = [
        ("letters.yaml", "spaces: {mine: 4, theirs: 4}", "spaces: {mine: 2, theirs: 2}"),
        ("letters.yaml", "first: 15", "first: 3"),
        ("letters.yaml", "expected: 15", "expected: 3"),
    ]

    explored = run("post.letters", changed(tmp_path, *changes, layer=POST))

    assert ("COMPOSE-WIDTH", "") in codes(explored)
    assert explored.wider != (explored.states, explored.transitions)


def test_spaces_that_are_wide_enough() -> None:
    """Four bits and five give the same states and transitions."""
    explored = run("post.letters", POST)

    assert (18_435, 78_023) == (explored.states, explored.transitions) == explored.wider
