"""A message in, a draft of its answer out: whom it goes to, its thread, and nothing that the message slipped in."""

import email
import email.policy
from dataclasses import replace

import format_files as formats
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.workshop import Answering, Letter, LetterSource, ReadLimits
from demeure.workshop.answers import AnswerInvalid, checked_answering
from demeure.workshop.export import export
from demeure.workshop.export_asker import checked_file
from demeure.workshop.letter_eml import write_eml
from demeure.workshop.parts import Facts
from demeure.workshop.read_mail import read
from demeure.workshop.replying import REFERENCES, addresses

LETTER = Letter(
    language="fr",
    title="Salle des fêtes",
    organisation="Mairie",
    text="Bonjour Madame,  \n\nLa salle est **libre** le 14\u00a0juin [1].\n\n- un\n- deux\n\nClaire  \nAccueil",
    issued=1_780_000_000,
    sources=(LetterSource(1, "Tarifs.pdf", "page 3", "La caution est de 300 €."),),
    mention="Rédigé avec l’aide d’une IA.",
    review="Pas encore relu par une personne.",
    facts=(("AIGenerated", "true"), ("AIModel", "essai")),
)
ASKED = Answering(
    (("Noémie Valdrey", "n.valdrey@couvertures.example"),), "Livraison", "<a1@x.example>", ("<a0@x.example>",)
)


def answering(**fields: str) -> Answering | None:
    """What is read of a message with these headers besides."""
    message = formats.letter()
    for name, value in fields.items():
        del message[name.replace("_", "-")]
        message._headers.append((name.replace("_", "-"), value))  # type: ignore[attr-defined] # as it came, unchecked
    facts = Facts()
    for _ in read(bytearray(message.as_bytes(policy=email.policy.compat32)), "a.eml", ReadLimits(), facts):
        pass
    assert checked_answering(facts.answering and facts.answering.data()) == facts.answering, (
        "passes the asker's checks"
    )
    return facts.answering


def sent(letter: Letter) -> email.message.EmailMessage:
    made = export(letter.data(), "eml")
    assert made == write_eml(letter), "the same letter, the same bytes"
    assert checked_file(made, {"bytes": len(made)}, "eml") == made
    message = email.message_from_bytes(made, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage) and not message.defects
    return message


def test_a_draft_answers_its_message_and_opens_as_one() -> None:
    message = sent(replace(LETTER, answering=ASKED))
    assert message["X-Unsent"] == "1" and message["From"] is None
    assert message["To"] == "Noémie Valdrey <n.valdrey@couvertures.example>"
    assert message["Subject"] == "Re: Livraison" and message["In-Reply-To"] == "<a1@x.example>"
    assert message["References"] == "<a0@x.example> <a1@x.example>"
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert (message["X-Demeure-AIGenerated"], message["X-Demeure-AIModel"]) == ("true", "essai")
    text = message.get_content().replace("\r\n", "\n")
    assert text.startswith(
        "Bonjour Madame,\n\nLa salle est libre le 14\u00a0juin [1].\n\n- un\n- deux\n\nClaire\nAccueil\n"
    )
    assert "[1] Tarifs.pdf, page 3" in text and text.rstrip().endswith(LETTER.review) and LETTER.mention in text


def test_that_nobody_read_it_yet_is_not_told_to_its_reader() -> None:
    message = sent(replace(LETTER, facts=(("HumanReview", "none"),)))
    assert message["X-Demeure-HumanReview"] == "none" and message["Content-Language"] == "fr"
    assert LETTER.mention in message.get_content() and LETTER.review not in message.get_content()


def test_a_draft_that_answers_nothing_has_its_own_subject() -> None:
    message = sent(LETTER)
    assert message["Subject"] == "Salle des fêtes"
    assert message["To"] is None and message["In-Reply-To"] is None and message["References"] is None


