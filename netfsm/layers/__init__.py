"""The hands behind the specs: one file a layer, named in its `layer.yaml` and loaded by name.

Hands copy bytes, keep tables and look things up; every decision is a row in `specs/`.
`contracts` holds what layers expect of one another, so that they need not know one another.
"""
