"""The second proof: RFC 6238's own vectors, codes that serve once, doors that stay shut; all in process."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demeure.gateway.app import make_app
from demeure.gateway.entrance import Entrance
from demeure.gateway.locale import Sentences
from demeure.gateway.pages.administration import SHOWN
from demeure.gateway.rendering import Rendering
from demeure.gateway.visit import form_token
from demeure.identity import Chosen, CodeWrong, Half, SameHand, SignInLocked, figures
from demeure.identity.one_time import STEP, accepted_step, code_hash, new_codes
from demeure.policy import SECOND_FACTOR, Action, Resource, Role, decide
from demeure.settings import SettingNotAmong, Settings, load
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD
from demeure.testing.store import make_instance

RENDERING = Rendering(Sentences.load())
HERE = "203.0.113.7"


class Town:
    """A house of fakes whose people are real. Anne is an agent, Jean an administrator; both have PASSWORD."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.instance, self.clock, self.journal = make_instance(folder), StillClock(), MemoryJournal()
        self.entrance = Entrance(self.instance.house, self.clock, settings, self.journal, parameters=CHEAP)
        self.people, rooms = self.entrance.people, FakeRooms()
        rooms.reception, rooms.account = self.entrance.reception, self.entrance.account  # type: ignore[assignment]
        rooms.directory, rooms.journal = self.entrance.directory, self.journal  # type: ignore[assignment]
        options: dict[str, Any] = {"settings": settings, "clock": self.clock, "rendering": RENDERING}
        self.app = make_app(make_house(rooms, safeguards=self.entrance.safeguards, **options))
        self.anne = self.people.add("Anne Petit", "anne")
        self.jean = self.people.add("Jean Roux", "jean", Role.ADMINISTRATOR)
        for person in (self.anne, self.jean):
            self.people.keep_password(person.id, self.entrance.passwords._hasher.hash(PASSWORD))

    def client(self, session: str = "") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(HERE, 4000))  # type: ignore[arg-type]
        cookies = {"demeure-session-8420": session} if session else None
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420", cookies=cookies)

    async def get(self, session: str, path: str) -> httpx.Response:
        async with self.client(session) as client:
            return await client.get(path)

    async def post(self, session: str, path: str, **form: str) -> httpx.Response:
        token = {"token": form_token(session)} if session else {}
        async with self.client(session) as client:
            return await client.post(path, data={**token, **form})

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post("", "/connexion", login=login, password=password)

    def code(self, secret: bytes, later: int = 0) -> str:
        return figures(secret, int(self.clock.now().timestamp() // STEP) + later)

    def protect(self, person: str) -> tuple[bytes, list[str]]:
        """An authenticator of theirs; its secret, and the recovery codes."""
        secret = self.people.factors.begin_totp(person)
        codes = self.people.factors.confirm_totp(person, "Téléphone", self.code(secret), b"")
        self.clock.forward(seconds=STEP)
        return secret, codes


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, Settings())
    yield made
    asyncio.run(made.entrance.aclose())
    made.instance.close()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, Settings(second_factor="administrator dpo"))
    yield made
    asyncio.run(made.entrance.aclose())
    made.instance.close()


def held(answer: httpx.Response) -> str:
    return str(answer.cookies.get("demeure-session-8420") or "")


