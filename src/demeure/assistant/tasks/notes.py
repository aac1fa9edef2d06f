"""Notes said as sentences, each held to its note: nothing lost that decides, nothing added. Pure.

A small model gives a note another verb (« délivrée »), drops what it decides (« confirmé ») or turns it round: such
a sentence is asked for once more, then gives way to the note itself.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from demeure.assistant import grounding
from demeure.assistant.tasks.making import Stems
from demeure.assistant.tasks.recipes.sourcing import wrong
from demeure.assistant.tasks.repairs import mail_parts, plain
from demeure.assistant.tasks.sentence import whole_sentence

MOST_LINES = 20
SAME = 0.5
"""Share of a note's words that its sentence must hold."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_NUMBERED = re.compile(r"(?m)^\s*(\d{1,2})[.)]\s+(\S.*)$")
_DENIES = re.compile(
    r"\b(?:pas|aucune?|sans|ni|jamais|rien|plus de|hors|sauf|inutile|not?|without|never|nothing|except)\b|\bn[’']",
    re.IGNORECASE,
)
_DECIDES = re.compile(
    r"\b(?:confirm|refus|annul|report|accept|accord|rejet|gratuit|payant|interdit|obligatoire|facultatif|impossible|"
    r"complet|incomplet|valable|ferm|ouvert|suspend|suspens|prolong|cancel|postpon|reject|free|forbidden)\w*",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\b(?:refus|rejet|reject)\w*", re.IGNORECASE)
_NOT_GRANTED = re.compile(r"\b(?:accord|accept|grant)\w*", re.IGNORECASE)
_NEUTRAL = """être avoir faire devoir pouvoir vouloir aller falloir dire savoir aura auront lieu prévu prévue
prévus prévues prévoir inviter invitons invite prier prions merci remercier remercions rappeler
rappelons rappelle informer informons informe noter notez convenir nécessaire possible souhaiter
souhaitons bien voir également ainsi aussi afin cela ceci cet cette ces votre vos notre nos leur
leurs vous nous donc lors date jour heure personne disposition disponible présent présente sera
seront doit doivent devez devrez pourrez pouvez veuillez faudra faut concernant selon assurer assuré
fixer fixé fixée commencer commencera débutera débuter terminer durer durera pu voici objet coûter
coûte coûtera élever élève tarif montant prix must shall will please invite inform remind thank take
place held note kindly available need needs should would malheureusement favorable suite étant
regret regrettons prestataire fournisseur titulaire prestation
the this that these those of at in by from to with and or until into upon within is are was were be been has
have had will can may would should you your yours our ours we us they their its it he she his her do does
did so therefore also as which who collected paid held made given sent received available possible open able
sorry regret unfortunately happy pleased kindly thank thanks let know hereby concerning regarding about off
up out due date time day cost costs price amount supplier provider service contractor"""
_CLUMSY = re.compile(
    r"\binvit\w+ à (?!l[ae’']|une?\b|cet|vo|\w+(?:er|ir|re)\b)|\b(?:est|sont|sera|seront) (?:par|avant|avec)\b"
    r"|\b(?:nécessaires?|prière|merci) de (?:\d|(?:un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|des)\b)",
    re.IGNORECASE,
)
"""« Nous vous invitons à rendez-vous »: an invitation is to do something; « la réponse est par courrier »; « il est
nécessaire de 45 postes »."""
_INFINITIVE = re.compile(
    r"(?:[Nn]e pas )?(?!(?i:hiver|loyer|danger|foyer|loisir|avenir|plaisir|désir|souvenir|mer|fer)\b)"
    r"[A-Za-zà-ÿ]*(?:(?<!i)er|(?:rif|conf|publ|tif|stif|tud|dif|copi?|ssoc|subl|oubl)ier|ir"
    r"|prendre|mettre|rendre|attendre|répondre|joindre|crire|lire|faire|suivre|duire|vendre)\b(?! ?:)"
)
"""« Prévenir si absent »: what is to be done, said without a verb that asks."""
_ASKED = re.compile(
    r"(?:do not|don[’']t) \w+|(?:bring|send|come|apply|allow|keep|let|write|collect|provide|attach|ask|wear|avoid|"
    r"remember|fill in|tell|give|take)\b(?! place)",
    re.IGNORECASE,
)
"""The same in English; no word that is a thing as well (« open », « report », « book »)."""
_LETTERS = re.compile(r"[^\W\d_]")

_VOWELS = "aàâeéèêiîoôuûy"


def lines_of(notes: str, most: int = MOST_LINES) -> list[str]:
    """One note a line; a paragraph, one a sentence; so many at most."""
    found: list[str] = []
    for written in notes.split("\n"):
        line = re.sub(r"^\s*(?:[-–•*]|\d{1,2}[.)])\s*", "", written).strip()
        found += [one.strip() for one in _SENTENCE.split(line)] if len(line) > 160 else [line]
    return [one for one in found if one][:most]


def numbered(notes: Sequence[str]) -> str:
    """As a model is told them."""
    return "\n".join(f"{n}. {note}" for n, note in enumerate(notes, 1))


def answers(said: str) -> dict[int, str]:
    """The sentences that a model numbered."""
    return {int(n): text.strip() for n, text in _NUMBERED.findall(plain(said))}


def told_one_by_one(
    said: str, notes: Sequence[str], stems: Stems, language: str, *, coming: bool = False
) -> tuple[str, str]:
    """(subject, body) of numbered sentences; one that is not faithful gives way to its note. ``coming``: the
    model still writes."""
    subject, _ = mail_parts(_NUMBERED.sub("", said))
    found = answers(said)
    last = max(found, default=0)
    sentences = []
    for n, note in enumerate(notes, 1):
        if coming and n >= last:  # its end, and what follows, are not there yet
            sentences += [found[n]] if n in found else []
            break
        sentences.append(as_sentence(found[n] if faithful(found.get(n, ""), note, stems) else note, language))
    paragraphs = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    return subject, "\n\n".join(paragraphs)


def faithful(sentence: str, note: str, stems: Stems) -> bool:
    """It holds the note's figures, no other, what the note begins with, half of its words and all that decide; and
    no word of its own but those that every letter has."""
    if not sentence or set(grounding.figures(note)) != set(grounding.figures(sentence)):
        return False
    if wrong(sentence, [note]):  # the same digits in another date
        return False
    wanted, held = set(stems(note)), set(stems(sentence))
    denies = bool(_DENIES.search(sentence))
    if _REFUSED.search(note) and denies and (granted := _NOT_GRANTED.findall(sentence)):  # the same, said softly
        note, denies = _REFUSED.sub(granted[0], note), bool(_DENIES.search(note))
        wanted = set(stems(note))
    if bool(_DENIES.search(note)) != denies:
        return False
    if any(not set(stems(one)) <= held for one in _DECIDES.findall(note)):
        return False
    told, noted = Counter(stems(sentence)), Counter(stems(note))
    if _CLUMSY.search(sentence) or any(told[one] > noted[one] > 0 for one in wanted):
        return False
    common = set(stems(_NEUTRAL))
    if any(_LETTERS.search(one) for one in held - wanted - common):
        return False
    of = next((one for one in stems(note) if _LETTERS.match(one) and one not in common), None)
    if of is not None and of not in held:  # « autorisation signée à rendre »: « vous devrez rendre » what?
        return False
    return not wanted or len(wanted & held) / len(wanted) >= SAME


def unfaithful(said: str, notes: Sequence[str], stems: Stems) -> list[int]:
    """Numbers of the notes whose sentence cannot be kept."""
    found = answers(said)
    return [n for n, note in enumerate(notes, 1) if not faithful(found.get(n, ""), note, stems)]


def left_of(said: str, notes: Sequence[str], stems: Stems) -> list[str]:
    """The notes to ask for once more."""
    return [notes[n - 1] for n in unfaithful(said, notes, stems)]


def together(said: str, again: str, notes: Sequence[str], stems: Stems) -> str:
    """``said`` with the sentences of ``again`` in the place of those that could not be kept."""
    found, more = answers(said), answers(again)
    left: Mapping[int, int] = {n: at for at, n in enumerate(unfaithful(said, notes, stems), 1)}
    subject = next((line for line in plain(said).split("\n") if not _NUMBERED.match(line) and ":" in line), "")
    lines = [f"{n}. {more.get(left[n], '') if n in left else found[n]}" for n in range(1, len(notes) + 1)]
    return "\n".join([subject, *lines]).strip()


def as_sentence(note: str, language: str) -> str:
    """The note itself, with its capital and its full stop; what it says to do, asked politely."""
    if language == "fr":
        asked = _INFINITIVE.match(note)
        link = "d’" if note[:1].lower() in _VOWELS else "de "
        note = f"merci {link}{note[:1].lower()}{note[1:]}" if asked else whole_sentence(note)
    if language == "en" and _ASKED.match(note):
        note = f"please {note[:1].lower()}{note[1:]}"
    text = note[:1].upper() + note[1:]
    return text if text[-1] in ".!?…" else f"{text}."
