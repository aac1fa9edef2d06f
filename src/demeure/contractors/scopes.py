"""What a window may be opened for, and the only words that its console knows (pure).

A line is one word, and at most one of the words that the command itself lists: no path, no name, no pattern. What
is not in this table does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from demeure.contractors.errors import CommandOutOfScope, CommandUnknown

SUPERVISION, UPDATE, RESTORE, DIAGNOSIS = "supervision", "update", "restore", "diagnosis"
SCOPES: Mapping[str, tuple[str, str]] = {
    SUPERVISION: ("supervision", "supervision"),
    UPDATE: ("mise à jour", "update"),
    RESTORE: ("restauration", "restore"),
    DIAGNOSIS: ("diagnostic sans contenus", "diagnosis without contents"),
}
"""Scope → its name, French and English."""
BY_TWO = frozenset({UPDATE, RESTORE})
"""Scopes in which something may be changed: a second person approves, whatever the settings say."""
MOST_LINE = 80


@dataclass(frozen=True)
class Command:
    """``scopes``: any of them opens it; empty: every window does. ``words``: the only ones that may follow it.
    ``lasts``: it goes on until it is stopped."""

    name: str
    scopes: frozenset[str]
    fr: str
    en: str
    words: tuple[str, ...] = ()
    lasts: bool = False


def _of(*scopes: str) -> frozenset[str]:
    return frozenset(scopes)


COMMANDS: Mapping[str, Command] = {
    one.name: one
    for one in (
        Command("help", _of(), "les commandes de cette fenêtre", "the commands of this window"),
        Command(
            "window", _of(), "cette fenêtre : ce qu’elle permet, le temps qui reste", "this window, the time left"
        ),
        Command(
            "exit", _of(), "quitter la console ; la fenêtre reste ouverte", "leave the console, not the window"
        ),
        Command(
            "status", _of(SUPERVISION, UPDATE, DIAGNOSIS), "les processus de la maison", "the house’s processes"
        ),
        Command(
            "checks", _of(SUPERVISION, UPDATE, DIAGNOSIS), "ce que la maison voit d’elle-même", "its own checks"
        ),
        Command("disk", _of(SUPERVISION, RESTORE, DIAGNOSIS), "la place sur le disque", "room on the disk"),
        Command("queue", _of(SUPERVISION, DIAGNOSIS), "la file du modèle", "the queue of the model"),
        Command("proof", _of(SUPERVISION, UPDATE), "la dernière preuve des murs", "the last proof of the walls"),
        Command(
            "journal", _of(SUPERVISION, RESTORE, DIAGNOSIS), "la taille du journal, son état", "size and state"
        ),
        Command(
            "watch", _of(SUPERVISION), "status, toutes les cinq secondes", "status, every 5 seconds", lasts=True
        ),
        Command("backups", _of(SUPERVISION, RESTORE), "sauvegardes et exercices", "backups and drills"),
        Command("points", _of(UPDATE, RESTORE), "les points auxquels revenir", "the points to go back to"),
        Command(
            *("verify", _of(UPDATE, RESTORE), "relire chaque octet des sauvegardes, à côté de la maison"),
            "read every byte of the backups again, beside the house",
        ),
        Command(
            *("verified", _of(UPDATE, RESTORE), "ce qu’ont donné les dernières vérifications"),
            "what the last verifications came to",
        ),
        Command(
            *("rehearse", _of(RESTORE), "répéter un retour, à côté de la maison, avec une clé d’un jour"),
            "rehearse a return, beside the house, with a key of one day",
        ),
        Command(
            *("release", _of(UPDATE), "version en service, version d’avant, lot prêt"),
            "the version in force, the one before, a bundle that is ready",
        ),
        Command(
            *("request", _of(UPDATE, RESTORE), "laisser une demande à qui tient la machine"),
            "leave a request for whoever runs the machine",
            words=("restore", "update", "back"),
        ),
        Command(
            "version", _of(UPDATE, DIAGNOSIS), "versions, fichiers tels que livrés", "versions, files as delivered"
        ),
        Command("reload", _of(UPDATE), "relire les modèles choisis, relancer leurs moteurs", "reload the engines"),
        Command("counts", _of(DIAGNOSIS), "documents par état et par échec", "documents by state and failure"),
        Command(
            *("bundle", _of(DIAGNOSIS), "le dossier d’assistance, sans un mot de contenu", "the support bundle"),
            words=("checks", "house", "machine", "metrics", "packages", "processes", "settings"),
        ),
    )
}
"""Name → command. None reads contents, keys or policy; none writes the journal."""


REQUESTS: Mapping[str, frozenset[str]] = {"restore": _of(RESTORE), "update": _of(UPDATE), "back": _of(UPDATE)}
"""What may be asked of whoever runs the machine, and in which windows: acts that need root, which no box has."""


@dataclass(frozen=True)
class Typed:
    """A line that was understood."""

    command: Command
    word: str = ""


def understood(line: str, scope: frozenset[str]) -> Typed:
    """What ``line`` asks. Raises CommandUnknown, CommandOutOfScope."""
    words = line.split(" ") if len(line) <= MOST_LINE and line.isascii() and line.isprintable() else []
    words = [word for word in words if word]
    command = COMMANDS.get(words[0]) if words else None
    if command is None or len(words) > 2 or (len(words) == 2 and words[1] not in command.words):
        raise CommandUnknown()
    scopes = REQUESTS.get(words[1], command.scopes) if command.words and len(words) == 2 else command.scopes
    if scopes and not scopes & scope:
        french, english = (", ".join(SCOPES[one][at] for one in sorted(scopes)) for at in (0, 1))
        raise CommandOutOfScope(name=command.name, scope=french, scope_en=english)
    return Typed(command, words[1] if len(words) == 2 else "")


def offered(scope: frozenset[str]) -> list[Command]:
    """The commands of a window of this scope, with the words that may follow them there."""
    known = (one for one in COMMANDS.values() if not one.scopes or one.scopes & scope)
    return [replace(one, words=tuple(word for word in one.words if _opens(word, scope))) for one in known]


def _opens(word: str, scope: frozenset[str]) -> bool:
    return word not in REQUESTS or bool(REQUESTS[word] & scope)


def scopes_of(text: str) -> frozenset[str]:
    """The known scopes that ``text`` names; an unknown word gives the empty set."""
    words = frozenset(text.replace(",", " ").split())
    return words if words <= set(SCOPES) else frozenset()
