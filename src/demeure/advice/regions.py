"""The report as HTML: what is wider than a screen is a region that the keyboard reaches. Pure."""

import re

_PIECE = re.compile(r"<h([1-6])>|<table>|</table>|<pre>|</pre>")


def regions(body: str) -> str:
    """``body``: HTML made from the report. Headings get an id; each table and each text of a program stands in a
    region that scrolls by itself, named by the heading over it."""
    count = 0

    def told(found: re.Match[str]) -> str:
        nonlocal count
        piece = found[0]
        if found[1]:
            count += 1
            return f'<h{found[1]} id="part-{count}">'
        if piece.startswith("</"):
            return f"{piece}</div>"
        named = f'aria-labelledby="part-{count}"' if count else ""
        return f'<div class="scroll" tabindex="0" role="region" {named}>{piece}'

    return _PIECE.sub(told, body)
