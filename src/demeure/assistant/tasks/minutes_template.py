"""The template of minutes: the organisation's own text with its places in braces, or the one of the house. Pure.

A place that nothing fills is left as it is, and told; what was found and has no place comes at the end: nothing is
lost because a template forgot it.
"""

import re
import unicodedata
from collections.abc import Mapping

from demeure.assistant.tasks.attendance import Attendance
from demeure.assistant.tasks.making import Job

USUAL = {
    "fr": """**Présents** : {présents}

**Excusés ou absents** : {absents}

**Secrétaire de séance** : {secrétaire}

## Points abordés

{points}

## Décisions

{décisions}

## Votes

{votes}

## Actions

{actions}
""",
    "en": """**Present**: {present}

**Apologies or absent**: {absent}

**Secretary**: {secretary}

## Points

{points}

## Decisions

{decisions}

## Votes

{votes}

## Actions

{actions}
""",
}
_NAMES = {
    "meeting": ("seance", "reunion", "titre", "meeting", "title"),
    "organisation": ("organisation", "commune", "mairie"),
    "present": ("presents", "presentes", "participants", "present"),
    "absent": ("absents", "excuses", "absent", "apologies"),
    "secretary": ("secretaire", "secretaire_de_seance", "secretary"),
    "chair": ("president", "presidente", "president_de_seance", "chair"),
    "speakers": ("intervenants", "speakers"),
    "point": ("points", "debats", "points_abordes", "discussion"),
    "decision": ("decisions", "decision"),
    "vote": ("votes", "vote"),
    "action": ("actions", "suites", "action"),
}
"""What is filled → the names of its place, without accents."""
_OF = {name: what for what, names in _NAMES.items() for name in names}
PLACE = re.compile(r"\{\s*([^{}\n]{2,40}?)\s*\}")
_FAVOURED = re.compile(r"^(?:compte[ -]rendu|proces[ -]verbal|pv\b|minutes)")
_BLOCKS = ("point", "decision", "vote", "action")
_TITLES = {
    "fr": {"point": "Points abordés", "decision": "Décisions", "vote": "Votes", "action": "Actions"},
    "en": {"point": "Points", "decision": "Decisions", "vote": "Votes", "action": "Actions"},
}
_NOTHING = {
    "fr": {"point": "Rien de relevé.", "decision": "Aucune décision relevée.", "vote": "Aucun vote relevé."}
    | {"action": "Aucune action relevée."},
    "en": {"point": "Nothing found.", "decision": "No decision found.", "vote": "No vote found."}
    | {"action": "No action found."},
}
_QUESTIONS = {
    "fr": {
        "present": "Qui était présent ?",
        "absent": "Qui était excusé ou absent ?",
        "secretary": "Qui était secrétaire ?",
    }
    | {"chair": "Qui présidait ?", "speakers": "Qui est intervenu ?"},
    "en": {
        "present": "Who was present?",
        "absent": "Who sent apologies or was absent?",
        "secretary": "Who was secretary?",
    }
    | {"chair": "Who was in the chair?", "speakers": "Who spoke?"},
}
_LATER = {"fr": "à préciser", "en": "to be said"}


def template_of(job: Job) -> str:
    """The one that the form names, else the organisation's own for minutes, else the usual one."""
    kept = job.voice.templates
    if job.template is not None:
        return job.template.text
    name = job.values.get("modele", "").strip()
    if name in kept:
        return kept[name]
    own = next((text for title, text in sorted(kept.items()) if _FAVOURED.match(folded(title, " "))), "")
    return own if own and PLACE.search(own) else USUAL[job.language]


def titles(job: Job) -> list[str]:
    """Words that are the template's and nobody's claim."""
    return [template_of(job), *_TITLES[job.language].values()]


def filled(job: Job, present: Attendance, blocks: Mapping[str, str]) -> tuple[str, list[str]]:
    """(the minutes, what is to be said by hand)."""
    lines = {
        "meeting": job.told("seance").strip(),
        "organisation": job.organisation,
        "present": ", ".join(present.present),
        "absent": ", ".join(present.absent),
        "secretary": present.secretary,
        "chair": present.chair,
        "speakers": ", ".join(present.speakers),
    }
    template, left, used = template_of(job), list[str](), set[str]()

    def put(found: re.Match[str]) -> str:
        what = _OF.get(folded(found[1], "_"), "")
        used.add(what)
        if what in _BLOCKS:
            return blocks.get(what) or _NOTHING[job.language][what]
        if lines.get(what):
            return lines[what]
        left.append(_QUESTIONS[job.language].get(what) or f"« {found[1]} »")
        return _LATER[job.language] if what else found[0]

    text = PLACE.sub(put, template).rstrip()
    for what in _BLOCKS:
        if what not in used and blocks.get(what):
            text += f"\n\n## {_TITLES[job.language][what]}\n\n{blocks[what]}"
    return text, list(dict.fromkeys(left))


def folded(name: str, between: str) -> str:
    """The name of a place, or of a template, without accents, capitals or apostrophes."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return between.join(bare.replace("’", " ").replace("'", " ").split())
