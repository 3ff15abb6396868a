"""A layer for people: what it is made of, binds, provides, answers and counts."""

from __future__ import annotations

from netfsm.cli.common import say
from netfsm.cli.tables import show_table, show_title
from netfsm.draw.stack import key_text
from netfsm.spec.findings import shown_path
from netfsm.spec.model import Constant, Control, Layer
from netfsm.spec.pretty import pretty_value


def show_layer(layer: Layer) -> None:
    """Print the layer, part by part; a part that it lacks is left out."""
    refs = ", ".join(str(ref) for ref in layer.refs)
    show_title(f"{layer.name}  {layer.title}", f"{refs}  {shown_path(layer.mark.file)}")
    if layer.says:
        say(layer.says.strip())
    say(f"machines: {', '.join(layer.machines) or 'none'}")
    say(f"formats: {', '.join(layer.formats) or 'none'}")
    say(f"hands: {layer.hands}")
    if layer.binds:
        rows = [
            (
                bind.to,
                key_text(bind.to, bind.key),
                bind.policy,
                "yes" if bind.optional else "",
                bind.handler,
            )
            for bind in layer.binds
        ]
        say("")
        show_table(("bound to", "key", "policy", "optional", "handler"), rows)
    if layer.provides:
        rows_provided = [(p.name, str(p.key), p.carries, p.says) for p in layer.provides]
        say("")
        show_table(("provides", "key", "carries", "says"), rows_provided)
    if layer.controls:
        say("")
        show_table(("control", "is", "gives", "says"), [_control(each) for each in layer.controls])
    if layer.constants:
        say("")
        columns = ("constant", "value", "settable", "reference", "says")
        show_table(columns, [_constant(each) for each in layer.constants])
    if layer.counters:
        say("")
        show_table(("counter", "counts"), layer.counters)


def layer_json(layer: Layer) -> dict[str, object]:
    """The layer as `--format json` prints it."""
    return {
        "kind": "layer",
        "name": layer.name,
        "title": layer.title,
        "refs": [str(ref) for ref in layer.refs],
        "machines": list(layer.machines),
        "formats": list(layer.formats),
        "hands": layer.hands,
        "binds": [
            {"to": bind.to, "key": bind.key, "policy": bind.policy, "optional": bind.optional}
            for bind in layer.binds
        ],
        "provides": [
            {"name": p.name, "key": str(p.key), "carries": p.carries} for p in layer.provides
        ],
        "controls": [{"name": each.name, "kind": each.kind} for each in layer.controls],
        "constants": [
            {"name": each.name, "value": _value(each), "settable": each.settable}
            for each in layer.constants
        ],
        "counters": [name for name, _ in layer.counters],
    }


def _control(control: Control) -> tuple[str, str, str, str]:
    params = ", ".join(
        f"{p.name}{'?' if p.name in control.optional else ''}: {p.type}" for p in control.params
    )
    gives = "" if control.returns is None else f"{'list ' if control.many else ''}{control.returns}"
    return f"{control.name}({params})", control.kind, gives, control.says


def _constant(constant: Constant) -> tuple[str, str, str, str, str]:
    settable = "yes" if constant.settable else ""
    refs = ", ".join(str(ref) for ref in constant.refs)
    return constant.name, _value(constant), settable, refs, constant.says


def _value(constant: Constant) -> str:
    return f"{pretty_value(constant.value, constant.type)} {constant.unit}".strip()
