"""A format compiled to Python: packet class, decoder, encoders.

The generated source is plain Python that a person can read (`netfsm show --python`); it is in
`linecache`, so a traceback shows it.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from struct import Struct
from struct import error as struct_error
from typing import Any, NamedTuple

from attrs import field, frozen

from netfsm.spec.formats import Format
from netfsm.spec.kept import Made, kept_code
from netfsm.wire.checksum import Octets
from netfsm.wire.layout import attribute
from netfsm.wire.refusal import EncodeError, Refusal

__all__ = ["Codec", "Packet", "compile_format"]

Packet = Any  # a NamedTuple made for the format: its fields, `options`, `payload`


@frozen
class Codec:
    """What a format is at work.

    decode(data, offset=0, end=None, pseudo=0, checked=False) -> packet | Refusal
        Reads data[offset:end]; never raises for what stands there. `pseudo` is source +
        destination of the layer below, for a checksum with a pseudo-header; `checked` says that
        somebody has verified the checksum. `payload` is a slice of `data`, of its type.
    encode(packet, pseudo=0) -> bytes
        Computes lengths and checksum. Raises EncodeError for a value that does not fit.
    encode_into(buffer, start, end, *, FIELDS, options, pseudo=0, partial=False) -> None
        Writes the header at buffer[start:], below a payload that lies already at its place up to
        `end`. `partial` leaves the checksum to the driver: the sum of the pseudo-header stands in
        the field. Octets of the header: `header_octets` and those of the options. The checksum
        lies `sum_offset` octets behind `start` (0 where there is none).
    message(packet) -> tuple
        The values of `format.message_fields`, in order: the parameters of a machine's event.
    make(*, FIELDS, options=..., payload=b"") -> packet
        A packet with defaults filled in.
    """

    format: Format
    packet: type
    options: type | None
    decode: Callable[..., Packet | Refusal] = field(repr=False)
    encode: Callable[..., bytes] = field(repr=False)
    encode_into: Callable[..., None] = field(repr=False)
    encode_options: Callable[[Any], bytes] | None = field(repr=False)
    message: Callable[[Packet], tuple[Any, ...]] = field(repr=False)
    make: Callable[..., Packet] = field(repr=False)
    refusals: Mapping[str, Refusal] = field(repr=False)
    header_octets: int
    sum_offset: int
    source: str = field(repr=False)
    filename: str

    def build(self, fields: Mapping[str, object], payload: Octets = b"") -> Packet:
        """The packet of an emission: `fields` by the names of `format.settable`.

        An option of which any field is said is present unless `present` says otherwise. `len` is
        passed over: it is that of `payload`. Raises TypeError for a name that is not settable, and
        where a required one is missing.
        """
        plain: dict[str, object] = {}
        optional: dict[str, object] = {}
        for name, value in fields.items():
            if "." in name:
                optional.setdefault(f"{name.partition('.')[0]}_present", True)
                optional[attribute(name)] = value
            elif name != "len":
                plain[attribute(name)] = value
        if self.options is not None and optional:
            plain["options"] = self.options(**optional)
        if self.format.payload is not None:
            plain["payload"] = payload
        return self.make(**plain)


def compile_format(layout: Format) -> Codec:
    """The codec of a format that has no errors."""
    filename = f"<netfsm format {layout.name}>"
    code, source = kept_code(layout.digest, "codec", __file__, lambda: _made(layout, filename))
    refusals = {reason: Refusal(layout.name, reason) for reason in layout.reasons}
    space: dict[str, Any] = {
        "__name__": f"netfsm.generated.{layout.name}",
        "NamedTuple": NamedTuple,
        "Struct": Struct,
        "StructError": struct_error,
        "EncodeError": EncodeError,
        "Refusal": Refusal,
        **{f"REFUSE_{reason.upper()}": refusal for reason, refusal in refusals.items()},
    }
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(code, space)  # noqa: S102  # our own text, from a checked model
    return Codec(
        layout,
        space["PACKET"],
        space.get("OPTIONS"),
        space["decode"],
        space["encode"],
        space["encode_into"],
        space.get("encode_options"),
        space["message"],
        space["make"],
        refusals,
        space["HEADER_OCTETS"],
        _sum_offset(layout),
        source,
        filename,
    )


def _sum_offset(layout: Format) -> int:
    """Octets before the field of the checksum; 0 where there is none."""
    wire = layout.checksum
    if wire is None:
        return 0
    return sum(field.bits for field in layout.fields[: layout.fields.index(wire)]) // 8


def _made(layout: Format, filename: str) -> Made:
    from netfsm.wire.source import write_source

    source = write_source(layout)
    return compile(source, filename, "exec"), source
