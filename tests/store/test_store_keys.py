"""Keys: made once, refused when exposed, damaged or foreign, destroyed for good, at every instant of a kill."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from death import every_point
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demeure.errors import DemeureError
from demeure.store import (
    SEAL_OVERHEAD,
    KeyCorrupt,
    KeyDestroyed,
    KeyExposed,
    KeyMalformed,
    KeyMissing,
    Keys,
    KeyUnreadable,
    KeyWrong,
    SealBroken,
    SealUnknown,
    SpaceIdInvalid,
    SpaceKeyExists,
    Vault,
    create_instance,
    keys_folder,
    read_house_key,
    read_journal_key,
)

KEY = bytes(range(32))
VAULT = Vault(KEY)
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # busy machines are no failure


def opened(folder: Path) -> Keys:
    return Keys(read_house_key(folder), keys_folder(folder))


# --- the key files ---


def test_an_instance_has_two_keys_nobody_else_can_read(tmp_path: Path) -> None:
    create_instance(tmp_path)
    assert len(read_house_key(tmp_path)) == len(read_journal_key(tmp_path)) == 32
    assert read_house_key(tmp_path) != read_journal_key(tmp_path)
    for name in ("house.key", "journal.key", "house.check"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o400
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_creating_again_overwrites_nothing(tmp_path: Path) -> None:
    create_instance(tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "keys").glob("*.*")}
    create_instance(tmp_path)
    assert {path: path.read_bytes() for path in (tmp_path / "keys").glob("*.*")} == before


@pytest.mark.parametrize("lost", ["house.key", "journal.key"])
def test_a_lost_key_is_not_replaced_by_a_new_one(tmp_path: Path, lost: str) -> None:
    create_instance(tmp_path)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "checkpoint").write_text("x")
    (tmp_path / "keys" / lost).unlink()
    with pytest.raises(KeyMissing) as refusal:
        create_instance(tmp_path)
    assert lost in refusal.value.sentence("fr")
    assert not (tmp_path / "keys" / lost).exists()


def test_a_foreign_house_key_put_in_place_is_refused(tmp_path: Path) -> None:
    create_instance(tmp_path)
    key = tmp_path / "keys" / "house.key"
    key.unlink()
    key.write_bytes(os.urandom(32))
    key.chmod(0o400)
    with pytest.raises(KeyWrong):
        create_instance(tmp_path)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o420, 0o401])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    create_instance(tmp_path)
    (tmp_path / "keys" / "house.key").chmod(mode)
    with pytest.raises(KeyExposed) as refusal:
        read_house_key(tmp_path)
    assert f"{mode:04o}" in refusal.value.sentence("fr")
    (tmp_path / "keys" / "house.key").chmod(0o600)
    assert len(read_house_key(tmp_path)) == 32


def test_a_key_absent_cut_too_long_or_not_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "house.key"
    path.parent.mkdir()
    with pytest.raises(KeyMissing):
        read_house_key(tmp_path)
    for content in (b"", b"x" * 31, b"x" * 33):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyMalformed):
            read_house_key(tmp_path)
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyMalformed):
        read_house_key(tmp_path)
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises((KeyMalformed, KeyUnreadable)):
        read_house_key(tmp_path)


def test_killed_anywhere_creating_an_instance_can_be_done_again(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    seen: dict[str, bytes] = {}
    for _point in every_point(lambda: create_instance(folder), lambda: shutil.rmtree(folder, ignore_errors=True)):
        for name in ("house", "journal"):
            path = folder / "keys" / f"{name}.key"
            seen[name] = path.read_bytes() if path.exists() else b""
            assert len(seen[name]) in (0, 32), "a key is whole or absent"
        create_instance(folder)
        assert seen["house"] in (b"", read_house_key(folder))
        assert seen["journal"] in (b"", read_journal_key(folder))
        assert not list((folder / "keys").glob(".*")), "no copy of a key lies about"
        opened(folder)


# --- seals ---


@calm
@given(st.binary(max_size=2000), st.text(max_size=40))
def test_what_is_sealed_opens(data: bytes, context: str) -> None:
    sealed = VAULT.seal(data, context)
    assert len(sealed) == len(data) + SEAL_OVERHEAD
    assert VAULT.open(sealed, context) == data
    assert VAULT.seal(data, context) != sealed, "never twice the same bytes"


@calm
@given(st.binary(max_size=200), st.data())
def test_any_changed_byte_is_refused(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(data, "use"))
    place = draw.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= draw.draw(st.integers(1, 255))
    with pytest.raises((SealBroken, SealUnknown)):
        VAULT.open(bytes(sealed), "use")


@calm
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_without_surprise(data: bytes) -> None:
    with pytest.raises((SealBroken, SealUnknown)):
        VAULT.open(data, "use")


def test_cut_other_use_other_key_are_refused() -> None:
    sealed = VAULT.seal(b"secret", "use")
    for bad in (sealed[:-1], sealed + b"\0", b""):
        with pytest.raises(SealBroken):
            VAULT.open(bad, "use")
    with pytest.raises(SealBroken):
        VAULT.open(sealed, "another use")
    with pytest.raises(SealBroken):
        Vault(bytes(32)).open(sealed, "use")


@pytest.mark.parametrize(("place", "name"), [(3, "2.1"), (4, "1.2")])
def test_a_later_version_or_algorithm_is_refused_by_name(place: int, name: str) -> None:
    sealed = bytearray(VAULT.seal(b"secret", "use"))
    sealed[place] += 1
    with pytest.raises(SealUnknown) as refusal:
        VAULT.open(bytes(sealed), "use")
    assert name in refusal.value.sentence("fr")


def test_each_purpose_has_its_own_key() -> None:
    assert len({VAULT.database_key(), VAULT.blob_key(), KEY}) == 3
    assert Vault(KEY).database_key() == VAULT.database_key()


# --- the keys of spaces ---


def test_a_wrong_house_key_is_refused_before_anything(tmp_path: Path) -> None:
    create_instance(tmp_path)
    opened(tmp_path).create_space("mairie")
    with pytest.raises(KeyWrong):
        Keys(os.urandom(32), keys_folder(tmp_path))
    (tmp_path / "keys" / "house.check").unlink()
    with pytest.raises(KeyWrong):
        Keys(os.urandom(32), keys_folder(tmp_path))
    assert opened(tmp_path).space("mairie")
    with pytest.raises(KeyMalformed):
        Keys(b"short", keys_folder(tmp_path))


def test_a_space_has_its_own_key_once(tmp_path: Path) -> None:
    create_instance(tmp_path)
    keys = opened(tmp_path)
    mairie, ecole = keys.create_space("mairie"), keys.create_space("ecole")
    assert keys.spaces() == ["ecole", "mairie"]
    sealed = mairie.seal(b"secret", "use")
    assert opened(tmp_path).space("mairie").open(sealed, "use") == b"secret"
    for other in (ecole, keys.house):
        with pytest.raises(SealBroken):
            other.open(sealed, "use")
    with pytest.raises(SpaceKeyExists):
        keys.create_space("mairie")
    assert opened(tmp_path).space("mairie").open(sealed, "use") == b"secret"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A", "é", "a" * 65, ".x", "-x", "a\n", "a\0"])
def test_a_name_that_is_not_an_identifier_reaches_no_file(tmp_path: Path, name: str) -> None:
    create_instance(tmp_path)
    keys = opened(tmp_path)
    calls: tuple[Callable[[str], object], ...] = (keys.create_space, keys.space, keys.destroy_space)
    for call in calls:
        with pytest.raises(SpaceIdInvalid):
            call(name)


def test_an_unknown_space_a_damaged_key_and_swapped_keys_are_named(tmp_path: Path) -> None:
    create_instance(tmp_path)
    keys = opened(tmp_path)
    with pytest.raises(KeyMissing):
        keys.space("nowhere")
    with pytest.raises(KeyMissing):
        keys.destroy_space("nowhere")
    for name in ("one", "two", "three"):
        keys.create_space(name)
    folder = keys_folder(tmp_path)
    shutil.copy(folder / "one.key", folder / "two.key")
    data = bytearray((folder / "three.key").read_bytes())
    data[40] ^= 1
    (folder / "three.key").write_bytes(data)
    fresh = opened(tmp_path)
    assert fresh.space("one")
    for name in ("two", "three"):
        with pytest.raises(KeyCorrupt):
            fresh.space(name)


def test_after_destruction_nothing_opens_in_any_process(tmp_path: Path) -> None:
    create_instance(tmp_path)
    keys, elsewhere = opened(tmp_path), opened(tmp_path)
    vault = keys.create_space("mairie")
    sealed, other = vault.seal(b"secret", "use"), elsewhere.space("mairie")
    wrapped = (keys_folder(tmp_path) / "mairie.key").read_bytes()
    keys.destroy_space("mairie")
    keys.destroy_space("mairie")
    for attempt in (
        lambda: vault.open(sealed, "use"),
        lambda: other.open(sealed, "use"),
        other.database_key,
        other.blob_key,
        lambda: elsewhere.space("mairie"),
        lambda: opened(tmp_path).space("mairie"),
        lambda: keys.create_space("mairie"),
    ):
        with pytest.raises(KeyDestroyed):
            attempt()
    assert keys.spaces() == []
    assert all(wrapped not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_killed_anywhere_a_new_space_has_a_whole_key_or_none(tmp_path: Path) -> None:
    create_instance(tmp_path)
    folder = keys_folder(tmp_path)

    def empty() -> None:
        for path in folder.iterdir():
            path.unlink()

    for _point in every_point(lambda: opened(tmp_path).create_space("mairie"), empty):
        keys = opened(tmp_path)
        if keys.spaces():
            keys.space("mairie")
        else:
            keys.create_space("mairie")
        keys.sweep()
        assert [path.name for path in folder.iterdir()] == ["mairie.key"]


def test_killed_anywhere_a_destruction_is_not_begun_or_decided(tmp_path: Path) -> None:
    create_instance(tmp_path)
    folder = keys_folder(tmp_path)
    opened(tmp_path).create_space("mairie")
    wrapped = (folder / "mairie.key").read_bytes()
    undecided = 0

    def again() -> None:
        (folder / "mairie.destroyed").unlink(missing_ok=True)
        (folder / "mairie.key").write_bytes(wrapped)

    for _point in every_point(lambda: opened(tmp_path).destroy_space("mairie"), again):
        keys = opened(tmp_path)
        try:
            keys.space("mairie")
            undecided += 1
        except KeyDestroyed:
            keys.sweep()
            assert not (folder / "mairie.key").exists()
        keys.destroy_space("mairie")
        with pytest.raises(KeyDestroyed):
            keys.space("mairie")
    assert undecided >= 1


def test_every_error_speaks_french_with_its_fields() -> None:
    from demeure.store import errors

    for cls in vars(errors).values():
        if isinstance(cls, type) and issubclass(cls, DemeureError) and cls is not DemeureError:
            sentence = cls(
                file="f", space="s", mode="m", detail="d", expected=1, found=2, context="c", known="k",
                seconds=1, what="w", sha256="h", size=1, why="y",
            )  # fmt: skip
            assert "?" not in sentence.sentence("fr") + sentence.sentence("en"), cls
            assert sentence.sentence("fr") != sentence.sentence("en")
