"""The launcher and the supervisor: births, walls, doors between roles, deaths, and what status shows."""

from typing import TYPE_CHECKING, Any

from demeure.supervisor.belongings import connect_control
from demeure.supervisor.birth import Birth
from demeure.supervisor.errors import (
    AddressTaken,
    AddressUnusable,
    AlreadyRunning,
    DoorForbidden,
    HouseDown,
    HouseFailed,
    HouseWentAway,
    InstanceFolderUnusable,
    KeyUnusable,
    RoleDown,
    RoleFailed,
    RoleStarting,
)

if TYPE_CHECKING:
    from demeure.supervisor.doors import BlockingDoors, Doors
    from demeure.supervisor.health import read_status
    from demeure.supervisor.launcher import start

__all__ = [
    "AddressTaken",
    "AddressUnusable",
    "AlreadyRunning",
    "Birth",
    "BlockingDoors",
    "DoorForbidden",
    "Doors",
    "HouseDown",
    "HouseFailed",
    "HouseWentAway",
    "InstanceFolderUnusable",
    "KeyUnusable",
    "RoleDown",
    "RoleFailed",
    "RoleStarting",
    "connect_control",
    "read_status",
    "start",
]

_LATER = {"Doors": "doors", "BlockingDoors": "doors", "read_status": "health", "start": "launcher"}


def __getattr__(name: str) -> Any:
    """``Doors`` brings asyncio (6 MB), which the launcher and the supervisor have no use for: loaded when asked."""
    if name in _LATER:
        import importlib

        return getattr(importlib.import_module(f"demeure.supervisor.{_LATER[name]}"), name)
    raise AttributeError(name)
