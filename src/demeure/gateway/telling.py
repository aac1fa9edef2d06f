"""What an entry of the journal says, in words: leaves hold names for programs, people read sentences.

Every name that the product writes has its sentence in both languages, in ``locale/journal.toml`` (a test walks
them); a name that nobody knows here, of another version, is shown as it is.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from string import Formatter
from typing import Any

from demeure.errors import known_errors
from demeure.gateway.locale import OUTCOMES, Sentences, moment
from demeure.gateway.telling_routes import about_route
from demeure.policy import RULE_PREFIX

_COUNTED = {"passages-found": "passages", "documents-sought": "documents"}
"""Entries about a list of identifiers → what they are; their number is told."""
_SPOKEN = {
    "walls-proved": "verdict",
    "journal-read": "wanted",
    "journal-exported": "wanted",
    "attestation-asked": "signed",
    "attested": "signed",
    "space-gaps": "gaps",
    "backup-drilled": "drill",
    "person-role": "role",
    "space-shared": "share",
    "password-refused": "login",
    "account-waits": "login",
    "key-refused": "key",
    "course-followed": "course",
    "signed-in": "way",
    "contractor-closed": "window",
    "legal-asked": "legal",
    "model-called": "model",
    "person-request": "asked",
    **dict.fromkeys(("incident-begun", "incident-filled", "incident-told", "incident-over"), "incident"),
    **dict.fromkeys(("second-added", "second-removed", "second-shown", "confirmed-again"), "second"),
    **dict.fromkeys(("term-put", "term-remove", "glossary-import", "text-write", "text-remove"), "words"),
}
"""Entries whose bare words are words of ours → the group of their values."""
_NUMBERS = frozenset(
    [
        *("blocked", "bytes", "count", "days", "entries", "inconclusive", "open", "too-early"),
        *(
            "unknown-logins",
            "wrong",
            "right",
            "asked",
            "found",
            "done",
            "told",
            "kept",
            "held",
            "failed",
            "seconds",
            "added",
            "adopted",
            "closed",
            "documents",
            "joined",
            "left",
            "renamed",
            "reopened",
        ),
    ]
)
"""Words that a number comes before."""
_COUNTS = frozenset(("word.kept.directory-followed",))
"""Those of one kind of entries only."""
_ROLES = frozenset(("was",))
"""Words whose value is a role of people."""
_DIGESTS = frozenset(("sha256", "sha512", "statement", "sums", "policy"))
_UNSAID = re.compile(r"(?<=[ \u00a0])\?")
"""What an error says of a detail it lacks; a question of ours has a narrow space in French, none in English."""
_CODE = re.compile(r"[A-Z][A-Za-z0-9]+")
_MACHINE_USER = re.compile(r"(?:(?P<who>.+) )?uid (?P<uid>\d+)(?P<root>, or root: not told apart here)?")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_HOUSE = frozenset(("house", "gateway", "worker"))
"""Actors that are parts of the house."""
_ALONE = re.compile(r"prove_hours=(\d+)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WAITED = re.compile(r"(\d+) s")
_MORE = re.compile(r"(.+), and (\d+) more since the last entry")
_FACTS = re.compile(r"[a-z-]+=[0-9a-f]{16}:\d+")


@cache
def table() -> Sentences:
    """``locale/journal.toml``, read once."""
    return Sentences.load("journal.toml")


@cache
def outcomes() -> list[tuple[str, str]]:
    """(outcome, its word in every language)."""
    pages = Sentences.load()
    return [(one, " ".join(pages.table[key].values()).casefold()) for one, key in OUTCOMES.items()]


def known(name: str) -> str:
    """The key of the sentence of an entry of that name, of the work that it closes, or of the look that was
    refused; empty when there is none."""
    for candidate in (name, *(name.removesuffix(end) for end in ("-closed", "-refused"))):
        for whole_name in (candidate, f"{candidate}-opened"):
            if f"entry.{whole_name}" in table().table:
                return whole_name
    return ""


def nameless(events: Sequence[str]) -> tuple[str, str]:
    """The first of ``events`` (names of entries, ``person-*`` for a family) that no entry bears, and names like it;
    both empty: each may come."""
    names = [key.removeprefix("entry.") for key in table().table if key.startswith("entry.")]
    for one in events:
        family = one.endswith("*") and any(name.startswith(one[:-1]) for name in names)
        if not family and not known(one):
            return one, ", ".join(get_close_matches(one, names, 3, 0.5))
    return "", ""


def said(language: str, name: str) -> str:
    """« Document ajouté », « Document ajouté (fin) », « Lecture du journal (refusé) »; the name when unknown."""
    found, say = known(name), table().say
    if not found:
        return name
    sentence = say(language, f"entry.{found}")
    if found == name:
        return sentence
    return say(language, "told.refused" if name.endswith("-refused") else "told.closing", said=sentence)


def about(language: str, name: str, object_: str, names: Mapping[str, str] | None = None) -> str:
    """What the entry is about. ``names``: of people and spaces by identifier, those that the reader may know;
    other identifiers stay as they are."""
    base, tokens = known(name), object_.split()
    if base in _COUNTED and tokens:
        return table().count(language, f"told.{_COUNTED[base]}", len(tokens))
    if base == "control-opened" and (found := _MACHINE_USER.fullmatch(object_)):
        return _machine_user(language, found)
    if len(tokens) == 2 and tokens[0] in _METHODS:
        return _page(language, *tokens)
    if base in ("backup-drilled", "backup-made") and tokens and tokens[0].isdecimal():
        tokens[0] = f"id={tokens[0]}"
    if len(tokens) == 1 and (problem := _problem(language, object_.strip())):
        return problem
    if told_route := about_route(table().say, language, object_):
        return told_route
    told: list[str] = []
    if base == "box-facts":
        tokens = [token for token in tokens if not _FACTS.fullmatch(token)]
        told = _facts(language, object_)
    for token in tokens:
        word, mark, value = token.partition("=")
        if mark and (key := _word(base, word)):
            pair = table().say(language, key), _value(language, word, value, names or {})
            counted = word in _NUMBERS or key in _COUNTS
            told.append(" ".join(pair[::-1] if counted else pair))
        else:
            bare = _value(language, _SPOKEN.get(base, ""), token, names or {})
            told = [*told[:-1], f"{told[-1]} {bare}"] if told else [bare]
    return ", ".join(told)


def who(language: str, actor: str, names: Mapping[str, str] | None = None) -> str:
    """Whose work it is: a person whose name the reader may know, a part of the house, an account of the machine; a
    pseudonym otherwise."""
    kind, mark, which = actor.partition(":")
    if names and actor in names:
        return names[actor]
    if not actor or actor in _HOUSE:
        return table().say(language, "told.house")
    if f"told.by_{kind}" in table().table and (mark or kind == "visitor"):
        return table().say(language, f"told.by_{kind}", which=(names or {}).get(which, which))
    return actor


def why(language: str, decision: str) -> str:
    """The rule that decided, or what stands in its place: an error, how long an account waits."""
    if f"why.{decision}" in table().table:
        return table().say(language, f"why.{decision}")
    if found := _WAITED.fullmatch(decision):
        return table().say(language, "told.seconds", n=found[1])
    if found := _ALONE.fullmatch(decision):
        return table().say(language, "told.alone", n=found[1])
    if decision.startswith(RULE_PREFIX):
        return table().say(language, "told.rule", name=decision.removeprefix(RULE_PREFIX))
    if found := _MORE.fullmatch(decision):
        return table().say(language, "told.more", why=why(language, found[1]), n=found[2])
    if told := _problem(language, decision):
        return told
    return table().say(language, "told.code", name=decision) if _CODE.fullmatch(decision) else decision


def _problem(language: str, code: str) -> str:
    """The sentence of an error, what it does not say here left open (« … »); empty: no error is called so."""
    kind = known_errors().get(code)
    if kind is None:
        return ""
    names = {name for text in (kind.fr, kind.__doc__ or "") for _, name, _, _ in Formatter().parse(text) if name}
    told = kind(**dict.fromkeys(names, "…")).sentence(language)
    return _UNSAID.sub("…", told).removesuffix(". …").removesuffix(".")


def _word(base: str, word: str) -> str:
    """The key of a word: the one of entries of that name before the one of all; empty: nobody knows it here."""
    return next((key for key in (f"word.{word}.{base}", f"word.{word}") if key in table().table), "")


def sought(words: str | None) -> str | None:
    """Words that a person looks for → for the journal: each as it stands, or a name whose sentence holds it; then
    the closings of that name too, which say how it ended, or an outcome."""
    if not words:
        return words
    named = [(_stem(key.removeprefix("entry.")), " ".join(pair.values()).casefold()) for key, pair in _entries()]
    named += outcomes()
    return " ".join(
        "|".join([word, *(name for name, told in named if word in told)])
        for word in words.casefold().replace("|", " ").split()
    )


def _stem(name: str) -> str:
    """``legal-opened`` is closed by ``legal-closed``; ``import`` by ``import-closed``, which holds it."""
    return f"{name}|{name.removesuffix('-opened')}-closed" if name.endswith("-opened") else name


def _entries() -> list[tuple[str, Mapping[str, str]]]:
    return [(key, pair) for key, pair in table().table.items() if key.startswith("entry.")]


def _value(language: str, group: str, value: str, names: Mapping[str, str]) -> str:
    if value in names:
        return names[value]
    group = "role" if group in _ROLES else group
    if f"value.{group}.{value}" in table().table:
        return table().say(language, f"value.{group}.{value}")
    if group == "time" and value.isdecimal() and len(value) < 12:
        return moment(language, datetime.fromtimestamp(int(value), UTC))
    if group == "seconds" and language == "fr":
        return value.replace(".", ",")
    if group == "name":
        return said(language, value)
    if group == "before" and (when := _moment(value)):
        return moment(language, when)
    if group == "last-day" and language == "fr" and _DAY.fullmatch(value):
        return "/".join(reversed(value.split("-")))
    return f"{value[:16]}…" if group in _DIGESTS and len(value) > 16 else value


def _page(language: str, method: str, path: str) -> str:
    """« page « Administration » », and the way itself when it is only under that page; the way where no page is."""
    steps = path.split("/")
    above = ("/".join(steps[:count]) or "/" for count in range(len(steps), 1, -1))
    key = next((f"page.{one}" for one in above if f"page.{one}" in table().table), "")
    if not key:
        return f"{method} {path}"
    named = table().say(language, "told.page", name=table().say(language, key))
    return named if method == "GET" and key == f"page.{path}" else f"{named} ({method} {path})"


def _moment(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _machine_user(language: str, found: re.Match[str]) -> str:
    told = table().say(language, "told.account" if found["who"] else "told.numbered", **found.groupdict())
    other = found["root"] and found["uid"] != "0"  # root is root
    return table().say(language, "told.or_root", who=told) if other else told


def _facts(language: str, object_: str) -> list[str]:
    """How many processes were looked at, and how many gaps with their profiles."""
    rows = [token for token in object_.split() if _FACTS.fullmatch(token)]
    gaps = sum(int(row.rpartition(":")[2]) for row in rows)
    count = table().count
    return [count(language, "told.processes", len(rows)), count(language, "told.gaps", gaps)]


def told(language: str, entry: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """``said``, ``about``, ``why``, ``who`` of an entry given as plain data."""
    return {
        "who": who(language, entry["actor"], names),
        "said": said(language, entry["name"]),
        "about": about(language, entry["name"], entry["object"], names),
        "why": why(language, entry["decision"]),
    }
