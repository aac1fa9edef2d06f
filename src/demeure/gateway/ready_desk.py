"""The control door's words about documents kept ready, and documents called by their name."""

from collections.abc import Awaitable, Callable, Sequence

from demeure.errors import DemeureError, InputError
from demeure.gateway.api.documents import ready_data
from demeure.gateway.errors import DocumentNameShared
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.library import DocumentUnknown
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class ReadyDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in READY_OPERATIONS.items()}

    async def ready(self, request: Request) -> Reply:
        """How ready ``document`` (of ``spaces``, all when none is named) is for questions; ``keep``: have it kept
        so, or no longer."""
        house, actor = await self._house()
        word, named = text_field(request.args, "document"), request.args.get("spaces") or []
        if not word or not isinstance(named, list):
            raise InputError(detail="document")
        wanted = [text_field({"space": one}, "space").casefold() for one in named]
        known = await house.shelves.spaces(actor)
        spaces = [s.id for s in known if not wanted or s.id in wanted or s.name.casefold() in wanted]
        (document,) = await named_documents(house, actor, spaces, [word])
        keep = request.args.get("keep")
        if type(keep) is bool:
            found = await house.dossiers.pin(actor, document, keep=keep)
        else:
            found = await house.dossiers.ready(actor, document)
        return Reply({"document": document, **ready_data(found)})

    async def bring(self, request: Request) -> Reply:
        """What is kept ready of ``documents`` (ids) waits for a question that is being written; ``brought``:
        whether anything does."""
        house, actor = await self._house()
        about = request.args.get("documents")
        if not isinstance(about, list) or not about:
            raise InputError(detail="documents")
        documents = [text_field({"documents": one}, "documents") for one in about]
        return Reply({"brought": await house.dossiers.bring(actor, documents)})


READY_OPERATIONS = {"documents.ready": "ready", "documents.bring": "bring"}
"""Operation on the wire → method of ReadyDesk."""


async def named_documents(house: House, actor: Actor, spaces: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Ids of the documents called by id, or by name in ``spaces``: of those with the same name in one space the
    newest. Raises DocumentUnknown, DocumentNameShared."""
    if not wanted:
        return []
    rows = [row for space in spaces for row in await house.shelves.documents(actor, space)]
    ids = {row.id for row in rows}
    found = []
    for word in wanted:
        same = [row for row in rows if row.name.casefold() == word.casefold()]
        if word not in ids and not same:
            raise DocumentUnknown()
        if word not in ids and len({row.space for row in same}) > 1:
            raise DocumentNameShared(name=word)
        found.append(word if word in ids else same[0].id)
    return found


async def kept_ready(house: House) -> dict[str, int] | None:
    """For the status: how many, and their bytes; None when the house cannot say."""
    try:
        count, size = await house.dossiers.room()
    except DemeureError:
        return None
    return {"documents": count, "bytes": size}
