"""In a real browser: zero accessibility violation, zero request elsewhere, asking, stopping, keyboard, no scripts.

Screenshots are kept in ``artefacts/gateway`` to be looked at. Skipped aloud where there is no Chromium.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from demeure.gateway.house import Exchange
from demeure.identity import Member, Person
from demeure.library import Gap, Standing
from demeure.policy import Actor, Right, Role
from demeure.testing.administration import process
from demeure.testing.gateway import TARIFF, FakeRooms
from demeure.testing.people import CLAIRE, PASSWORD

from .conftest import Live
from .looking import THEMES, looked_at
from .test_markdown import HOSTILE

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
QUESTION = "Quel est le tarif de la salle des fêtes pour une association de la commune ?"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the pages were NOT opened in a browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def furnished(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    rooms.shelves.put(
        "Tarifs municipaux 2026.pdf",
        pages=4,
        passages=12,
        embedded=12,
        door="page",
        path="Mairie/Tarifs/Tarifs municipaux 2026.pdf",
        tags=("tarifs", "été 2026"),
        author="Nadia Roussel",
        written_on="2026-01-12",
    )
    rooms.folders.put("/srv/partages/Direction générale des services/Archives et délibérations du conseil")
    stood = ("/srv/partages/mairie", "Tarifs 2026.pdf", "found", "2026-11-20T12:00:00.000000Z")
    rooms.folders.history["d1"] = [stood]
    rooms.finder.texts["d1"] = TARIFF.quote
    rooms.finder.meant = "gratuité"
    rooms.shelves.put("Registre des arrêtés 1994.pdf", state="failed", reason=("InputError", {"detail": "image"}))
    rooms.shelves.put("Guide des associations.docx", state="searchable", pages=22, passages=100, embedded=58)
    flags = {"pages-to-recognise": 9, "pages-recognised": 2}
    rooms.shelves.put("Registre numérisé.pdf", state="searchable", pages=12, flags=flags)
    rooms.shelves.put("Courrier et plans.pdf", pages=4, flags={"pages-without-language-data": 2})
    rooms.assistant.words = (
        "Pour une association de la commune, la salle est **gratuite deux fois par année civile** [1].\n\n",
        "Au-delà, elle est louée 85 € par week-end [1]. Sont demandées :\n\n- une caution de 400 € [1] ;\n",
        "- une attestation d’assurance [2].\n\nLa demande se fait 6 semaines avant.",
    )
    rooms.assistant.unsupported = ("6",)
    rooms.register.put(Person("p2", "Anne Petit", "anne.petit", Role.AGENT), PASSWORD)
    rooms.register.put(Person("p3", "Paul Roux-Desmarets de la Tour", "paul.roux", Role.REFERENT))
    rooms.register.put(Person("p4", "Zoé Blanc", "zoe.blanc", Role.AGENT, open=False))
    rooms.directory.teams["g1"] = ("Service urbanisme", {"p2", "p3"})
    rooms.directory.members["mairie"] = [
        Member("group", "g1", "Service urbanisme", Right.CONTRIBUTE),
        Member("person", "p1", "Claire Morvan", Right.MANAGE),
    ]
    rooms.directory.members["urbanisme"] = []  # nobody manages it
    rooms.register.give("p1", Actor("system", "uid:0", "root", frozenset({Role.ADMINISTRATOR})))
    rooms.register.give("p2", CLAIRE)
    rooms.shelves.rows["d1"] = replace(rooms.shelves.rows["d1"], flags={"hidden-sheets": 1})
    left = (TARIFF,)
    rooms.memory.keep("c7", Exchange("7", "Combien coûte la salle ?", "", "done", left, withdrawn=True))
    return serve(rooms)


def page_of(browser: Any, live: Live, size: str = "desk", theme: str = "light", **options: Any) -> Any:
    width, height = WIDTHS[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="fr-FR", **options
    )
    context.add_cookies([{"name": live.cookie, "value": "claire", "url": live.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.problems.append(str(e)))
    return page


def asked(page: Any, live: Live) -> None:
    page.goto(live.url + "/")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answer] .cite .vh", state="attached")
    page.wait_for_selector("[data-send]")


def tended(path: str) -> Callable[[Any, Live], None]:
    """A house whose documents have versions, twins, care and health; then the page at ``path``."""

    def go(page: Any, live: Live) -> None:
        rooms = live.rooms
        new = rooms.shelves.put(
            "Tarifs municipaux 2027.pdf", pages=4, owner="Service enfance", review_on="2020-01-31"
        )
        told = Standing("superseded", newer=new.id, name=new.name)
        rooms.shelves.rows["d1"] = replace(rooms.shelves.rows["d1"], standing=(told,), newer=new.id)
        rooms.shelves.rows[new.id] = replace(new, standing=(Standing("review", "2020-01-31"),), versions=1)
        rooms.tending.former, rooms.tending.asked, rooms.tending.twins = (
            {new.id: "d1"},
            [(new.id, "d3")],
            [("d1", "d5")],
        )
        rooms.comparing.texts = {
            "d1": TARIFF.quote + " La caution est de 400 €.",
            new.id: TARIFF.quote.replace("deux", "trois"),
        }
        rooms.health.rows = {
            "unreadable": ["d2"],
            "superseded": ["d1"],
            "review": [new.id],
            "never_cited": ["d3", "d4"],
        }
        rooms.health.rows |= {"expired": [new.id], "over": ["d1"], "partly": ["d5"]}
        rooms.shelves.rows[new.id] = replace(rooms.shelves.rows[new.id], keep_until="2021-01-01")
        rooms.health.proposed, rooms.health.twins = [(new.id, "d3")], [["d1", "d5"]]
        rooms.health.gaps, rooms.health.gathers = (
            [Gap("Combien de places au parking de la gare ?", 3, "2026-11")],
            "2026-01-01",
        )
        if path:
            page.goto(live.url + path)
        else:
            asked(page, live)

    return go


def chosen_deletion(page: Any, live: Live) -> None:
    page.goto(live.url + "/documents")
    page.check("[data-all]")
    page.click("button.danger")
    page.wait_for_selector("h1 >> text=Supprimer 5 documents")


def invited(page: Any, live: Live) -> None:
    page.goto(live.url + "/administration/personnes")
    page.fill("#name", "Bruno Vidal")
    page.fill("#login", "bruno.vidal")
    page.click(".drop button")
    page.wait_for_selector("#link")
    page.click(".persons summary >> nth=1")
    page.locator(".persons").scroll_into_view_if_needed()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 640), (360, 225), (720, 450), (1440, 450)])
def test_magnified_pages_reflow_and_every_door_is_reached(
    browser: Any, furnished: Live, width: int, height: int
) -> None:
    """200 % and 400 % of a usual screen, and the narrowest phones: nothing sideways, no door out of reach."""
    page = page_of(browser, furnished)
    page.set_viewport_size({"width": width, "height": height})
    for path in (
        "/",
        "/documents",
        "/recherche?q=tarif",
        "/souverainete",
        "/administration/personnes",
        "/assistant",
    ):
        page.goto(furnished.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, wide)
        for door in page.locator(".doors li:visible a, .base .me > summary").all():
            door.scroll_into_view_if_needed()
            box = door.bounding_box()
            assert box and box["x"] >= -1 and box["x"] + box["width"] <= width + 1, (path, box)
            assert box["y"] >= -1 and box["y"] + box["height"] <= height + 1, (path, door.inner_text(), box)


def test_the_link_to_hand_over_is_copied_by_a_button(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, permissions=["clipboard-read", "clipboard-write"])
    invited(page, furnished)
    page.click("[data-copies]")
    page.wait_for_selector("[data-copies] >> text=Copié")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#link")
    assert not page.problems


def refused(page: Any, live: Live) -> None:
    page.context.clear_cookies()
    page.goto(live.url + "/connexion")
    page.fill("#login", "claire")
    page.fill("#password", "ce n’est pas lui")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")


def unseen(live: Live) -> None:
    """A house that nobody has come into: its account is the one that the machine made."""
    live.rooms.register.passwords.clear()
    live.rooms.register.put(Person("p1", "Administrateur", "administrateur", Role.ADMINISTRATOR))


def chosen(page: Any, live: Live) -> None:
    page.context.clear_cookies()
    unseen(live)
    page.goto(live.url + "/lien/premier-lien")
    page.fill("#name", "Claire Morvan")
    page.fill("#login", "claire")
    page.fill("#password", "azertyuiop")
    page.fill("#again", "azertyuiop")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")


DOORS: dict[str, Callable[[Any, Live], None]] = {"refus": refused, "installation": chosen}
PLACES: dict[str, Callable[[Any, Live], None]] = {
    "accueil": lambda page, live: page.goto(live.url + "/"),
    "reponse": asked,
    "documents": lambda page, live: page.goto(live.url + "/documents"),
    "recherche": lambda page, live: page.goto(live.url + "/recherche?q=gratuit%C3%A9"),
    "recherche-rien": lambda page, live: page.goto(live.url + "/recherche?q=zzz&type=pdf"),
    "recherche-debut": lambda page, live: page.goto(live.url + "/recherche"),
    "supprimer-plusieurs": chosen_deletion,
    "espace-nouveau": lambda page, live: page.goto(live.url + "/espaces/nouveau"),
    "espace-vide": lambda page, live: page.goto(live.url + "/documents?espace=urbanisme"),
    "supprimer": lambda page, live: page.goto(live.url + "/documents/d1/supprimer"),
    "maison": lambda page, live: page.goto(live.url + "/maison"),
    "modeles": lambda page, live: page.goto(live.url + "/administration/modeles"),
    "dossiers": lambda page, live: page.goto(live.url + "/administration/dossiers"),
    "dossier": lambda page, live: page.goto(live.url + f"/administration/dossiers/{1:032x}"),
    "erreur": lambda page, live: page.goto(live.url + "/rien"),
    "reponse-retiree": lambda page, live: page.goto(live.url + "/conversation/c7"),
    "lien-donne": lambda page, live: page.goto(live.url + "/lien/lien-2"),
    "compte": lambda page, live: page.goto(live.url + "/compte"),
    "personnes": lambda page, live: page.goto(live.url + "/administration/personnes"),
    "politique": lambda page, live: page.goto(live.url + "/administration/politique"),
    "personne-invitee": invited,
    "groupes": lambda page, live: page.goto(live.url + "/administration/groupes"),
    "groupe": lambda page, live: page.goto(live.url + "/administration/groupes/g1"),
    "espaces": lambda page, live: page.goto(live.url + "/administration/espaces"),
    "espace": lambda page, live: page.goto(live.url + "/espaces/mairie"),
    "versions": tended("/documents/d6/versions"),
    "comparer": tended("/documents/d6/comparer?avec=d1"),
    "sante": tended("/espaces/mairie/sante"),
    "reponse-remplacee": tended(""),
    "documents-suivis": tended("/documents"),
    "carte": tended("/documents/d6"),
    "supprimer-espace": lambda page, live: page.goto(live.url + "/espaces/mairie/supprimer"),
}


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("place", [*PLACES, *DOORS, "connexion", "menu"])
def test_no_accessibility_violation(browser: Any, furnished: Live, place: str, size: str) -> None:
    page = page_of(browser, furnished, size)
    try:
        if place == "connexion":
            page.context.clear_cookies()
            page.goto(furnished.url + "/connexion")
        elif place == "menu":
            page.goto(furnished.url + "/maison")
            page.click("details.fold summary >> nth=0")
            page.click("details.me summary")
        else:
            (PLACES | DOORS)[place](page, furnished)
        whole = place in ("compte", "espace", "sante", "versions", "carte", "comparer")
        refusal = place in ("erreur", *DOORS)
        looked_at(page, f"{place}-{size}", THEMES, full_page=whole, elsewhere=refusal)
    finally:
        page.context.close()


def test_at_the_door_one_types_at_once(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.context.clear_cookies()
    page.goto(furnished.url + "/documents")
    page.keyboard.type("claire")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Mairie")
    page.context.close()


def test_asking_shows_sources_first_then_words_then_marks(browser: Any, furnished: Live) -> None:
    furnished.rooms.assistant.pause = 0.4
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/")
    page.fill("#question", QUESTION)
    page.click("[data-send]")
    page.wait_for_selector(".source blockquote")
    assert page.text_content(".prose").strip() == ""
    page.wait_for_selector(".prose[aria-busy=true] >> text=gratuite")
    assert page.is_visible("[data-stop]")
    assert not page.is_visible("[data-send]")
    page.wait_for_selector(".prose strong")
    page.wait_for_selector("[data-send]")
    assert page.url.endswith("/conversation/c1")
    assert page.title() == f"{QUESTION} – Demeure"
    assert "non étayé" in page.text_content(".prose")
    assert page.text_content("[aria-live]").endswith("Réponse terminée.")
    page.click(".prose .cite >> nth=0")
    assert page.url.endswith("#source-1-1")
    assert page.evaluate("document.querySelector(':target h3').textContent").endswith("Tarifs municipaux 2026.pdf")
    page.fill("#question", "Et pour une commune voisine ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turns > li:nth-child(4) .cite .vh", state="attached")
    assert furnished.rooms.assistant.asked[1][2] == "c1"
    page.reload()
    assert page.locator(".turns > li").count() == 4
    page.go_back()
    page.wait_for_selector("#question")
    assert page.problems == []
    page.context.close()


def test_on_a_phone_four_doors_and_a_menu_hold_in_the_width(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, "phone")
    for language in ("fr", "en"):
        page.context.add_cookies([{"name": "demeure-language", "value": language, "url": furnished.url}])
        for width in (390, 360, 320):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(furnished.url + "/journal")
            held = page.evaluate(
                """() => [...document.querySelectorAll('.doors > li')].filter(e => e.offsetWidth).map(e => {
                const name = e.querySelector('span').getBoundingClientRect(), room = e.getBoundingClientRect();
                return [name.left >= room.left && name.right <= room.right, name.height < 30]; })"""
            )
            assert held == [[True, True]] * 5, (language, width)
            assert page.locator(".doors .all summary[aria-current=true]").is_visible()
    assert not page.is_visible(".doors .all .menu")
    page.click(".doors .all summary")
    page.click(".doors .menu >> text=Administration")
    page.wait_for_url("**/administration/**")
    assert page.problems == []
    page.context.close()


def test_stopping_keeps_the_beginning(browser: Any, furnished: Live) -> None:
    furnished.rooms.assistant.words, furnished.rooms.assistant.pause = ["encore "] * 1000, 0.02
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".prose >> text=encore encore")
    page.click("[data-stop]")
    page.wait_for_selector("text=Rédaction arrêtée. Le début est gardé. >> nth=0", state="attached")
    assert "encore" in page.text_content(".prose")
    page.wait_for_timeout(200)
    assert furnished.rooms.assistant.settled == 1
    assert furnished.rooms.memory.kept["c1"][0].outcome == "interrupted"
    page.context.close()


def test_an_error_is_told_in_the_page_and_the_question_is_not_lost(browser: Any, furnished: Live) -> None:
    from demeure.journal import JournalUnavailable

    page = page_of(browser, furnished)
    page.goto(furnished.url + "/assistant")
    furnished.rooms.journal.failure = JournalUnavailable()
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".note[data-tone=stop] >> text=n’écrit plus")
    assert page.input_value("#question") == QUESTION
    page.goto(furnished.url + "/assistant")
    assert "n’écrit plus" in page.text_content("main")
    furnished.rooms.journal.failure = None
    page.goto(furnished.url + "/assistant")
    assert page.input_value("#question") == QUESTION
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answer] .cite .vh", state="attached")
    assert page.input_value("#question") == ""
    page.context.close()


def test_without_scripts_everything_reads_and_asks(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, java_script_enabled=False)
    page.goto(furnished.url + "/")
    page.fill("#question", QUESTION)
    page.click("button.primary")
    assert page.locator(".turns .prose .cite").count() == 4
    assert page.is_visible(".source blockquote >> nth=0")
    page.goto(furnished.url + "/documents")
    page.set_input_files("#file", {"name": "note.txt", "mimeType": "text/plain", "buffer": b"une note"})
    page.click("button.primary")
    assert "note.txt" in page.text_content("[data-documents]")
    page.click("[data-documents] a.btn >> nth=0")
    page.click("button.danger")
    assert list(furnished.rooms.shelves.received) == ["d6"]
    assert "d6" not in furnished.rooms.shelves.rows
    page.goto(furnished.url + "/maison")
    assert "Moteur de rédaction" in page.text_content("main")
    page.context.close()


def test_sending_files_shows_progress_and_refusals(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.set_input_files(
        "#file",
        [
            {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x" * 300_000},
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"y" * 300_000},
        ],
    )
    page.click("button.primary")
    page.wait_for_selector("[data-documents] >> text=b.txt")
    assert "a.txt" in page.text_content("[data-documents]")
    page.evaluate(
        """() => { const files = new DataTransfer(); files.items.add(new File(['z'], 'c.txt'));
        const drop = new DragEvent('drop', {dataTransfer: files, bubbles: true});
        document.querySelector('.drop').dispatchEvent(drop); }"""
    )
    page.wait_for_selector("[data-documents] >> text=c.txt")
    page.set_input_files("#file", {"name": "again.txt", "mimeType": "text/plain", "buffer": b"z"})
    page.click("button.primary")
    page.wait_for_selector("[data-sending] >> text=Déjà là sous le nom «\N{NO-BREAK SPACE}c.txt\N{NO-BREAK SPACE}»")
    page.click("[data-sending] .sending:has-text('again.txt') [data-cancel]")
    page.wait_for_selector("[data-sending] .sending:has-text('again.txt')", state="detached")
    page.click("[data-documents] tr:has-text('c.txt') a.btn")
    page.click("button.danger")
    page.wait_for_selector("[role=status] >> text=Le document est effacé.")
    assert page.locator("[data-documents] >> text=c.txt").count() == 0
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (640, 430), (768, 900), (1280, 800)])
def test_every_width_and_a_magnified_page_have_room_for_what_matters(
    browser: Any, furnished: Live, width: int, height: int
) -> None:
    """640 x 430: a screen of 1280 x 860 magnified twice."""
    page = page_of(browser, furnished)
    page.set_viewport_size({"width": width, "height": height})
    asked(page, furnished)
    page.reload()
    page.click(".prose .cite >> nth=0")
    assert page.evaluate("document.querySelector('.brand').getBoundingClientRect().top") > -1, (
        "the shell moved away"
    )
    page.wait_for_selector("[data-viewer] .sheet")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('.prose').scrollIntoView()")
    boxes = {name: page.locator(name).first.bounding_box() for name in (".prose", ".composer")}
    covered = boxes[".prose"]["y"] + 48 - boxes[".composer"]["y"]
    assert covered <= 0, "two lines of the answer can be read above the field"
    brand = "(e => e.scrollWidth - e.clientWidth)(document.querySelector('.brand'))"
    assert page.evaluate(brand) <= 1, "the name is cut"
    page.goto(furnished.url + "/documents")
    assert page.locator(".doc b").first.bounding_box()["width"] >= 96
    button = page.locator("[data-documents] a.btn").first.bounding_box()
    assert button["x"] + button["width"] <= width, "deleting needs no sideways scrolling"
    page.context.close()


def test_the_list_follows_the_work(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.wait_for_selector("text=58 % par le sens")
    row = furnished.rooms.shelves.rows["d3"]
    furnished.rooms.shelves.rows["d3"] = replace(row, state="ready", embedded=100)
    page.wait_for_selector("text=58 % par le sens", state="detached")
    scan = furnished.rooms.shelves.rows["d4"]
    furnished.rooms.shelves.rows["d4"] = replace(scan, state="ready", flags={"pages-recognised": 11})
    page.wait_for_selector("[data-is=busy]", state="detached")
    page.context.close()


def test_the_keyboard_is_enough(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("Quel tarif ?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Et la caution ?")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answer] .cite .vh", state="attached")
    assert furnished.rooms.assistant.asked[0][0] == "Quel tarif ?\nEt la caution ?"
    assert page.evaluate("document.activeElement.id") == "question"
    page.click("details.me summary")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('details.me').open")
    page.context.close()


class Canary(BaseHTTPRequestHandler):
    """Notes whoever comes."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def canary() -> Iterator[str]:
    Canary.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_hostile_answers_documents_and_sources_reach_nobody(browser: Any, furnished: Live, canary: str) -> None:
    evil = [text.replace("canary.example", canary) for text in HOSTILE]
    rooms = furnished.rooms
    rooms.assistant.words = [text + "\n\n" for text in evil]
    raw = f"<img src=http://{canary}/i><script>fetch('http://{canary}/s')</script>"
    rooms.assistant.sources = (replace(TARIFF, document=raw, quote=raw * 3, place_label=raw),)
    rooms.shelves.put(raw, state="failed", reason=("InputError", {"detail": raw}))
    rooms.porter.state["processes"].append(process(raw, 1, 1000, differences=[{"fr": raw, "en": raw}]))
    page = page_of(browser, furnished)
    elsewhere: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(furnished.url) else elsewhere.append(r.url))
    page.goto(furnished.url + "/")
    page.fill("#question", raw)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-copy]:not([hidden])")
    page.wait_for_timeout(300)
    for path in ("/conversation/c1", "/documents", "/documents/d4/supprimer", "/maison", "/"):
        page.goto(furnished.url + path)
        page.wait_for_timeout(50)
    page.context.close()
    quiet = page_of(browser, furnished, java_script_enabled=False)
    quiet.goto(furnished.url + "/conversation/c1")
    quiet.wait_for_timeout(200)
    quiet.context.close()
    assert Canary.seen == []
    assert elsewhere == []


