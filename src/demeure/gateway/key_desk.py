"""The control door's words about keys of applications."""

from collections.abc import Awaitable, Callable

from demeure.errors import InputError
from demeure.gateway.document_desk import named_spaces
from demeure.gateway.house import House
from demeure.gateway.key_forms import key_data, limits_of, named, texts_of, whole_of
from demeure.gateway.visit import text_field
from demeure.identity import GRACE_HOURS, USUAL_DAYS, PersonUnknown, plain_login
from demeure.policy import Actor
from demeure.policy.scopes import ADD
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class KeyDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in KEY_OPERATIONS.items()}

    async def keys_list(self, _request: Request) -> Reply:
        house, actor = await self._house()
        names, used = await house.shelves.readable(actor), await house.applications.today(actor)
        lines = await house.vaults.keyring(actor) if house.vaults else []
        keys = await house.applications.keys(actor)
        told = [key_data(key, names, used.get(key.name, (0, 0))) for key in keys]
        return Reply({"keys": told, "house": [{**vars(line), "known": line.known} for line in lines]})

    async def rekey(self, request: Request) -> Reply:
        """``space``: a name or an id → what was written again."""
        house, actor = await self._house()
        (space,) = await named_spaces(house, actor, [text_field(request.args, "space", 200)])
        if house.vaults is None:
            raise InputError(detail="space")
        return Reply(vars(await house.vaults.rekey(actor, space)))

    async def keys_add(self, request: Request) -> Reply:
        """``owner``: a login; ``spaces``: names or ids; ``scopes``; ``days``: how long it opens; ``class``,
        ``quotas``. ``secret``: told once."""
        house, actor = await self._house()
        login = plain_login(text_field(request.args, "owner"))
        owner = next((p for p in await house.directory.people(actor) if p.login == login), None)
        if owner is None:
            raise PersonUnknown(person=login)
        names = await house.shelves.readable(actor)
        chosen = [named(word, names) for word in texts_of(request.args, "spaces")]
        days, limits = whole_of(request.args, "days", USUAL_DAYS), limits_of(request.args)
        scopes = texts_of(request.args, "scopes", (ADD,))
        name = text_field(request.args, "name")
        key, secret = await house.applications.give(actor, name, owner.id, chosen, days, scopes, limits)
        return Reply({"key": key_data(key, names), "secret": secret, "address": house.address})

    async def keys_rotate(self, request: Request) -> Reply:
        """``hours``: how long the former secret still opens."""
        house, actor = await self._house()
        name, hours = text_field(request.args, "name"), whole_of(request.args, "hours", GRACE_HOURS)
        secret = await house.applications.rotate(actor, name, hours)
        return Reply({"name": name, "secret": secret, "hours": hours})

    async def keys_limit(self, request: Request) -> Reply:
        """``class``, ``quotas``: in place of the former ones."""
        house, actor = await self._house()
        name = text_field(request.args, "name")
        key = await house.applications.limit(actor, name, limits_of(request.args))
        return Reply({"key": key_data(key, await house.shelves.readable(actor))})

    async def keys_revoke(self, request: Request) -> Reply:
        house, actor = await self._house()
        name = text_field(request.args, "name")
        await house.applications.revoke(actor, name)
        return Reply({"name": name})


KEY_OPERATIONS = {
    "keys.list": "keys_list",
    "keys.add": "keys_add",
    "keys.rotate": "keys_rotate",
    "keys.limit": "keys_limit",
    "keys.revoke": "keys_revoke",
    "spaces.rekey": "rekey",
}
"""Operation on the wire → method of KeyDesk."""
