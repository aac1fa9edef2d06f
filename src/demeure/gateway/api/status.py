"""GET /api/status, GET /api/session: what runs, and who one is here."""

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit


async def status(came: Visit) -> Response:
    """The supervisor's facts and the journal's state; answers even when the journal does not write. ``queue``: of
    the engine's places, and under ``mine`` what the asker waits for, with how many go first."""
    data = await came.house.pulse.status()
    try:
        journal = await came.house.pulse.journal()
    except DemeureError:
        journal = "silent"
    known = data or {"processes": [], "ladder": came.house.ladder}
    queue = came.house.queue
    known["queue"] = {**queue.state(), "mine": queue.standing(came.actor.id)} if queue else None
    return came.json({**known, "journal": journal, "disk": came.house.pulse.disk(), "supervisor": data is not None})


async def session(came: Visit) -> Response:
    """Who one is, and the token that requests which change something must carry (header X-Demeure-Token)."""
    return came.json({"name": came.guest.name if came.guest else "", "id": came.actor.id, "token": came.token})
