"""Passwords that cost nothing to hash, for tests of what surrounds them."""

from demeure.identity import Parameters

CHEAP = Parameters(memory_kib=8, passes=1, lanes=1)
"""The least the algorithm takes: 0.05 ms. True Argon2id all the same."""
