"""Administration, Modèles: what is installed, what answers, what fits; verifying and choosing."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from demeure.assistant.tasks.errors import ModelFalls, ModelUnmeasured
from demeure.engine.models import StoreUnreadable
from demeure.errors import DemeureError
from demeure.gateway.house import Inventory
from demeure.gateway.pages.administration import tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

PATH = "/administration/modeles"


async def models(came: Visit) -> Response:
    """GET /administration/modeles."""
    return await _shown(came)


async def use(came: Visit) -> Response:
    """POST /administration/modeles/utiliser: the engine of that place changes its model at once."""
    form = await came.form()
    slot, model = text_field(form, "slot"), text_field(form, "model")
    try:
        await came.house.models.use(came.actor, slot, model, anyway=text_field(form, "anyway") == "1")
    except (ModelFalls, ModelUnmeasured) as problem:
        return await _shown(came, problem, decide={"slot": slot, "model": model})
    except DemeureError as problem:
        return await _shown(came, problem)
    return RedirectResponse(PATH, 303)


async def verify(came: Visit) -> Response:
    """POST /administration/modeles/verifier: begins; the page tells how far it is."""
    form = await came.form()
    try:
        await came.house.models.verify(came.actor, text_field(form, "model"))
    except DemeureError as problem:
        return await _shown(came, problem)
    return RedirectResponse(PATH, 303)


async def _shown(
    came: Visit, problem: DemeureError | None = None, decide: Mapping[str, str] | None = None
) -> Response:
    """``decide``: the place and the model that somebody may take although the organisation's cases speak against
    it."""
    try:
        found = await came.house.models.inventory()
    except StoreUnreadable as unreadable:
        problem, found = problem or unreadable, Inventory((), 0, 0)
    return came.page(
        "models.html",
        200 if problem is None else problem.http_status,
        tabs=tabs(came),
        inventory=found,
        installed=[line for line in found.lines if line.installed],
        others=[line for line in found.lines if not line.installed],
        busy=any(line.looked == "running" for line in found.lines),
        problem=problem.sentence(came.language) if problem else "",
        decide=decide,
        pull="demeure models pull",
        bring="demeure models import",
    )


WAYS = (
    Way("GET", PATH, models, Action.MODEL_CHANGE, "refusal"),
    Way("POST", f"{PATH}/utiliser", use, Action.MODEL_CHANGE, "administration"),
    Way("POST", f"{PATH}/verifier", verify, Action.MODEL_CHANGE, "administration"),
)
