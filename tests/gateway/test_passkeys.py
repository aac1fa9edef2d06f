"""Passkeys, with an authenticator made of software: what is accepted, and each way of not being what was asked."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demeure.gateway.visit import form_token
from demeure.identity import PasskeyRefused
from demeure.identity.passkeys import Asked, Passkey, asserted, registered, text_of
from demeure.settings import Settings
from demeure.store.tables import people
from demeure.testing.people import PASSWORD

from .test_second_factor import HERE, Town, half_of

ORIGIN, HOST = "http://localhost:8420", "localhost"


class Software:
    """An authenticator: one key. ``counter`` moves at each signature when ``counts``."""

    def __init__(self, kind: str = "ES256", counts: bool = True) -> None:
        makers: dict[str, Any] = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
        }
        self.kind, self.key, self.counter, self.counts = kind, makers[kind](), 0, counts
        self.id = hashlib.sha256(self.public).digest()[:16]

    @property
    def public(self) -> bytes:
        return bytes(self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def cose(self) -> bytes:
        """The key as an authenticator holds it, near enough: the same numbers in the same order."""
        if self.kind == "ES256":
            numbers = self.key.public_key().public_numbers()
            return b"\xa5" + numbers.x.to_bytes(32, "big") + b"\x22" + numbers.y.to_bytes(32, "big")
        if self.kind == "EdDSA":
            return b"\xa4" + bytes(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return b"\xa4" + self.key.public_key().public_numbers().n.to_bytes(256, "big")

    def data(self, flags: int, host: str = HOST) -> bytes:
        self.counter += self.counts
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def create(self, challenge: str, origin: str = ORIGIN, host: str = HOST) -> dict[str, str]:
        data = self.data(0x45, host) + b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + self.cose()
        client = json.dumps({"type": "webauthn.create", "challenge": challenge, "origin": origin}).encode()
        told = {"id": self.id, "client": client, "authenticator": data, "key": self.public}
        return {name: text_of(value) for name, value in told.items()}

    def get(self, challenge: str, origin: str = ORIGIN, host: str = HOST, **more: Any) -> dict[str, str]:
        data = self.data(more.pop("flags", 0x05), host)
        said = {"type": "webauthn.get", "challenge": challenge, "origin": origin, **more}
        client = json.dumps(said).encode()
        signed = data + hashlib.sha256(client).digest()
        if self.kind == "ES256":
            signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        elif self.kind == "EdDSA":
            signature = self.key.sign(signed)
        else:
            signature = self.key.sign(signed, padding.PKCS1v15(), SHA256())
        told = {"id": self.id, "client": client, "authenticator": data, "signature": signature}
        return {name: text_of(value) for name, value in told.items()}


ASKED = Asked(b"c" * 32, ORIGIN, HOST)
CHALLENGE = text_of(ASKED.challenge)


@pytest.mark.parametrize("kind", ["ES256", "EdDSA", "RS256"])
def test_a_passkey_is_made_and_answers(kind: str) -> None:
    key = Software(kind)
    kept = registered(json.dumps(key.create(CHALLENGE)), ASKED)
    assert (kept.credential, kept.counter) == (key.id, 1)
    assert asserted(json.dumps(key.get(CHALLENGE)), ASKED, kept) == 2


def test_what_was_not_asked_is_refused() -> None:
    key, other = Software(), Software()
    kept = registered(json.dumps(key.create(CHALLENGE)), ASKED)
    good = key.get(CHALLENGE)
    wrong: list[Any] = [
        key.get(text_of(b"d" * 32)),
        key.get(CHALLENGE, origin="https://ailleurs.example"),
        key.get(CHALLENGE, host="ailleurs.example"),
        key.get(CHALLENGE, crossOrigin=True),
        key.get(CHALLENGE, flags=0x04),
        key.get(CHALLENGE, type="webauthn.create"),
        {**good, "signature": other.get(CHALLENGE)["signature"]},
        {**good, "id": text_of(other.id)},
        {**good, "authenticator": text_of(b"short")},
        {**good, "client": text_of(b"[]")},
        *(None, [], 3, "x", {}, {"id": 3}, {**good, "signature": "é"}),
    ]
    for answer in wrong:
        with pytest.raises(PasskeyRefused):
            asserted(json.dumps(answer), ASKED, kept)
    with pytest.raises(PasskeyRefused):
        asserted("{" * 5000, ASKED, kept)
    for bad in (
        {**key.create(CHALLENGE), "key": text_of(other.public)},
        {**key.create(CHALLENGE), "id": text_of(other.id)},
        {**key.create(CHALLENGE), "key": ""},
        key.create(CHALLENGE, host="ailleurs.example"),
        key.get(CHALLENGE),
    ):
        with pytest.raises(PasskeyRefused):
            registered(json.dumps(bad), ASKED)


def test_a_counter_that_goes_back_is_another_s_copy_and_one_that_never_moves_is_fine() -> None:
    key = Software()
    kept = registered(json.dumps(key.create(CHALLENGE)), ASKED)
    ahead = Passkey(kept.credential, kept.key, 9)
    with pytest.raises(PasskeyRefused):
        asserted(json.dumps(key.get(CHALLENGE)), ASKED, ahead)
    still = Software(counts=False)
    kept = registered(json.dumps(still.create(CHALLENGE)), ASKED)
    assert [asserted(json.dumps(still.get(CHALLENGE)), ASKED, kept) for _ in range(2)] == [0, 0]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, Settings())
    yield made
    asyncio.run(made.entrance.aclose())
    made.instance.close()


def found(page: httpx.Response, name: str) -> str:
    return re.findall(rf'data-{name}="([^"]*)"', page.text)[0]


def test_the_second_step_by_a_passkey(town: Town) -> None:
    key, thief = Software(), Software()

    async def law() -> None:
        transport = httpx.ASGITransport(app=town.app, client=(HERE, 4000))  # type: ignore[arg-type]

        def client() -> httpx.AsyncClient:
            return httpx.AsyncClient(transport=transport, base_url=ORIGIN)

        async with client() as anne:
            await anne.post("/connexion", data={"login": "anne", "password": PASSWORD})
            session = anne.cookies["demeure-session-8420"]
            token = {"token": form_token(session)}
            assert (await anne.post("/compte/securite/cle", data=token)).status_code == 303
            page = await anne.get("/compte/securite")
            made = json.dumps(key.create(found(page, "challenge")))
            forged = json.dumps(thief.create(text_of(b"x" * 32)))
            at = "/compte/securite/cle/reponse"
            assert (await anne.post(at, data={**token, "name": "Clé", "answer": forged})).status_code == 403
            done = await anne.post(at, data={**token, "name": "Clé", "answer": made})
            assert done.status_code == 200 and len(re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", done.text)) == 10
            again = await anne.post(at, data={**token, "name": "Clé", "answer": made})
            assert again.status_code == 404, "a challenge serves once"
        async with client() as anne:
            step = await anne.post("/connexion", data={"login": "anne", "password": PASSWORD})
            assert "demeure-session-8420" not in anne.cookies and found(step, "keys") == text_of(key.id)
            half, challenge = half_of(step), found(step, "challenge")
            for answer in (thief.get(challenge), key.get(text_of(b"x" * 32))):
                step = await anne.post("/connexion/cle", data={"half": half, "answer": json.dumps(answer)})
                assert step.status_code == 403 and "demeure-session-8420" not in anne.cookies
            old = key.get(challenge)
            refused = await anne.post("/connexion/cle", data={"half": half, "answer": json.dumps(old)})
            assert refused.status_code == 403, "the page that told the refusal asked for another challenge"
            answer = json.dumps(key.get(found(refused, "challenge")))
            entered = await anne.post("/connexion/cle", data={"half": half, "answer": answer})
            assert entered.status_code == 303 and (await anne.get("/compte")).status_code == 200
        async with client() as other:
            replay = await other.post("/connexion/cle", data={"half": half, "answer": answer})
            assert replay.status_code == 403 and "demeure-session-8420" not in other.cookies
        in_figures = await town.sign_in("anne")
        assert "data-passkey" not in in_figures.text, "an address in figures can have none: a code does"

    asyncio.run(law())


async def given(town: Town, anne: httpx.AsyncClient, key: Software) -> None:
    """Anne has that passkey."""
    await anne.post("/connexion", data={"login": "anne", "password": PASSWORD})
    token = {"token": form_token(anne.cookies["demeure-session-8420"])}
    await anne.post("/compte/securite/cle", data=token)
    made = json.dumps(key.create(found(await anne.get("/compte/securite"), "challenge")))
    done = await anne.post("/compte/securite/cle/reponse", data={**token, "name": "Clé", "answer": made})
    assert done.status_code == 200


def test_a_passkey_alone_opens_a_whole_session_when_its_device_checked_the_holder(town: Town) -> None:
    key, thief = Software(), Software()

    async def law() -> None:
        transport = httpx.ASGITransport(app=town.app, client=(HERE, 4000))  # type: ignore[arg-type]

        def client(base: str = ORIGIN) -> httpx.AsyncClient:
            return httpx.AsyncClient(transport=transport, base_url=base)

        async def shown(someone: httpx.AsyncClient, answer: dict[str, str], back: str = "/") -> httpx.Response:
            form = {"answer": json.dumps(answer), "retour": back}
            return await someone.post("/connexion/cle-seule", data=form)

        async with client() as anne:
            await given(town, anne, key)
        async with client() as anne:
            page = await anne.get("/connexion")
            assert found(page, "keys") == "" and found(page, "verify") == "required"
            challenge = found(page, "challenge")
            good = key.get(challenge)
            for answer in (
                key.get(challenge, flags=0x01),  # present, and not checked
                thief.get(challenge),
                key.get(challenge, origin="https://ailleurs.example"),
                key.get(text_of(b"c" * 40)),  # a challenge that is not ours
                {**good, "id": text_of(thief.id)},
            ):
                challenge_before = challenge
                refused = await shown(anne, answer)
                assert refused.status_code == 403 and "demeure-session-8420" not in anne.cookies
                challenge = found(refused, "challenge")
                assert challenge != challenge_before
                town.clock.forward(minutes=20)
            challenge = found(await anne.get("/connexion"), "challenge")
            town.clock.forward(minutes=6)
            assert (await shown(anne, key.get(challenge))).status_code == 403, "too old"
            town.clock.forward(minutes=20)
            challenge = found(await anne.get("/connexion"), "challenge")
            answer = key.get(challenge)
            entered = await shown(anne, answer, "/compte")
            assert entered.status_code == 303 and entered.headers["location"] == "/compte"
            assert (await anne.get("/compte")).status_code == 200
            last = town.journal.named("signed-in-closed")[-1]
            assert (last.outcome, last.object) == ("done", "passkey")
            here = next(one for one in town.people.sessions.open_ones(town.anne.id, "") if one.second)
            assert here.second, "it counts for both proofs"
        async with client() as other:
            assert (await shown(other, answer)).status_code == 403, "an answer serves once"
        async with client("http://127.0.0.1:8420") as figures_only:
            assert "data-passkey" not in (await figures_only.get("/connexion")).text

    asyncio.run(law())


@pytest.mark.parametrize("change", ["directory:mairie", "provider:pro", "closed", "contractor"])
def test_accounts_that_others_open_are_not_let_in_by_a_passkey_alone(town: Town, change: str) -> None:
    key = Software()

    async def law() -> None:
        transport = httpx.ASGITransport(app=town.app, client=(HERE, 4000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as anne:
            await given(town, anne, key)
        values = {"closed": {"disabled": True}, "contractor": {"role": "contractor"}}.get(
            change, {"password": change}
        )
        with town.instance.house.write() as db:
            db.execute(people.update().where(people.c.id == town.anne.id).values(**values))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as anne:
            challenge = found(await anne.get("/connexion"), "challenge")
            answer = json.dumps(key.get(challenge))
            assert (await anne.post("/connexion/cle-seule", data={"answer": answer})).status_code == 403
            assert "demeure-session-8420" not in anne.cookies

    asyncio.run(law())


def test_strange_passkeys_soon_make_their_address_wait(town: Town) -> None:
    async def law() -> None:
        transport = httpx.ASGITransport(app=town.app, client=(HERE, 4000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as someone:
            codes = []
            for _ in range(40):
                answer = json.dumps(Software("EdDSA").get(CHALLENGE))
                codes.append((await someone.post("/connexion/cle-seule", data={"answer": answer})).status_code)
            assert codes[0] == 403 and codes[-1] == 429

    asyncio.run(law())
