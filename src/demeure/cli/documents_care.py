"""``demeure documents``, what keeps a space true: versions, comparisons, care, health."""

import sys
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, day_told, listed, print_json, said, shown

KINDS = {
    "unreadable": ("illisibles", "unreadable"),
    "partly": ("lus en partie", "read in part"),
    "proposed": ("nouvelles versions à confirmer", "new versions to confirm"),
    "expired": ("conservation passée", "past their keeping"),
    "review": ("à relire", "to be reviewed"),
    "over": ("période terminée", "period over"),
    "superseded": ("remplacés", "superseded"),
    "twins": ("presque identiques (groupes)", "nearly identical (groups)"),
    "never_cited": ("jamais cités", "never cited"),
    "gaps": ("questions sans réponse", "questions without an answer"),
}
"""What the health of a space looks at → its words."""
_SHOWN = 10  # names of each kind


def add_to(group: click.Group) -> None:
    """Add the commands."""
    for one in (marks, versions, replace, compare, care, health):
        group.add_command(one)


@click.command("marks")
@click.argument("document")
@click.option(
    "--from", "first", type=click.IntRange(min=0), default=0, help="Reprendre à cette partie du document."
)
@JSON
@click.pass_obj
def marks(obj: dict[str, Any], document: str, first: int, as_json: bool) -> None:
    """Montre les données personnelles marquées dans un document, et pourquoi elles le sont."""
    language = obj["language"]
    answer = call(obj, "documents.marks", {"document": document, "first": first, "language": language})
    if as_json:
        print_json(answer)
        return
    columns = said(language, "écrit,vu comme,pourquoi,où,fois", "written,seen as,why,where,times")
    names = ("written", "kind_said", "why", "place_said", "times")
    told = [[row[name] for name in names] for row in answer["marks"]]
    listed(language, columns, told, "Aucune donnée personnelle marquée.", "No personal data marked.")
    if (rest := answer["following"]) is not None:
        then = f"demeure documents marks {document} --from {rest}"
        click.echo(said(language, f"La suite du document\u00a0: {then}", f"The rest of the document: {then}"))


@click.command("versions")
@click.argument("document")
@JSON
@click.pass_obj
def versions(obj: dict[str, Any], document: str, as_json: bool) -> None:
    """Montre les versions d’un document, et les documents presque identiques."""
    answer = call(obj, "documents.versions", {"document": document})
    if as_json:
        print_json(answer)
        return
    language = obj["language"]
    columns = said(language, "document,ajouté,état,identifiant", "document,added,state,id")
    rows = [
        (one["name"], day_told(one["added_at"], language), _place(language, at), one["id"])
        for at, one in enumerate(answer["versions"])
    ]
    listed(language, columns, rows, "", "")
    for one in answer["proposed"]:
        click.echo(
            said(
                language,
                f"À confirmer : {one['document']} remplace-t-il {one['former']} ? ({one['other']['name']})",
                f"To confirm: does {one['document']} supersede {one['former']}? ({one['other']['name']})",
            )
        )
    for one in answer["near"]:
        share = round(100 * one["share"])
        click.echo(
            said(
                language,
                f"Presque identique : {one['name']} ({one['id']}), {share} % du texte en commun",
                f"Nearly identical: {one['name']} ({one['id']}), {share}% of the text in common",
            )
        )


def _place(language: str, at: int) -> str:
    return said(language, "remplacé", "superseded") if at else said(language, "en vigueur", "in force")


@click.command("replace")
@click.argument("document")
@click.argument("former")
@click.option("--not", "apart", is_flag=True, help="Au contraire : ce n’est pas une version de l’autre.")
@JSON
@click.pass_obj
def replace(obj: dict[str, Any], document: str, former: str, apart: bool, as_json: bool) -> None:
    """Dit que DOCUMENT remplace FORMER (identifiants d’un même espace)."""
    answer = call(obj, "documents.replace", {"document": document, "former": former, "apart": apart})
    if apart:
        shown(obj, answer, as_json, "Deux documents distincts.", "Two documents.")
    else:
        shown(obj, answer, as_json, f"{document} remplace {former}.", f"{document} supersedes {former}.")


