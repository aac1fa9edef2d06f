"""A text that leaves without its personal data: each becomes a mark, the same for the same person in all the file.

By rules (docs/personal-data.md): what they do not see stays, and the file says that it is to be read again.
"""

from dataclasses import replace

from demeure.gateway.sending import ToSend, marked
from demeure.personal.pseudonyms import Pseudonyms


def hidden(told: ToSend) -> ToSend:
    """``told`` with its title, its text (the words of its marks written), its sources and their passages masked.
    Blocks for a second a megabyte; what it raises must keep the file from leaving."""
    table = Pseudonyms()
    title = table.hide(told.title)
    text = table.hide(marked(told.text, told.marks))
    sources = tuple(
        replace(one, document=table.hide(one.document), where=table.hide(one.where), quote=table.hide(one.quote))
        for one in told.sources
    )
    return replace(told, title=title, text=text, marks=(), sources=sources)
