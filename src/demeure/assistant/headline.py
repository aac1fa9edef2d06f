"""The first words of a text as a title: one line, without the signs of Markdown (pure)."""

import re

_BEGINS = re.compile(r"(?m)^[ \t]*(?:#{1,6}|[-*>•])[ \t]+")
_STRONG = re.compile(r"\*\*|__|`")


def headline(text: str) -> str:
    """``text`` on one line, its headings, lists, quotes and bold words said plainly."""
    return " ".join(_STRONG.sub("", _BEGINS.sub("", text)).split())
