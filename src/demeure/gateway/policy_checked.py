"""What a text of policy would change, before it holds, and how that is told in both languages (pure)."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from demeure.errors import bound, counted
from demeure.policy import Failure, Policy

POLICY_FILE = "policy.toml"
"""What a text is called in what is said of it, when it comes from no file."""
ERASED = {
    "fr": (("document", "documents"), ("conversation", "conversations"), ("travail", "travaux")),
    "en": (("document", "documents"), ("conversation", "conversations"), ("work", "works")),
}


@dataclass(frozen=True)
class Checked:
    """A policy that can be read. ``failures``: its own cases that do not hold; ``diff``: lines, from the one in
    force; ``gone``: class that things have and that it has no longer → how many spaces, how many documents;
    ``past``: documents, conversations and works that it would have erased, weeks of the journal's contents
    withdrawn; ``strangers``: models that it names and that nobody knows."""

    policy: Policy
    failures: tuple[Failure, ...]
    diff: tuple[str, ...]
    gone: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    past: tuple[int, int, int, int] = (0, 0, 0, 0)
    strangers: tuple[str, ...] = ()


def differences(before: str, after: str) -> tuple[str, ...]:
    """Lines of a unified diff, three lines around each change; empty when nothing changed."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return tuple(lines)[2:]


def told_failures(failures: tuple[Failure, ...]) -> dict[str, str]:
    """The cases that do not hold, with their lines, in both languages."""
    words = {"allow": "permis", "deny": "refusé", "pseudonymised": "permis avec pseudonymes"}
    french = [
        f"Ligne {one.case.line}, « {one.case.name} » : {words[one.found]} au lieu de {words[one.case.expect]}"
        f"{_because(one, 'fr')}"
        for one in failures
    ]
    english = [
        f"Line {one.case.line}, “{one.case.name}”: {one.found} instead of {one.case.expect}{_because(one, 'en')}"
        for one in failures
    ]
    return {"detail": "\n".join(french), "detail_en": "\n".join(english)}


def told_gone(checked: Checked) -> dict[str, str]:
    """What a class that goes does to the things that have it, in both languages; empty: none goes."""
    highest = checked.policy.classes[-1]
    french, english = [], []
    for one, (spaces, documents) in checked.gone.items():
        fr = ", ".join(
            f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((spaces, "espace"), (documents, "document")) if n
        )
        en = ", ".join(
            f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((spaces, "space"), (documents, "document")) if n
        )
        french.append(f"La classe « {one} » n’y est plus : ce qui l’a ({fr}) comptera comme « {highest.fr} ».")
        english.append(f"The class “{one}” is no longer there: what has it ({en}) will count as “{highest.en}”.")
    return {"fr": bound("\n".join(french)), "en": "\n".join(english)}


def told_past(checked: Checked) -> dict[str, str]:
    """What the house would erase, or withdraw of the journal, under a text, in both languages; empty: nothing."""
    *erased, weeks = checked.past
    french, english = [], []
    fr, en = (
        ", ".join(counted(n, *one) for n, one in zip(erased, ERASED[language], strict=True) if n)
        for language in ("fr", "en")
    )
    if fr:
        french.append(f"Déjà au-delà de la durée que ce texte leur donne, et que la maison effacera : {fr}.")
        english.append(f"Past the time that this text gives them already, and erased once it holds: {en}.")
    if weeks:
        fr, en = counted(weeks, "semaine", "semaines"), counted(weeks, "week", "weeks")
        french.append(f"Contenus du journal que la maison retirera, espace par espace : {fr}. Les lignes restent.")
        english.append(f"Contents of the journal that the house will withdraw, space by space: {en}. Entries stay.")
    return {"fr": bound("\n".join(french)), "en": "\n".join(english)}


def told_before(checked: Checked) -> dict[str, str]:
    """All that goes with a text, a line each, in both languages: classes that things have, what is past its
    keeping, rules that are escaped, models that nobody knows; empty: nothing."""
    told = (told_gone(checked), told_past(checked), told_escapes(checked.policy), told_strangers(checked.strangers))
    return {language: "\n".join(one[language] for one in told if one[language]) for language in ("fr", "en")}


def told_strangers(names: Sequence[str]) -> dict[str, str]:
    """Models that a text names and that nobody knows, in both languages; empty: none."""
    if not names:
        return {"fr": "", "en": ""}
    said, several = ", ".join(names), len(names) > 1
    fr = f"Modèle{'s' if several else ''} que ni la maison ni une route ne connaît : {said} (demeure models list)."
    en = f"Model{'s' if several else ''} that neither the house nor a route knows: {said} (demeure models list)."
    return {"fr": bound(fr), "en": en}


def told_escapes(policy: Policy) -> dict[str, str]:
    """Rules about a class that a conversation or a work escapes by touching a higher one, in both languages; empty:
    none. A question is decided space by space: it escapes none."""
    french, english = [], []
    for denial in policy.denials:
        if denial.classes is None or not any(one.startswith(_OF_SEVERAL) for one in denial.actions):
            continue
        lowest = min(policy.sensitivity(one).rank for one in denial.classes)
        above = [one for one in policy.classes if one.rank > lowest and one.id not in denial.classes]
        if above:
            fr = ", ".join(f"«\u00a0{one.fr}\u00a0»" for one in above)
            en = ", ".join(f"“{one.en}”" for one in above)
            french.append(
                f"La règle « {denial.name} » ne nomme pas {fr} : une conversation ou un travail qui touche aussi "
                f"cette classe y échappe, puisqu’il en prend le nom."
            )
            english.append(
                f"The rule “{denial.name}” does not name {en}: a conversation or a work that touches that class "
                f"too escapes it, since it takes its name."
            )
    return {"fr": bound("\n".join(french)), "en": "\n".join(english)}


_OF_SEVERAL = ("conversation.", "work.")
"""Actions about what takes the highest of several classes."""


def _because(failure: Failure, language: str) -> str:
    return f" ({failure.why.sentence(language)})" if failure.why is not None else ""