def half_of(answer: httpx.Response) -> str:
    return re.findall(r'name="half" value="([^"]+)"', answer.text)[0]


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, SHA-1: eight figures there, of which authenticators show the last six."""
    secret = b"12345678901234567890"
    assert figures(secret, seconds // STEP) == code
    assert accepted_step(secret, f" {code[:3]} {code[3:]}", seconds, -1) == seconds // STEP
    assert accepted_step(secret, code, seconds + STEP, -1) == seconds // STEP, "a clock that is late"
    assert accepted_step(secret, code, seconds + 2 * STEP, -1) is None
    assert accepted_step(secret, code, seconds, seconds // STEP) is None, "served already"
    for wrong in ("", "28708", "2870822", "abcdef", "²87082", "287082 " * 40):
        assert accepted_step(secret, wrong, 59, -1) is None


def test_recovery_codes_are_many_and_kept_as_hashes_only() -> None:
    codes = [code for _ in range(20) for code in new_codes()]
    assert len(set(codes)) == 200 and all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", code) for code in codes)
    assert code_hash("p1", codes[0]) == code_hash("p1", codes[0].upper().replace("-", " "))
    assert code_hash("p1", codes[0]) != code_hash("p2", codes[0]) and code_hash("p1", "287082") is None


def test_a_second_proof_is_set_up_and_then_the_password_alone_opens_nothing(town: Town) -> None:
    async def law() -> None:
        session = held(await town.sign_in("anne"))
        other = held(await town.sign_in("anne"))
        assert (await town.post(session, "/compte/securite/application")).status_code == 303
        page = (await town.get(session, "/compte/securite")).text
        assert "<svg" in page and "http://" not in page.split("<main", 1)[1].replace('xmlns="http://www.w3.org', "")
        typed = re.findall(r"<code>([A-Z2-7 ]{32,})</code>", page)[0]
        secret = town.people.factors.begun_totp(town.anne.id)
        assert secret is not None and len(typed.replace(" ", "")) == 32
        wrong = await town.post(session, "/compte/securite/application/code", name="Tél", code="000000")
        assert wrong.status_code == 403 and "chacun ne sert qu’une fois" in wrong.text
        assert not isinstance(await town.entrance.reception.sign_in("anne", PASSWORD, HERE), Half), "not yet"
        code = town.code(secret)
        done = await town.post(session, "/compte/securite/application/code", name="Tél", code=code)
        codes = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", done.text)
        assert done.status_code == 200 and len(codes) == 10
        shown = (await town.get(session, "/compte/securite")).text
        assert not any(one in shown for one in codes), "once"
        assert (await town.get(other, "/compte")).status_code == 401, "the other sessions ended"
        step = await town.sign_in("anne")
        assert step.status_code == 200 and not held(step) and "Deuxième étape" in step.text
        half = half_of(step)
        assert (await town.get(half, "/compte")).status_code == 401, "half a session opens nothing"
        for replayed in (code, "123456", ""):
            answer = await town.post("", "/connexion/code", half=half, code=replayed)
            assert answer.status_code == 403 and not held(answer), replayed
        town.clock.forward(seconds=STEP)
        answer = await town.post("", "/connexion/code", half=half, code=town.code(secret), retour="/documents")
        assert (
            answer.headers["location"] == "/documents"
            and (await town.get(held(answer), "/compte")).status_code == 200
        )
        again = await town.post("", "/connexion/code", half=half, code=town.code(secret, 1))
        assert again.status_code == 403 and "a trop attendu" in again.text, "the half is spent"
        mine = (await town.get(held(answer), "/compte")).text
        assert HERE in mine and "1 appareil installé" in mine

    asyncio.run(law())
    kept = [(e.name, e.object) for e in town.journal.entries if e.name in ("second-added", "second-shown")]
    assert ("second-added", "totp") in kept and any(name == "second-shown" for name, _ in kept)


def test_a_recovery_code_serves_once_and_a_link_is_no_way_round(town: Town) -> None:
    secret, codes = town.protect(town.anne.id)

    async def law() -> None:
        door = town.entrance.reception
        for code, opens in ((codes[0], True), (codes[0], False), (codes[1].upper(), True)):
            half = await door.sign_in("anne", PASSWORD, HERE)
            assert isinstance(half, Half)
            if opens:
                assert await door.guest(await door.finish(half, code, HERE)) is not None
            else:
                with pytest.raises(CodeWrong):
                    await door.finish(half, code, HERE)
        assert town.people.factors.of(town.anne.id).codes_left == 8
        link = town.people.create_link(town.anne.id, by=town.jean.id)
        new = "sept autres mots sans rapport"
        answer = await town.post("", f"/lien/{link}", password=new, again=new)
        assert answer.status_code == 200 and not held(answer) and "Deuxième étape" in answer.text
        opened = await town.post("", "/connexion/code", half=half_of(answer), code=town.code(secret))
        assert opened.status_code == 303 and held(opened)
        await town.entrance.safeguards.second.renew_codes(town.anne.actor)
        with pytest.raises(CodeWrong):
            await door.finish(await door.sign_in("anne", new, HERE), codes[2], HERE)

    asyncio.run(law())


def test_wrong_codes_wait_like_wrong_passwords_whoever_knows_the_password(town: Town) -> None:
    """The password being right forgives nothing: an attacker who has it tries no more codes than passwords."""
    secret, _ = town.protect(town.anne.id)

    async def law() -> int:
        door, tried = town.entrance.reception, 0
        with pytest.raises(SignInLocked):
            for number in range(50):
                half = await door.sign_in("anne", PASSWORD, HERE)
                with pytest.raises(CodeWrong):
                    await door.finish(half, f"{number:06}", HERE)
                tried += 1
        with pytest.raises(SignInLocked):
            await door.finish(half, town.code(secret), HERE)
        town.clock.forward(minutes=2)
        half = await door.sign_in("anne", PASSWORD, HERE)
        assert await door.guest(await door.finish(half, town.code(secret), HERE)) is not None
        return tried

    assert asyncio.run(law()) == 5
    assert [e.name for e in town.journal.entries if e.name == "account-waits"], "and the journal says so"


def test_the_second_step_waits_five_minutes(town: Town) -> None:
    secret, _ = town.protect(town.anne.id)

    async def law() -> None:
        half = half_of(await town.sign_in("anne"))
        town.clock.forward(minutes=5, seconds=1)
        answer = await town.post("", "/connexion/code", half=half, code=town.code(secret))
        assert answer.status_code == 403 and 'name="password"' in answer.text, "back to the first step"

    asyncio.run(law())


def test_a_role_that_must_have_one_sees_nothing_before_it_has(strict: Town) -> None:
    async def law() -> None:
        anne, jean = held(await strict.sign_in("anne")), held(await strict.sign_in("jean"))
        assert (await strict.get(anne, "/documents")).status_code == 200, "an agent's role asks for nothing"
        for path in ("/", "/documents", "/administration/personnes", "/droits"):
            answer = await strict.get(jean, path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/compte/securite"), path
        assert (await strict.get(jean, "/api/documents")).status_code == 403
        assert (
            await strict.post(jean, "/administration/personnes", name="X", login="xx", role="agent")
        ).status_code == 403
        assert "Votre rôle demande une deuxième preuve" in (await strict.get(jean, "/compte/securite")).text
        assert (await strict.post(jean, "/compte/securite/application")).status_code == 303
        secret = strict.people.factors.begun_totp(strict.jean.id)
        assert secret is not None
        await strict.post(jean, "/compte/securite/application/code", name="T", code=strict.code(secret))
        assert (await strict.get(jean, "/administration/personnes")).status_code == 200
        strict.people.change_role(strict.anne.id, Role.DPO)
        assert (await strict.get(anne, "/documents")).headers["location"] == "/compte/securite", (
            "at the next request"
        )
        assert (await strict.post(anne, "/deconnexion")).status_code == 303, "one may always leave"

    asyncio.run(law())


def test_who_owes_a_step_is_refused_everything_but_that_step() -> None:
    from demeure.policy import Actor, Right

    jean = Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}), owes=frozenset({SECOND_FACTOR}))
    for action in Action:
        decision = decide(jean, action, Resource("thing", owner="p1", right=Right.MANAGE))
        free = action in (Action.SIGN_IN, Action.ACCOUNT_CHANGE)
        assert decision.allowed is free and (free or decision.rule == "owes-first"), action


def test_a_sensitive_act_asks_again_who_one_is_and_keeps_what_was_filled_in(town: Town) -> None:
    async def law() -> None:
        jean, form = held(await town.sign_in("jean")), {"name": "Zoé & Cie", "login": "zoe", "role": "agent"}
        path = "/administration/personnes"
        assert (await town.post(jean, path, **{**form, "login": "un"})).status_code == 200, "signed in a moment ago"
        town.clock.forward(minutes=16)
        asked = await town.post(jean, path, **form)
        assert (
            asked.status_code == 403 and 'value="Zoé &amp; Cie"' in asked.text and 'type="password"' in asked.text
        )
        assert town.people.find("zoe") is None
        wrong = await town.post(jean, path, montre="pas celui-là", **form)
        assert wrong.status_code == 403 and "n’est pas le bon" in wrong.text and town.people.find("zoe") is None
        done = await town.post(jean, path, montre=PASSWORD, **form)
        assert done.status_code == 200 and town.people.find("zoe") is not None
        assert (await town.post(jean, f"{path}/{town.anne.id}/lien")).status_code == 200, "for a few minutes"
        town.clock.forward(minutes=16)
        secret, _ = town.protect(town.jean.id)
        session = await town.entrance.reception.sign_in("jean", PASSWORD, HERE)
        jean = await town.entrance.reception.finish(session, town.code(secret), HERE)
        town.clock.forward(minutes=16)
        asked = await town.post(jean, f"{path}/{town.anne.id}/fermer")
        assert 'autocomplete="one-time-code"' in asked.text
        assert (await town.post(jean, f"{path}/{town.anne.id}/fermer", montre=PASSWORD)).status_code == 403
        closed = await town.post(jean, f"{path}/{town.anne.id}/fermer", montre=town.code(secret))
        assert closed.status_code == 303 and town.people.find("anne") is None

    asyncio.run(law())


@pytest.mark.parametrize(
    "path",
    [
        "/administration/applications",
        "/administration/applications/courrier/renouveler",
        "/administration/applications/courrier/limites",
        "/compte/logiciels",
        "/compte/logiciels/poste/renouveler",
        "/administration/personnes/p1/rouvrir",
        "/api/keys",
        "/api/keys/courrier/limits",
        "/api/keys/courrier/rotate",
    ],
)
def test_what_gives_a_key_widens_it_or_opens_an_account_again_is_asked_for(town: Town, path: str) -> None:
    """A page left open gave a new secret of a key, and /api/keys gave keys, without asking who was there."""

    async def law() -> None:
        jean = held(await town.sign_in("jean"))
        town.clock.forward(minutes=16)
        async with town.client(jean) as client:
            headers = {"x-demeure-token": form_token(jean)}
            if path.startswith("/api/"):
                told = await client.post(path, json={"name": "courrier", "owner": "anne"}, headers=headers)
                assert told.json()["error"]["code"] == "ConfirmFirst"
            else:
                told = await client.post(path, data={"name": "courrier"}, headers=headers)
                assert 'type="password"' in told.text
            assert told.status_code == 403

    asyncio.run(law())


def test_the_accounts_of_a_large_directory_are_shown_by_pages_and_found(town: Town) -> None:
    """With the 5,000 people of a directory the page was 13 MB, and no browser showed it."""
    for number in range(2 * SHOWN):
        town.people.add(f"Zélie Numéro {number}", f"z{number:03}", Role.REFERENT if number == 7 else Role.AGENT)
    at = "/administration/personnes"

    async def law() -> None:
        jean = held(await town.sign_in("jean"))

        async def shown(query: str) -> list[str]:
            page = (await town.get(jean, f"{at}?{query}")).text
            assert page.count("<details>") <= SHOWN
            return re.findall(r"<small>(\w+), ", page)

        everyone = [login for number in (1, 2, 3) for login in await shown(f"page={number}")]
        assert len(everyone) == 2 * SHOWN + 2 and len(set(everyone)) == len(everyone)
        assert await shown("page=99") == await shown("page=3")
        assert await shown("page=x") == await shown("page=-1") == await shown("page=1") == everyone[:SHOWN]
        assert "z117" in await shown("q=ZELIE+numero+17")
        assert await shown("q=z007") == await shown("q=zelie+referent") == ["z007"]
        assert await shown("q=nobody") == []
        assert f"{at}?q=zelie&amp;page=2#all" in (await town.get(jean, f"{at}?q=zelie")).text

    asyncio.run(law())


def test_an_administrator_ends_sessions_and_takes_a_lost_proof_away_and_its_holder_is_told(town: Town) -> None:
    secret, codes = town.protect(town.anne.id)

    async def law() -> None:
        anne = await town.entrance.reception.finish(
            await town.entrance.reception.sign_in("anne", PASSWORD, HERE), town.code(secret), HERE
        )
        jean = held(await town.sign_in("jean"))
        at = f"/administration/personnes/{town.anne.id}"
        page = (await town.get(jean, f"{at}/sessions")).text
        assert HERE in page and "deux preuves" in page
        assert (await town.get(anne, f"{at}/sessions")).status_code == 403
        assert (await town.post(jean, f"{at}/sessions/fermer")).status_code == 303
        assert (await town.get(anne, "/compte")).status_code == 401
        assert (await town.post(jean, f"{at}/preuve/retirer")).status_code == 303
        assert (await town.post(jean, f"{at}/preuve/retirer")).status_code == 404
        anne = held(await town.sign_in("anne"))
        told = (await town.get(anne, "/compte")).text
        assert "a été retirée par Jean Roux" in told
        assert town.people.factors.of(town.anne.id).codes_left == 0 and codes

    asyncio.run(law())


def test_no_administrator_alone_opens_the_account_of_another(town: Town) -> None:
    """A link and a proof taken away are two hands: neither order lets one do both."""
    other = town.people.add("Lou", "lou", Role.ADMINISTRATOR)
    town.protect(town.anne.id)
    for first in (lambda by: town.people.factors.reset(town.anne.id, by), None):
        if first is None:
            town.protect(town.anne.id)
            town.people.create_link(town.anne.id, by=town.jean.id)
            with pytest.raises(SameHand):
                town.people.factors.reset(town.anne.id, town.jean.id)
            town.people.factors.reset(town.anne.id, other.id)
            continue
        first(town.jean.id)
        with pytest.raises(SameHand):
            town.people.create_link(town.anne.id, by=town.jean.id)
        link = town.people.create_link(town.anne.id, by=other.id)
        town.clock.forward(seconds=1)
        town.people.redeem(link, chosen=Chosen("hashed"))
        assert town.people.create_link(town.anne.id, by=town.jean.id), "she came in since, by another's link"
        town.clock.forward(days=4)


@pytest.mark.parametrize(
    ("kept", "said"),
    [("directory:mairie", "se change là-bas"), ("provider:idp", "aucun mot de passe n’est gardé ici"), ("", "")],
)
def test_a_password_that_is_kept_elsewhere_has_no_form_here(town: Town, kept: str, said: str) -> None:
    async def law() -> None:
        anne = held(await town.sign_in("anne"))
        if kept:
            town.people.keep_password(town.anne.id, kept, anne)
        shown = (await town.get(anne, "/compte")).text
        assert (said in shown, "/compte/mot-de-passe" in shown) == (True, not kept)

    asyncio.run(law())


def test_the_machine_does_both_for_whoever_is_alone_and_lost_the_telephone(town: Town) -> None:
    town.protect(town.anne.id)
    assert town.people.create_link(town.anne.id, by="uid:0")
    town.people.factors.reset(town.anne.id, "uid:0")
    assert town.people.create_link(town.anne.id, by="uid:0")


def test_two_who_show_the_same_code_at_once_one_comes_in(town: Town) -> None:
    secret, _ = town.protect(town.anne.id)

    async def law() -> list[object]:
        door = town.entrance.reception
        halves = [await door.sign_in("anne", PASSWORD, HERE) for _ in range(2)]
        code = town.code(secret)
        return list(await asyncio.gather(*(door.finish(h, code, HERE) for h in halves), return_exceptions=True))

    assert sorted(isinstance(one, str) for one in asyncio.run(law())) == [False, True]


def test_a_role_that_does_not_exist_is_told_when_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "demeure.toml"
    path.write_text('second_factor = "administrator king"\n')
    with pytest.raises(SettingNotAmong) as told:
        load(path)
    assert "king" in told.value.sentence("fr")
    from demeure.settings import ROLES

    assert set(ROLES) == {role.value for role in Role}
