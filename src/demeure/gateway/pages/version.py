"""Administration, version: what runs, how old it is, what there is to go back to, the commands that change it."""

import asyncio
from datetime import datetime

from starlette.responses import Response

from demeure import __version__
from demeure.gateway.pages.administration import tabs
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action

COMMANDS = {"taken": "demeure update", "back": "demeure update --back"}


async def version(came: Visit) -> Response:
    """GET /administration/version."""
    found = await asyncio.to_thread(came.house.release)
    now = came.house.clock.now()
    created = datetime.fromisoformat(found.created) if found and found.created else None
    installed = datetime.fromisoformat(found.installed) if found else None
    return came.page(
        "version.html",
        tabs=tabs(came),
        running=found.version if found else __version__,
        created=created,
        age=(now - created).total_seconds() if created else 0,
        installed=installed,
        since=(now - installed).total_seconds() if installed else 0,
        former=found.former if found else "",
        ready=found.ready if found else "",
        ready_made=datetime.fromisoformat(found.ready_made) if found and found.ready else None,
        former_data=bool(found and found.former_data),
        aside=found.aside if found else (),
        commands=COMMANDS,
    )


WAYS = (Way("GET", "/administration/version", version, Action.HOUSE_ADMINISTER, "refusal"),)
