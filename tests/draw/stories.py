"""A short story of two hosts: a lost packet, one with wrong bits, one that comes late."""

from __future__ import annotations

from netfsm.draw.steps import Note, Step

_NEIGHBOUR = "arp.neighbour"


def story() -> list[Step]:
    """Alice looks for Bob, is not heard, asks again, and pings him."""
    asks = Note("alice", _NEIGHBOUR, "INCOMPLETE", "absent.resolve", key="bob")
    again = Note("alice", _NEIGHBOUR, "INCOMPLETE", "incomplete.again", key="bob")
    answers = Note("bob", "arp.address", "BOUND", "in_use.answer")
    learns = Note("bob", _NEIGHBOUR, "REACHABLE", "absent.heard", key="alice")
    knows = Note("alice", _NEIGHBOUR, "REACHABLE", "incomplete.reply", key="bob")
    return [
        Step(0, "alice", "alice", "resolve bob", "local", [asks]),
        Step(0, "alice", "bob", "ARP request", "lost"),
        Step(1_000_000, "alice", "alice", "timer retransmit", "local", [again]),
        Step(1_000_000, "alice", "bob", "ARP request", notes=[answers, learns]),
        Step(1_000_200, "bob", "alice", "ARP reply", notes=[knows]),
        Step(1_000_200, "alice", "bob", "echo request 0", "delayed", packet=7),
        Step(1_000_300, "alice", "bob", "echo request 1", "corrupted"),
        Step(1_002_000, "alice", "bob", "echo request 0", "late", packet=7),
        Step(1_002_100, "bob", "alice", "echo reply 0", "lost"),
    ]
