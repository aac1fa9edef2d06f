"""The sheet of a recovery key, to print: its words, its code, whom it opens, what to do. One HTML file, nothing
else."""

import html
import io

from demeure.backup.recovery import Recovery

_WORDS = {
    "fr": {
        "title": "Clé de secours",
        "lead": "Cette feuille rouvre les sauvegardes de « {house} » faites à partir de ce jour. La maison n’en a "
        "aucune copie.",
        "keep": "À garder sous enveloppe, au coffre, loin de la machine. Qui la tient peut tout lire : "
        "documents, conversations, journal.",
        "holder": "Tenue par",
        "made": "Faite le",
        "words": "Les vingt mots, ligne par ligne (le dernier mot de chaque ligne vérifie les quatre autres)",
        "code": "La même clé, à lire avec un lecteur de codes",
        "vkey": "Clé publique du journal de la maison, à comparer avant une restauration (--vkey)",
        "recipient": "Moitié publique de cette clé",
        "how": "Pour restaurer, sur n’importe quelle machine où Demeure est installé :",
        "where": "DOSSIER --from LIEU",
        "without": "Sans Demeure : chaque fichier de packs/ est un fichier age (age -d -i CLÉ FICHIER).",
    },
    "en": {
        "title": "Recovery key",
        "lead": "This sheet opens again the backups of “{house}” made from this day on. The house has no copy of "
        "it.",
        "keep": "Keep it in an envelope, in a safe, away from the machine. Whoever holds it can read everything: "
        "documents, conversations, journal.",
        "holder": "Held by",
        "made": "Made on",
        "words": "The twenty words, row by row (the last word of each row checks the four others)",
        "code": "The same key, for a code reader",
        "vkey": "Public key of the house’s journal, to compare before a restore (--vkey)",
        "recipient": "Public half of this key",
        "how": "To restore, on any machine where Demeure is installed:",
        "where": "FOLDER --from PLACE",
        "without": "Without Demeure: each file of packs/ is an age file (age -d -i KEY FILE).",
    },
}
_STYLE = """
@page { size: A4; margin: 18mm }
body { font: 12pt/1.45 "Liberation Sans", Arial, sans-serif; color: #111; background: #fff; max-width: 174mm;
  margin: 0 auto; padding: 8mm }
h1 { font-size: 24pt; margin: 0 0 2mm } h2 { font-size: 13pt; margin: 6mm 0 1mm }
.keep { border: 1.5pt solid #111; padding: 4mm; font-weight: 600 }
table { border-collapse: collapse; font: 600 17pt/1.7 "Liberation Mono", monospace; margin: 3mm 0 }
td { padding: 0 5mm 0 0 } td:last-child { border-left: 1pt solid #777; padding-left: 5mm } th { font: 10pt
sans-serif;
  padding-right: 5mm; color: #444 } code { font: 9pt "Liberation Mono", monospace; overflow-wrap: anywhere }
dt { font-size: 10pt; color: #444; margin-top: 3mm } dd { margin: 0 } svg { width: 42mm; height: 42mm }
"""


def sheet(key: Recovery, holder: str, house: str, vkey: str, day: str, language: str) -> str:
    """The page, in ``language`` (fr or en). ``house``: name of the organisation; ``day``: as it is told."""
    said = _WORDS[language]
    rows = "".join(
        f"<tr><th>{number}</th>{''.join(f'<td>{word}</td>' for word in row.split())}</tr>"
        for number, row in enumerate(key.rows, 1)
    )
    told = {name: html.escape(text.format(house=house)) for name, text in said.items()}
    facts = (
        ("holder", html.escape(holder)),
        ("made", html.escape(day)),
        ("vkey", f"<code>{html.escape(vkey)}</code>"),
        ("recipient", f"<code>{html.escape(key.recipient)}</code>"),
    )
    listed = "".join(f"<dt>{told[name]}</dt><dd>{value}</dd>" for name, value in facts)
    return (
        f'<!doctype html>\n<html lang="{language}"><meta charset="utf-8"><title>{told["title"]}</title>'
        f"<style>{_STYLE}</style>\n<h1>{told['title']}</h1><p>{told['lead']}</p><p class=keep>{told['keep']}</p>\n"
        f"<h2>{told['words']}</h2><table>{rows}</table>\n<h2>{told['code']}</h2>{_code(key.secret)}\n"
        f"<dl>{listed}</dl>\n<p>{told['how']}<br><code>demeure backup restore {told['where']}</code></p>"
        f"<p>{told['without']}</p></html>\n"
    )


def _code(text: str) -> str:
    import segno

    drawn = io.BytesIO()
    code = segno.make(text, error="M", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True)
    return drawn.getvalue().decode()
