"""Why a text is not TOML, in French too: Python's parser speaks English alone."""

import re

_AT = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_FRENCH = (
    (r"Invalid statement", "ce n’est ni une valeur « nom = … », ni un titre « [nom] »"),
    (r"Expected '=' after a key in a key/value pair", "il faut « = » après le nom"),
    (r"Expected newline or end of document after a statement", "il faut passer à la ligne après la valeur"),
    (r"Invalid value", "valeur illisible : un texte se met entre guillemets droits"),
    (r"Cannot overwrite a value", "cette entrée est déjà donnée plus haut"),
    (r"Cannot declare (?P<what>.+) twice", "{what} est déclaré deux fois"),
    (r"Cannot (?:mutate immutable|redefine) namespace (?P<what>.+)", "{what} est déjà donné plus haut"),
    (r"Duplicate inline table key (?P<what>.+)", "{what} est donné deux fois"),
    (r"Expected '\]' at the end of a table declaration", "il manque « ] » à la fin du titre"),
    (r"Expected '\]\]' at the end of an array declaration", "il manque « ]] » à la fin du titre"),
    (r"Invalid initial character for a key part", "un nom ne commence pas par ce signe"),
    (r"Unclosed array", "il manque « ] » à la fin de la liste"),
    (r"Unclosed inline table", "il manque « } » à la fin du groupe"),
    (r"Unescaped '\\' in a string", "« \\ » se double dans un texte"),
    (r"Invalid hex value", "« \\u » n’est pas suivi de chiffres hexadécimaux"),
    (r"Escaped character is not a Unicode scalar value", "ce signe n’existe pas"),
    (r"Unterminated string", "il manque le guillemet qui ferme le texte"),
    (r"Illegal character (?P<what>.+)", "signe {what} interdit ici"),
    (r"Found invalid character (?P<what>.+)", "signe {what} interdit ici"),
    (r"Expected (?P<what>.+)", "{what} est attendu"),
    (r"Invalid date or datetime", "cette date n’existe pas"),
)
"""What ``tomllib`` says (Python 3.11 to 3.14) → French."""


def told(problem: Exception) -> tuple[str, str]:
    """French and English, to stand after a colon, of what kept a text from being read: a ``TOMLDecodeError``, half
    a character (UnicodeError), tables within tables without end (RecursionError)."""
    if isinstance(problem, UnicodeError):
        return "ce texte n’est pas de l’UTF-8", "this text is not UTF-8"
    if isinstance(problem, RecursionError):
        return "trop de niveaux les uns dans les autres", "too many levels, one in another"
    english = str(problem)
    at = _AT.search(english)
    said = english[: at.start()] if at else english
    for pattern, french in _FRENCH:
        if found := re.fullmatch(pattern, said):
            what = _named(found.groupdict().get("what", ""))
            return _placed(french.replace("{what}", what), at), _small(english)
    return _placed("écriture non reconnue", at), _small(english)


def line_of(problem: Exception, text: str) -> int:
    """The line of ``text`` (from 1) that the parser stopped at; its last one when it names none."""
    at = _AT.search(str(problem))
    return int(at["line"]) if at and at["line"] else text.count("\n") + 1


def _placed(french: str, at: re.Match[str] | None) -> str:
    if at is None:
        return french
    place = f"ligne {at['line']}, colonne {at['column']}" if at["line"] else "à la fin du fichier"
    return f"{french} ({place})"


def _named(what: str) -> str:
    """``('a', 'b')`` is what the file writes ``a.b``."""
    return ".".join(re.findall(r"['\"]([^'\"]*)['\"]", what)) if what.startswith("(") else what


def _small(english: str) -> str:
    return english[:1].lower() + english[1:]
