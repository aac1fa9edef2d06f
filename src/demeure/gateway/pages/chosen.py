"""Several documents at once: tags put on and taken off, and a deletion asked once, with its number."""

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.errors import NothingChosen
from demeure.gateway.pages.documents import asked, shelf_page
from demeure.gateway.visit import Visit, text_field
from demeure.library import MOST_AT_ONCE, Wanted
from demeure.library.errors import TooManyAtOnce

_SHOWN = 12  # names listed before « and N others »


async def chosen_ids(came: Visit) -> list[str]:
    """Those ticked, or those of the list (field ``tous``): all of them, or ``premiers``, the first MOST_AT_ONCE.
    Raises NothingChosen, TooManyAtOnce (the list has grown since it was shown)."""
    form = came.values or await came.form()
    if form.get("tous"):
        wanted: Wanted = asked(form).wanted
        found = await came.house.catalogue.matching(came.actor, text_field(form, "espace", 128), wanted)
        if len(found) > MOST_AT_ONCE and form["tous"] != "premiers":
            raise TooManyAtOnce(most=MOST_AT_ONCE)
        return found[:MOST_AT_ONCE]
    ids = list(dict.fromkeys(came.every("document")))
    if not ids:
        raise NothingChosen()
    return ids


async def ask_deletion(came: Visit) -> Response:
    """POST /documents/supprimer: the one question, with the number; those one may not delete are left out of it."""
    try:
        ids = await chosen_ids(came)
    except (NothingChosen, TooManyAtOnce) as problem:
        return await list_told(came, problem)
    rows = await came.house.catalogue.erasable(came.actor, ids)
    if not rows:
        return await told_back(came, "documents.none_erasable")
    return came.page(
        "delete_chosen.html",
        rows=rows,
        first=rows[:_SHOWN],
        kept=len(ids) - len(rows),
        space=rows[0].space,
    )


async def delete(came: Visit) -> Response:
    """POST /documents/effacer: what the question named, all of it or nothing."""
    ids = await chosen_ids(came)
    rows = await came.house.catalogue.erasable(came.actor, ids)
    count = await came.house.catalogue.delete(came.actor, ids)
    return RedirectResponse(f"/documents?espace={rows[0].space if rows else ''}&efface={count}", 303)


async def tag(came: Visit) -> Response:
    """POST /documents/etiqueter: ``mots`` (separated by commas) put on, or taken off with ``retirer``."""
    try:
        ids = await chosen_ids(came)
    except (NothingChosen, TooManyAtOnce) as problem:
        return await list_told(came, problem)
    form = came.values
    words = [word.strip() for word in text_field(form, "mots", 1000).split(",") if word.strip()]
    if not words:
        return await told_back(came, "documents.no_tag_given")
    off = "retirer" in form
    try:
        count = await came.house.catalogue.tag(came.actor, ids, *(((), words) if off else (words, ())))
    except DemeureError as problem:
        if problem.http_status != 400:
            raise
        return await list_told(came, problem)
    return RedirectResponse(list_again(came, etiquete=str(count)), 303)


def list_again(came: Visit, **told: str) -> str:
    """The address of the list that the form came from, with what has just been done."""
    form = came.values
    return asked(form).address(text_field(form, "espace", 128), page=form.get("page", ""), **told)


async def list_told(came: Visit, problem: DemeureError) -> Response:
    """The list that the form came from, with what was wrong."""
    told = [("stop", problem.sentence(came.language), "")]
    return await shelf_page(came, text_field(came.values, "espace", 128), told, problem.http_status)


async def told_back(came: Visit, key: str) -> Response:
    """The list that the form came from, and why nothing was changed: the sentence ``key``."""
    told = [("warn", came.t(key), "")]
    return await shelf_page(came, text_field(came.values, "espace", 128), told, 400)
