"""Things a person should know about a document although it was read: one table, both languages."""

from collections.abc import Mapping

FLAGS: dict[str, tuple[str, str]] = {
    "instructions": (
        "phrases qui donnent des ordres à un assistant, écartées de ce qu’il lit",
        "sentences that give orders to an assistant, left out of what it reads",
    ),
    "pages-with-orders": (
        "pages numérisées qui donnent des ordres à un assistant",
        "scanned pages that give orders to an assistant",
    ),
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
    "scan-text-layer-poor": (
        "pages numérisées dont l’ancienne reconnaissance est mauvaise",
        "scanned pages whose former recognition is poor",
    ),
    "pages-to-recognise": (
        "pages numérisées, reconnaissance du texte à faire",
        "scanned pages, text still to be recognised",
    ),
    "pages-recognised": (
        "pages numérisées, texte reconnu automatiquement",
        "scanned pages, text recognised automatically",
    ),
    "pages-poorly-recognised": (
        "pages mal reconnues, à vérifier sur l’image",
        "pages poorly recognised, to be checked on the picture",
    ),
    "pages-without-text": (
        "pages où aucun texte n’a été reconnu",
        "pages where no text was recognised",
    ),
    "pages-without-language-data": (
        "pages numérisées non lues : il manque des données de langue, à demander à qui administre la maison",
        "scanned pages not read: language data is missing, to be asked of the administrator",
    ),
    "attached-pictures": (
        "images et pages numérisées de pièces jointes, au-delà des 200 premières, non lues",
        "pictures and scanned pages of attachments, beyond the first 200, not read",
    ),
    "pages-turned": ("pages couchées ou à l’envers, redressées", "pages lying or upside down, set upright"),
    "recognition-confidence": (
        "confiance moyenne de la reconnaissance, sur 100",
        "mean confidence of the recognition, out of 100",
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


SUSPECT = (
    *("instructions", "pages-with-orders", "hidden-text"),
    *("tag-characters", "direction-characters", "invisible-characters"),
)
"""What may have been written for a machine and not for people: the journal keeps it, the list says it."""

TELLING = (
    *("instructions", "pages-with-orders", "hidden-text", "hidden-sheets", "hidden-rows", "hidden-columns"),
    *("hidden-slides", "formulas-without-value"),
    *("pages-poorly-recognised", "scan-text-layer-poor", "pages-without-text", "pages-without-language-data"),
    *("pages-unreadable", "undecodable-bytes", "tracked-deletions", "attached-pictures", "attachments-unsupported"),
    *("attachments-encrypted", "attachments-damaged", "attachments-refused", "too-deep"),
)
"""What whoever relies on a passage must know of its document: what was not read, or hardly, or is not seen."""


def telling(flags: Mapping[str, int], language: str = "fr", *, more: bool = False) -> str:
    """« feuilles masquées, lues (2) ; formules …, non lues (1) »; empty when there is nothing to know. ``more``:
    of what was removed unseen too."""
    names = dict.fromkeys((*TELLING, *(SUSPECT if more else ())))
    between = "\u00a0; " if language == "fr" else "; "
    return between.join(f"{sentence(name, language)} ({flags[name]})" for name in names if name in flags)


def sentence(name: str, language: str = "fr") -> str:
    """The words for a flag; an unknown name is shown as it is."""
    french, english = FLAGS.get(name, (name, name))
    return french if language == "fr" else english
