"""What ``demeure egress watch`` says: a line when a process first reaches for a place, a statement at the end. All
of it on standard error: standard output is the watched command's."""

from collections import Counter

import click

from demeure.cli.terminal import said
from demeure.proof.egress import ATTEMPTS, NOTHING, UNCLEAR, Watched
from demeure.proof.egress.names import PORTS
from demeure.proof.egress.places import LOOPBACK, OTHER, OUTSIDE, UNIX, Place
from demeure.proof.egress.report import Process, Report, Tried

VERDICTS = {
    NOTHING: ("rien n’a été tenté vers l’extérieur.", "nothing was tried towards the outside."),
    ATTEMPTS: ("ces sorties ont été tentées.", "these ways out were tried."),
    UNCLEAR: (
        "aucune sortie vue, mais tout n’a pas pu être lu : rien n’est conclu.",
        "no way out was seen, but not everything could be read: nothing is concluded.",
    ),
}
BLIND = {
    "unreadable": (
        "Adresses illisibles (processus qui se ferme à la lecture ; en root elles le sont moins) : {count}.",
        "Addresses that could not be read (a process that forbids it; less so as root): {count}.",
    ),
    "rings": (
        "io_uring ouvert {count} fois : ce qui passe par là n’est pas vu.",
        "io_uring opened {count} times: what goes through it is not seen.",
    ),
    "dropped": (
        "Non retenus, au-delà de la limite : {count} essais.",
        "Beyond the limit, not kept: {count} attempts.",
    ),
}
_MOST_LINES = 40


class Live:
    """``first`` comes from the reading thread: one whole line at a time."""

    def __init__(self, language: str, *, shown: bool) -> None:
        self._language, self._shown = language, shown

    def first(self, who: Process, where: Place) -> None:
        """``who`` reaches for ``where`` for the first time."""
        if self._shown and (where.reach in (OUTSIDE, OTHER) or where.port in PORTS):
            click.echo(f"demeure: {who.program} ({who.number}) → {where.told}", err=True)

    def alone(self) -> None:
        """The command ended, and left processes."""
        if self._shown:
            words = (
                "demeure : la commande est finie, ce qu’elle a laissé tourner continue (Ctrl-C : fin du relevé).",
                "demeure: the command ended, what it left running goes on (Ctrl-C: end of the watch).",
            )
            click.echo(said(self._language, *words), err=True)


def show(done: Watched, language: str) -> None:
    """The statement, for people."""
    report = done.report
    click.echo("", err=True)
    click.echo(said(language, "Verdict : ", "Verdict: ") + said(language, *VERDICTS[report.verdict]), err=True)
    _section(said(language, "Vers l’extérieur", "Towards the outside"), _rows(report, language, OUTSIDE, OTHER))
    _section(said(language, "Noms demandés", "Names asked for"), _names(report))
    _section(said(language, "Vers cette machine", "Towards this machine"), _rows(report, language, LOOPBACK))
    _section(said(language, "Sockets Unix", "Unix sockets"), _rows(report, language, UNIX))
    listening = [f"{who.program} ({who.number})  {place.told}" for who in report.processes for place in who.listens]
    _section(said(language, "Attend des visiteurs sur", "Waits for visitors on"), listening)
    for name, words in BLIND.items():
        count = getattr(report, name)
        if count:
            click.echo(said(language, *words).format(count=count), err=True)
    click.echo(_ended(done, language), err=True)


def _section(title: str, rows: list[str]) -> None:
    if not rows:
        return
    click.echo(f"{title}", err=True)
    for row in rows[:_MOST_LINES]:
        click.echo(f"  {row}", err=True)
    if len(rows) > _MOST_LINES:
        click.echo(f"  … {len(rows) - _MOST_LINES}", err=True)


def _rows(report: Report, language: str, *reaches: str) -> list[str]:
    found = sorted(report.rows(*reaches), key=lambda row: -row[2].attempts)
    return [_row(report, who, place, tried, language) for who, place, tried in found]


def _row(report: Report, who: Process, place: Place, tried: Tried, language: str) -> str:
    names = report.names_of(place)
    called = f" ({', '.join(names[:3])})" if names else ""
    times = said(language, f"{tried.attempts} essai{'s' * (tried.attempts > 1)}", f"tried {tried.attempts} ×")
    if not tried.attempts:
        times = said(language, "visée, rien vu partir", "aimed at, nothing seen to leave")
    colon = said(language, "\u00a0:", ":")
    answers = ", ".join(f"{word} {count}" for word, count in tried.answers.most_common(4))
    return f"{who.program} ({who.number})  {place.told}{called}  {times}{colon} {answers}"


def _names(report: Report) -> list[str]:
    told: Counter[tuple[str, int, str, str]] = Counter()
    for who in report.processes:
        for (name, server), kinds in who.asked.items():
            told[who.program, who.number, name, server] += kinds.total()
    return [
        f"{program} ({number})  {name}  × {count} → {server}"
        for (program, number, name, server), count in told.most_common()
    ]


def _ended(done: Watched, language: str) -> str:
    ended = done.report.ended
    if ended is None:
        return said(language, "Le relevé s’est arrêté avant la commande.", "The watch ended before the command.")
    how = ended.signal or f"{ended.code}"
    word = said(
        language, "par le signal" if ended.signal else "avec le code", "by" if ended.signal else "with code"
    )
    count = len(done.report.processes)
    return said(
        language,
        f"La commande a fini {word} {how} ; {count} processus observé{'s' * (count > 1)}.",
        f"The command ended {word} {how}; {count} process{'es' * (count > 1)} watched.",
    )
