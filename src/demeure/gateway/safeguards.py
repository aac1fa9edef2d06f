"""What protects accounts beside the password, put together: one object that the house carries."""

from dataclasses import dataclass

from demeure.gateway.legal_room import LegalRoom
from demeure.gateway.rights_room import RightsRoom


@dataclass(frozen=True)
class Safeguards:
    """``legal``: readings on a legal ground; ``rights``: who may what, and its review."""

    legal: LegalRoom
    rights: RightsRoom
