"""The Assistant in a real browser: every state without accessibility violation, asking again, two windows, drafts,
copying, history, the keyboard alone, both languages.

Screenshots are kept in ``artefacts/gateway`` to be looked at.
"""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.engine import EngineDown
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import THEMES, looked_at
from .test_browser import QUESTION, WIDTHS, browser, furnished, page_of, pytestmark
from .test_policy_browser import FakeWays

__all__ = ["browser", "furnished", "pytestmark"]  # fixtures and marks of the other browser tests

FOLLOW = "Et pour une association d’une commune voisine ?"
COMPLETE = "Quel est le tarif de la salle des fêtes ? Et pour une association d’une commune voisine ?"


def ask(page: Any, question: str = QUESTION) -> None:
    """Type and ask; wait for the end of the answer."""
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_function(
        """question => { const turns = [...document.querySelectorAll('.turns > li.ask p')];
        return turns.length && turns.at(-1).textContent === question
            && !document.querySelector('[aria-busy=true]') && !document.querySelector('[data-send]').hidden; }""",
        arg=question,
    )


def opened(page: Any, live: Live) -> Any:
    page.goto(live.url + "/assistant")
    return page


def new(page: Any, live: Live) -> None:
    opened(page, live)


def choosing(page: Any, live: Live) -> None:
    opened(page, live).click(".pick summary")
    page.check("input[name=space] >> nth=0")


def following(page: Any, live: Live) -> None:
    ask(opened(page, live))
    live.rooms.assistant.searched = COMPLETE
    ask(page, FOLLOW)
    page.click(".made >> nth=-1")


def writing(page: Any, live: Live) -> None:
    live.rooms.assistant.words, live.rooms.assistant.pause = ["La salle est louée. "] * 400, 0.05
    opened(page, live).fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-busy=true] >> text=louée")


def queueing(page: Any, live: Live) -> None:
    live.rooms.assistant.queued, live.rooms.assistant.pause = (3, 2), 0.5
    live.rooms.assistant.words = ["La salle est louée. "] * 400
    opened(page, live).fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-queued]:visible >> text=2 demandes passent avant la vôtre")
    assert page.is_hidden("[data-writing]")
    assert "2 demandes" in page.text_content("[data-answer] [aria-live=polite]")


def stopped(page: Any, live: Live) -> None:
    writing(page, live)
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-answer] .note[data-tone=warn]")


def retried(page: Any, live: Live) -> None:
    ask(opened(page, live))
    page.click("[data-again]")
    page.wait_for_selector("details.former")
    page.wait_for_selector("[data-answer] [data-again]")
    page.click("details.former summary")


def degraded(page: Any, live: Live) -> None:
    live.rooms.assistant.breaks, live.rooms.assistant.by_meaning = EngineDown(engine="chat"), False
    ask(opened(page, live))
    page.wait_for_selector(".passages")


def failed(page: Any, live: Live) -> None:
    live.rooms.assistant.breaks, live.rooms.assistant.breaks_after = EngineDown(engine="chat"), 2
    ask(opened(page, live))
    page.wait_for_selector(".note[data-tone=stop]")


def menu(page: Any, live: Live) -> None:
    ask(opened(page, live))
    page.click(".more summary")


def listed(page: Any, live: Live) -> None:
    ask(opened(page, live))
    ask(opened(page, live), "Faut-il une caution ?")
    page.goto(live.url + "/assistant/historique?q=caution")


def history(page: Any, live: Live) -> None:
    ask(opened(page, live))
    page.goto(live.url + "/assistant/historique")


def empty_history(page: Any, live: Live) -> None:
    page.goto(live.url + "/assistant/historique")


def renaming(page: Any, live: Live) -> None:
    ask(opened(page, live))
    page.goto(live.url + "/conversation/c1/renommer")
    page.fill("#title", " ")
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-invalid=true]")


def deleting(page: Any, live: Live) -> None:
    ask(opened(page, live))
    page.goto(live.url + "/conversation/c1/supprimer")


def signed_out(page: Any, live: Live) -> None:
    opened(page, live).fill("#question", QUESTION)
    live.rooms.reception.sessions.clear()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Se reconnecter et continuer")


ACCOUNT = "À qui est le compte FR14 2004 1010 0505 0001 3M02 606 ?"


