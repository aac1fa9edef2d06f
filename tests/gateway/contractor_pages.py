"""A page of the contractors' town, asked by one of its sessions."""

from typing import Any

import httpx

from demeure.gateway.visit import form_token
from demeure.testing.contractors import Town


async def page(town: Town, session: str, path: str, **form: Any) -> httpx.Response:
    """GET, or POST of ``form`` with this session's token."""
    transport = httpx.ASGITransport(app=town.app, client=("203.0.113.7", 4000))
    cookies = {"demeure-session-8420": session}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420", cookies=cookies) as client:
        if form:
            return await client.post(path, data={"token": form_token(session), **form})
        return await client.get(path)
