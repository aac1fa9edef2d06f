"""Coming in by an identity provider, through the airlock: who is let in, what is refused of one that lies."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from airlock_ends import Authority
from airlock_house import House, house, policy, route
from airlock_services import answer, http
from provider_ends import CLIENT, SECRET, Key, Scripted

from demeure.airlock import RouteFailed
from demeure.airlock import remove as remove_route
from demeure.errors import DemeureError
from demeure.gateway.provider_room import ProviderRoom
from demeure.identity import Half, People
from demeure.journal import JournalUnavailable
from demeure.policy import Actor, Role
from demeure.providers import (
    Linking,
    NobodyHere,
    ProviderAnswer,
    ProviderInvalid,
    ProviderMoved,
    SignInDeclined,
    SignInOver,
    TokenRefused,
    all_providers,
    keep,
    known,
    led,
    put_back,
    read,
    remove,
    text_of,
    unusable,
)
from demeure.store import DatabaseBusy
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance

OPEN = policy(interne=("yes", ["far"]))
HERE, HOST = "https://demeure.mairie.lan:8420", "idp.test"
MAKES = "create = true\n"
AUTRE = read("autre", 'route = "far"\nclass = "interne"\nissuer = "https://idp.test"\nlabel = "A"\nemail = true\n')


@dataclass
class Town:
    home: House
    room: ProviderRoom
    people: People
    journal: MemoryJournal
    clock: StillClock
    provider: Scripted
    linking: Linking

    def declare(self, more: str = MAKES) -> None:
        head = f'route = "far"\nclass = "interne"\nissuer = "{self.provider.issuer}"\nlabel = "ProConnect"\n'
        keep(self.home.instance, "pro", head + more)

    async def begin(self, *, again: bool = False) -> tuple[dict[str, str], str]:
        """What the browser takes to the provider, and its secret."""
        address, secret = await self.room.begin("pro", "/documents", HERE, again=again)
        assert address.startswith(f"{self.provider.issuer}/authorize?")
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        self.provider.nonce = asked["nonce"]
        return asked, secret

    async def enter(self, code: str = "good", *, again: bool = False, **more: str) -> str:
        asked, secret = await self.begin(again=again)
        said = {"state": asked["state"], "code": code, **more}
        token, back = await self.room.finish(said, secret, "Firefox", "203.0.113.7")
        assert back == "/documents"
        return token

    def holder(self, token: str) -> Any:
        return self.people.session(token)


@contextlib.asynccontextmanager
async def town(folder: Path, port: int, authority: Authority, provider: Scripted) -> AsyncIterator[Town]:
    clock, journal = StillClock(), MemoryJournal()
    provider.issuer, provider.now = f"https://{HOST}:{port}/realms/mairie", clock.now().timestamp()
    instance = make_instance(folder / "data", clock=clock)
    people = People(instance.house, clock, second_roles=frozenset({"agent"}))
    async with house(folder, OPEN) as home:
        told = {"kind": "openid", "host": HOST, "model": "", "path": "", "account": CLIENT}
        home.declare(route(port, authority.pem, **told), secret=SECRET)
        linking = Linking(instance.house, clock)
        room = ProviderRoom(home.instance, linking, people, home.line, journal, clock)
        made = Town(home, room, people, journal, clock, provider, linking)
        made.declare()
        try:
            yield made
        finally:
            instance.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def lived(folder: Path, authority: Authority, law: Any, provider: Scripted | None = None) -> Scripted:
    scripted = provider or Scripted()

    async def go(port: int) -> None:
        async with town(folder, port, authority, scripted) as there:
            await law(there)

    with http(authority.context(HOST), scripted) as server:
        asyncio.run(go(server.port))
    return scripted


def test_a_newcomer_comes_in_with_the_groups_of_the_claim(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.declare(MAKES + '[[groups]]\nvalue = "/urba"\nname = "Urbanisme"\n')
        there.provider.claims = {"preferred_username": "Anne", "name": "Anne Petit", "groups": ["/urba", "/autre"]}
        asked, secret = await there.begin()
        assert "prompt" not in asked
        assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", f"{HERE}/connexion/retour")
        said = {"state": asked["state"], "code": "good"}
        token, _ = await there.room.finish(said, secret, "Firefox", "203.0.113.7")
        actor = there.holder(token)
        assert actor.name == "Anne Petit" and "second-factor" in actor.owes, "no second proof was declared"
        form = next(form for path, _, form in there.provider.asked if path.endswith("/token"))
        assert len(form["code_verifier"]) == 43 and "client_secret" not in form
        with pytest.raises(SignInOver):
            await there.room.finish(said, secret, "Firefox", "203.0.113.7")  # a return serves once
        again = there.holder(await there.enter())
        assert again.id == actor.id, "the same person"
        there.provider.claims |= {"groups": []}
        await there.enter()
        assert "changed" in there.journal.entries[-1].object
        written = repr([vars(e) for e in there.journal.entries]) + repr(there.home.scribe.entries)
        written += repr(there.home.scribe.payloads)
        assert SECRET not in written and "at-1" not in written and form["code_verifier"] not in written

    lived(tmp_path, authority, law)


LIES: list[tuple[dict[str, Any], type[DemeureError]]] = [
    ({"claims": {"nonce": "another"}}, TokenRefused),
    ({"claims": {"nonce": None}}, TokenRefused),
    ({"claims": {"aud": "somebody-else"}}, TokenRefused),
    ({"claims": {"aud": [CLIENT, "other"]}}, TokenRefused),
    ({"claims": {"aud": [CLIENT, "other"], "azp": "other"}}, TokenRefused),
    ({"claims": {"iss": "https://idp.test/realms/autre"}}, TokenRefused),
    ({"claims": {"exp": 1}}, TokenRefused),
    ({"claims": {"exp": None}}, TokenRefused),
    ({"claims": {"exp": "tomorrow"}}, TokenRefused),
    ({"claims": {"iat": 9_999_999_999}}, TokenRefused),
    ({"claims": {"sub": None}}, TokenRefused),
    ({"claims": {"sub": 12}}, TokenRefused),
    ({"header": {"alg": "none"}}, TokenRefused),
    ({"header": {"alg": "HS256"}}, TokenRefused),
    ({"header": {"kid": "unknown"}}, TokenRefused),
    ({"published": [Key("k1")]}, TokenRefused),
]


@pytest.mark.parametrize("lie", range(len(LIES)))
def test_what_lies_lets_nobody_in(authority: Authority, tmp_path: Path, lie: int) -> None:
    change, error = LIES[lie]

    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        for name, value in change.items():
            setattr(there.provider, name, {"preferred_username": "anne", **value} if name == "claims" else value)
        with pytest.raises(error):
            await there.enter()
        assert not there.people.everyone()
        assert [e.name for e in there.journal.entries] == ["provider-refused"]

    lived(tmp_path, authority, law)


def test_a_return_that_is_not_ours_is_refused(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        asked, secret = await there.begin()
        with pytest.raises(SignInOver):  # another browser: a code that somebody obtained elsewhere
            await there.room.finish({"state": asked["state"], "code": "good"}, "x" * 43, "", "")
        with pytest.raises(SignInOver):
            await there.room.finish({"state": asked["state"], "code": "good"}, secret, "", "")
        for said in ({}, {"state": "x" * 43, "code": "good"}):
            with pytest.raises(SignInOver):
                await there.room.finish(said, secret, "", "")
        with pytest.raises(SignInOver):
            await there.enter(iss="https://idp.test/realms/autre")
        with pytest.raises(SignInDeclined, match="access_denied"):
            await there.enter(error="access_denied")
        with pytest.raises(SignInDeclined, match="invalid_grant"):
            await there.enter("stolen")
        asked, secret = await there.begin()
        there.clock.forward(minutes=11)
        with pytest.raises(SignInOver):
            await there.room.finish({"state": asked["state"], "code": "good"}, secret, "", "")
        assert not there.people.everyone()

    lived(tmp_path, authority, law)


def test_keys_that_change_are_read_again_and_not_at_each_try(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        await there.enter()
        there.provider.keys = [Key("k2")]
        there.clock.forward(seconds=60)
        there.provider.now += 60
        assert await there.enter(), "a new key, published"
        there.provider.published, there.provider.keys = there.provider.keys, [Key("k3")]
        before = len([path for path, *_ in there.provider.asked if path.endswith("/keys")])
        for _ in range(4):
            with pytest.raises(TokenRefused):
                await there.enter()
        after = len([path for path, *_ in there.provider.asked if path.endswith("/keys")])
        assert after == before, "they were read a moment ago"

    lived(tmp_path, authority, law)


def test_an_account_is_never_taken_by_its_name(authority: Authority, tmp_path: Path) -> None:
    """Neither by a login that the provider lets one choose, nor by an e-mail that it did not verify."""

    async def law(there: Town) -> None:
        jean = there.people.add("Jean", "jean", Role.ADMINISTRATOR)
        anne = there.people.add("Anne", "anne@mairie.test")
        there.provider.claims = {"preferred_username": "jean", "email": "anne@mairie.test", "email_verified": True}
        with pytest.raises(NobodyHere):
            await there.enter()
        there.declare("email = true\n")
        there.provider.claims = {"email": "anne@mairie.test", "email_verified": "true"}
        with pytest.raises(NobodyHere):
            await there.enter()
        there.provider.claims |= {"email_verified": True}
        assert there.holder(await there.enter()).id == anne.id
        there.provider.claims = {"sub": "s-other", "email": "anne@mairie.test", "email_verified": True}
        with pytest.raises(NobodyHere):
            await there.enter()  # she is linked already: another subject is another person
        there.people.change_role(jean.id, Role.ADMINISTRATOR)
        boss = there.people.add("Chef", "chef@mairie.test", Role.ADMINISTRATOR)
        there.provider.claims = {"sub": "s-chef", "email": "chef@mairie.test", "email_verified": True}
        with pytest.raises(NobodyHere):
            await there.enter()
        there.people.close_account(anne.id)
        there.provider.claims = {}
        with pytest.raises(NobodyHere):
            await there.enter()
        assert boss.open

    lived(tmp_path, authority, law)


def test_nobody_waits_in_an_account_for_its_owner(authority: Authority, tmp_path: Path) -> None:
    """By a login that is somebody's address, by another provider, by an account that was closed, by letters that
    look like others; nor does anybody come to watch over the house."""

    async def law(there: Town) -> None:
        there.declare(MAKES + "email = true\n")
        for claims in (
            {"preferred_username": "anne@mairie.test"},
            {"preferred_username": "anne@mairie.test", "email": "anne@mairie.test"},
            {"preferred_username": "anne@mairie.test", "email": "bo@mairie.test", "email_verified": True},
        ):
            there.provider.claims = claims
            with pytest.raises(NobodyHere):
                await there.enter()
        there.provider.claims = {"preferred_username": "Anne@mairie.test", "email": "anne@mairie.test"}
        there.provider.claims |= {"email_verified": True}
        assert there.holder(await there.enter())
        other = there.provider.claims | {"sub": "s-other"}
        admitted = there.linking.foreseen(replace(AUTRE, issuer=there.provider.issuer), other, "f")
        assert admitted is None, "made by one provider, linked by no other"
        for login, role in (("dpo@m.test", Role.DPO), ("audit@m.test", Role.AUDITOR)):
            there.people.add("X", login, role)
            said = {"sub": login, "email": login, "email_verified": True}
            assert there.linking.foreseen(AUTRE, said, "f") is None
        gone = there.people.add("Bo", "bo@m.test")
        there.people.close_account(gone.id)
        said = {"sub": "b", "email": "bo@m.test", "email_verified": True, "preferred_username": "bo"}
        assert there.linking.foreseen(replace(AUTRE, create=True), said, "f") is None, "closed, and not made again"
        there.people.add("K", "k@m.test")
        said = {"sub": "k", "email": "\u212a@m.test", "email_verified": True}
        assert there.linking.foreseen(AUTRE, said, "f") is None, "the sign of kelvins folds to k"

    lived(tmp_path, authority, law)


def test_what_is_made_or_given_is_written_before_and_told_after(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.declare(MAKES + '[[roles]]\nvalue = "chefs"\nrole = "referent"\n')
        there.provider.claims = {"preferred_username": "anne", "groups": ["chefs"]}
        whole = there.journal.intention

        async def refused(*_: Any) -> Any:
            raise JournalUnavailable

        there.journal.intention = refused  # type: ignore[method-assign]
        with pytest.raises(JournalUnavailable):
            await there.enter()
        assert not there.people.everyone(), "what the journal does not say is not done"
        there.journal.intention = whole  # type: ignore[method-assign]
        anne = there.holder(await there.enter())
        told = [(e.name, e.object) for e in there.journal.entries if e.name.startswith("provider-")]
        assert told[-1] == ("provider-added", f"{anne.id} referent pro")
        del there.provider.claims["groups"]
        await there.enter()
        told = [(e.name, e.object) for e in there.journal.entries if e.name.startswith("provider-")]
        assert told[-1] == ("provider-role", f"{anne.id} agent was=referent"), "no claim is no group"
        admit = there.linking.admit

        def broken(*_: Any) -> Any:
            raise DatabaseBusy

        there.linking.admit = broken  # type: ignore[method-assign]
        with pytest.raises(DatabaseBusy):
            await there.enter()
        there.linking.admit = admit  # type: ignore[method-assign]
        assert not await there.journal.open_intentions()

    lived(tmp_path, authority, law)


def test_who_was_let_in_unseen_did_not_just_show_who_they_are(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        quarter, now = timedelta(minutes=15), int(there.provider.now)
        for at, fresh in ((None, False), (now - 3600, False), (now - 60, True), ("now", False), (now + 9**9, True)):
            there.provider.claims |= {"auth_time": at}
            assert there.people.sessions.confirmed(await there.enter(), quarter) is fresh, at
        there.clock.forward(minutes=16)
        there.provider.now += 960
        there.provider.claims |= {"auth_time": now}
        assert not there.people.sessions.confirmed(await there.enter(), quarter)
        address, _ = await there.room.begin("pro", "/", HERE, again=True)
        asked = parse_qs(urlsplit(address).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])

    lived(tmp_path, authority, law)


def test_a_provider_taken_away_ends_what_it_opened(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        token = await there.enter()
        assert there.linking.forget("pro") == 1 and there.holder(token) is None

    lived(tmp_path, authority, law)


def test_another_issuer_does_not_inherit_the_accounts(tmp_path: Path) -> None:
    text = 'route = "far"\nclass = "interne"\nissuer = "https://idp.test/a"\nlabel = "P"\n'
    one = keep(tmp_path, "pro", text)
    keep(tmp_path, "pro", text + "create = true\n")
    with pytest.raises(ProviderInvalid, match="issuer"):
        keep(tmp_path, "pro", text.replace("/a", "/b"))
    led(one, route(443, kind="openid", host="IDP.test", model="", path="", account="x"))
    for host, port in (("idp.test", 8443), ("other.test", 443)):
        with pytest.raises(ProviderInvalid, match="route"):
            led(one, route(port, kind="openid", host=host, model="", path="", account="x"))


def test_a_file_that_serves_no_more_hides_no_other_and_can_be_mended(tmp_path: Path) -> None:
    text = 'route = "far"\nclass = "interne"\nissuer = "https://idp.test/a"\nlabel = "P"\n'
    keep(tmp_path, "bon", text)
    former = text + 'create = true\nrole = "dpo"\n'
    (tmp_path / "providers" / "ancien.toml").write_text(former)
    (tmp_path / "providers" / "casse.toml").write_text('label = "')
    assert [one.id for one in all_providers(tmp_path)] == ["bon"]
    assert ["newcomer" in one.sentence("en") for one in unusable(tmp_path)] == [True, False]
    with pytest.raises(ProviderInvalid, match="issuer"):
        keep(tmp_path, "ancien", text.replace("/a", "/b"))
    keep(tmp_path, "ancien", text)
    put_back(tmp_path, "ancien", former)
    assert text_of(tmp_path, "ancien") == former
    with pytest.raises(ProviderInvalid, match="remove"):
        keep(tmp_path, "casse", text)
    known(tmp_path, "casse")
    remove(tmp_path, "casse")
    keep(tmp_path, "casse", text)


def test_a_provider_that_does_not_say_when_they_showed_who_they_are_confirms_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    """Else they would be sent there again and again."""

    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        await there.enter()
        now = int(there.provider.now)
        for at in (None, now - 3600):
            there.provider.claims |= {"auth_time": at}
            with pytest.raises(ProviderAnswer, match="auth_time"):
                await there.enter(again=True)
        there.provider.claims |= {"auth_time": now}
        assert there.people.sessions.confirmed(await there.enter(again=True), timedelta(minutes=15))

    lived(tmp_path, authority, law)


def test_a_second_proof_there_counts_only_when_declared(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne", "acr": "eidas2", "amr": ["pwd", "otp"]}
        actor = there.holder(await there.enter())
        assert "second-factor" in actor.owes
        there.declare(MAKES + 'second = ["eidas2"]\n')
        assert "second-factor" not in there.holder(await there.enter()).owes
        from demeure.identity import figures
        from demeure.identity.one_time import STEP

        secret = there.people.factors.begin_totp(actor.id)
        code = figures(secret, int(there.clock.now().timestamp() // STEP))
        there.people.factors.confirm_totp(actor.id, "T", code, b"")
        assert not isinstance(await there.enter(), Half)
        there.declare(MAKES + 'second = ["eidas3"]\n')
        assert isinstance(await there.enter(), Half), "her own is then asked for"
        there.declare(MAKES + 'acr = ["eidas3"]\n')
        with pytest.raises(TokenRefused):
            await there.enter()
        there.declare(MAKES + "minutes = 5\n")
        with pytest.raises(TokenRefused):
            await there.enter()
        there.provider.claims |= {"auth_time": int(there.provider.now) - 3600}
        with pytest.raises(TokenRefused):
            await there.enter()

    lived(tmp_path, authority, law)


def test_signed_claims_as_proconnect_gives_them(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.declare(MAKES + 'userinfo = "signed"\nlogin = "email"\nname = "usual_name"\n')
        key, base = there.provider.keys[0], {"iss": there.provider.issuer, "aud": CLIENT}
        more = {"email": "anne@mairie.test", "usual_name": "Petit"}
        there.provider.userinfo = key.sign({**base, "sub": "s-anne", **more})
        assert there.holder(await there.enter()).name == "Petit"
        bearer = next(head for path, head, _ in there.provider.asked if path.endswith("/userinfo"))
        assert "Authorization: Bearer at-1" in bearer
        for lie in (
            key.sign({**base, "sub": "s-other", **more}),
            key.sign({**base, "sub": "s-anne", "aud": "other", **more}),
            key.sign({**base, "sub": "s-anne", **more}, alg="none"),
            Key("k1").sign({**base, "sub": "s-anne", **more}),
            {"sub": "s-anne", **more},
            "garbage",
        ):
            there.provider.userinfo = lie
            with pytest.raises(TokenRefused):
                await there.enter()

    lived(tmp_path, authority, law)


def test_a_provider_that_leads_elsewhere_or_answers_anything(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        described = "/realms/mairie/.well-known/openid-configuration"
        for change in (
            {"issuer": "https://idp.test/realms/autre"},
            {"token_endpoint": "https://ailleurs.test/token"},
            {"jwks_uri": "http://idp.test/keys"},
            {"authorization_endpoint": None},
            {"code_challenge_methods_supported": ["plain"]},
        ):
            there.provider.description = change
            with pytest.raises(ProviderAnswer):
                await there.begin()
        there.provider.description = {}
        for said in (
            answer("200 OK", b"[]", "application/json"),
            answer("200 OK", b"{" * 5000, "application/json"),
            answer("500 Oops"),
            b"garbage\r\n\r\n",
            answer("302 Found"),
            answer("200 OK", b"x" * (600 << 10), "application/json"),
        ):
            there.provider.instead = {described: said}
            with pytest.raises((ProviderAnswer, RouteFailed)):
                await there.begin()
        there.provider.instead = {}
        for keys in (b'{"keys": 3}', b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}'):
            there.provider.instead = {"/realms/mairie/keys": answer("200 OK", keys, "application/json")}
            with pytest.raises((ProviderAnswer, TokenRefused)):
                await there.enter()
            there.clock.forward(minutes=20)
            there.provider.now += 1200

    lived(tmp_path, authority, law)


@pytest.mark.parametrize(
    "more",
    [
        'issuer = "http://idp.test"',
        'userinfo = "maybe"',
        'scopes = "profile"',
        'role = "roi"',
        'create = true\nrole = "administrator"',
        'create = true\nrole = "dpo"',
        'secret = "x"',
        'second = "eidas2"',
        '[[groups]]\ndn = "x"\nname = "y"',
    ],
)
def test_a_declaration_that_says_nonsense_opens_nothing(more: str) -> None:
    issuer = "" if more.startswith("issuer") else 'issuer = "https://idp.test"\n'
    with pytest.raises(ProviderInvalid):
        read("pro", f'route = "far"\nclass = "interne"\n{issuer}label = "P"\n{more}\n')


def test_a_route_changed_since_lets_nobody_in_and_is_told(authority: Authority, tmp_path: Path) -> None:
    """Another host, another port, another kind, or no route any more: nothing is asked of who is there now."""

    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        await there.enter()
        port, asked = urlsplit(there.provider.issuer).port or 0, len(there.provider.asked)
        told = {"kind": "openid", "host": HOST, "model": "", "path": "", "account": CLIENT}
        changes = ((port, {"host": "autre.test"}), (port + 1, {}), (port, {"kind": "directory", "account": "cn=x"}))
        me = Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}))
        for at, change in changes:
            there.home.declare(route(at, authority.pem, **{**told, **change}), secret=SECRET)
            with pytest.raises(ProviderMoved, match="no longer leads to"):
                await there.begin()
            assert there.room.moved() == ["pro"]
            (row,) = await there.room.listed(me)
            assert row["leads"] is False
        assert len(there.provider.asked) == asked
        there.home.declare(route(port, authority.pem, **told), secret=SECRET)
        assert there.room.moved() == []
        await there.enter()
        (row,) = await there.room.listed(me)
        assert row["leads"] and row["used"].startswith(f"{there.clock.now():%Y-%m-%d}")

    lived(tmp_path, authority, law)


def test_a_way_out_on_another_host_is_as_if_there_were_none(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.provider.claims = {"preferred_username": "anne"}
        there.provider.description = {"end_session_endpoint": "https://mechant.test/out"}
        assert await there.room.leaving(await there.room.way_of(await there.enter()), HERE) == ""
        there.provider.description = {"end_session_endpoint": f"{there.provider.issuer}/out?ui=fr"}
        there.room.forget_known()
        way = await there.room.way_of(await there.enter())
        away = await there.room.leaving(way, HERE)
        assert away.startswith(f"{there.provider.issuer}/out?ui=fr&client_id={CLIENT}&")
        remove_route(there.home.instance, "far")
        assert await there.room.leaving(way, HERE) == "", "one leaves the house all the same"

    lived(tmp_path, authority, law)