def warned(page: Any, live: Live) -> None:
    opened(page, live).fill("#question", ACCOUNT)
    page.keyboard.press("Enter")
    page.wait_for_selector("li[data-unsent] .note >> text=Envoyer quand même")


def declined(page: Any, live: Live) -> None:
    live.rooms.assistant.words, live.rooms.assistant.found = ("Je n’ai pas trouvé la réponse.",), False
    live.rooms.assistant.unsupported = ()
    ask(opened(page, live))
    page.click("details.others summary")


STATES: dict[str, Callable[[Any, Live], None]] = {
    "assistant-file": queueing,
    "assistant-vide": new,
    "assistant-espaces": choosing,
    "assistant-suite": following,
    "assistant-refus": declined,
    "assistant-ecriture": writing,
    "assistant-arrete": stopped,
    "assistant-essai": retried,
    "assistant-degrade": degraded,
    "assistant-coupe": failed,
    "assistant-menu": menu,
    "assistant-deconnecte": signed_out,
    "assistant-avant-envoi": warned,
    "historique": history,
    "historique-recherche": listed,
    "historique-vide": empty_history,
    "renommer": renaming,
    "oublier": deleting,
}


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_no_accessibility_violation_in_any_state(browser: Any, furnished: Live, state: str, size: str) -> None:
    page = page_of(browser, furnished, size)
    STATES[state](page, furnished)
    page.wait_for_timeout(150)
    refusal = state in ("renommer", "assistant-deconnecte", "assistant-avant-envoi")  # 400, 401, 428
    looked_at(page, f"{state}-{size}", THEMES, elsewhere=refusal)
    page.context.close()


