"""What a machine may rely on in a message: what its format computes, and what it lets pass.

The decoder computes `SEG.LEN` from fields that the machine has too, and drops a packet of which
`valid:` does not hold. Proofs assume both, and whoever makes messages up keeps to them.
"""

from __future__ import annotations

from attrs import evolve

from netfsm.spec.expr import Expr, Name, Op
from netfsm.spec.formats import LEN, Format

__all__ = ["derived_of", "valid_of"]


def derived_of(layout: Format, alias: str) -> tuple[tuple[str, Expr], ...]:
    """The parameters that the format computes, each with its expression over the others."""
    found = ((each.name, _under(each.expr, layout, alias)) for each in layout.derived)
    return tuple((f"{alias}.{name}", expr) for name, expr in found if expr is not None)


def valid_of(layout: Format, alias: str) -> tuple[Expr, ...]:
    """What holds of every message, as far as it speaks of what the machine gets."""
    found = (_under(check.holds, layout, alias) for check in layout.checks)
    return tuple(expr for expr in found if expr is not None)


def _under(expr: Expr, layout: Format, alias: str) -> Expr | None:
    """`expr` with the names of the format as parameters of the event; None where it has others."""
    match expr:
        case Op(op="len", args=(Name(name="payload"),)):
            return Name("param", f"{alias}.len", LEN, False, expr.mark)
        case Name(kind="param", name=name):
            if name not in {each.name for each in layout.settable}:
                return None
            return evolve(expr, name=f"{alias}.{name}")
        case Op():
            args = [_under(arg, layout, alias) for arg in expr.args]
            known = tuple(arg for arg in args if arg is not None)
            return evolve(expr, args=known) if len(known) == len(args) else None
        case _:
            return expr
