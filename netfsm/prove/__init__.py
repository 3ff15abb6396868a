"""Proofs about a machine."""
