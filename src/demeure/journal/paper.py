"""What leaves on paper: a checkpoint or a receipt as a printed code."""

import io


def code_svg(text: str) -> str:
    """A QR code of ``text`` as an SVG element without style nor script (error correction: at least L). Raises
    ValueError when it does not fit (2,953 bytes)."""
    import segno

    target = io.BytesIO()
    code = segno.make(text, error="L", micro=False, encoding="utf-8")
    code.save(target, kind="svg", xmldecl=False, svgns=True, scale=1, border=4, omitsize=True, svgclass="code")
    return target.getvalue().decode()


def sheet(language: str, organisation: str, vkey: str, note: str, moment: str) -> str:
    """A page to print for whoever holds checkpoints outside (HTML, nothing to load)."""
    words = _WORDS[language]
    from html import escape

    return _SHEET.format(
        language=language,
        title=escape(words["title"].format(organisation=organisation)),
        why=escape(words["why"]),
        moment=escape(words["moment"].format(moment=moment)),
        note=escape(note),
        key=escape(words["key"]),
        vkey=escape(vkey),
        how=escape(words["how"]),
        code=code_svg(note),
    )


_WORDS = {
    "fr": {
        "title": "Point de contrôle du journal ({organisation})",
        "why": "Gardez cette feuille hors de la machine. Toute réécriture du journal antérieure au dernier point "
        "de contrôle détenu par un tiers est détectable.",
        "moment": "Imprimé le {moment}.",
        "key": "Clé publique du journal",
        "how": "Pour comparer : enregistrez le texte du code dans un fichier, puis "
        "demeure journal verify --checkpoint FICHIER.",
    },
    "en": {
        "title": "Checkpoint of the journal of {organisation}",
        "why": "Keep this sheet away from the machine. Any rewriting of the journal before the last checkpoint "
        "that a third party holds can be detected.",
        "moment": "Printed on {moment}.",
        "key": "Public key of the journal",
        "how": "To compare: save the text of the code in a file, then demeure journal verify --checkpoint FILE.",
    },
}
_SHEET = """\
<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<title>{title}</title>
<style>body{{font:12pt/1.5 serif;margin:2cm;max-width:17cm}}pre{{white-space:pre-wrap;overflow-wrap:anywhere;
font:9pt/1.4 monospace}}svg{{width:8cm;height:8cm}}</style>
<h1>{title}</h1>
<p>{why}</p>
<p>{moment}</p>
{code}
<pre>{note}</pre>
<h2>{key}</h2>
<pre>{vkey}</pre>
<p>{how}</p>
</html>
"""
