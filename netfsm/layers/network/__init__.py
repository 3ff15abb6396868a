"""What the hands of IPv4 and IPv6 have in common: a version adds its headers and its tables.

========== ==========================================================================
base       machines, key spaces and numbers that the others share
claims     addresses from configuration to use, and interfaces
routes     ways that a person adds, groups
paths      the MTU of paths
pieces     fragments on their way to a whole datagram
sending    room for datagrams, which way they go, pieces
========== ==========================================================================
"""
