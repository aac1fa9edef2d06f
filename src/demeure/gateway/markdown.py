"""An answer as HTML: a small Markdown subset, made to be unable to reach anything.

No HTML, no images; links become inert text with their whole address; the only live links are ``[n]`` to the
page's own sources. nh3 is a second net behind the first: what it would remove is a bug of the first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from demeure.assistant.grounding import FIGURE, figures

_MARKER = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "a", "span", "u"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSES = {"cite", "vh", "unsourced", "address"}
_ANCHOR = re.compile(r"#source-[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Marks:
    """What the page knows about an answer. ``sources``: number → spoken name (« Tarifs, page 3 »); ``anchor``: the
    sources are at ``#source-<anchor>-<n>``; ``unsupported``: figures (canonical, see grounding) no source contains;
    ``word``: « non étayé » in the reader's language."""

    sources: Mapping[int, str]
    anchor: str
    unsupported: Sequence[str] = ()
    word: str = ""


def _parser() -> MarkdownIt:
    # maxNesting: a hostile answer may nest quotes and lists by the thousand
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": 24})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline", "reference", "image", "autolink", "entity"])
    return parser


_PARSER = _parser()


def render(text: str, marks: Marks) -> Markup:
    """Safe HTML of ``text``; what has no UTF-8 (a lone surrogate) becomes “?”."""
    tokens = _PARSER.parse(text.encode("utf-8", "replace").decode())
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"  # the page holds h1 and h2 itself
        token.info = ""  # a code block's language would become a class
        if token.type == "inline" and token.children is not None:
            token.children = [made for child in _without_links(token.children) for made in _marked(child, marks)]
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(_second_net(html))  # noqa: S704 - escaped by the renderer, then cleaned by nh3


def _without_links(children: Sequence[Token]) -> list[Token]:
    """``[text](address)`` → text (address): readable, copyable, not clickable."""
    kept: list[Token] = []
    addresses: list[str] = []
    for token in children:
        if token.type == "link_open":
            addresses.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            address = addresses.pop()
            if address:
                kept.append(_html(f' <span class="address">({escape(address)})</span>'))
        else:
            kept.append(token)
    return kept


def _marked(token: Token, marks: Marks) -> list[Token]:
    if token.type != "text":
        return [token]
    made: list[Token] = []
    at = 0
    for found in _MARKER.finditer(token.content):
        made += _figures(token.content[at : found.start()], marks)
        made += [_html(_citation(int(n), marks)) for n in re.findall(r"\d+", found[1]) if int(n) in marks.sources]
        at = found.end()
    return made + _figures(token.content[at:], marks)


def _citation(number: int, marks: Marks) -> str:
    name = escape(marks.sources[number])
    return (
        f'<a class="cite" href="#source-{escape(marks.anchor)}-{number}">'
        f'<span class="vh">Source </span>{number}<span class="vh">, {name}</span></a>'
    )


def _figures(text: str, marks: Marks) -> list[Token]:
    made: list[Token] = []
    at = 0
    for found in FIGURE.finditer(text):
        if any(figure in marks.unsupported for figure in figures(found[0])):
            made.append(_text(text[at : found.start()]))
            word = f"<span>{escape(marks.word)}</span>"
            made.append(_html(f'<span class="unsourced"><u>{escape(found[0])}</u> {word}</span>'))
            at = found.end()
    return [*made, _text(text[at:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _second_net(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=set(),
        attributes={"a": {"class", "href"}, "span": {"class"}, "ol": {"start"}},
        attribute_filter=_allowed,
        url_schemes=set(),
        link_rel=None,
    )


def _allowed(tag: str, name: str, value: str) -> Any:
    if name == "href":
        return value if _ANCHOR.fullmatch(value) else None
    if name == "class":
        return value if value in _CLASSES else None
    return value if tag == "ol" and value.isdigit() else None
