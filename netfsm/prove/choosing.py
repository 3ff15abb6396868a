"""That values exist which keep to a contract."""

from __future__ import annotations

from collections.abc import Iterator

from netfsm.prove.solver import Term, conj, z3
from netfsm.prove.theory import Theory


def some(theory: Theory, terms: list[Term], holds: Term) -> Term:
    """That some values for `terms`, which are constants of `theory`, make `holds` true.

    Octets of every length exist, which Z3 is not told otherwise: where `holds` asks for nothing but
    the length of a term, some length is asked for in its place.
    """
    chosen: list[Term] = []
    for term in terms:
        free = theory.numbers.free(term)
        lengths = [node for node in _nodes(holds) if _is_length(node, free)]
        news = [z3.FreshConst(node.sort(), "length") for node in lengths]
        changed = z3.substitute(holds, *zip(lengths, news, strict=True)) if lengths else holds
        if lengths and not any(node.eq(free) for node in _nodes(changed)):
            holds = conj([*(new >= 0 for new in news if z3.is_int(new)), changed])
            chosen += news
        else:
            chosen.append(free)
    return z3.Exists(chosen, holds)


def _is_length(node: Term, of: Term) -> bool:
    return bool(
        node.num_args() == 1 and node.decl().name().startswith("len:") and node.arg(0).eq(of)
    )


def _nodes(term: Term) -> Iterator[Term]:
    seen: set[int] = set()
    pending = [term]
    while pending:
        node = pending.pop()
        if node.get_id() not in seen:
            seen.add(node.get_id())
            yield node
            pending += node.children()
