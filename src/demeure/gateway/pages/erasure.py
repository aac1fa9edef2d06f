"""Effacement: what the journal keeps of a person's contents is destroyed when they ask (GDPR 17); its receipt."""

import json
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from demeure.gateway.errors import ErasureUnconfirmed
from demeure.gateway.pages.journal import entry_number
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import PersonUnknown
from demeure.journal import EntryUnknown
from demeure.policy import Action

SURE = "oui"
VERIFY = "demeure verify effacement-{index}.json"


async def erasure(came: Visit) -> Response:
    """GET /journal/effacement: whose contents, and the erasures that were done."""
    people = await came.house.directory.people_named(came.actor)
    rows = [
        (entry.index, datetime.fromisoformat(entry.time), people.get(who, who))
        for entry in await came.house.records.erasures(came.actor)
        for who in [entry.object.removeprefix("person=")]
    ]
    return came.page(
        "erasure.html",
        people=sorted(people.items(), key=lambda item: item[1]),
        rows=rows,
        sure=SURE,
        done=came.t("erasure.done") if came.request.query_params.get("fait") == "effacement" else "",
        verify=VERIFY.format(index="…"),
    )


async def erase(came: Visit) -> Response:
    """POST /journal/effacement: fields person, sure. Raises PersonUnknown, ErasureUnconfirmed."""
    fields = await came.form()
    person = text_field(fields, "person", 64)
    if person not in await came.house.directory.people_named(came.actor):
        raise PersonUnknown(person=person)
    if text_field(fields, "sure", 8) != SURE:
        raise ErasureUnconfirmed()
    await came.house.records.erase(came.actor, person)
    return RedirectResponse("/journal/effacement?fait=effacement", 303)


async def receipt(came: Visit) -> Response:
    """GET /journal/effacement/{index}/recu: the receipt of an erasure as a file, for ``demeure verify``. Raises
    EntryUnknown."""
    index = entry_number(came.request.path_params["index"])
    if index is None:
        raise EntryUnknown(index=came.request.path_params["index"][:32])
    made = await came.house.records.erasure(came.actor, index)
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="effacement-{index}.json"'}
    return Response(text, media_type="application/json", headers=headers)


PAGES = (
    Way("GET", "/journal/effacement", erasure, Action.PERSON_ERASE, "record"),
    Way("POST", "/journal/effacement", erase, Action.PERSON_ERASE, "administration", sensitive=True),
    Way("GET", "/journal/effacement/{index}/recu", receipt, Action.PERSON_ERASE, "record"),
)
