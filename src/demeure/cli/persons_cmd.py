"""``demeure people find`` and ``demeure people requests``: where a person appears, what they asked for. Counts and
places: contents are opened, and exported, by whoever may read them."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.export_cmd import absent
from demeure.cli.terminal import JSON, confirmed, day_told, listed, print_json, said, shown
from demeure.errors import counted, counted_en

KINDS = ("access", "erasure", "portability")
LETTERS = ("received", "extended", "answer", "refused")
GROUNDS = ("identity", "unfounded", "legal-hold", "public-archive", "claims", "other")
CHOICES = ("erase", "tell", "keep")
WAITING = ("found", "told", "held")  # states of what a request still has to be done with
_FILE = click.Path(path_type=Path, dir_okay=False)
_WHY = click.option("--why", required=True, help="Pourquoi ; gardé au journal.")
_REASON = click.option("--why", required=True, help="Pourquoi ; gardé au journal, et repris dans le courrier.")
_NUMBER = click.argument("number", metavar="NUMÉRO", type=click.IntRange(1))


@click.command("find")
@click.argument("clues", metavar="NOM|NIR|ADRESSE…", nargs=-1, required=True)
@_WHY
@JSON
@click.pass_obj
def find(obj: dict[str, Any], clues: tuple[str, ...], why: str, as_json: bool) -> None:
    """Dit où une personne apparaît : nom, NIR, IBAN, courriel, téléphone, autre numéro."""
    told = call(obj, "persons.find", {"said": list(clues), "why": why, "language": obj["language"]})
    if as_json:
        print_json(told)
        return
    _found(obj, told)


@click.group("requests")
def requests() -> None:
    """Tient les demandes des personnes sur leurs données (RGPD 15, 17, 20) et leur délai."""


@requests.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les demandes, la plus pressée d’abord."""
    known = call(obj, "persons.list", {"language": obj["language"]})["requests"]
    if as_json:
        print_json(known)
        return
    columns = said(obj["language"], "n°,demande,état,répondre avant le,jours", "no.,request,state,answer by,days")
    language = obj["language"]
    rows = [
        (r["number"], _kind(r, language), r["state_said"], day_told(r["due_on"], language), r["left"])
        for r in known
    ]
    listed(language, columns, rows, "Aucune demande.", "No requests.")


@requests.command("open")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("clues", metavar="NOM|NIR|ADRESSE…", nargs=-1, required=True)
@click.option("--note", required=True, help="Comment elle est venue, comment l’identité a été vérifiée.")
@click.option("--received", default="", metavar="AAAA-MM-JJ", help="Jour où elle est venue (défaut : aujourd’hui).")
@click.option("--practice", is_flag=True, help="Exercice : rien n’est effacé ni compté.")
@JSON
@click.pass_obj
def open_(
    obj: dict[str, Any],
    kind: str,
    clues: tuple[str, ...],
    note: str,
    received: str,
    practice: bool,
    as_json: bool,
) -> None:
    """Ouvre une demande : access, erasure ou portability."""
    asked = {"kind": kind, "said": list(clues), "note": note, "received_on": received, "practice": practice}
    made = call(obj, "persons.open", asked | {"language": obj["language"]})
    fr = f"Demande n° {made['number']} ouverte ; réponse due le {day_told(made['due_on'], 'fr')}."
    shown(obj, made, as_json, fr, f"Request no. {made['number']} opened; answer due on {made['due_on']}.")


