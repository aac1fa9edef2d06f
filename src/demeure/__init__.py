"""Demeure: the AI of a small organisation, inside its own walls, and able to prove it."""

__version__ = "0.1.0"
