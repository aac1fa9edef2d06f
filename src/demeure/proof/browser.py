"""A hostile answer, in a real browser, in front of a server that must hear nothing."""

from demeure.proof.house_facts import Fact


def hostile_page() -> list[Fact]:
    """Not tried yet."""
    return []
