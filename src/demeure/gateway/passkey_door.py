"""Coming in by a passkey alone, as the journal tells it: counted, refused and closed like a password."""

import asyncio
import hashlib
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.gateway.refusals import UNKNOWN, Refusals
from demeure.identity import PasskeyRefused, People, SignInLocked
from demeure.identity.lockout import Try
from demeure.journal import Draft, Journal


async def entered_by_passkey(
    people: People, journal: Journal, refusals: Refusals, shown: tuple[str, str, str], address: str, device: str
) -> str:
    """A new session's token. ``shown``: the answer (JSON), the page's origin and host. Raises PasskeyRefused,
    SignInLocked."""
    try:
        person = await asyncio.to_thread(people.alone.holder, shown[0])
    except PasskeyRefused:  # of nobody here, or of an account that it does not open alone
        name = hashlib.sha256(shown[0].encode("utf-8", "replace")).hexdigest()[:16]
        tried = await _counted(people, refusals, f"passkey {name}", address)
        await refusals.refused(UNKNOWN, tried.began)
        raise
    tried = await _counted(people, refusals, person.login, address)
    draft = Draft(kind="sign-in", name="signed-in", chain=uuid4().hex, actor=person.id, object="passkey")
    intention = await journal.intention(draft)
    try:
        session = await asyncio.to_thread(people.alone.enter, *shown, tried, device, address)
    except DemeureError as problem:
        await journal.close(intention, "refused", decision=problem.code())
        if isinstance(problem, PasskeyRefused):
            await refusals.refused(person.id, tried.began)
        raise
    await journal.close(intention, "done", object="passkey")
    return session.token


async def _counted(people: People, refusals: Refusals, login: str, address: str) -> Try:
    """Raises SignInLocked."""
    try:
        return await asyncio.to_thread(people.lockout.begin, login, address)
    except SignInLocked:
        refusals.waited()
        raise
