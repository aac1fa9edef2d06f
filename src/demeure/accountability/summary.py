"""The two pages that open a pack of evidence, in plain French: what holds, what does not, how to check it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demeure.accountability.checking import FAILED, HELD, UNKNOWN, Result
from demeure.accountability.facts import Facts
from demeure.accountability.live import COLON, windows_told
from demeure.accountability.measures import STATES, Measure, measures, named
from demeure.errors import counted

TITLE = "Ce que la maison prouve, et comment le vérifier"
_NOT_PROVEN = (
    "Ce dossier ne prouve rien contre qui administre la machine elle-même, ni contre une faute du noyau ou du "
    "matériel, ni sur ce qui s’est passé avant la première preuve. La clé du journal est à comparer à celle que "
    "vous tenez d’ailleurs\u00a0: sur papier, chez un voisin, dans un courrier."
)


MOST_NAMES = 3
HOW = "VERIFIER.txt"
"""What checks a part whose list is signed: the commands are told once, below the list."""
_HOW = (
    f"{HOW}, dans chaque autre dossier, dit les deux commandes\u00a0: `sha256sum -c SHA256SUMS`, puis "
    "`ssh-keygen -Y verify`. Les entrées que ce dossier fait écrire au journal viennent après celles qu’il montre."
)


@dataclass(frozen=True)
class Piece:
    """A folder of the pack. ``told``: what it holds; ``how``: the command that checks it; ``absent``: why it is not
    there, empty when it is."""

    name: str
    told: str
    how: str = ""
    absent: str = ""


def summary(facts: Facts, results: Mapping[str, Result], pieces: Sequence[Piece], pack: str = "") -> str:
    """Markdown. Each sentence about a measure names its checks. ``pack``: the id that every folder carries."""
    by_state: dict[str, list[Measure]] = {FAILED: [], UNKNOWN: [], HELD: []}
    for one in measures().values():
        by_state[one.state(results)].append(one)
    counts = ", ".join(f"{STATES[state]}{COLON}{len(found)}" for state, found in by_state.items())
    lines = [
        f"{facts.organisation or 'Organisation'}, Demeure {facts.version}, le {facts.now:%d/%m/%Y}."
        + (f" Dossier de preuves n°\u00a0{pack}." if pack else ""),
        f"Mesures{COLON}{len(measures())}. {counts[:1].upper()}{counts[1:]}.",
        "",
        *_worries(by_state, results, facts),
        "## Ce qui tient",
        "",
        *(f"- {one.fr} ({_checks(one, results, facts)})" for one in by_state[HELD]),
        "",
        "## Chiffres du jour",
        "",
        *_figures(facts),
        "",
        "## Pièces",
        "",
        *_pieces(pieces),
        "",
        *([_HOW, ""] if any(one.how == HOW for one in pieces) else []),
        "## Ce que cela ne prouve pas",
        "",
        _NOT_PROVEN,
    ]
    return "\n".join(lines).strip() + "\n"


def _worries(by_state: Mapping[str, Sequence[Measure]], results: Mapping[str, Result], facts: Facts) -> list[str]:
    lines = ["## Ce qui ne tient pas, ou n’est pas vérifié", ""]
    for state in (FAILED, UNKNOWN):
        lines += [f"- {one.fr}{COLON}{STATES[state]} ({_checks(one, results, facts)})" for one in by_state[state]]
    return [*lines, ""] if len(lines) > 2 else []


def _few(names: Sequence[str]) -> str:
    """The first of them: this stays a summary."""
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" et {left} de plus" if left > 0 else "")


def _checks(one: Measure, results: Mapping[str, Result], facts: Facts) -> str:
    """« disque chiffré, restauration essayée à temps\u00a0; le plus ancien\u00a0: 2 jours »; those that do not hold
    first, apart from those that do."""
    ages = [age for age in (results[check].age(facts.now) for check in one.checks) if age is not None]
    held, wanting = list[str](), list[str]()
    for check in one.checks:
        found = results[check]
        told = f"{named(check)}{COLON}{found.told}" if found.state == FAILED and found.told else named(check)
        (held if found.state == HELD else wanting).append(told)
    oldest = max(ages, default=0)
    told = ", ".join(wanting or held)
    if wanting and held:
        told += f"\u00a0; tenu{COLON}{', '.join(held)}"
    return f"{told}\u00a0; le plus ancien{COLON}{counted(oldest, 'jour', 'jours')}" if oldest else told


def _figures(facts: Facts) -> list[str]:
    def day(moment: object) -> str:
        return f"{moment:%d/%m/%Y}" if moment else "jamais"

    models = _few([f"{one.name} ({one.licence or 'licence inconnue'})" for one in facts.models or ()])
    opened = [f"{one.id} ({one.host})" for one in facts.routes or () if one.open]
    contractors = [one.name for one in facts.people or () if one.role == "contractor"]
    backups = day(facts.backup_at), day(facts.drill_at)
    number = f"version {facts.policy_number}" if facts.policy_number else "celle d’une maison neuve"
    number = "inconnue" if facts.policy_number is None else number
    waiting, came = (facts.requests_open, facts.incidents_open), facts.more.get("windows")
    lines = [
        f"Dernière preuve des murs{COLON}{day(facts.proof.at if facts.proof else None)}",
        f"Entrées au journal{COLON}{'inconnu' if facts.journal_entries is None else facts.journal_entries}",
        f"Dernière sauvegarde{COLON}{backups[0]}\u00a0; dernier exercice réussi{COLON}{backups[1]}",
        f"Politique en vigueur{COLON}{number}",
        f"Modèles en service{COLON}{models or 'aucun'}",
        f"Routes ouvertes{COLON}{_few(opened) or 'aucune'}",
        f"Comptes de prestataires ouverts{COLON}{_few(contractors) or 'aucun'}",
        f"Fenêtres de prestataires en un an{COLON}{windows_told(came) if came else 'inconnu'}",
        f"Demandes de personnes en cours{COLON}{waiting[0]}\u00a0; incidents en cours{COLON}{waiting[1]}",
    ]
    return [f"- {line}" for line in lines]


def _pieces(pieces: Sequence[Piece]) -> list[str]:
    lines = []
    for one in pieces:
        how = f"\u00a0; pour le vérifier{COLON}{one.how}" if one.how not in ("", HOW) else ""
        said = f"{one.name}, absent{COLON}{one.absent}" if one.absent else f"{one.name}{COLON}{one.told}{how}"
        lines.append(f"- {said}".replace("\n", " "))
    return lines
