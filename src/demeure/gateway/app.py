"""The gateway's whole surface: two lists, the ways in and what stands before them, put together by ``make_app``."""

from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from demeure.errors import DemeureError, InputError
from demeure.gateway import gate, problems
from demeure.gateway.api import ask as api_ask
from demeure.gateway.api import documents as api_documents
from demeure.gateway.api import keys as api_keys
from demeure.gateway.api import status as api_status
from demeure.gateway.api import tending as api_tending
from demeure.gateway.api.description import served
from demeure.gateway.errors import MethodUnknown, PageUnknown
from demeure.gateway.guard import KnownNames, Measured, Shield, own_names
from demeure.gateway.house import House
from demeure.gateway.mcp import serving as mcp
from demeure.gateway.observed import Counted
from demeure.gateway.pages import (
    account,
    administration,
    assess,
    assistant,
    backups,
    charter,
    classes,
    console,
    contractors,
    courses,
    directories,
    documents,
    erasure,
    files,
    groups,
    health,
    home,
    incidents,
    journal,
    keyring,
    keys,
    maison,
    members,
    models,
    outside,
    own_keys,
    own_tasks,
    people_lists,
    persons,
    policy,
    provider,
    pseudonyms,
    register_texts,
    registers,
    rights,
    root,
    security,
    sign_in,
    sizing,
    sources,
    sovereignty,
    supervision,
    tasks,
    transcripts,
    version,
    versions,
    viewer,
    words,
    work_files,
    works,
)
from demeure.gateway.pages.assets import Assets
from demeure.gateway.pages.ways import SHELF_API, SHELF_PAGES
from demeure.gateway.v1.ways import V1
from demeure.gateway.way import PAGE_BODY, UPLOAD, Way
from demeure.gateway.words_ways import WORDS_API
from demeure.policy import PUBLIC_PAGE, Action
from demeure.policy.scopes import ADD, ASKS

_QUESTION = {
    "type": "object",
    "required": ["question"],
    "properties": {
        "question": {"type": "string", "minLength": 1, "maxLength": 4000},
        "spaces": {"type": "array", "items": {"type": "string"}, "description": "Empty: all one may read"},
        "documents": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Ids of documents of one space, read whole when the model can; empty: all are searched",
        },
        "conversation": {"type": ["string", "null"]},
        "again": {"type": "string", "description": "The conversation's last answer: ask its question once more"},
        "after": {"type": ["string", "null"], "description": "The last answer seen; refused (409) if another came"},
        "route": {"type": "string", "description": "The engine at the end of this open route answers"},
        "ticket": {"type": "string", "maxLength": 64, "description": "A name to stop it by before it has begun"},
        "warn": {"type": "boolean", "description": "Tell (428) what identifies somebody in it before it is sent"},
    },
}

