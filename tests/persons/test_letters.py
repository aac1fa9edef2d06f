"""Letters to whoever asks about their data: what the house knows is in them, the rest is to be completed."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from demeure.accountability import Facts, SpaceFact, document, law, parts
from demeure.accountability.live import COLON
from demeure.gateway.person_letters import _contact, _treatments
from demeure.persons import Asked, Finding, Found, Known, Treatment, letter, offered
from demeure.persons.errors import LetterNotOffered
from demeure.persons.letters import _file

WHO = "Maëlys Quervalouette"
ONE = Asked(
    *(4, "r", "access", "open", (WHO,), "guichet, carte vue", "2026-11-03", "2026-12-03"),
    *(None, None, "p2", "2026-11-03T09:00:00+00:00", "", None, "", "c"),
)
SEARCHED = replace(ONE, searched_at="2026-11-04T09:00:00+00:00")
LATER = {"why": "trois services\nà interroger.", "on": "2026-11-20"}
ENDED = {"ground": "identity", "why": "rien ne l’établit", "at": "2026-11-30T09:00:00+00:00"}


def test_a_request_offers_the_letters_of_its_state() -> None:
    assert offered(ONE) == ("received",) and offered(SEARCHED) == ("received", "answer")
    assert offered(replace(SEARCHED, extended=LATER)) == ("extended", "answer"), "no second extension is announced"
    assert offered(replace(SEARCHED, kind="erasure")) == ("received",), "nothing was erased yet"
    assert offered(replace(ONE, state="refused", ended=ENDED)) == ("refused",)
    assert offered(replace(ONE, kind="erasure", state="done", ended=ENDED)) == ("answer",)
    assert offered(replace(SEARCHED, state="done", ended=ENDED)) == (), "nobody knows any more what was found"
    assert offered(replace(SEARCHED, practice=True)) == (), "an exercise writes to nobody"
    with pytest.raises(LetterNotOffered) as told:
        letter("refused", ONE, Known())
    assert "n° 4" in told.value.sentence("fr").replace("\u00a0", " ") and "received" in told.value.sentence("fr")


def test_each_letter_says_what_is_known_and_no_more() -> None:
    title, text = letter("received", ONE, Known(contact="dpo@mairie.fr"))
    assert title == "Accusé de réception, demande n° 4"
    for word in (WHO, "03/11/2026", "03/12/2026", "article 12, paragraphe 3", "dpo@mairie.fr", "d’accès à vos"):
        assert word in text
    assert "guichet" not in text, "what was noted of how they came is not theirs"
    _, text = letter("extended", replace(ONE, extended=LATER, due_on="2027-02-03"), Known())
    assert "en un mois : trois services à interroger. Comme" in text and "03/02/2027" in text
    refused = replace(ONE, state="refused", ended=ENDED)
    _, text = letter("refused", refused, Known(ground="identité non établie (art. 12.6)"))
    assert "Motif : identité non établie (art. 12.6). Rien ne l’établit." in text
    assert "cnil.fr" in text and "juge" in text and law("gdpr-12-4").article in text
    done = replace(ONE, kind="erasure", state="done", said=(), note="", ended={**ENDED, "counts": {"done": 2}})
    _, text = letter("answer", done, Known(totals="Effacé : 2, Gardé : 1"))
    assert text.startswith("À : à compléter") and "Effacé : 2, Gardé : 1." in text and "sauvegardes" in text
    assert "Motif de ce qui est gardé : à compléter" not in text
    part = replace(done, ended={**ENDED, "counts": {"done": 1, "kept": 1}})
    assert "Motif de ce qui est gardé : à compléter" in letter("answer", part, Known(totals="Effacé : 1"))[1]
    _, text = letter("answer", done, Known())
    assert "rien n’avait à être effacé" in text and "sauvegardes" not in text
    assert letter("received", replace(ONE, said=("1 84 05 29 019 042 11",)), Known())[1].startswith("À : à compl")


def test_an_answer_to_who_asks_for_their_data_says_what_the_law_wants() -> None:
    place = Treatment("Traitement : espace « Mairie »", "- Finalité : délivrer les actes")
    known = Known(found=3, looked="12 documents", unsearched="Documents illisibles : 1", treatments=[place])
    _, text = letter("answer", SEARCHED, known)
    for word in ("3 endroits", "12 documents", "illisibles : 1", "délivrer les actes", "article 15, paragraphe 1"):
        assert word in text
    for point in ("Origine", "Décision automatisée", "rectification", "limitation", "opposer", "CNIL"):
        assert point in text
    _, text = letter("answer", SEARCHED, Known("Mairie", "28 novembre 2026", found=1, sure=False))
    assert text.startswith("Mairie, le 28 novembre 2026\n\nÀ : Maëlys") and "ont probablement été trouvées" in text
    assert "1 endroit " in text and "Finalités, catégories" in text, "without a register, it is to be completed"
    _, text = letter("answer", SEARCHED, Known(looked="12 documents", treatments=[place]))
    assert "Aucune donnée" in text and "12 documents" in text and "Mairie" not in text
    moved = replace(SEARCHED, kind="portability")
    _, text = letter("answer", moved, Known(found=1))
    assert "formats sont ouverts" in text and "portabilité" in text and "par ailleurs" not in text
    assert "article 20" in text
    _, text = letter("answer", moved, Known(found=1, elsewhere=2, sure=False))
    assert "à 1 endroit" in text and "probablement été trouvées par ailleurs, à 2 endroits" in text
    _, text = letter("answer", moved, Known(elsewhere=2))
    assert "pas de fichier à vous remettre" in text and "remis avec cette lettre" not in text
    assert "par ailleurs, à 2 endroits" in text


def test_no_letter_has_a_hole_or_a_word_that_nobody_may_say() -> None:
    for kind in ("access", "erasure", "portability"):
        for state, extended in (("open", None), ("open", LATER), ("refused", None), ("done", None)):
            one = replace(SEARCHED, kind=kind, state=state, extended=extended, ended=ENDED)
            for name in offered(one):
                for known in (Known(), Known(elsewhere=1), Known(found=2, totals="Effacé : 2")):
                    text = "\n".join(letter(name, one, known))
                    assert not re.search(r"[{}]|None|  |\n\n\n", text), text
                    assert not re.search("conforme|certifié|qualifié", text)
    assert set(_file()["letter"]) == {
        *("received", "extended", "refused", "access", "access-nothing"),
        *("portability", "portability-nothing", "erasure"),
    }


def test_the_register_gives_what_is_told_outside_and_keeps_the_rest() -> None:
    facts = Facts(
        datetime(2026, 11, 28, tzinfo=UTC),
        organisation="Mairie",
        routes=(),
        spaces=(SpaceFact("s1", "Mairie", "interne"), SpaceFact("s2", "Social", "interne")),
    )
    made = document("registre", facts)
    written = parts(made, {})
    assert _contact(written) == ""
    owner = next(part for part in written if part.section.key == "responsable")
    told = owner.text.replace(f"Adresse et contact{COLON}à compléter", f"Adresse et contact{COLON}1 place Verte")
    assert _contact([replace(owner, text=told)]) == "1 place Verte"
    found = [Found(1, Finding("document", "d1", "s1", whole=1), "", "found", "")]
    space = next(part for part in written if part.section.key == "espace-s1")
    assert f"(contrôle{COLON}" in space.text
    (one,) = _treatments(written, found)
    assert "Mairie" in one.title and "Finalité" in one.lines and "Délais d’effacement" in one.lines
    assert "Classe de sensibilité" not in one.lines and "Social" not in one.title
    assert "contrôle" not in one.lines, "the checks are the house's own"
    text = space.text.replace(
        f"Finalité{COLON}à compléter", f"Finalité{COLON}délivrer\nles actes\n- M. X a été condamné"
    )
    text = text.replace("Base légale", "Fondement") + "\n\nà revoir avec le maire"
    (one,) = _treatments([replace(space, text=text)], found)
    assert "délivrer\nles actes\n" in one.lines and f"Base légale{COLON}à compléter" in one.lines
    for note in ("condamné", "maire", "Fondement"):
        assert note not in one.lines, "a line of their own may be a note for themselves"
    loose = "* Finalité: tenir l’état civil\n- Base légale : loi\n- Base légale : décret"
    (one,) = _treatments([replace(space, text=loose)], found)
    assert "tenir l’état civil" in one.lines and "loi" in one.lines and "décret" in one.lines
    both = [*found, Found(2, Finding("account", "p1", "", whole=1), "", "found", "")]
    names = [part.title for part in _treatments(written, both)]
    assert len(names) == 2 and "comptes" in names[1]
    assert "Comptes ouverts" not in _treatments(written, both)[1].lines