def test_the_canary_would_have_sung(browser: Any, furnished: Live, canary: str) -> None:
    """The control of the test above: without our rendering and policy, the same page does reach the canary."""
    page = browser.new_context().new_page()
    page.set_content(f"<img src=http://{canary}/control>")
    page.wait_for_timeout(300)
    page.context.close()
    assert Canary.seen == ["/control"]


def test_one_comes_in_by_the_keyboard_and_a_password_shows_itself(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.context.clear_cookies()
    page.goto(furnished.url + "/documents")
    page.focus("#login")
    page.keyboard.type("claire")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.reveal") == "password"
    page.keyboard.press("Space")
    assert page.get_attribute("#password", "type") == "text"
    assert page.get_attribute("[data-reveal]", "aria-pressed") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.documents")
    assert page.url == furnished.url + "/documents", "where one wanted to go"
    assert [problem for problem in page.problems if "401" not in problem] == []
    page.context.close()


def test_without_scripts_one_sets_the_house_up_comes_in_and_adds_a_person(browser: Any, furnished: Live) -> None:
    unseen(furnished)
    page = page_of(browser, furnished, java_script_enabled=False)
    page.context.clear_cookies()
    page.goto(furnished.url + "/lien/premier-lien")
    for field, text in (
        ("name", "Claire Morvan"),
        ("login", "claire"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ):
        page.fill(f"#{field}", text)
    assert not page.is_visible("[data-reveal]"), "a button that needs a script is not there"
    page.click("form .primary")
    assert page.url == furnished.url + "/"
    page.goto(furnished.url + "/administration")
    page.fill("#name", "Bruno Vidal")
    page.fill("#login", "bruno")
    page.click(".drop .primary")
    assert "/lien/" in page.input_value("#link")
    page.context.close()