PAGES = (
    Way("GET", "/", home.home, Action.PAGE_VIEW, "refusal"),
    *assistant.PAGES,
    *files.PAGES,
    *tasks.PAGES,
    *works.PAGES,
    *transcripts.PAGES,
    *work_files.PAGES,
    Way("GET", "/documents", documents.documents, Action.SPACE_READ, "refusal", decided_by="library"),
    Way(
        "POST",
        "/documents",
        documents.upload,
        Action.DOCUMENT_ADD,
        "administration",
        decided_by="library",
        body=UPLOAD,
    ),
    Way(
        *("GET", "/documents/{document}/supprimer", documents.confirm, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
    ),
    Way(
        *("POST", "/documents/{document}/supprimer", documents.delete, Action.DOCUMENT_DELETE, "administration"),
        decided_by="library",
    ),
    *SHELF_PAGES,
    *versions.WAYS,
    *health.WAYS,
    Way("GET", "/maison", maison.maison, Action.HOUSE_STATUS, "refusal", without_journal=True),
    *root.WAYS,
    *sign_in.WAYS,
    *provider.WAYS,
    *account.WAYS,
    *security.WAYS,
    *own_keys.WAYS,
    *administration.WAYS,
    *groups.WAYS,
    *members.WAYS,
    *sources.WAYS,
    *keys.WAYS,
    *models.WAYS,
    *supervision.WAYS,
    *backups.WAYS,
    *version.WAYS,
    *assess.WAYS,
    *sizing.WAYS,
    *policy.WAYS,
    *keyring.WAYS,
    *rights.WAYS,
    *charter.WAYS,
    *contractors.WAYS,
    *console.WAYS,
    *people_lists.WAYS,
    *directories.WAYS,
    *outside.WAYS,
    *classes.WAYS,
    *erasure.PAGES,
    *persons.WAYS,
    *incidents.WAYS,
    *courses.WAYS,
    *register_texts.WAYS,
    *registers.WAYS,
    *pseudonyms.WAYS,
    *words.WAYS,
    *own_tasks.WAYS,
    *journal.PAGES,
    *sovereignty.PAGES,
)

API = (
    Way(
        *("POST", "/api/ask", api_ask.ask, Action.ASK, "request"),
        decided_by="assistant",
        summary="Ask the documents; the answer comes as events",
        body_schema=_QUESTION,
        answers="events",
        scope=ASKS,
    ),
    *assistant.API,
    *files.API,
    *WORDS_API,
    *tasks.API,
    *works.API,
    *work_files.API,
    Way(
        *("GET", "/api/status", api_status.status, Action.HOUSE_STATUS, "refusal"),
        without_journal=True,
        summary="What runs, as the supervisor sees it",
    ),
    Way(
        *("GET", "/api/session", api_status.session, Action.PAGE_VIEW, "refusal"),
        summary="Who one is, and the token of this session",
    ),
    Way(
        *("GET", "/api/spaces", api_documents.spaces, Action.SPACE_READ, "refusal"),
        decided_by="library",
        summary="Spaces one may read",
        scope=ASKS,
    ),
    Way(
        *("GET", "/api/documents", api_documents.documents, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
        summary="Documents and their states",
        parameters=("space", *api_documents.FILTERS),
    ),
    Way(
        *("POST", "/api/documents", api_documents.add, Action.DOCUMENT_ADD, "administration"),
        decided_by="library",
        body=UPLOAD,
        summary="Add a document",
        parameters=("space", "name", "path", "tags", "owner", "review_on", "keep_until"),
        answers="added",
        scope=ADD,
    ),
    Way(
        *("GET", "/api/documents/{document}", api_documents.document, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
        summary="One document",
    ),
    Way(
        *("DELETE", "/api/documents/{document}", api_documents.delete, Action.DOCUMENT_DELETE, "administration"),
        decided_by="library",
        summary="Delete a document and all that came from it",
        answers="nothing",
    ),
    *SHELF_API,
    *api_tending.WAYS,
    *rights.API,
    *contractors.API,
    *api_keys.WAYS,
    *V1,
    *mcp.WAYS,
)


def ways() -> tuple[Way, ...]:
    """Every way into the house."""
    assets = Assets()
    described = [
        Way(
            *("GET", path, served(API), Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
            without_journal=True,
            summary="This description",
        )
        for path in ("/api/openapi.json", "/openapi.json")
    ]
    return (
        *PAGES,
        *viewer.PAGES,
        *API,
        *described,
        Way("GET", "/static/{name}", assets.asset, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE, without_journal=True),
        Way("GET", "/favicon.ico", assets.icon, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE, without_journal=True),
    )


def make_app(house: House) -> ASGIApp:
    """The gateway over ``house``. Pure composition: nothing is asked of any room before the first request."""
    table = ways()
    routes = [Route(way.path, partial(_handle, house, way), methods=[way.method]) for way in table]
    limits = _Limits(house, table, routes)
    also = house.threshold.knows if house.threshold else lambda _: False
    middleware = [
        Middleware(Counted, seen=house.supervision),
        Middleware(Shield, answer=partial(problems.told, house)),
        Middleware(KnownNames, names=own_names(house.settings.host, house.port), port=house.port, also=also),
        Middleware(Measured, limit=limits, patience=house.patience),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _not_ours(house)})


async def _handle(house: House, way: Way, request: Request) -> Response:
    request.scope["way"] = f"{way.method} {way.path}"
    return await gate.serve(house, way, request)


class _Limits:
    """Most bytes of a request, by its way."""

    def __init__(self, house: House, table: tuple[Way, ...], routes: list[Route]) -> None:
        upload = house.settings.upload_megabytes << 20
        self._ways = [
            (route, upload + PAGE_BODY if way.body == UPLOAD else way.body)  # a form adds its own lines to the file
            for way, route in zip(table, routes, strict=True)
        ]

    def __call__(self, scope: Scope) -> int:
        for route, limit in self._ways:
            if route.matches(scope)[0] is Match.FULL:
                return limit
        return PAGE_BODY


def _not_ours(house: House):  # type: ignore[no-untyped-def] # Starlette's own handler type is a union of four
    async def handler(request: Request, problem: Exception) -> ASGIApp:
        known: dict[int, DemeureError] = {404: PageUnknown(), 405: MethodUnknown()}
        status = problem.status_code if isinstance(problem, HTTPException) else 500
        return await problems.told(house, request.scope, known.get(status) or InputError(detail=str(status)))

    return handler
