"""The whole house of an ordinary user, on systems that give fewer and fewer walls: it answers, and says which."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from people import ALICE, NO_LANDLOCK, NO_NAMESPACES, NO_WALLS, Person, entries, furnish, place, root

from demeure.testing.people import CHOICE

QUESTION = "Quel est le prix du repas de la cantine ?"
TEXT = "Le prix du repas de la cantine est de 3,20 euros par enfant.\n"
NO_USER_NAMESPACE = (
    *("unshare", "--user", "--map-root-user", "--", "sh", "-c"),
    'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
    "sh",
)
"""The limit is per user namespace: inside one of our own, the machine's is not touched."""

pytestmark = pytest.mark.model
alice = Person(ALICE)


@pytest.fixture(scope="module")
def instance() -> Iterator[Path]:
    """Alice's, with a document; its house is closed."""
    root()
    with place(ALICE) as folder:
        instance = folder / "instance"
        furnish(instance, ALICE)
        (folder / "cantine.txt").write_text(TEXT, encoding="utf-8")
        alice.tell(instance, "spaces", "create", "Mairie")
        alice.tell(instance, "documents", "add", "--space", "Mairie", str(folder / "cantine.txt"))
        yield instance


def answers(instance: Path) -> bool:
    """A question, asked again while the model is being loaded, gets an answer with its source."""
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = json.loads(alice.output(instance, "ask", "--json", QUESTION))
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            continue
        return answer["outcome"] == "done" and TEXT.strip() in answer["sources"][0]["quote"]


def page(instance: Path, path: str) -> str:
    """A page, seen by whoever used a sign-in link."""
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as client:
        link = alice.output(instance, "link").strip()
        assert client.post(link, data=CHOICE).status_code == 200
        return client.get(link.split("/lien/")[0] + path).text


def sound(instance: Path, level: str) -> None:
    """``demeure status``: this level, no difference, exit 0."""
    status = alice.status(instance)
    assert status["ladder"] == level and status["accepted_unconfined"] is (level == "D")
    assert {p["role"]: p["differences"] for p in status["processes"] if p["differences"]} == {}
    assert {p["facts"]["uid"] for p in status["processes"]} <= {
        ALICE,
        0,
    }  # 0: herself, inside a namespace
    assert f"{level} : " in alice.tell(instance, "status")


def test_an_ordinary_user_has_every_wall(instance: Path) -> None:
    with alice.house(instance):
        assert answers(instance)
        sound(instance, "A")
        assert "Niveau A" in page(instance, "/maison")
    assert "niveau" not in log(instance)


@pytest.mark.parametrize(
    ("person", "level"),
    [
        pytest.param(Person(ALICE, ground=NO_NAMESPACES), "B", marks=pytest.mark.thorough),
        pytest.param(Person(ALICE, through=NO_USER_NAMESPACE), "B", marks=pytest.mark.thorough),
        (Person(ALICE, ground=NO_LANDLOCK), "C"),
    ],
    ids=["a filter refuses namespaces", "no user namespace left", "no Landlock"],
)
def test_with_fewer_walls_it_answers_and_says_so_everywhere(instance: Path, person: Person, level: str) -> None:
    with person.house(instance):
        assert answers(instance)
        sound(instance, level)
        assert f"Niveau {level}" in page(instance, "/maison")
        (walls,) = [c for c in doctor(alice, instance) if c["name"] == "walls"]
        assert f"niveau {level}" in walls["fr"] and walls["ok"] is (level == "B")
    assert f"confinement de niveau {level} au lieu de A" in log(instance)
    assert f"ladder={level} accepted-unconfined=no" in starts(instance)[-1]


def test_without_any_wall_it_refuses(instance: Path) -> None:
    person = Person(ALICE, ground=NO_WALLS)
    before = len(entries(instance))
    said = person.tell(instance, "up", "--port", "0", code=3)
    assert "Rien n’a été démarré" in said and "--accept-unconfined" in said
    assert "Rien n’a été démarré" in person.tell(instance, "spaces", "list", code=3), "nor for one command"
    assert len(entries(instance)) == before
    assert "niveau D" in person.tell(instance, "doctor", code=1)


@pytest.mark.thorough
def test_without_any_wall_and_accepted_it_is_written_and_shown_everywhere(instance: Path) -> None:
    with Person(ALICE, ground=NO_WALLS).house(instance, "--accept-unconfined"):
        assert answers(instance)
        (instance.parent / "sport.txt").write_text("Le gymnase ouvre à 8 heures.", encoding="utf-8")
        alice.tell(instance, "documents", "add", "--space", "Mairie", str(instance.parent / "sport.txt"))
        sound(instance, "D")
        text = alice.tell(instance, "status")
        assert "RIEN n’est confiné" in text and "--accept-unconfined" in text
        assert "--accept-unconfined" in alice.tell(instance, "ask", QUESTION)
        for path in ("/", "/documents", "/maison"):
            assert "La maison tourne sans enfermement" in page(instance, path)
        assert "Niveau D" in page(instance, "/maison")
        (walls,) = [c for c in doctor(alice, instance) if c["name"] == "walls"]
        assert walls["ok"] is False and "RIEN n’est confiné" in walls["fr"] and "NOTHING" in walls["en"]
    assert "ladder=D accepted-unconfined=yes" in starts(instance)[-1]


def doctor(person: Person, instance: Path) -> list[dict[str, object]]:
    """Its checks; one may be bad, so that the exit code is not looked at."""
    for code in (0, 1):
        try:
            return list(json.loads(person.output(instance, "doctor", "--json", code=code))["checks"])
        except AssertionError:
            continue
    raise AssertionError("the doctor does not speak")


def starts(instance: Path) -> list[str]:
    """What the journal says of each start of the house."""
    return [e["object"] for e in entries(instance) if e["name"] == "house-started"]


def log(instance: Path) -> str:
    """What the last open house wrote on standard error, once."""
    path = instance.parent / "house.log"
    text = path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    return text
