"""``/v1/models``: what a program may name, as it is at this moment."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from demeure.gateway.errors import ModelNotServed, ModelsNotTold
from demeure.gateway.visit import Visit
from demeure.policy.scopes import ASKS, MODELS

BASE, CHAT, EMBED, RANK, SOUND = (
    "demeure-base",
    "demeure-chat",
    "demeure-embeddings",
    "demeure-rerank",
    "demeure-speech",
)
"""Names that stay when a model is changed: the documents, and whichever model chats, embeds, ranks, hears."""
OWNER = "demeure"


@dataclass(frozen=True)
class Served:
    """Ids of the models that run or are installed; empty: there is none."""

    chat: str
    embed: str
    sound: str

    def chats(self, name: str) -> bool:
        """Is ``name`` the chat model? Raises ModelNotServed when it is neither that nor the base."""
        if name in (CHAT, self.chat) and self.chat:
            return True
        if name == BASE:
            return False
        raise ModelNotServed(model=name[:80])

    def listed(self) -> list[tuple[str, str]]:
        """(id, what it is) of each name."""
        found = [(BASE, "the documents of the house, with their sources")]
        found += [(CHAT, f"chat: {self.chat}"), (self.chat, "chat")] if self.chat else []
        found += [(EMBED, f"embeddings: {self.embed}"), (self.embed, "embeddings")] if self.embed else []
        found += [(RANK, f"ranking by the embeddings of {self.embed}, no cross-encoder")] if self.embed else []
        found += [(SOUND, f"transcription: {self.sound}"), (self.sound, "transcription")] if self.sound else []
        return found


async def served(came: Visit) -> Served:
    """What the supervisor runs, and the recognition model that is installed. Raises ModelsNotTold: the supervisor
    does not answer, which is not a house without models."""
    status = await came.house.pulse.status()
    if status is None:
        raise ModelsNotTold()
    models = {process["role"]: str(process.get("model") or "") for process in status["processes"]}
    hearing = await asyncio.to_thread(came.house.model_room.hearing.model)
    return Served(models.get("engine-chat", ""), models.get("engine-embed", ""), hearing.id if hearing else "")


async def models(came: Visit) -> Response:
    """GET /v1/models."""
    listed = _opened(came, await served(came))
    return came.json({"object": "list", "data": [_model(name, about) for name, about in listed]})


async def model(came: Visit) -> Response:
    """GET /v1/models/{model}."""
    name = str(came.request.path_params["model"])
    found = dict(_opened(came, await served(came))).get(name)
    if found is None:
        raise ModelNotServed(model=name[:80])
    return came.json(_model(name, found))


def _opened(came: Visit, found: Served) -> list[tuple[str, str]]:
    """The names that this key opens: programs show what is listed as something to talk to. Without a key, all."""
    listed, scopes = found.listed(), came.actor.scopes
    return [one for one in listed if not came.actor.keyed or (ASKS if one[0] == BASE else MODELS) in scopes]


def _model(name: str, about: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER, "description": about}
