"""Every error a person can meet: a name, a French and an English sentence, an exit code, an HTTP status.

A concrete error lives beside the code that raises it (``journal/errors.py``, ``library/errors.py`` …) and is three
lines: class, docstring (the English sentence), ``fr``. ``{name}`` fields come from the keyword arguments.
``docs/errors.md`` is generated from the subclasses; a house test refuses one without both sentences.
"""

import errno
import re
from functools import cache
from typing import ClassVar

_SIGN = re.compile(r" (?=[:;!?»](?:[\s»),.…]|$))|(?<=«) ")
"""A space that a line must not break at, before or after a French sign that stands alone."""


@cache
def bound(french: str) -> str:
    """A French sentence of ours, before its fields are filled in, with the spaces that hold its signs; the same
    when done twice."""

    def held(space: re.Match[str]) -> str:
        after = french[space.end() : space.end() + 1]
        return "\u202f" if after in (";", "!", "?") and french[space.start() - 1] != "«" else "\u00a0"

    return _SIGN.sub(held, french)


def counted(number: int, one: str, many: str) -> str:
    """« 1 écart », « 3 écarts »."""
    return f"{number} {many if number > 1 else one}"


def counted_en(number: int, one: str, many: str) -> str:
    """As ``counted``, in English: none is many."""
    return f"{number} {one if number == 1 else many}"


class _Number(int):
    """A number in a sentence: ``{count:ligne|lignes}`` is written with its noun."""

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return counted(int(self), one, many) if bar else int.__format__(self, spec)


class _Said(str):
    """What stands where a number would."""

    def __format__(self, spec: str) -> str:
        _, bar, many = spec.partition("|")
        return f"{self!s} {many}" if bar else str.__format__(self, spec)


def _given(value: object) -> object:
    return _Number(value) if type(value) is int else _Said(value) if type(value) is str else value


class DemeureError(Exception):
    """Something went wrong."""

    fr: ClassVar[str] = "Une erreur est survenue."
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    final: ClassVar[bool] = False
    """Trying again mends nothing: people must look."""

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence("en"))

    @classmethod
    def code(cls) -> str:
        """Stable name used on the wire, in JSON and in the documentation."""
        return cls.__name__

    def sentence(self, language: str = "fr") -> str:
        """The whole message in ``fr`` or ``en``, fields filled in; a missing field shows as ``?``.

        A field given in both languages (``detail``, ``detail_en``) is told in the reader's. A number may bring its
        noun, one or several: ``{seconds:seconde|secondes}``.
        """
        given = {name: _given(value) for name, value in self.params.items()}
        if language == "fr":
            return bound(self.fr).format_map(_Lenient(given))
        english = {name[:-3]: value for name, value in given.items() if name.endswith("_en")}
        return " ".join((type(self).__doc__ or "").split()).format_map(_Lenient({**given, **english}))


class _Missing(str):
    """A field that nobody gave."""

    def __format__(self, _spec: str) -> str:
        return "?"


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return _Missing()


def known_errors() -> dict[str, type[DemeureError]]:
    """All loaded error classes by code (subclasses, recursively)."""
    found: dict[str, type[DemeureError]] = {}
    pending = [DemeureError]
    while pending:
        cls = pending.pop()
        found[cls.code()] = cls
        pending.extend(cls.__subclasses__())
    return found


class InputError(DemeureError):
    """The request is not valid: {detail}."""

    fr = "La demande n’est pas valable : {detail}."
    exit_code = 2
    http_status = 400


class RemoteError(DemeureError):
    """Another part of the house answered with an error: {remote_code}."""

    fr = "Une autre partie de la maison a répondu par une erreur : {remote_code}."
    http_status = 502


class Surprise(DemeureError):
    """The house met something that it did not foresee ({detail}); what you asked for may not be done. Try again; if
    it comes back, give this reference to whoever administers the house: {reference} (demeure logs --id
    {reference})."""

    fr = (
        "La maison a rencontré quelque chose qu’elle n’avait pas prévu ({detail}) ; ce que vous demandiez n’est "
        "peut-être pas fait. Réessayez ; si cela revient, donnez cette référence à qui administre la maison : "
        "{reference} (demeure logs --id {reference})."
    )


def from_wire(code: str, params: dict[str, object]) -> DemeureError:
    """Rebuild an error that crossed the wire; an unknown code becomes ``RemoteError``, nothing is dropped."""
    cls = known_errors().get(code)
    return cls(**params) if cls else RemoteError(remote_code=code, **params)


_SYSTEM = {
    errno.ENOSPC: "il n’y a plus de place sur ce disque",
    errno.EDQUOT: "la place accordée sur ce disque est épuisée",
    errno.EFBIG: "le fichier serait trop grand",
    errno.EROFS: "ce disque est en lecture seule",
    errno.EACCES: "accès interdit",
    errno.EPERM: "opération interdite",
    errno.EEXIST: "il y a déjà quelque chose à cet endroit",
    errno.ENOENT: "il n’y a rien à cet endroit",
    errno.ENOTDIR: "ce n’est pas un dossier",
    errno.EISDIR: "c’est un dossier",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.ELOOP: "ce lien mène à lui-même",
    errno.EIO: "le disque ne répond pas comme il faut",
    errno.EADDRINUSE: "un autre programme tient déjà cette adresse",
    errno.EADDRNOTAVAIL: "cette machine n’a pas cette adresse",
}
"""What the system says, in French; another word of its own is told as it is."""


def system_words(problem: OSError) -> tuple[str, str]:
    """(French, English) of what the system refused, without the path."""
    english = problem.strerror or str(problem)
    return _SYSTEM.get(problem.errno or 0, english), english
