"""Things a person should know about a document although it was read: one table, both languages."""

FLAGS: dict[str, tuple[str, str]] = {
    "hidden-text": (
        "texte invisible à l’écran, écarté de la lecture",
        "text invisible on the page, left out",
    ),
    "tiny-text": (
        "texte invisible à l’œil nu (moins de 4 points), gardé",
        "text too small to be seen (under 4 points), kept",
    ),
    "scan-text-layer": (
        "pages numérisées dont le texte vient d’une reconnaissance automatique",
        "scanned pages whose text comes from automatic recognition",
    ),
    "pages-without-text": (
        "pages sans texte (images), non lues par cette version",
        "pages without text (images), not read by this version",
    ),
    "pages-unreadable": ("pages abîmées, non lues", "damaged pages, not read"),
    "repeated-lines": ("en-têtes et pieds de page répétés, écartés", "repeated headers and footers, left out"),
    "reordered-pages": ("pages remises dans l’ordre de lecture", "pages put back into reading order"),
    "control-characters": ("caractères de commande retirés", "control characters removed"),
    "invisible-characters": ("caractères invisibles retirés", "invisible characters removed"),
    "direction-characters": (
        "caractères inversant le sens d’écriture, retirés",
        "characters reversing the writing direction, removed",
    ),
    "tag-characters": ("caractères « étiquettes » cachés, retirés", "hidden “tag” characters removed"),
    "unassigned-characters": ("caractères inconnus retirés", "unknown characters removed"),
    "undecodable-bytes": ("octets illisibles remplacés par �", "unreadable bytes replaced by �"),
    "guessed-encoding": ("codage des caractères deviné", "character encoding guessed"),
    "tracked-deletions": ("suppressions suivies, écartées", "tracked deletions, left out"),
    "external-links": (
        "renvois vers des fichiers extérieurs, jamais suivis",
        "references to outside files, never followed",
    ),
    "macros": ("macros présentes, jamais exécutées", "macros present, never run"),
    "hidden-sheets": ("feuilles masquées, lues", "hidden sheets, read"),
    "hidden-rows": ("lignes masquées, lues", "hidden rows, read"),
    "hidden-columns": ("colonnes masquées, lues", "hidden columns, read"),
    "hidden-slides": ("diapositives masquées, lues", "hidden slides, read"),
    "repeated-rows": ("lignes identiques qui se suivent, lues une fois", "identical rows in a row, read once"),
    "formulas-without-value": (
        "formules enregistrées sans leur résultat, non lues",
        "formulas saved without their result, not read",
    ),
    "comments": ("commentaires, lus avec leur cellule", "comments, read with their cell"),
    "attachments-unsupported": (
        "pièces d’un genre que cette version ne lit pas",
        "attachments of a kind that this version does not read",
    ),
    "attachments-encrypted": (
        "pièces protégées par un mot de passe, non lues",
        "attachments under a password, not read",
    ),
    "attachments-damaged": (
        "pièces abîmées, lues en partie ou non lues",
        "damaged attachments, read in part or not read",
    ),
    "attachments-refused": (
        "pièces construites pour saturer un lecteur, non ouvertes",
        "attachments built to flood a reader, not opened",
    ),
    "too-deep": ("imbrication excessive, le fond n’est pas lu", "excessive nesting, the bottom is not read"),
}
"""Name on the wire → (French, English)."""


def sentence(name: str, language: str = "fr") -> str:
    """The words for a flag; an unknown name is shown as it is."""
    french, english = FLAGS.get(name, (name, name))
    return french if language == "fr" else english
