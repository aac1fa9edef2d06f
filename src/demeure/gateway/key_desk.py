"""The control door's words about keys of applications."""

from collections.abc import Awaitable, Callable
from typing import Any

from demeure.clock import iso
from demeure.errors import InputError
from demeure.gateway.document_desk import named_spaces
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.identity import USUAL_DAYS, ApplicationKey, PersonUnknown, plain_login
from demeure.policy import Actor
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
        names = await house.shelves.readable(actor)
        lines = await house.vaults.keyring(actor) if house.vaults else []
        told = [key_data(key, names) for key in await house.applications.keys(actor)]
        return Reply({"keys": told, "house": [{**vars(line), "known": line.known} for line in lines]})

    async def rekey(self, request: Request) -> Reply:
        """``space``: a name or an id → what was written again."""
        house, actor = await self._house()
        (space,) = await named_spaces(house, actor, [text_field(request.args, "space", 200)])
        if house.vaults is None:
            raise InputError(detail="space")
        return Reply(vars(await house.vaults.rekey(actor, space)))

    async def keys_add(self, request: Request) -> Reply:
        """``owner``: a login; ``spaces``: names or ids; ``days``: how long it opens. ``secret``: told once."""
        house, actor = await self._house()
        login = plain_login(text_field(request.args, "owner"))
        owner = next((p for p in await house.directory.people(actor) if p.login == login), None)
        if owner is None:
            raise PersonUnknown(person=login)
        names = await house.shelves.readable(actor)
        asked = request.args.get("spaces") or []
        days = request.args.get("days", USUAL_DAYS)
        if not isinstance(asked, list) or len(asked) > 100 or type(days) is not int:
            raise InputError(detail="spaces" if type(days) is int else "days")
        words = [text_field({"spaces": one}, "spaces", 200) for one in asked]
        chosen = [_named(word, names) for word in words]
        key, secret = await house.applications.give(actor, text_field(request.args, "name"), owner.id, chosen, days)
        return Reply({"key": key_data(key, names), "secret": secret, "address": house.address})

    async def keys_revoke(self, request: Request) -> Reply:
        house, actor = await self._house()
        name = text_field(request.args, "name")
        await house.applications.revoke(actor, name)
        return Reply({"name": name})


KEY_OPERATIONS = {
    "keys.list": "keys_list",
    "keys.add": "keys_add",
    "keys.revoke": "keys_revoke",
    "spaces.rekey": "rekey",
}
"""Operation on the wire → method of KeyDesk."""


def key_data(key: ApplicationKey, names: dict[str, str]) -> dict[str, Any]:
    """JSON-able; a space without a name is gone."""
    return {
        "name": key.name,
        "owner": key.owner_name,
        "scopes": list(key.scopes),
        "spaces": [{"id": space, "name": names.get(space, "")} for space in key.spaces],
        "state": key.state,
        "shut": [space for space in key.shut if space in names],
        "created_at": iso(key.created_at),
        "expires_at": iso(key.expires_at),
        "used_at": iso(key.used_at) if key.used_at else None,
    }


def _named(word: str, names: dict[str, str]) -> str:
    return next((id_ for id_, name in names.items() if word == id_ or word.casefold() == name.casefold()), word)
