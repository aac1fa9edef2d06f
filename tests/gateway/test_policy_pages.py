"""A text that keeps less says on the page what it would erase before it holds, be it put back or applied."""

from collections.abc import Iterator
from typing import Any

import pytest

from demeure.policy import Force, default_policy, default_policy_text, in_force, put_in_force, read_policy
from demeure.testing.gateway import FakeRooms

from .conftest import TOKEN, Live

HERE = "/administration/politique"
TEXT = default_policy_text()
SHORT = TEXT.replace('documents = "unlimited"', "documents = 30")
TWO = TEXT.replace("approval = 1", "approval = 2")
ERASES = "la maison effacera\u00a0: 3 documents, 1 conversation."
WITHDRAWS = "retirera, espace par espace\u00a0: 12 semaines."


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    put_in_force(Force(default_policy()))


def past(force: Force) -> tuple[int, int, int, int]:
    return (3, 1, 0, 12) if force.policy.sensitivity("interne").keep.documents == 30 else (0, 0, 0, 0)


def house(serve: Any, *texts: str) -> Live:
    """Served, with these versions behind it: the last is in force."""
    rooms = FakeRooms(past=past)
    for number, text in enumerate(texts, 1):
        rooms.policies.add(number, read_policy(text), "p9", after=number - 1, apply=True)
    rooms.policies.load()
    live: Live = serve(rooms)
    return live


def test_a_version_is_put_back_after_a_page_that_says_what_it_would_erase(serve: Any) -> None:
    with (live := house(serve, SHORT, TEXT)).client() as client:
        page = client.get(HERE).text
        assert f'href="{HERE}/1/remettre"' in page and f'action="{HERE}/1/remettre"' not in page, "no click alone"
        asked = client.get(f"{HERE}/1/remettre").text
        assert ERASES in asked and WITHDRAWS in asked and "+" in asked and "documents = 30" in asked
        assert in_force().policy.text == TEXT, "asking changes nothing"
        assert f'action="{HERE}/1/remettre"' in asked and 'name="after" value="2"' in asked
        done = client.post(f"{HERE}/1/remettre", data={"token": TOKEN, "after": "2"})
        assert done.status_code == 303 and in_force().policy.text == SHORT
        assert client.get(f"{HERE}/9/remettre").status_code == 404
        client.cookies.set("demeure-language", "en")
        assert "Bring version 2 back?" in client.get(f"{HERE}/2/remettre").text
    assert live.rooms.policies.version(3).former == 1


def test_where_two_approve_the_page_proposes(serve: Any) -> None:
    with house(serve, SHORT, TWO).client() as client:
        asked = client.get(f"{HERE}/1/remettre").text
        assert ERASES in asked and "qu’une autre personne doit approuver" in asked and "Proposer" in asked
        done = client.post(f"{HERE}/1/remettre", data={"token": TOKEN, "after": "2"})
        assert done.headers["location"].endswith("proposee") and in_force().policy.text == TWO
        assert ERASES in client.get(HERE).text, "who approves it reads it too"


def test_a_text_that_erases_is_applied_once_that_was_said(serve: Any) -> None:
    form = {"token": TOKEN, "text": SHORT, "reason": "", "after": "0", "what": "apply"}
    with house(serve).client() as client:
        first = client.post(HERE, data=form)
        assert first.status_code == 200 and ERASES in first.text and "Rien n’est encore changé" in first.text
        assert in_force().policy.text == TEXT
        seen = read_policy(SHORT).digest
        assert f'name="seen" value="{seen}"' in first.text
        other = client.post(HERE, data=form | {"text": SHORT + "\n", "seen": seen})
        assert other.status_code == 200 and in_force().policy.text == TEXT, "what was said is of another text"
        assert client.post(HERE, data=form | {"seen": seen}).status_code == 303
        assert in_force().policy.text == SHORT
        kept = form | {"text": TEXT, "after": "1"}
        assert client.post(HERE, data=kept).status_code == 303, "nothing to say: nothing is asked"
