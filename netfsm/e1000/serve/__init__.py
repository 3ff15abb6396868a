"""Servers that put a card behind a virtual machine.

================ ==================================================================================
mpqemu           QEMU's multi-process protocol: the far end of x-pci-proxy-dev
================ ==================================================================================
"""
