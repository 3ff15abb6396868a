"""Formats at work: octets to packets and back.

========== =========================================================================
codec      a `Format` compiled to a decoder and an encoder of generated Python
refusal    why a packet was not decoded, by name
checksum   RFC 1071 sums, RFC 1624 updates, pseudo-headers
buffer     one buffer a packet, headers written downwards in place
offload    what is known of a frame beside its octets: checksum, segment size
cutter     a large TCP segment cut into what a link carries
strategies valid, boundary and malformed packets for Hypothesis (extra `conform`)
table      the rows of a format's table in the documentation
hexview    the octets of a packet beside its fields
========== =========================================================================

`layout`, `expression`, `decoding`, `encoding` and `options` make the generated code.
"""