@click.command("compare")
@click.argument("former")
@click.argument("newer")
@JSON
@click.pass_obj
def compare(obj: dict[str, Any], former: str, newer: str, as_json: bool) -> None:
    """Compare deux documents (identifiants) : [-retiré-] {+ajouté+}. Code 1 s’ils diffèrent."""
    asked = {"former": former, "document": newer, "language": obj["language"]}
    answer = call(obj, "documents.compare", asked)
    if as_json:
        print_json(answer)
    else:
        _show_changes(answer, obj["language"])
    sys.exit(1 if answer["changes"] else 0)


def _show_changes(answer: dict[str, Any], language: str) -> None:
    for change in answer["changes"]:
        places = [(change[side] or {}).get("label") or "–" for side in ("former", "newer")]
        click.echo(f"{places[0]} → {places[1]}")
        marks = {"removed": "[-{}-]", "added": "{{+{}+}}", "same": "{}"}
        click.echo("  " + " ".join(marks[run["kind"]].format(run["text"]) for run in change["runs"]))
    counts = len(answer["changes"]), answer["added"], answer["removed"]
    one, word = (("" if number == 1 else "s") for number in counts[:2])
    fr = f"{counts[0]} passage{one} changé{one}, {counts[1]} mot{word} ajouté{word}, {counts[2]} retiré"
    fr += "." if counts[2] == 1 else "s."
    en = f"{counts[0]} passage{one} changed, {counts[1]} word{word} added, {counts[2]} removed."
    same = ("Les deux textes disent la même chose.", "The two texts say the same.")
    click.echo(said(language, fr, en) if counts[0] else said(language, *same))
    if answer["cut"]:
        click.echo(said(language, "Seul le début est comparé.", "Only the beginnings are compared."))


@click.command("care")
@click.argument("documents", nargs=-1, required=True)
@click.option("--owner", default=None, help="Responsable ; vide : plus personne.")
@click.option("--review", "review_on", default=None, help="À relire le (AAAA-MM-JJ) ; vide : plus de date.")
@click.option("--keep-until", default=None, help="À conserver jusqu’au (AAAA-MM-JJ) ; vide : plus de date.")
@JSON
@click.pass_obj
def care(
    obj: dict[str, Any],
    documents: tuple[str, ...],
    owner: str | None,
    review_on: str | None,
    keep_until: str | None,
    as_json: bool,
) -> None:
    """Dit qui suit des documents d’un même espace, et jusqu’à quand : tous, ou aucun."""
    values = {"owner": owner, "review_on": review_on, "keep_until": keep_until}
    given = {name: value for name, value in values.items() if value is not None}
    answer = call(obj, "documents.care", {"documents": list(documents), **given})
    count = answer["documents"]
    shown(obj, answer, as_json, f"Suivi enregistré : {count}", f"Saved: {count}")


@click.command("health")
@click.option("--space", required=True, help="Espace (nom ou identifiant).")
@JSON
@click.pass_obj
def health(obj: dict[str, Any], space: str, as_json: bool) -> None:
    """Santé du fonds d’un espace : ce qui demande quelqu’un."""
    answer = call(obj, "documents.health", {"space": space})
    if as_json:
        print_json(answer)
        return
    language = obj["language"]
    head = said(language, "documents", "documents")
    click.echo(f"{answer['name']}, {answer['documents']} {head}")
    for kind, words in KINDS.items():
        count = answer["counts"].get(kind, 0)
        if kind == "gaps" and not answer["gathers_since"]:
            continue
        click.echo(f"{words[language == 'en']} : {count}" if language == "fr" else f"{words[1]}: {count}")
        lines = _lines(answer, kind)
        for line in lines[:_SHOWN]:
            click.echo(f"  {line}")
        if (left := len(lines) - _SHOWN) > 0:
            click.echo(said(language, f"  … et {left} de plus", f"  … and {left} more"))
    if not answer["gathers_since"]:
        click.echo(
            said(
                language,
                "Les questions sans réponse ne sont pas rassemblées (demeure spaces questions).",
                "Questions without an answer are not gathered (demeure spaces questions).",
            )
        )


def _lines(answer: dict[str, Any], kind: str) -> list[str]:
    if kind == "gaps":
        return [f"{gap['times']} × {gap['question']}" for gap in answer["questions"]]
    if kind == "twins":
        return [", ".join(one["name"] for one in group["documents"]) for group in answer["near"]]
    if kind == "proposed":
        pairs = [(one["document"], one["former"]) for one in answer["proposed"]]
        return [f"{new['name']} → {old['name']} ({new['id']} {old['id']})" for new, old in pairs]
    return [f"{row['name']} ({row['id']})" for row in answer["rows"].get(kind, ())]
