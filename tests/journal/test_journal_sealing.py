"""Two keys seal what is said of a person in a space: destroying either erases it."""

from pathlib import Path

import pytest

from demeure.journal.sealing import PERSON_KEY, Sealing
from demeure.store import KeyDestroyed, KeyMissing, Keys, Vault, create_instance, keys_folder, people_folder
from demeure.store.keyfiles import read_house_key

PERSON = "0123456789abcdef"


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    create_instance(tmp_path)
    return tmp_path


def keys(instance: Path) -> tuple[Keys, Keys]:
    house = read_house_key(instance)
    return Keys(house, keys_folder(instance)), Keys(house, people_folder(instance), PERSON_KEY)


def test_what_a_person_wrote_opens_with_both_keys(instance: Path) -> None:
    spaces, people = keys(instance)
    spaces.create_space("mairie")
    sealing = Sealing(spaces, people)
    for space, actor in (("mairie", PERSON), (None, PERSON), ("mairie", "uid:0"), (None, "house"), (None, "")):
        assert sealing.unseal(space, actor, sealing.seal(space, actor, b"clear")) == b"clear"
    assert people.spaces() == [PERSON], "only a person has a key of their own"


@pytest.mark.parametrize("which", ["person", "space"])
def test_destroying_either_key_erases_it_in_every_process(instance: Path, which: str) -> None:
    spaces, people = keys(instance)
    spaces.create_space("mairie")
    here, elsewhere = Sealing(spaces, people), Sealing(*keys(instance))
    sealed = here.seal("mairie", PERSON, b"clear")
    assert elsewhere.unseal("mairie", PERSON, sealed) == b"clear"
    if which == "person":
        here.erase(PERSON)
        here.erase(PERSON)
    else:
        spaces.destroy_space("mairie")
    for sealing in (here, elsewhere, Sealing(*keys(instance))):
        with pytest.raises(KeyDestroyed):
            sealing.unseal("mairie", PERSON, sealed)
    later = here.seal("mairie", PERSON, b"later")
    with pytest.raises(KeyDestroyed):
        here.unseal("mairie", PERSON, later)


@pytest.mark.parametrize("space", ["nowhere", "Été", "Voirie et réseaux", "../house", ""])
def test_what_names_no_space_is_sealed_for_nobody(instance: Path, space: str) -> None:
    """A question to such a space was refused with an error about identifiers, and its refusal was not written."""
    spaces, people = keys(instance)
    sealing = Sealing(spaces, people)
    for actor in (PERSON, "house"):
        sealed = sealing.seal(space, actor, b"clear")
        with pytest.raises(KeyMissing):
            sealing.unseal(space, actor, sealed)
    assert spaces.spaces() == []


def test_what_was_sealed_before_persons_had_keys_still_opens(instance: Path) -> None:
    spaces, people = keys(instance)
    old = spaces.house.seal(b"old", "journal payload")
    sealing = Sealing(spaces, people)
    assert sealing.unseal(None, PERSON, old) == b"old"
    sealing.seal(None, PERSON, b"new")
    assert sealing.unseal(None, PERSON, old) == b"old"


def test_a_key_of_a_space_is_no_key_of_a_person(instance: Path) -> None:
    spaces, people = keys(instance)
    spaces.create_space(PERSON)
    people_folder(instance).mkdir(exist_ok=True)
    (people_folder(instance) / f"{PERSON}.key").write_bytes((keys_folder(instance) / f"{PERSON}.key").read_bytes())
    from demeure.store import KeyCorrupt

    with pytest.raises(KeyCorrupt):
        people.space(PERSON)
    unknown = "fedcba9876543210"
    sealing = Sealing(spaces, people)
    sealing.erase(unknown)
    with pytest.raises(KeyDestroyed):
        sealing.unseal(None, unknown, sealing.seal(None, unknown, b"after"))
    assert isinstance(spaces.space(PERSON), Vault)
