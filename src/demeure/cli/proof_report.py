"""A proof as people read it, and as programs do."""

from collections.abc import Iterable
from typing import Any

import click

from demeure.cli.status_cmd import LADDER
from demeure.cli.terminal import said, table
from demeure.errors import counted
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, WORDS, Noticed, Proof, Result

FAMILIES = {
    "network": ("réseau et noms", "network and names"),
    "unix": ("sockets Unix", "Unix sockets"),
    "inherited": ("héritage", "inherited"),
    "neighbours": ("autres processus", "other processes"),
    "kernel": ("noyau et objets partagés", "kernel and shared objects"),
    "files": ("fichiers et périphériques", "files and devices"),
    "programs": ("programmes", "programs"),
    "facts": ("faits du noyau", "facts of the kernel"),
}
SIGNS = {BLOCKED: "✓", OPEN: "✗", INCONCLUSIVE: "?"}
LIMITS_FR = (
    "Ce que cela ne prouve pas : root, le noyau, le matériel, les bibliothèques installées, les canaux cachés "
    "(durées, tailles), et une réponse HTTP à qui atteint le port. Voir docs/prove-fr.md."
)
LIMITS_EN = (
    "What this does not prove: root, the kernel, the hardware, installed libraries, covert channels (timing, "
    "sizes), and an HTTP answer to whoever reaches the port. See docs/prove.md."
)


def as_json(proof: Proof) -> dict[str, Any]:
    """The JSON of ``demeure prove --json``."""
    return {
        "verdict": WORDS[proof.verdict][0],
        "code": proof.code,
        "ladder": proof.ladder,
        "counts": {WORDS[name][0]: number for name, number in proof.counts().items()},
        "conclusive": len(proof.conclusive()),
        "probes": [result.as_json() for result in proof.results],
        "facts": {fact.name: fact.as_json() for fact in proof.facts},
        "mutations": [noticed.as_json() for noticed in proof.mutations],
        "problem": proof.problem,
        "late": proof.late,
    }


def show(proof: Proof, language: str) -> None:
    """Counts by family, every opening, what did not conclude and why, the facts, the verdict."""
    english = language == "en"
    if proof.problem:
        click.echo("\n".join(f"! {line}" for line in proof.problem.splitlines()))
    heads = said(language, "famille,sondes", "family,probes").split(",") + [WORDS[name][english] for name in WORDS]
    table(heads, [_row(name, proof.results, english) for name in FAMILIES])
    for result in proof.results:
        if result.verdict == OPEN:
            word = WORDS[OPEN][english].upper()
            click.echo(f"✗ {word}{_colon(language)} {result.name} ({result.role}) – {result.how}")
    _inconclusive(proof.results, language)
    for noticed in proof.mutations:
        click.echo(_mutation(noticed, language))
    for fact in proof.facts:
        click.echo(f"{SIGNS[fact.state]} {fact.en if english else fact.fr}")
        if fact.mend:
            click.echo(f"  → {fact.mend[english]}")
    click.echo(said(language, LIMITS_FR, LIMITS_EN))
    level = LADDER[proof.ladder][english] if proof.ladder in LADDER else "–"
    click.echo(f"Confinement {level}")
    click.echo(_last(proof, language))


def _mutation(noticed: Noticed, language: str) -> str:
    """« ✓ sans liste de fichiers : remarqué (…) »."""
    what = noticed.mutation.en if language == "en" else noticed.mutation.fr
    colon = _colon(language)
    if noticed.ok and noticed.red:
        return f"✓ {what}{colon} {said(language, 'remarqué', 'noticed')} ({', '.join(noticed.red)})"
    if noticed.ok:
        return f"? {what}{colon} {WORDS[INCONCLUSIVE][language == 'en']} ({', '.join(noticed.unable)})"
    told = ", ".join(noticed.missed) or noticed.problem
    return f"✗ {what}{colon} {said(language, 'PAS REMARQUÉ', 'UNNOTICED')} ({told})"


def _colon(language: str) -> str:
    return said(language, "\u00a0:", ":")


def _row(family: str, results: Iterable[Result], english: bool) -> list[object]:
    mine = [result for result in results if result.family == family]
    names = {result.name for result in mine}
    counted = [sum(result.verdict == verdict for result in mine) for verdict in WORDS]
    return [FAMILIES[family][english], len(names), *counted]


def _inconclusive(results: Iterable[Result], language: str) -> None:
    """The names, once each, by reason."""
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.verdict == INCONCLUSIVE and result.name not in reasons.setdefault(result.why, []):
            reasons[result.why].append(result.name)
    for why, names in reasons.items():
        told = {
            "control": said(language, "ne passe pas non plus sans murs", "does not get out without walls either"),
            "no network of its own": said(
                language,
                "ce système ne laisse pas faire un réseau à part",
                "this system lets no network of its own be made",
            ),
            "deaf": said(
                language, "le récepteur s’est tu pendant l’essai", "the receiver fell silent during the attempt"
            ),
            "silent": said(language, "n’a pas répondu", "did not answer"),
        }.get(why, said(language, f"mur absent au {why.replace('level', 'niveau')}", f"wall absent at {why}"))
        word = WORDS[INCONCLUSIVE][language == "en"]
        click.echo(f"? {word} ({told}){_colon(language)} {', '.join(names)}")


def _red(proof: Proof) -> tuple[str, str]:
    """A leak, or a house that is not held as it must be although nothing got out."""
    leaks = len({result.name for result in proof.results if result.verdict == OPEN})
    if leaks:
        return (
            f"VERDICT : une sortie a réussi ({counted(leaks, 'sonde ouverte', 'sondes ouvertes')}).",
            f"VERDICT: a way out worked ({counted(leaks, 'open probe', 'open probes')}).",
        )
    if any(fact.name == "browser" and fact.state == OPEN for fact in proof.facts):
        return "VERDICT : une page a pu sortir du navigateur.", "VERDICT: a page got out of the browser."
    if proof.problem:
        return (
            "VERDICT\u00a0: la maison des doubles ne s’est pas ouverte, presque rien n’a été essayé.",
            "VERDICT: the twins’ house did not open, hardly anything was tried.",
        )
    return (
        "VERDICT : aucun essai n’est sorti, mais la maison n’est pas tenue comme elle doit l’être.",
        "VERDICT: no attempt got out, but the house is not held as it must be.",
    )


def _because(proof: Proof, language: str) -> str:
    """What keeps the proof from concluding: core probes, or a house on another ground."""
    told, names = (
        [fact.en if language == "en" else fact.fr for fact in proof.elsewhere()],
        ", ".join(proof.silent_core()),
    )
    if names:
        words = f"Sondes clés sans conclusion\u00a0: {names}.", f"Core probes without a conclusion: {names}."
        told.insert(0, said(language, *words))
    return "".join(f" {line}" for line in told)


def _last(proof: Proof, language: str) -> str:
    counts, conclusive = proof.counts(), len(proof.conclusive())
    if proof.verdict == OPEN:
        return said(language, *_red(proof))
    if proof.verdict == INCONCLUSIVE:
        return said(language, "VERDICT : non concluant ici.", "VERDICT: inconclusive here.") + _because(
            proof, language
        )
    return said(
        language,
        f"VERDICT : rien n’est sorti. {conclusive} sondes concluantes, {counts[BLOCKED]} essais bloqués.",
        f"VERDICT: nothing got out. {conclusive} conclusive probes, {counts[BLOCKED]} blocked attempts.",
    )
