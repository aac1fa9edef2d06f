"""« Fournisseurs d’identité » and « Webhooks »: listed, declared, tried, taken away; what a page refuses."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airlock_house import route

from demeure.airlock import RouteFailed
from demeure.airlock import keep as keep_route
from demeure.cli.door import Door
from demeure.errors import DemeureError
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.pages.outside import HOOKS, PROVIDERS
from demeure.gateway.provider_room import ProviderRoom
from demeure.hooks import WAITS, Places
from demeure.hooks import find as find_hook
from demeure.identity import People
from demeure.policy import Actor, Role
from demeure.providers import Linking, find, keep
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance
from demeure.wire import Reply

from .conftest import TOKEN, Live
from .looking import SHOTS
from .test_browser import browser, page_of
from .test_control import opened

__all__ = ["browser"]
ISSUER = "https://idp.test/realms/mairie"
FORM = {
    "token": TOKEN,
    "name": "pro",
    "route": "idp",
    "class": "interne",
    "issuer": ISSUER,
    "label": "ProConnect",
    "userinfo": "signed",
    "create": "oui",
    "role": "agent",
    "claim": "groups",
    "groups": "urba = Urbanisme\n/etat-civil = État civil\n",
}
ME = Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}))
HOOK = {"token": TOKEN, "name": "veille", "route": "hook", "class": "interne", "events": "person-*, backup-made"}


class Line:
    """Routes that are open, and what comes back by them."""

    def __init__(self) -> None:
        self.open, self.sent, self.problem = {"idp", "hook"}, list[bytes](), None

    problem: DemeureError | None

    def serves(self, name: str) -> bool:
        return name in self.open

    async def call(self, _op: str, _args: Any, body: bytes = b"") -> Reply:
        if self.problem is not None:
            raise self.problem
        self.sent.append(body)
        return Reply({"status": 204})


class Town:
    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.journal, self.line = folder, StillClock(), MemoryJournal(), Line()
        self.instance = make_instance(folder / "data", clock=self.clock)
        self.people = People(self.instance.house, self.clock)
        for name, kind, host in (("idp", "openid", "idp.test"), ("hook", "webhook", "hook.test")):
            told = {"id": name, "kind": kind, "host": host, "model": "", "path": "/e" if kind == "webhook" else ""}
            account = {"account": "demeure"} if kind == "openid" else {}
            keep_route(folder, route(443, **told, **account))
        line: Any = self.line
        self.linking = Linking(self.instance.house, self.clock)
        self.providers = ProviderRoom(folder, self.linking, self.people, line, self.journal, self.clock)
        self.places = Places(self.instance.house, self.clock)
        self.hooks = HookRoom(folder, self.places, line, self.journal, self.clock)

    def serve(self, serve: Callable[..., Live]) -> Live:
        return serve(FakeRooms(), providers=self.providers, hooks=self.hooks, clock=self.clock)

    def written(self) -> list[str]:
        return [entry.name for entry in self.journal.entries if entry.phase == "intention"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.instance.close()


def test_a_provider_is_declared_listed_and_taken_away(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    with live.client() as client:
        empty = client.get(PROVIDERS).text
        assert "Aucun fournisseur d’identité n’est déclaré." in empty and "https://idp.test" in empty
        done = client.post(PROVIDERS, data=FORM)
        assert done.status_code == 303 and "C’est déclaré" in client.get(done.headers["location"]).text
        made = find(town.folder, "pro")
        assert (made.issuer, made.userinfo, made.create, made.logout) == (ISSUER, "signed", True, True)
        assert made.groups == (("urba", "Urbanisme"), ("/etat-civil", "État civil"))
        page = client.get(PROVIDERS).text
        assert "La route «\u00a0idp\u00a0» est ouverte." in page and "jamais" in page and f"{live.url}" in page
        person = town.people.add("Anne", "anne", Role.AGENT)
        linked(town, person.id)
        page = client.get(PROVIDERS).text
        assert "1 personne n’entrera plus par lui" in page
        unsure = client.post(f"{PROVIDERS}/pro/retirer", data={"token": TOKEN})
        assert unsure.status_code == 400 and find(town.folder, "pro")
        gone = client.post(f"{PROVIDERS}/pro/retirer", data={"token": TOKEN, "sure": "oui"})
        assert gone.status_code == 303 and "C’est retiré" in client.get(gone.headers["location"]).text
        assert town.linking.numbers("pro") == 0 and not (town.folder / "providers" / "pro.toml").exists()
        assert client.post(f"{PROVIDERS}/pro/retirer", data={"token": TOKEN, "sure": "oui"}).status_code == 404
    assert town.written() == ["provider-declared", "provider-removed"]


def test_what_goes_by_an_expired_route_says_so_and_what_opens_it(town: Town, serve: Callable[..., Live]) -> None:
    from datetime import date

    live = town.serve(serve)
    with live.client() as client:
        assert client.post(HOOKS, data=HOOK).status_code == 303 and "expir" not in client.get(HOOKS).text
        told = {"id": "hook", "kind": "webhook", "host": "hook.test", "model": "", "path": "/e"}
        keep_route(town.folder, route(443, **told, expiry=date(2026, 1, 31)))
        town.line.open.discard("hook")
        page = client.get(HOOKS).text
        assert "rien n’est raconté" in page and "son dernier jour était le 31/01/2026" in page
        assert "demeure routes open hook --expires AAAA-MM-JJ" in page and "modèle local" not in page


def linked(town: Town, person: str, provider: str = "pro") -> None:
    from demeure.store.account_tables import provider_people

    with town.instance.house.write() as db:
        row = {"provider": provider, "subject": "s-1", "person": person, "at": "2026-11-24T00:00:00"}
        db.execute(provider_people.insert().values(**row))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issuer": "https://mechant.test"}, "pas à son issuer"),
        ({"issuer": "http://idp.test"}, "https"),
        ({"route": "hook"}, "genre openid"),
        ({"route": "absente"}, "absente"),
        ({"name": "Pro Connect"}, "son nom"),
        ({"role": "referent"}, "par la commande"),
        ({"role": "administrator", "create": ""}, "par la commande"),
        ({"groups": "urba"}, "groups"),
        ({"label": 'x"\nemail = true\nlabel = "'}, "n’a pas la bonne forme"),
    ],
)
def test_what_does_not_hold_is_told_and_kept_in_the_form(
    town: Town, serve: Callable[..., Live], change: dict[str, str], said: str
) -> None:
    live = town.serve(serve)
    with live.client() as client:
        told = client.post(PROVIDERS, data={**FORM, **change})
        assert told.status_code in (400, 404) and said in told.text
        assert 'name="issuer"' in told.text and (change.get("issuer") or ISSUER) in told.text
    assert not list((town.folder / "providers").glob("*")) and town.written() == []


def test_what_the_server_declared_is_not_overwritten_by_a_page(town: Town, serve: Callable[..., Live]) -> None:
    text = f'route = "idp"\nclass = "interne"\nissuer = "{ISSUER}"\nlabel = "Vrai"\nsecond = ["mfa"]\n'
    keep(town.folder, "pro", text)
    live = town.serve(serve)
    with live.client() as client:
        told = client.post(PROVIDERS, data=FORM)
        assert told.status_code == 409 and "Il y a déjà" in told.text
        assert find(town.folder, "pro").second == ("mfa",)


def test_a_provider_on_a_changed_route_is_told(town: Town, serve: Callable[..., Live], tmp_path: Path) -> None:
    live = town.serve(serve)
    with live.client() as client:
        client.post(PROVIDERS, data=FORM)
        moved = {"id": "idp", "kind": "openid", "model": "", "path": "", "account": "demeure"}
        keep_route(town.folder, route(443, host="autre.test", **moved))
        assert "elle ne mène plus à https://idp.test" in client.get(PROVIDERS).text
        tried = client.post(f"{PROVIDERS}/pro/essayer", data={"token": TOKEN})
        assert tried.status_code == 502 and "a été changée depuis" in tried.text
        english = client.get(PROVIDERS, headers={"Accept-Language": "en"}).text
        assert "it no longer leads to" in english

    async def test(door: Door, _rooms: FakeRooms) -> None:
        checks = (await door.call("doctor")).data["checks"]
        (one,) = [check for check in checks if check["name"] == "house-provider-pro"]
        assert one["ok"] is False and "ne mène plus" in one["fr"] and "no longer leads" in one["en"]

    (tmp_path / "control").mkdir()
    opened(tmp_path / "control", test, providers=town.providers)


def test_a_webhook_is_declared_tried_and_taken_away(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    with live.client() as client:
        assert "Aucun webhook n’est déclaré." in client.get(HOOKS).text
        assert client.post(HOOKS, data=HOOK).status_code == 303
        made = find_hook(town.folder, "veille")
        assert made.events == ("person-*", "backup-made") and made.ids is False
        tried = client.post(f"{HOOKS}/veille/essayer", data={"token": TOKEN})
        assert tried.status_code == 200 and "a répondu\u00a0: HTTP 204" in tried.text
        assert b"hook-tested" in town.line.sent[0]
        town.line.problem = RouteFailed(route="hook", detail="fermée", detail_en="closed")
        assert client.post(f"{HOOKS}/veille/essayer", data={"token": TOKEN}).status_code == 502
        town.line.problem = None
        before = client.get(HOOKS).text
        assert "person-*" in before and "jamais" in before
        town.places.told("veille", 5, sent=True)
        after = client.get(HOOKS).text
        assert "jamais" not in after and f"{town.clock.now():%Y}" in after
        for tried in range(len(WAITS) + 1):
            town.places.failed("veille", 5, '{"error": "RouteFailed", "fr": "La route se tait.", "en": "Silence."}')
            failing = client.get(HOOKS).text
            assert "La route se tait." in failing and "RouteFailed" not in failing
            assert ("Il sera refait" in failing, "a été abandonné" in failing) == (
                tried < len(WAITS),
                tried == len(WAITS),
            )
        assert client.post(HOOKS, data=HOOK).status_code == 409
        assert client.post(f"{HOOKS}/veille/retirer", data={"token": TOKEN}).status_code == 400
        assert client.post(f"{HOOKS}/veille/retirer", data={"token": TOKEN, "sure": "oui"}).status_code == 303
        assert town.places.of("veille") is None and not (town.folder / "hooks" / "veille.toml").exists()
        names = [{"events": given} for given in ("", "Person", "route-*", "agents-*")]
        for wrong in (*names, {"route": "idp"}, {"name": "é"}):
            told = client.post(HOOKS, data={**HOOK, **wrong})
            assert told.status_code == 400 and 'name="events"' in told.text
    assert town.written() == ["hook-declared", "hook-removed"]


BROKEN = 'label = "'


def test_a_file_that_serves_no_more_is_told_and_can_be_taken_away(
    town: Town, serve: Callable[..., Live], tmp_path: Path
) -> None:
    """On the pages and by the doctor, beside those that serve; a route that cannot be read hides none of them."""
    live = town.serve(serve)
    with live.client() as client:
        assert client.post(PROVIDERS, data={**FORM, "name": "bon"}).status_code == 303
        assert client.post(HOOKS, data={**HOOK, "name": "bon"}).status_code == 303
        (town.folder / "routes" / "relais.toml").write_text(BROKEN)
        owners = f'route = "idp"\nclass = "interne"\nissuer = "{ISSUER}"\nlabel = "V"\nrole = "x"\n'
        for place, text in (("providers", owners), ("hooks", BROKEN)):
            (town.folder / place / "casse.toml").write_text(text)
            (town.folder / place / "Nom.toml").write_text(text)
        linked(town, town.people.add("Anne", "anne", Role.AGENT).id, "casse")
        for path, fine, form in ((PROVIDERS, 'id="p-bon"', FORM), (HOOKS, 'id="h-bon"', HOOK)):
            page = client.get(path)
            assert page.status_code == 200 and fine in page.text and "«\u00a0casse\u00a0»" in page.text
            assert "«\u00a0Nom\u00a0»" in page.text
            assert "“casse”" in client.get(path, headers={"Accept-Language": "en"}).text
            taken = client.post(path, data={**form, "name": "casse"})
            assert taken.status_code == 409 and fine in taken.text, "the owner's file is not overwritten"
        assert (town.folder / "providers" / "casse.toml").read_text() == owners
        assert "1 personne n’entrera plus par lui" in client.get(PROVIDERS).text

    async def test(door: Door, _rooms: FakeRooms) -> None:
        town.line.open.discard("hook")
        checks = {check["name"]: check for check in (await door.call("doctor")).data["checks"]}
        assert checks["house-hook-bon"]["ok"] is False and "«\u00a0hook\u00a0»" in checks["house-hook-bon"]["fr"]
        town.line.open.add("hook")
        for name in ("house-provider-casse", "house-hook-casse"):
            assert checks[name]["ok"] is False and "casse" in checks[name]["fr"] and "casse" in checks[name]["en"]
        assert [one["id"] for one in (await door.call("hooks.list")).data["unusable"]] == ["Nom", "casse"]

    (tmp_path / "control").mkdir()
    opened(tmp_path / "control", test, providers=town.providers, hooks=town.hooks)
    with live.client() as client:
        for path, place in ((PROVIDERS, "providers"), (HOOKS, "hooks")):
            for name in ("casse", "Nom"):
                gone = client.post(f"{path}/{name}/retirer", data={"token": TOKEN, "sure": "oui"})
                assert gone.status_code == 303 and not (town.folder / place / f"{name}.toml").exists()
    assert town.linking.numbers("casse") == 0


def test_a_webhook_declared_anew_tells_nothing_of_before(
    town: Town, serve: Callable[..., Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a full disk, or a kill, left of another of that name."""
    live = town.serve(serve)
    town.places.begin("veille", 0)  # its file is gone, its place is not
    with live.client() as client:
        assert client.post(HOOKS, data=HOOK).status_code == 303
    place = town.places.of("veille")
    assert place is not None and place.next > 0, "from now on"

    async def law() -> None:
        town.places.told("veille", 0, sent=False)
        await town.hooks.changed(ME, "declared", "veille")
        again = town.places.of("veille")
        assert again is not None and again.next == 0, "declared again, it goes on from where it is"
        await town.hooks.changed(ME, "declared", "veille", new=True)
        anew = town.places.of("veille")
        assert anew is not None and anew.next > 0

    asyncio.run(law())


def test_a_house_without_routes_says_what_to_type(serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms())
    with live.client() as client:
        assert "demeure routes add" in client.get(PROVIDERS).text and "webhook" in client.get(HOOKS).text
        assert client.post(PROVIDERS, data=FORM).status_code == 404
        assert client.post(HOOKS, data=HOOK).status_code == 404


@pytest.mark.parametrize(("size", "theme", "language"), [("desk", "light", "fr"), ("phone", "dark", "en")])
def test_no_accessibility_violation(
    browser: Any, town: Town, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live = town.serve(serve)
    with live.client() as client:
        client.post(PROVIDERS, data=FORM)
        client.post(HOOKS, data=HOOK)
        town.places.told("veille", 5, sent=True)
        town.places.failed("veille", 5, "RouteFailed")
    for place in ("providers", "hooks"):
        (town.folder / place / "casse.toml").write_text(BROKEN)
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        for name, path in (("fournisseurs", PROVIDERS), ("webhooks", HOOKS)):
            page.goto(live.url + path)
            page.locator("details.fold summary").first.click()
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}-{language}-{size}-{theme}.png", full_page=True)
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0
    finally:
        page.context.close()
