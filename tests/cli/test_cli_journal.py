"""The journal through a real, boxed house: shown, exported, proven, witnessed, erased; a house held to its past."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from authority import Authority
from people import Person, place

from demeure.store import create_instance

ME = Person(os.geteuid())


@pytest.fixture
def instance() -> Iterator[Path]:
    """Mine, without models."""
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def test_everything_the_journal_can_show(instance: Path) -> None:
    out = instance.parent
    with ME.house(instance):
        ME.tell(instance, "people", "add", "jeanne")
        told = json.loads(ME.output(instance, "journal", "show", "--json"))
        assert "person-added" in [entry["name"] for entry in told["entries"]]
        assert ME.tell(instance, "journal", "search", "house-started")
        assert "Ouverture de la maison" in ME.tell(instance, "journal", "search", "ouverture")
        ME.tell(instance, "journal", "search", "nothing-like-it", code=1)
        ME.tell(instance, "spaces", "create", "Mairie")
        (out / "marche.txt").write_text("Le marché a lieu le mardi matin.")
        ME.tell(instance, "documents", "add", "--space", "Mairie", str(out / "marche.txt"))
        ME.tell(instance, "ask", "Quel est le prix ?", code=0)
        asked = json.loads(ME.output(instance, "journal", "show", "--kind", "answer", "--limit", "1", "--json"))
        number = str(asked["entries"][0]["index"])
        assert "Question posée" in ME.tell(instance, "journal", "show", number)
        assert "Question asked" in ME.tell(instance, "--language", "en", "journal", "show", number)
        ME.tell(instance, "journal", "receipt", number, "--to", str(out / "r.json"), "--qr", str(out / "r.svg"))
        assert "Ouverture de la maison" in ME.tell(instance, "journal", "show", "0"), "it stands alone"
        assert "aucune réponse terminée" in ME.tell(instance, "journal", "receipt", "0", code=2)
        ME.tell(instance, "journal", "proof", "0", "--to", str(out / "e"))
        ME.tell(instance, "journal", "export", str(out / "x.zip"), "--since", "2000")
        ME.tell(instance, "journal", "export", str(out / "x"))
        ME.tell(instance, "journal", "export", str(out / "x"), code=2)
        for wrong in (
            ("--since", "hier"),
            ("--kind", "bogus"),
            ("--person", "personne-ici"),
            ("--space", "Nulle part"),
        ):
            assert wrong[1] in ME.tell(instance, "journal", "export", str(out / "y"), *wrong, code=2)
        nothing = ME.tell(instance, "journal", "export", str(out / "y.zip"), "--until", "2001", code=1)
        assert "Aucune entrée ne correspond" in nothing and not list(out.glob("y.zip*"))
        for asked in (("export", str(out / "y.zip")), ("search",), ("show",)):
            period = ("--since", "2026-02-02", "--until", "2026-02-01")
            assert "finit avant de commencer" in ME.tell(instance, "journal", *asked, *period, code=2)
        refused = ME.tell(instance, "journal", "export", str(out / "y"), "--person", "jeanne", "--contents", code=3)
        assert "qu’à leur auteur" in refused and not (out / "y").exists()
        for asked in (
            ("export", str(out / "no" / "x.zip")),
            ("receipt", number, "--to", str(out / "no" / "r.json")),
            ("erase", "jeanne", "--yes", "--to", str(out / "no" / "erasure.json")),
            ("checkpoint", "--to", str(out / "no" / "point")),
        ):
            refused = ME.tell(instance, "journal", *asked, code=2)
            assert "créez-le d’abord" in refused.replace("\n", " ") and str(out / "no") in refused.replace("\n", "")
        assert not (out / "no").exists(), "no folder that nobody asked for"
        ME.tell(instance, "journal", "search", "person-erased", code=1)
        held = out / "held"
        sheet = out / "s.html"
        ME.tell(instance, "journal", "checkpoint", "--to", str(held), "--print", str(sheet))
        key = ME.output(instance, "journal", "witness", "request", str(out / "req")).strip()
        mine = ME.output(instance, "journal", "witness", "sign", str(out / "req"), str(out / "cos"), "--vkey", key)
        ME.tell(instance, "journal", "witness", "sign", str(out / "req"), str(out / "no"), "--vkey", key, code=1)
        ME.tell(instance, "journal", "witness", "keep", str(out / "cos"), "--vkey", mine.strip())
        ME.tell(instance, "journal", "checkpoint", "--pdf", str(out / "s.pdf"))
        ME.tell(instance, "journal", "receipt", number, "--to", str(out / "r2.json"), "--pdf", str(out / "r.pdf"))
        (out / "code").write_text(code_of(out / "r.pdf"))
        (out / "point").write_text(code_of(out / "s.pdf"))
        ME.tell(instance, "journal", "prune", "--yes", code=2)
        ME.tell(instance, "journal", "erase", "nobody", "--yes", code=2)
        ME.tell(instance, "journal", "erase", "jeanne", "--yes", "--to", str(out / "erased.json"))
        ME.tell(instance, "journal", "verify", "--checkpoint", str(held))
    for piece in ("r.json", "r2.json", "erased.json", "x.zip", "x", "e.tlog-proof", "cos", "code", "point"):
        ME.tell(instance, "verify", str(out / piece), "--vkey", key)
    ME.tell(instance, "verify", str(out / "held"), code=2)
    ME.tell(instance, "verify", str(instance / "journal"))
    ME.tell(instance, "verify", str(out / "absent"), code=2)
    ME.tell(instance, "verify", str(out / "s.html"), code=2)


def code_of(paper: Path) -> str:
    """What the printed code of a sheet of one page holds."""
    with pypdfium2.PdfDocument(paper.read_bytes()) as document:
        assert len(document) == 1, paper.name
        (found,) = zxingcpp.read_barcodes(document[0].render(scale=4).to_pil().convert("L"))
        return str(found.text)


def test_a_checkpoint_is_stamped_by_an_authority_and_kept_with_it(instance: Path) -> None:
    out, tsa = instance.parent, instance.parent / "authority"
    tsa.mkdir()
    authority, elsewhere = Authority(tsa, "Horodatage du Canton"), out / "elsewhere"
    point, reply, ca = str(out / "point"), out / "point.tsr", str(authority.root)
    with ME.house(instance):
        ME.tell(instance, "journal", "timestamp", "request", point)
        reply.write_bytes(authority.stamp((out / "point.tsq").read_bytes()))
        assert "Horodatage du Canton" in ME.tell(
            instance, "journal", "timestamp", "verify", point, str(reply), "--ca", ca
        )
        ME.tell(instance, "journal", "timestamp", "keep", point, str(reply), "--ca", ca)
        vkey = json.loads(ME.output(instance, "journal", "checkpoint", "--json"))["vkey"]
        elsewhere.mkdir()
        other = Authority(elsewhere, "Horodatage du Canton")
        wrong = str(other.root)
        told = ME.tell(instance, "journal", "timestamp", "keep", point, str(reply), "--ca", wrong, code=1)
        assert "n’est pas accepté" in told and "--ca" in told
        (out / "replayed.tsr").write_bytes(other.stamp((out / "point.tsq").read_bytes()))
        ME.tell(instance, "journal", "timestamp", "verify", point, str(out / "replayed.tsr"), "--ca", ca, code=1)
        assert "Point de contrôle horodaté" in ME.tell(instance, "journal", "search", "checkpoint-stamped")
    assert "non vérifié ici" in ME.tell(instance, "verify", point, "--vkey", vkey)
    assert "Horodatage du Canton" in ME.tell(instance, "verify", point, "--vkey", vkey, "--ca", ca)
    assert "n’est pas accepté" in ME.tell(instance, "verify", point, "--vkey", vkey, "--ca", wrong, code=1)
    shutil.copytree(instance / "journal", out / "copy")
    assert "non vérifié ici" in ME.tell(instance, "verify", str(out / "copy"))
    assert "Horodatage du Canton" in ME.tell(instance, "verify", str(out / "copy"), "--ca", ca)
    ME.tell(instance, "verify", str(out / "copy"), "--ca", wrong, code=1)


def listing(instance: Path) -> "subprocess.CompletedProcess[str]":
    command = ME.command(instance, ("spaces", "list"))
    return subprocess.run(**command, capture_output=True, text=True, check=False)


@pytest.mark.thorough
def test_a_house_does_not_start_on_an_older_journal_than_the_checkpoint_held_outside(instance: Path) -> None:
    held = instance.parent / "held"
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Mairie")
    shutil.copytree(instance / "journal", instance.parent / "older")
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Autre")
        ME.tell(instance, "journal", "checkpoint", "--to", str(held))
    (instance / "demeure.toml").write_text(f'journal_held = "{held}"\n')
    with ME.house(instance):
        assert "Comparaison avec le point" in ME.tell(instance, "journal", "search", "held-checkpoint")
    shutil.rmtree(instance / "journal")
    shutil.copytree(instance.parent / "older", instance / "journal")
    refusal = listing(instance)
    assert refusal.returncode == 5
    assert "un point de contrôle a déjà été signé pour" in refusal.stderr, "why is said to whoever asks"
    up = subprocess.run(**ME.command(instance, ("up", "--port", "0")), capture_output=True, text=True, check=False)
    assert up.returncode == 5 and "n’a pas pu démarrer" in up.stderr, "it does not stay open"
    held.write_text("un autre")
    refusal = listing(instance)
    assert refusal.returncode == 5 and "n’est pas de ce journal" in refusal.stderr, "final: it does not try again"
    held.unlink()
    assert listing(instance).returncode != 0
    (instance / "demeure.toml").write_text("")
    altered = next(path for path in (instance / "journal" / "tile" / "entries").rglob("*") if path.is_file())
    altered.write_bytes(altered.read_bytes()[:-1] + b"!")
    refusal = listing(instance)
    assert refusal.returncode == 5 and "ne concorde pas" in refusal.stderr, "final too"
