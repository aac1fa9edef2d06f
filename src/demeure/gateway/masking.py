"""A text that leaves without its personal data: each becomes a mark, the same for the same person in all the file.

By rules (docs/personal-data.md): what they do not see stays, and the file says that it is to be read again. With
the table of a dossier the marks can be undone; with a table of its own, thrown away, they cannot.
"""

from dataclasses import replace

from demeure.gateway.sending import ToSend, marked
from demeure.personal import examine_together
from demeure.personal.pseudonyms import Pseudonyms


def texts_of(told: ToSend) -> list[str]:
    """Everything of ``told`` that may name somebody, the words of its marks written."""
    sources = [text for one in told.sources for text in (one.document, one.where, one.quote)]
    return [told.title, marked(told.text, told.marks), *sources]


def with_texts(told: ToSend, texts: list[str]) -> ToSend:
    """``told`` with these instead, in the same order."""
    title, text, *rest = texts
    trios = zip(told.sources, rest[::3], rest[1::3], rest[2::3], strict=True)
    sources = tuple(replace(one, document=name, where=at, quote=quote) for one, name, at, quote in trios)
    return replace(told, title=title, text=text, marks=(), sources=sources)


def hidden(told: ToSend) -> ToSend:
    """Masked for good. Blocks for a second a megabyte; what it raises must keep the file from leaving."""
    table, texts = Pseudonyms(), texts_of(told)
    found = examine_together(texts)  # the name of a source is that of a file: the text says whose it is
    return with_texts(told, [table.hide(text, seen) for text, seen in zip(texts, found, strict=True)])