def test_an_answer_is_asked_again_and_the_former_try_is_kept(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    retried(page, furnished)
    assert [question for question, *_ in furnished.rooms.assistant.asked] == [QUESTION, QUESTION]
    assert page.locator(".turns > li.ask").count() == 1
    assert "gratuite deux fois" in page.text_content("details.former")
    page.reload()
    assert page.locator(".turns > li.ask").count() == 1
    assert "gratuite deux fois" in page.text_content("details.former")
    assert page.locator("[data-again]").count() == 1
    page.click("[data-again]")  # the button of a page that was loaded, not written
    page.wait_for_function("document.querySelectorAll('details.former').length === 2")
    assert page.problems == []
    page.context.close()


def test_what_identifies_somebody_is_told_before_it_is_sent(browser: Any, furnished: Live) -> None:
    page, assistant = page_of(browser, furnished), furnished.rooms.assistant
    warned(page, furnished)
    assert "1 IBAN" in page.text_content("li[data-unsent] .note") and not assistant.asked
    assert page.input_value("#question") == ACCOUNT, "it can be mended"
    page.fill("#question", "Et demain ?")
    page.click("text=Envoyer quand même")
    page.wait_for_selector("[data-answer] [data-again]")
    assert [question for question, *_ in assistant.asked] == [ACCOUNT]
    assert page.input_value("#question") == "Et demain ?" and page.locator("li[data-unsent]").count() == 0
    page.fill("#question", ACCOUNT)
    page.keyboard.press("Enter")
    page.wait_for_selector("li[data-unsent] .note >> text=Envoyer quand même")
    page.fill("#question", "Et sans le compte ?")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('li[data-unsent]')")
    page.wait_for_function("() => document.querySelectorAll('[data-answer] [data-again]').length === 2")
    assert [question for question, *_ in assistant.asked] == [ACCOUNT, "Et sans le compte ?"]
    page.context.close()


def test_sent_all_the_same_by_another_way_it_is_told_again(browser: Any, serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms(), ways_out=FakeWays())
    page, assistant = page_of(browser, live), live.rooms.assistant
    warned(page, live)
    assert "reste dans la maison" in page.text_content("li[data-unsent] .note")
    page.click("[data-way] summary")
    page.check("[data-way] input[value=prefecture]")
    page.click("text=Envoyer quand même")
    page.wait_for_selector("li[data-unsent] .note >> text=elle sort de la maison")
    assert "prefecture" in page.text_content("li[data-unsent] .note") and not assistant.asked
    page.click("[data-way] summary")
    page.check("[data-way] input[value='']")
    page.click("text=Envoyer quand même")
    page.wait_for_selector("li[data-unsent] .note >> text=reste dans la maison")
    page.click("text=Envoyer quand même")
    page.wait_for_selector("[data-answer] [data-again]")
    assert [question for question, *_ in assistant.asked] == [ACCOUNT]
    page.context.close()


def test_stopping_with_the_keyboard_gives_the_field_back(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    stopped(page, furnished)
    assert page.evaluate("document.activeElement.id") == "question"
    assert "louée" in page.text_content("[data-answer] .prose")
    furnished.rooms.assistant.words = ("Voici la suite [1].",)
    page.wait_for_timeout(300)
    page.click("text=Reprendre la réponse")
    page.wait_for_selector(".prose >> text=Voici la suite")
    assert "louée" in page.text_content("details.former")
    page.context.close()


def test_the_house_is_told_that_a_question_on_chosen_documents_is_being_written(
    browser: Any, furnished: Live
) -> None:
    brought = furnished.rooms.dossiers.brought
    page = page_of(browser, furnished)
    opened(page, furnished).fill("#question", "Combien ?")
    with page.expect_response("**/api/documents/bring"):  # told as soon as the keyboard is in the field
        page.goto(furnished.url + "/assistant?document=d1")
        page.fill("#question", "Quel")
    page.fill("#question", "Quel est le tarif ?")
    assert brought == [["d1"]], "once while it is written, never without a document"
    ask(page)
    with page.expect_response("**/api/documents/bring"):
        page.fill("#question", "Et")
    assert brought == [["d1"]] * 2, "the next question is another"
    page.context.close()


SLOW_VIEWER = """const real = fetch, held = new Promise(done => { window.release = done; });
    window.fetch = (address, ...rest) => String(address).includes("/documents/")
        ? held.then(() => real(address, ...rest)) : real(address, ...rest);"""


def test_a_question_begun_while_a_source_opens_or_an_answer_closes_is_not_lost(
    browser: Any, furnished: Live
) -> None:
    """Found under load: the page of a source took the keyboard from who had begun to write, and Enter went there;
    and Enter did nothing between the last word of an answer and the end of its stream."""
    page = page_of(browser, furnished)
    page.add_init_script(SLOW_VIEWER)
    ask(opened(page, furnished))
    page.click(".prose .cite >> nth=0")
    page.fill("#question", FOLLOW)
    page.evaluate("release()")
    page.wait_for_selector("[data-viewer] .sheet")
    assert page.evaluate("document.activeElement.id") == "question"
    furnished.rooms.assistant.lingering = True
    page.keyboard.press("Enter")
    page.wait_for_selector(".turns > li:nth-child(4) .cite .vh", state="attached")
    assert not page.is_visible("[data-send]"), "the house is still closing the answer"
    page.keyboard.type("Faut-il une caution ?")
    page.keyboard.press("Enter")
    furnished.rooms.assistant.lingering = False
    page.wait_for_selector(".turns > li:nth-child(6) .cite .vh", state="attached")
    assert [asked[0] for asked in furnished.rooms.assistant.asked] == [QUESTION, FOLLOW, "Faut-il une caution ?"]
    page.keyboard.press("Escape")
    page.click(".turns > li:nth-child(6) .prose .cite >> nth=0")
    page.wait_for_function(
        '() => document.activeElement.closest("[data-viewer]") !== null'
    )  # who waits is led there
    assert page.problems == []
    page.context.close()


def test_the_passages_that_count_stay_where_they_are_read_and_the_others_fold(
    browser: Any, furnished: Live
) -> None:
    assistant = furnished.rooms.assistant
    assistant.words, assistant.pause = ("La salle est gratuite [1], ", "deux fois."), 0.6
    page = page_of(browser, furnished)
    opened(page, furnished).fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("#source-1-2 blockquote")
    assert page.text_content("[data-sources-title]") == "2 passages trouvés"
    page.focus("#source-1-2 blockquote")  # being read when the answer, which does not cite it, ends
    page.wait_for_selector("details.others[open] #source-1-2")
    assert page.evaluate("document.activeElement.closest('article').id") == "source-1-2"
    assert page.text_content("[data-sources-title]") == "1 source"
    page.reload()
    assert page.is_visible("#source-1-1") and not page.is_visible("#source-1-2")
    page.click("details.others summary")
    assert page.is_visible("#source-1-2")
    assert page.problems == []
    page.context.close()


def test_two_windows_see_the_same_turns_and_do_not_mix(browser: Any, furnished: Live) -> None:
    one = page_of(browser, furnished)
    ask(opened(one, furnished))
    two = one.context.new_page()
    two.set_default_timeout(10_000)
    two.goto(one.url)
    ask(two, "Faut-il une caution ?")
    one.wait_for_selector(".turns > li.ask >> text=Faut-il une caution ?")
    ask(one, FOLLOW)
    two.wait_for_selector(f".turns > li.ask >> text={FOLLOW}")
    two.wait_for_selector(".turns > li:nth-child(6) [data-again]")
    assert len(furnished.rooms.memory.kept["c1"]) == 3
    one.context.close()


def test_a_window_left_behind_is_told_and_keeps_its_question(browser: Any, furnished: Live) -> None:
    one = page_of(browser, furnished)
    ask(opened(one, furnished))
    elsewhere = page_of(browser, furnished)  # another device: no channel between them
    elsewhere.goto(one.url)
    ask(elsewhere, "Faut-il une caution ?")
    one.fill("#question", FOLLOW)
    one.keyboard.press("Enter")
    one.wait_for_selector(".note >> text=a continué dans une autre fenêtre")
    one.wait_for_selector(".turns > li.ask >> text=Faut-il une caution ?")
    assert one.input_value("#question") == FOLLOW
    ask(one, FOLLOW)
    assert [e.question for e in furnished.rooms.memory.kept["c1"]] == [QUESTION, "Faut-il une caution ?", FOLLOW]
    one.context.close()
    elsewhere.context.close()


def test_a_draft_survives_leaving_the_page_and_the_end_of_the_session(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    ask(opened(page, furnished))
    page.fill("#question", FOLLOW)
    page.goto(furnished.url + "/assistant")
    assert page.input_value("#question") == "", "a draft belongs to its conversation"
    page.fill("#question", "Un nouveau sujet")
    page.goto(furnished.url + "/conversation/c1")
    assert page.input_value("#question") == FOLLOW
    sessions = dict(furnished.rooms.reception.sessions)
    furnished.rooms.reception.sessions.clear()
    page.keyboard.press("Enter")
    page.wait_for_selector(".note >> text=jusqu’au dernier mot")
    furnished.rooms.reception.sessions.update(sessions)
    page.goto(furnished.url + "/")
    assert page.input_value("#question") == "Un nouveau sujet"
    page.goto(furnished.url + "/conversation/c1")
    assert page.input_value("#question") == FOLLOW
    page.click("details.me:not(.pick):not(.more) summary")
    page.click("text=Se déconnecter")
    page.wait_for_load_state()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('demeure:draft'))") == []
    page.context.close()


def test_what_two_tabs_type_is_lost_by_neither(browser: Any, furnished: Live) -> None:
    one = opened(page_of(browser, furnished), furnished)
    one.fill("#question", "Le premier onglet écrit")
    two = opened(one.context.new_page(), furnished)
    two.fill("#question", QUESTION)
    two.keyboard.press("Enter")
    two.wait_for_selector("[data-answer] .cite .vh", state="attached")
    opened(two, furnished)
    assert two.input_value("#question") == "", "asked: it is no draft any more"
    opened(one, furnished)
    assert one.input_value("#question") == "Le premier onglet écrit"
    two.click("details.me:not(.pick):not(.more) summary")
    two.click("text=Se déconnecter")
    two.wait_for_load_state()
    kept = "() => [localStorage, sessionStorage].flatMap(r => Object.values(r)).filter(t => t.includes('onglet'))"
    one.wait_for_function(f"() => ({kept})().length === 0")
    one.context.close()


def test_what_a_closed_tab_held_waits_for_a_new_one(browser: Any, furnished: Live) -> None:
    one = opened(page_of(browser, furnished), furnished)
    two = opened(one.context.new_page(), furnished)
    one.fill("#question", "Le premier onglet écrit")
    one.close(run_before_unload=False)
    two.fill("#question", "Le second aussi, après lui")
    three = opened(two.context.new_page(), furnished)
    assert three.input_value("#question") == "Le premier onglet écrit"
    opened(two, furnished)
    assert two.input_value("#question") == "Le second aussi, après lui"
    opened(three, furnished)
    three.fill("#question", QUESTION)
    three.keyboard.press("Enter")
    three.wait_for_selector("[data-answer] .cite .vh", state="attached")
    assert opened(three, furnished).input_value("#question") == "", "the other one is still there to ask its own"
    two.context.close()


def test_what_is_typed_while_a_question_leaves_is_kept(browser: Any, furnished: Live) -> None:
    page = opened(page_of(browser, furnished), furnished)
    held: list[Any] = []
    page.route("**/api/ask", lambda route: held.append(route))
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    page.keyboard.type(FOLLOW)
    held[0].continue_()
    page.wait_for_url("**/conversation/c1")
    again = page.context.new_page()
    again.goto(page.url)
    assert again.input_value("#question") == FOLLOW
    page.context.close()


def test_copying_gives_rich_and_plain_text_with_the_sources(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, permissions=["clipboard-read", "clipboard-write"])
    ask(opened(page, furnished))
    page.click("[data-copy]")
    page.wait_for_selector("[data-copy] >> text=Copié")
    read = """async kind => { const [item] = await navigator.clipboard.read();
        return await (await item.getType(kind)).text(); }"""
    rich, plain = page.evaluate(read, "text/html"), page.evaluate(read, "text/plain")
    assert "<strong>gratuite deux fois par année civile</strong>" in rich and "<li>" in rich
    assert "[1] Tarifs municipaux 2026.pdf, page 3" in rich
    assert plain.endswith(
        "[1] Tarifs municipaux 2026.pdf, page 3\n\n"
        "[2] Règlement intérieur de la salle des fêtes.odt, 4. Location › 4.2 Assurance"
    )
    assert "civile [1]" in plain and "6 (non étayé) semaines" in plain and "Source" not in plain
    assert "class=" not in rich and "#source" not in rich
    page.context.close()


def test_spaces_are_chosen_and_remembered(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/")
    page.click(".pick summary")
    page.check("input[value=urbanisme]")
    assert page.text_content("[data-picked]") == "Urbanisme"
    page.keyboard.press("Escape")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answer] [data-again]")
    page.reload()
    assert page.text_content("[data-picked]") == "Urbanisme"
    assert "Cherché dans « Urbanisme »".replace(" »", "\u00a0»").replace("« ", "«\u00a0") in page.text_content(
        ".trail"
    )
    assert furnished.rooms.assistant.chosen == [("urbanisme",)]
    page.context.close()


def test_history_is_searched_renamed_and_deleted_with_the_keyboard_alone(browser: Any, furnished: Live) -> None:
    others = dict(furnished.rooms.memory.kept)
    page = page_of(browser, furnished)
    ask(opened(page, furnished))
    page.click(".more summary")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#title:focus")
    page.keyboard.press("Control+A")
    page.keyboard.type("Location de la salle")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Location de la salle")
    assert page.text_content("[data-recent] [aria-current]") == "Location de la salle"
    page.goto(furnished.url + "/assistant/historique")
    page.focus("#q")
    page.keyboard.type("gratuite")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark >> text=gratuite")
    page.focus("main a[href$='/supprimer']")
    page.keyboard.press("Enter")
    page.wait_for_selector("button.danger")
    page.focus("button.danger")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status] >> text=La conversation est effacée.")
    assert furnished.rooms.memory.kept == others
    assert page.problems == []
    page.context.close()


def test_everything_works_in_english_and_without_scripts(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, java_script_enabled=False)
    page.goto(furnished.url + "/langue/en?retour=/assistant")
    assert "Ask your question" in page.text_content("main")
    page.fill("#question", QUESTION)
    page.click("[data-send]")
    assert "journal no. 48,213" in page.text_content(".made")
    page.click("button[data-again]")
    assert "Previous attempt" in page.text_content("details.former summary")
    page.fill("#question", "x " * 10)
    page.click(".pick summary")
    page.check("input[value=urbanisme]")
    page.click("[data-send]")
    assert furnished.rooms.assistant.chosen[-1] == ("urbanisme",)
    page.click(".more summary")
    page.click("[data-delete]")
    page.click("button.danger")
    assert "The conversation is erased." in page.text_content("main")
    page.context.close()
