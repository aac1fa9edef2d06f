"""An answer that goes on, in a real browser: the page is left and found again, the connection breaks, another tab
stops it, nothing runs scripts.

Screenshots are kept in ``artefacts/gateway`` to be looked at.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from demeure.assistant import Event, Started

from .conftest import Live
from .looking import SHOTS, THEMES, looked_at
from .test_asking import until
from .test_browser import QUESTION, WIDTHS, browser, furnished, page_of, pytestmark

__all__ = ["browser", "furnished", "pytestmark"]  # fixtures and marks of the other browser tests

LOUD = "La salle est louée. "
SAID, WORDS = LOUD.strip(" ."), 150


def begun(page: Any, live: Live, url: str = "") -> None:
    """Asked, and some words of the answer are there."""
    live.rooms.assistant.words, live.rooms.assistant.pause = (
        [*[LOUD] * (WORDS - 1), "La salle est louée [1]."],
        0.02,
    )
    page.goto((url or live.url) + "/assistant")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-busy=true] >> text=louée")


def whole(page: Any) -> None:
    """The answer is there to its last word, once, with its sources."""
    page.wait_for_selector(".turns .cite .vh", state="attached", timeout=20_000)
    page.wait_for_selector("[data-send]")
    assert page.text_content(".turns .prose").count(SAID) == WORDS
    assert page.locator(".turns > li.ask").count() == 1 and page.locator(".turns .prose").count() == 1
    assert page.locator(".turns :is([data-open], .note[data-tone=stop])").count() == 0
    assert page.locator("[data-sources] article").count() == 2


def test_an_answer_goes_on_while_another_page_is_read_and_is_found_whole(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    begun(page, furnished)
    page.goto(furnished.url + "/maison")
    until(lambda: furnished.rooms.assistant.settled == 1, 10)
    assert furnished.rooms.assistant.stopped == 0
    page.goto(furnished.url + "/conversation/c1")
    whole(page)
    assert page.problems == []
    page.context.close()


def test_an_answer_found_on_its_way_is_seen_to_grow_to_its_end(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    begun(page, furnished)
    page.goto(furnished.url + "/")
    assert "Réponse en cours" in page.text_content("main")
    page.click(f"main a:has-text('{QUESTION}')")
    page.wait_for_selector("[data-answer] [aria-busy=true] >> text=louée")
    assert page.is_visible("[data-stop]") and page.is_visible("[data-recent] [data-going]")
    first = page.text_content(".turns .prose").count(SAID)
    page.fill("#question", "Et demain ?")
    page.screenshot(path=SHOTS / "reponse-retrouvee.png")
    page.wait_for_function(
        "n => document.querySelector('.turns .prose').textContent.split('louée').length > n + 20", arg=first
    )
    whole(page)
    assert page.locator("[data-recent] [data-going]").count() == 0
    assert page.input_value("#question") == "Et demain ?"
    page.click(".prose .cite >> nth=0")
    assert page.url.endswith("#source-1-1")
    page.reload()
    whole(page)
    assert page.problems == []
    page.context.close()


def test_a_second_tab_sees_it_grow_and_stops_it_for_both(browser: Any, furnished: Live) -> None:
    one = page_of(browser, furnished)
    begun(one, furnished)
    two = one.context.new_page()
    two.set_default_timeout(10_000)
    two.goto(one.url)
    two.wait_for_selector("[data-answer] [aria-busy=true] >> text=louée")
    two.click("[data-stop]")
    two.wait_for_selector("text=Rédaction arrêtée. Le début est gardé. >> nth=0", state="attached")
    one.wait_for_selector(".turns .note[data-tone=warn] >> text=Reprendre la réponse")
    assert one.is_visible("[data-send]") and furnished.rooms.assistant.stopped == 1
    assert furnished.rooms.memory.kept["c1"][0].outcome == "interrupted"
    furnished.rooms.assistant.words = ("Voici la réponse entière [1].",)
    one.click("text=Reprendre la réponse")
    one.wait_for_selector("[data-answer] .prose >> text=Voici la réponse entière")
    one.context.close()


class Searching:
    """An assistant that looks for a long time before it says anything."""

    def __init__(self) -> None:
        self.asked = self.stopped = 0

    async def ask(self, *_: Any, **__: Any) -> AsyncGenerator[Event]:
        self.asked += 1
        try:
            await asyncio.sleep(60)
            yield Started("", "", "")
        finally:
            self.stopped += 1


def test_stopping_before_the_conversation_has_a_name_stops_the_house_too(browser: Any, furnished: Live) -> None:
    object.__setattr__(furnished.house, "assistant", searching := Searching())
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/assistant")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    until(lambda: searching.asked == 1, 10)
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-unsent] .note >> text=Rédaction arrêtée")
    until(lambda: searching.stopped == 1)
    assert page.input_value("#question") == QUESTION
    page.context.close()


def test_a_stop_that_the_network_loses_is_told(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.route("**/stop", lambda route: route.abort())
    begun(page, furnished)
    page.click("[data-stop]")
    page.wait_for_selector(".note >> text=La maison n’a pas pu être prévenue de l’arrêt")
    assert furnished.rooms.assistant.stopped == 0
    page.context.close()


@pytest.mark.parametrize("size", WIDTHS)
def test_where_it_cannot_be_heard_a_calm_line_says_so(browser: Any, furnished: Live, size: str) -> None:
    page = page_of(browser, furnished, size)
    page.route("**/api/conversations/*/events", lambda route: route.abort())
    begun(page, furnished)
    page.reload()
    page.wait_for_selector("[data-open] >> text=La réponse est en cours d’écriture.")
    assert "louée" in page.text_content(".turns")
    looked_at(page, f"reponse-en-cours-{size}", THEMES, elsewhere=True)
    whole(page)  # the page looked at it again
    page.context.close()


def test_without_scripts_it_is_read_again_and_stopped(browser: Any, furnished: Live) -> None:
    writing = page_of(browser, furnished)
    begun(writing, furnished)
    writing.context.close()
    page = page_of(browser, furnished, java_script_enabled=False)
    page.context.add_cookies([{"name": "demeure-language", "value": "en", "url": furnished.url}])
    page.goto(furnished.url + "/conversation/c1")
    assert "The answer is being written. You can leave this page" in page.text_content("[data-open]")
    page.click("[data-open] a >> text=Refresh")
    page.click("[data-open] >> text=Stop")
    assert page.url.endswith("/conversation/c1") and "Resume the answer" in page.text_content(".turns")
    assert furnished.rooms.assistant.stopped == 1
    page.context.close()


class Cutting:
    """A real relay in front of the house. Once ``limit`` bytes of an answer have passed, it closes the connection;
    None: it lets everything through. The house only answers to its own name: what is sent to it bears that name."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.limit: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        self._threads.append(threading.Thread(target=target, args=args, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._sockets += [client, server]
            self._start(self._pipe, client, server, False)
            self._start(self._pipe, server, client, True)

    def _pipe(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        events, passed = False, 0
        names = (f"127.0.0.1:{self.port}".encode(), f"127.0.0.1:{self._to}".encode())
        try:
            while data := source.recv(65536):
                data = data if back else data.replace(*names)
                events = events or (back and b"text/event-stream" in data)
                passed += len(data) if events else 0
                target.sendall(data)
                if self.limit is not None and passed > self.limit:
                    break
        except OSError:
            return
        finally:
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Once the browser's page is closed."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in (self._listener, *self._sockets):
            one.close()


def test_a_connection_that_breaks_is_made_again_and_the_answer_comes_whole(browser: Any, furnished: Live) -> None:
    relay = Cutting(furnished.port)
    relay.limit = 8_000
    page = page_of(browser, furnished)
    begun(page, furnished, f"http://127.0.0.1:{relay.port}")
    page.wait_for_selector("[data-queued]:visible >> text=la réponse continue dans la maison")
    relay.limit = None
    whole(page)
    assert page.locator("[data-queued]:visible").count() == 0
    assert furnished.rooms.assistant.stopped == 0
    page.context.close()
    relay.close()


def test_a_connection_that_stays_broken_is_told_and_the_answer_is_found_by_the_button(
    browser: Any, furnished: Live
) -> None:
    relay = Cutting(furnished.port)
    relay.limit = 8_000
    page = page_of(browser, furnished)
    page.add_init_script("const real = setTimeout; window.setTimeout = (f, ms, ...r) => real(f, ms / 20, ...r);")
    begun(page, furnished, f"http://127.0.0.1:{relay.port}")
    page.route("**/api/conversations/*/events", lambda route: route.abort())
    page.wait_for_selector(".note >> text=La liaison avec la maison s’est interrompue")
    assert "louée" in page.text_content("[data-answer] .prose") and page.is_visible("[data-send]")
    page.unroute("**/api/conversations/*/events")
    relay.limit = None
    page.click("text=Reprendre la réponse")
    whole(page)
    assert len(furnished.rooms.assistant.asked) == 1, "it was not asked again"
    page.context.close()
    relay.close()


def test_signed_out_meanwhile_is_said_and_nothing_more_is_shown(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    begun(page, furnished)
    furnished.rooms.reception.sessions.clear()
    page.reload()
    assert "louée" not in page.text_content("body")
    until(lambda: furnished.rooms.assistant.settled == 1, 10)
    page.context.close()
