"""What protects accounts beside the password, put together: one object that the house carries."""

from dataclasses import dataclass

from demeure.gateway.charter_room import CharterRoom
from demeure.gateway.console import Console
from demeure.gateway.contractor_room import ContractorRoom
from demeure.gateway.import_room import ImportRoom
from demeure.gateway.legal_room import LegalRoom
from demeure.gateway.rights_room import RightsRoom
from demeure.gateway.second_room import SecondRoom


@dataclass(frozen=True)
class Safeguards:
    """``legal``: readings on a legal ground; ``rights``: who may what, and its review; ``second``: the second proof
    of who one is, and sessions as who administers sees them; ``charter``: of use; ``lists``: of people, brought at
    once; ``contractors``: who they are, when they come in; ``console``: where they act."""

    legal: LegalRoom
    rights: RightsRoom
    second: SecondRoom
    charter: CharterRoom
    lists: ImportRoom
    contractors: ContractorRoom
    console: Console
