"""The instance folder: created whole, opened again, refused when a piece is missing or is not ours."""

from pathlib import Path

from demeure.store import Keys, keys_folder, open_house, open_space, read_house_key
from demeure.testing.store import make_instance


def test_an_instance_opens_again_with_what_was_put_in_it(tmp_path: Path) -> None:
    instance = make_instance(tmp_path)
    stored = instance.blobs.put([b"bonjour"])
    instance.close()
    keys = Keys(read_house_key(tmp_path), keys_folder(tmp_path))
    house, space = open_house(tmp_path, keys), open_space(tmp_path, keys, "mairie")
    with house.read() as connection:
        assert connection.exec_driver_sql("SELECT id FROM spaces").scalars().all() == ["mairie"]
    assert space.damages() == house.damages() == []
    assert b"".join(instance.blobs.open(stored.sha256)) == b"bonjour"
    house.close()
    space.close()
