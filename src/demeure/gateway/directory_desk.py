"""The control door's words about directories, identity providers and webhooks. Declaring one is a command's, which
writes its file; here it is written in the journal, read, and followed.
"""

from collections.abc import Awaitable, Callable

from demeure.errors import InputError
from demeure.gateway.directory_room import ACTS, DirectoryRoom
from demeure.gateway.hook_room import ACTS as HOOK_ACTS
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.house import House
from demeure.gateway.provider_keeping import ACTS as PROVIDER_ACTS
from demeure.gateway.provider_room import ProviderRoom
from demeure.gateway.visit import text_field
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class DirectoryDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in DIRECTORY_OPERATIONS.items()}

    async def status(self, _request: Request) -> Reply:
        """{"directories"}: as ``DirectoryRoom.listed``; {"unusable"}: what is wrong with the other files."""
        house, actor = await self._house()
        room = directories(house)
        return Reply({"directories": await room.listed(actor), "unusable": await room.unusable(actor)})

    async def check(self, request: Request) -> Reply:
        """``directory`` → what following it would change."""
        house, actor = await self._house()
        return Reply(await directories(house).check(actor, _named(request)))

    async def sync(self, request: Request) -> Reply:
        """``directory``, ``close``: how many accounts somebody agreed to close → what was changed."""
        house, actor = await self._house()
        closing = request.args.get("close", 0)
        if type(closing) is not int or closing < 0:
            raise InputError(detail="close")
        return Reply(await directories(house).follow(actor, _named(request), closing))

    async def changed(self, request: Request) -> Reply:
        """``directory``, ``act``: declared or removed."""
        house, actor = await self._house()
        act = text_field(request.args, "act")
        if act not in ACTS or act == "released":
            raise InputError(detail="act")
        return Reply({"released": len(await directories(house).changed(actor, act, _named(request)))})

    async def release(self, request: Request) -> Reply:
        """``login``: an account that is the house's own again."""
        house, actor = await self._house()
        login = text_field(request.args, "login")
        return Reply({"login": login, "released": len(await directories(house).release(actor, login))})

    async def provider_list(self, _request: Request) -> Reply:
        """{"providers"}: as ``ProviderRoom.listed``; {"unusable"}: what is wrong with the other files."""
        house, actor = await self._house()
        room = providers(house)
        return Reply({"providers": await room.listed(actor), "unusable": await room.unusable(actor)})

    async def provider_check(self, request: Request) -> Reply:
        """``provider`` → what it says of itself."""
        house, actor = await self._house()
        return Reply(await providers(house).check(actor, _named(request, "provider")))

    async def provider_changed(self, request: Request) -> Reply:
        """``provider``, ``act``: declared or removed."""
        house, actor = await self._house()
        act = text_field(request.args, "act")
        if act not in PROVIDER_ACTS:
            raise InputError(detail="act")
        return Reply({"forgotten": await providers(house).changed(actor, act, _named(request, "provider"))})

    async def hooks_list(self, _request: Request) -> Reply:
        """{"hooks"}: as ``HookRoom.listed``; {"unusable"}: what is wrong with the other files."""
        house, actor = await self._house()
        room = hooks(house)
        return Reply({"hooks": await room.listed(actor), "unusable": await room.unusable(actor)})

    async def hooks_test(self, request: Request) -> Reply:
        """``hook`` → the receiver's status."""
        house, actor = await self._house()
        return Reply(await hooks(house).test(actor, _named(request, "hook")))

    async def hooks_changed(self, request: Request) -> Reply:
        """``hook``, ``act``: declared or removed; ``new``: there was none of that name."""
        house, actor = await self._house()
        act, name = text_field(request.args, "act"), _named(request, "hook")
        if act not in HOOK_ACTS:
            raise InputError(detail="act")
        await hooks(house).changed(actor, act, name, new=request.args.get("new") is True)
        return Reply({"hook": name})


DIRECTORY_OPERATIONS = {
    "directory.status": "status",
    "directory.check": "check",
    "directory.sync": "sync",
    "directory.changed": "changed",
    "directory.release": "release",
    "hooks.list": "hooks_list",
    "hooks.test": "hooks_test",
    "hooks.changed": "hooks_changed",
    "provider.list": "provider_list",
    "provider.check": "provider_check",
    "provider.changed": "provider_changed",
}
"""Operation on the wire → method of DirectoryDesk."""


def directories(house: House) -> DirectoryRoom:
    """Raises InputError: a house without directories (tests)."""
    if house.directories is None:
        raise InputError(detail="directories")
    return house.directories


def providers(house: House) -> ProviderRoom:
    """As ``directories``."""
    if house.providers is None:
        raise InputError(detail="providers")
    return house.providers


def hooks(house: House) -> HookRoom:
    """As ``directories``."""
    if house.hooks is None:
        raise InputError(detail="hooks")
    return house.hooks


def _named(request: Request, what: str = "directory") -> str:
    name = text_field(request.args, what, 64)
    if not name:
        raise InputError(detail=what)
    return name