@requests.command("show")
@_NUMBER
@JSON
@click.pass_obj
def show(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Montre une demande, ce qui a été trouvé et décidé."""
    _sheet(obj, call(obj, "persons.show", _of(obj, number)), as_json)


@requests.command("search")
@_NUMBER
@JSON
@click.pass_obj
def search(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Cherche la personne partout ; ce qui était décidé reste."""
    _sheet(obj, call(obj, "persons.search", _of(obj, number)), as_json)


@requests.command("decide")
@_NUMBER
@click.argument("findings", metavar="ENDROIT…", nargs=-1, type=int)
@click.option("--choice", type=click.Choice(CHOICES), required=True, help="Effacer, signaler à qui gère, garder.")
@click.option("--all", "everything", is_flag=True, help="Tout ce qui reste à décider.")
@JSON
@click.pass_obj
def decide(
    obj: dict[str, Any], number: int, findings: tuple[int, ...], choice: str, everything: bool, as_json: bool
) -> None:
    """Décide de ce que deviennent des endroits trouvés (numéros de « show »)."""
    asked = _of(obj, number) | {"choices": {str(one): choice for one in findings}}
    _sheet(obj, call(obj, "persons.choose", asked | ({"all": choice} if everything else {})), as_json)


@requests.command("extend")
@_NUMBER
@_REASON
@JSON
@click.pass_obj
def extend(obj: dict[str, Any], number: int, why: str, as_json: bool) -> None:
    """Prolonge le délai de deux mois, une fois."""
    _sheet(obj, call(obj, "persons.extend", _of(obj, number) | {"why": why}), as_json)


@requests.command("refuse")
@_NUMBER
@click.option("--ground", type=click.Choice(GROUNDS), required=True, help="Motif.")
@_REASON
@JSON
@click.pass_obj
def refuse(obj: dict[str, Any], number: int, ground: str, why: str, as_json: bool) -> None:
    """Refuse une demande, avec ses raisons."""
    _sheet(obj, call(obj, "persons.refuse", _of(obj, number) | {"ground": ground, "why": why}), as_json)


@requests.command("erase")
@_NUMBER
@click.option("--to", "target", type=_FILE, default=None, help="Fichier à écrire : le reçu de l’effacement.")
@click.option("--ground", type=click.Choice(GROUNDS), default=None, help="Motif, si tout est gardé.")
@click.option("--why", default="", help="Pourquoi tout est gardé.")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def erase(
    obj: dict[str, Any],
    number: int,
    target: Path | None,
    ground: str | None,
    why: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Efface ce qui a été décidé ; interrompu, dit ce qui reste, et reprend. Code 1 s’il reste quelque chose."""
    from demeure.cli.writing import write_new

    absent(target)
    ask = (
        f"Effacer pour toujours ce que la demande n° {number} décide ?",
        f"Erase for good what request no. {number} decides?",
    )
    confirmed(obj["language"], yes, *ask)
    told = call(obj, "persons.erase", _of(obj, number) | {"ground": ground or "", "why": why})
    if target is not None and told["receipt"]:
        write_new(target, (json.dumps(told["receipt"], ensure_ascii=False, indent=1) + "\n").encode())
    _sheet(obj, told, as_json)
    if target is not None and not told["receipt"]:
        none = (
            "Pas encore de reçu : il se fait quand plus rien n’attend.",
            "No receipt yet: it is made once nothing waits.",
        )
        kept = ("Pas de reçu : rien n’a été effacé.", "No receipt: nothing was erased.")
        click.echo(said(obj["language"], *(kept if told.get("state") == "refused" else none)), err=True)
    if told["left"] is not None:  # not over: something is held, told to somebody, or could not be done
        click.echo(said(obj["language"], *_left(told["found"])), err=True)
        sys.exit(1)


def _left(found: list[dict[str, Any]]) -> tuple[str, str]:
    """What an erasure did, and what it left to be done."""
    erased, waits = (sum(row["state"] in states for row in found) for states in (("done",), WAITING))
    fr = counted(erased, "endroit effacé", "endroits effacés") if erased else "Rien n’a été effacé"
    en = counted_en(erased, "place erased", "places erased") if erased else "Nothing was erased"
    fr += f"\u202f; reste à faire\u00a0: {counted(waits, 'endroit', 'endroits')}. La demande reste ouverte."
    en += f"; left to do: {counted_en(waits, 'place', 'places')}. The request stays open."
    return fr, en


@requests.command("export")
@_NUMBER
@click.option("--to", "target", type=_FILE, required=True, help="Fichier à écrire (zip).")
@JSON
@click.pass_obj
def export(obj: dict[str, Any], number: int, target: Path, as_json: bool) -> None:
    """Écrit ce qui concerne la personne, les autres masqués : à relire, puis à lui remettre."""
    absent(target)
    made = asyncio.run(_streamed(obj, "persons.export", _of(obj, number), target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")


async def _streamed(obj: dict[str, Any], operation: str, asked: dict[str, Any], target: Path) -> dict[str, Any]:
    from demeure.cli.house import reach
    from demeure.cli.writing import write_new

    data = bytearray()
    async with reach(obj["instance"], obj["language"]) as door:
        async for item in door.stream(operation, asked):
            data += item.body
    write_new(target, bytes(data))
    return {"file": str(target), "bytes": len(data)}


@requests.command("letter")
@_NUMBER
@click.argument("name", metavar="COURRIER", type=click.Choice(LETTERS))
@click.option("--to", "target", type=_FILE, required=True, help="Fichier à écrire.")
@JSON
@click.pass_obj
def letter(obj: dict[str, Any], number: int, name: str, target: Path, as_json: bool) -> None:
    """Prépare un courrier à la personne (PDF/A, ODT, DOCX, Markdown) : à relire et à compléter."""
    from demeure.cli.export_cmd import kind_of

    absent(target)
    asked = _of(obj, number) | {"letter": name, "format": kind_of(None, target)}
    made = asyncio.run(_streamed(obj, "persons.letter", asked, target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")
    if name == "answer" and call(obj, "persons.show", _of(obj, number))["kind"] != "erasure":
        beside = (
            f"Si elle annonce un fichier, c’est celui de demeure people requests export {number} : à joindre.",
            f"If it announces a file, it is that of demeure people requests export {number}: enclose it.",
        )
        click.echo(said(obj["language"], *beside), err=True)


@requests.command("close")
@_NUMBER
@JSON
@click.pass_obj
def close(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Clôt une demande à laquelle il a été répondu : de qui il s’agit s’efface."""
    _sheet(obj, call(obj, "persons.close", _of(obj, number)), as_json)


def _of(obj: dict[str, Any], number: int) -> dict[str, Any]:
    return {"number": number, "language": obj["language"]}


def _kind(told: Mapping[str, Any], language: str) -> str:
    """What is asked; an exercise says so wherever it is shown."""
    return str(told["kind_said"]) + (said(language, " (exercice)", " (exercise)") if told["practice"] else "")


def _days(left: int, language: str) -> str:
    """« 3 jours », « en retard de 7 jours »."""
    if language == "fr":
        return ("en retard de " if left < 0 else "") + counted(abs(left), "jour", "jours")
    return counted(abs(left), "day", "days") + (" late" if left < 0 else "")


def _sheet(obj: dict[str, Any], told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    language = obj["language"]
    head = (f"Demande n° {told['number']}", f"Request no. {told['number']}")
    click.echo(f"{said(language, *head)} – {_kind(told, language)} – {told['state_said']}")
    if told["left"] is not None:
        day, left = day_told(told["due_on"], language), int(told["left"])
        due = (f"Réponse due le {day} ({_days(left, 'fr')}).", f"Answer due on {day} ({_days(left, 'en')}).")
        click.echo(said(language, *due))
    elif told["late"]:
        day, late = day_told(told["due_on"], language), int(told["late"])
        over = (
            f"La réponse était due le {day} ({_days(-late, 'fr')}).",
            f"The answer was due on {day} ({_days(-late, 'en')}).",
        )
        click.echo(said(language, *over))
    if told["found"] or (told["searched_at"] and told["left"] is not None):
        _found(obj, told)
    elif told.get("totals"):
        click.echo(f"{told['totals']}.")


def _found(obj: dict[str, Any], told: dict[str, Any]) -> None:
    language = obj["language"]
    decided = any("id" in row for row in told["found"])
    columns = said(language, "quoi,où,fois,endroits", "what,where,times,places")
    more = said(language, "n°,décision", "no.,decision")
    rows = [_row(row, decided) for row in told["found"]]
    nowhere = ("N’apparaît nulle part dans ce qui a été parcouru.", "Appears nowhere in what was looked through.")
    listed(language, f"{columns},{more}" if decided else columns, rows, *nowhere)
    if told.get("looked_said"):
        click.echo(said(language, f"Parcouru : {told['looked_said']}.", f"Looked through: {told['looked_said']}."))
    if told.get("same_said"):
        same = told["same_said"]
        click.echo(
            said(language, f"Même nom seul, laissés de côté : {same}.", f"Same surname alone, left aside: {same}.")
        )
    for row in told["not_searched"]:
        where = f" ({row['space']})" if row["space"] else ""
        what = f"{row['kind_said']} {row['why_said']}{where}"
        click.echo(
            said(language, f"Pas cherché : {what} : {row['count']}", f"Not searched: {what}: {row['count']}")
        )


def _row(row: dict[str, Any], decided: bool) -> tuple[object, ...]:
    where = " · ".join(
        filter(None, (row["name"], row["space"], row["holder"] if row["kind"] != "document" else ""))
    )
    times = row["whole"] + row["likely"]
    cells = (row["kind_said"], where or row["object"][:12], times, ", ".join(row["places"]))
    state = " ".join(
        filter(None, (row.get("choice_said"), row.get("state_said"), row.get("reason_said"), row.get("gone_said")))
    )
    return (*cells, row["id"], state) if decided else cells