@pytest.mark.parametrize("subject", ["Re: Livraison", "RE : Livraison", "Rép: Livraison", "Re[2]: Livraison"])
def test_an_answer_is_said_once(subject: str) -> None:
    assert replace(ASKED, subject=subject).answer == "Re: Livraison"


def test_who_is_to_be_answered_is_who_the_message_says() -> None:
    plain = answering()
    assert plain is not None and plain.to == (("Noémie Valdrey", "n.valdrey@couvertures.example"),)
    elsewhere = answering(Reply_To="Accueil <accueil@couvertures.example>, n.valdrey@couvertures.example")
    assert elsewhere is not None and [address for _, address in elsewhere.to] == [
        "accueil@couvertures.example",
        "n.valdrey@couvertures.example",
    ]
    thread = answering(Message_ID="<b@x>", References="<a@x>\n <a2@x>", Subject="Re: Devis")
    assert thread is not None and (thread.name, thread.before, thread.answer) == (
        "<b@x>",
        ("<a@x>", "<a2@x>"),
        "Re: Devis",
    )
    long = answering(Message_ID="<z@x>", References=" ".join(f"<{n}@x>" for n in range(400)))
    assert long is not None and len(long.references) == REFERENCES and long.references[-1] == "<z@x>"


HOSTILE = {
    "encoded line": {"Subject": "=?utf-8?q?Livraison=0D=0ABcc:_mal@x.example?="},
    "folded line": {"Subject": "Livraison\n Bcc: mal@x.example"},
    "name with a line": {"From": "=?utf-8?q?N=0D=0ABcc:_mal@x.example?= <n@x.example>"},
    "no address": {"From": "personne"},
    "address with a line": {"Reply_To": "<n@x.example\n Bcc: mal@x.example>"},
    "thousands": {"Reply_To": ", ".join(f"a{n}@x.example" for n in range(5_000))},
    "odd name": {"Message_ID": "<a b@x>", "References": "<>< @ ><a@b\u202ec>"},
    "quoted": {"From": '"a\\" <mal@x.example>, " <n@x.example>'},
    "directions": {"Subject": "Livraison \u202eexe.eml"},
    "very long": {"Subject": "é" * 20_000, "Message_ID": "<" + "a" * 900 + "@x>"},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_hostile_message_says_stays_in_its_field(what: str) -> None:
    found = answering(**HOSTILE[what])
    message = sent(replace(LETTER, answering=found))
    usual = {"X-Unsent", "Date", "To", "Subject", "In-Reply-To", "References", "Content-Language", "Content-Type"}
    usual |= {"MIME-Version", "Content-Transfer-Encoding", "X-Demeure-AIGenerated", "X-Demeure-AIModel"}
    assert set(message.keys()) <= usual and len(message.keys()) == len(set(message.keys()))
    assert "\u202e" not in str(message["Subject"]) and len(message.as_bytes()) < 20_000
    assert message.get_content().replace("\r\n", "\n").startswith("Bonjour Madame,")


SHORT = st.text(max_size=40)
PEOPLE = st.lists(st.tuples(SHORT, st.sampled_from(["a@b", "a@b.example", "a b@c", ""])).map(list), max_size=3)
NAME = st.one_of(st.sampled_from(["<a@b>", "", "<a@b\n>"]), SHORT)


@given(st.one_of(PEOPLE, SHORT), SHORT, NAME, st.one_of(st.lists(NAME, max_size=3), st.none()))
@settings(max_examples=40, deadline=None)
def test_a_job_that_lies_about_a_message_is_not_believed(
    to: object, subject: object, name: object, before: object
) -> None:
    try:
        found = checked_answering({"to": to, "subject": subject, "name": name, "before": before})
    except AnswerInvalid:
        return
    sent(replace(LETTER, answering=found))


@given(st.text(max_size=80))
def test_whatever_a_field_holds_only_addresses_come_out(text: str) -> None:
    for _, address in addresses([text]):
        assert address.isascii() and address.count("@") == 1 and not set(address) & set(' <>,;:"()\r\n')
