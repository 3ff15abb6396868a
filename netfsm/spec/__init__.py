"""Reads a spec: source, findings, model, typed expressions, static checks."""
