"""Administration, tasks: what there is, files that are wrong and where, bringing one, withdrawing one."""

from starlette.responses import RedirectResponse, Response

from demeure.assistant.tasks import FILE_BYTES
from demeure.errors import DemeureError, InputError
from demeure.gateway.gate import check_token
from demeure.gateway.pages.administration import tabs
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action

_LIST = "/administration/taches"
_DONE = {"ajoutee": "own_tasks.added", "retiree": "own_tasks.withdrawn"}
BODY = FILE_BYTES + (64 << 10)


async def own_tasks(came: Visit) -> Response:
    """GET /administration/taches."""
    query = came.request.query_params
    done = next((came.t(key) for name, key in _DONE.items() if name in query), "")
    return await _page(came, done=done)


async def _page(came: Visit, problem: str = "", done: str = "", status: int = 200) -> Response:
    known, broken = await came.house.tasks.cupboard.tasks()
    values = {"known": known, "broken": broken, "tabs": tabs(came), "problem": problem, "done": done}
    return came.page("own_tasks.html", status, **values)


async def add(came: Visit) -> Response:
    """POST /administration/taches: fields ``token``, then the file."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    check_token(came, (await form.fields()).get("token", ""))
    try:
        async for name, stream in form.files():
            data = b"".join([piece async for piece in stream])
            await came.house.tasks.cupboard.add(came.actor, _text(data), name[:120])
            return RedirectResponse(f"{_LIST}?ajoutee", 303)
        raise InputError(detail="file")
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await _page(came, problem.sentence(came.language), status=problem.http_status)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        raise InputError(detail="UTF-8") from problem


async def withdraw(came: Visit) -> Response:
    """POST /administration/taches/{task}/retirer."""
    await came.house.tasks.cupboard.withdraw(came.actor, came.request.path_params["task"])
    return RedirectResponse(f"{_LIST}?retiree", 303)


WAYS = (
    Way("GET", _LIST, own_tasks, Action.TASK_ADMINISTER, "refusal"),
    Way("POST", _LIST, add, Action.TASK_ADMINISTER, "administration", body=BODY),
    Way("POST", f"{_LIST}/{{task}}/retirer", withdraw, Action.TASK_ADMINISTER, "administration"),
)
