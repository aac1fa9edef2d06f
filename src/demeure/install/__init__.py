"""What a machine needs around the house: user, folders, units, suggestions. A pure plan, then its writing."""

from demeure.install.applying import apply, removable, remove
from demeure.install.layout import Layout
from demeure.install.planning import Plan, Wanted, plan

__all__ = ["Layout", "Plan", "Wanted", "apply", "plan", "removable", "remove"]
