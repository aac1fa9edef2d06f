"""Temporary."""
import os
from pathlib import Path
from typing import Any

import pytest

from demeure.policy import Right
from demeure.testing.gateway import FakeRooms
from demeure.words import term
from demeure.words.voice import TextVersion

from . import test_browser as tb
from . import test_journal_browser as tj
from . import test_sovereignty_browser as ts
from . import test_task_browser as tt
from . import test_viewer_browser as tv
from . import test_words_browser as tw
from .conftest import Live
from .test_browser import page_of
from .test_sovereignty import proved
from .test_words_pages import answered

OUT = Path("/tmp/pages/shots")
CLIP = """() => { const out = []; for (const e of document.querySelectorAll('main *, header *')) {
 const s = getComputedStyle(e); if (e.closest('.vh') || s.display==='inline') continue;
 const r = e.getBoundingClientRect(); if (!r.width) continue;
 if (r.right > innerWidth + 1 && !e.closest('.scroll')) out.push('OUT ' + e.tagName + '.' + e.className + ' ' + (e.innerText||'').slice(0,60));
 if ((s.overflowX==='hidden'||s.overflowX==='clip') && e.scrollWidth > e.clientWidth+1 && e.clientWidth>2) out.push('CUT ' + e.tagName + '.' + e.className + ' ' + (e.innerText||'').slice(0,60));
} return out; }"""
def shoot(page: Any, live: Live, name: str, full: bool = True) -> None:
    page.wait_for_timeout(100)
    for language in ("fr", "en"):
        if language == "en":
            page.context.add_cookies([{"name": "demeure-language", "value": "en", "url": live.url}])
            page.reload(); page.wait_for_timeout(150)
        for e in page.locator("main .send > summary").all()[:1]:
            if e.is_visible() and not e.evaluate("e=>e.parentElement.open"): e.click()
        for size, (w, h) in {"desk": (1280, 800), "phone": (390, 844)}.items():
            page.set_viewport_size({"width": w, "height": h})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                page.wait_for_timeout(60)
                page.screenshot(path=OUT / f"{name}-{language}-{size}-{theme}.png", full_page=full)
            clip = page.evaluate(CLIP)
            (OUT / f"{name}-{language}-{size}.txt").write_text(page.evaluate("document.title + '\\n' + document.body.innerText") + "\n##CLIP\n" + "\n".join(clip))
    page.context.close()
ONLY = os.environ.get("ONLY", "").split(",") if os.environ.get("ONLY") else None
def pick(d): return [k for k in d if not ONLY or k in ONLY]
@pytest.mark.parametrize("state", pick(tt.STATES))
def test_tasks(browser, furnished, state):
    page = page_of(browser, furnished); tt.STATES[state](page, furnished); shoot(page, furnished, state)
PL = pick(["accueil","reponse","documents","recherche","espace-vide","compte","personnes","espaces","espace","versions","comparer","sante","reponse-remplacee","documents-suivis","carte","reponse-retiree","supprimer-plusieurs","maison"])
@pytest.mark.parametrize("state", PL)
def test_places(browser, furnished, state):
    page = page_of(browser, furnished); tb.PLACES[state](page, furnished); shoot(page, furnished, state)
@pytest.mark.parametrize("state", pick(tv.PLACES))
def test_viewer(browser, serve, state):
    live = tv.furnished.__wrapped__(serve) if hasattr(tv.furnished, "__wrapped__") else None
    if state == "page-sans-image":
        live.rooms.viewer.failure = tv.DocumentCorrupt(detail="page-damaged")
    page = page_of(browser, live); tv.PLACES[state](page, live); shoot(page, live, "v-" + state)
@pytest.mark.parametrize("state", pick(ts.STATES))
def test_sov(browser, serve, srooms, clock, state):
    if ts.STATES[state]: proved(srooms, clock, *ts.STATES[state], reds=ts.REDS.get(state, ()))
    if state in ts.REDS:
        srooms.porter.state["processes"][2]["refused"] = ts.NOISE[:2]
        srooms.porter.state["processes"][3]["refused"] = ts.NOISE[2:]
    live = serve(srooms, clock=clock)
    for name, path in ts.PAGES.items():
        if name == "preuve" and not ts.STATES[state]: continue
        page = page_of(browser, live); page.goto(live.url + path); shoot(page, live, f"{name}-{state}")
@pytest.mark.parametrize("state", pick(tj.PLACES))
def test_journal(browser, serve, jrooms, state):
    live = serve(jrooms)
    page = page_of(browser, live); page.goto(live.url + tj.PLACES[state]); shoot(page, live, state)
@pytest.mark.parametrize("name", pick(tw.PAGES))
def test_words(browser, serve, name):
    rooms = FakeRooms(); words = rooms.words
    words.rights = {"mairie": Right.MANAGE}
    words.kept[""] = [term("CCAS","acronym","centre communal d’action sociale",avoid=["bureau d’aide sociale"],note="depuis 1986"), term("réfectoire", avoid=["cantine"])]
    version = TextVersion("template", "Convocation", 1, "Madame, Monsieur,", "p1", "2026-11-24T12:00:00.000000Z")
    words.versions_kept[("", "template", "Convocation")] = [version]
    answered(rooms)
    live = serve(rooms)
    page = page_of(browser, live); page.goto(live.url + tw.PAGES[name]); shoot(page, live, "w-" + name)
def test_menu(browser, furnished):
    for w in (390, 360, 320):
        for language in ("fr", "en"):
            page = page_of(browser, furnished); page.set_viewport_size({"width": w, "height": 740})
            page.context.add_cookies([{"name": "demeure-language", "value": language, "url": furnished.url}])
            page.goto(furnished.url + "/taches"); page.screenshot(path=OUT / f"menu-{w}-{language}.png")
            print(w, language, page.evaluate("[...document.querySelectorAll('.doors li')].map(e=>{const r=e.getBoundingClientRect();const s=e.querySelector('span');return [s.innerText,Math.round(r.left),Math.round(r.right),s.scrollWidth>s.clientWidth]})"))
            page.click("details.me summary"); page.screenshot(path=OUT / f"menuopen-{w}-{language}.png"); page.context.close()
