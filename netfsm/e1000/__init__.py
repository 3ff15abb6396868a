"""Intel's 82540EM: its register map, its driver's view of a bus, and a model of the card.

================ ==================================================================================
bus              what a driver sees of a card, what a card sees of its host; plain memory
machines         the machines of the spec as classes
mpqemu           QEMU's multi-process messages
serve            servers that put a card behind a virtual machine
device           a model of the card: the hands of specs/e1000
registers        the register map of the spec: constants for a driver, values for a model
================ ==================================================================================
"""
