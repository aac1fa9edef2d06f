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

_MARKER = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "a", "span", "u"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSES = {"cite", "vh", "unsourced", "computed", "wording", "address"}
_ANCHOR = re.compile(r"#source-[A-Za-z0-9_-]+")


_FIRST = 0xF0000
_UNDERLINED = "</u></span>"
_SIGN = re.compile("[\U000f0000-\U000ffffd]")
_SIGN_IN_ADDRESS = re.compile(r"(?:%F3%B[0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F])", re.IGNORECASE)


@dataclass(frozen=True)
class Mark:
    """A piece of the text, ``[start:end]``, to underline. ``word``: « non étayé »; ``why``: the reason, spoken and
    as a title; ``look``: its class."""

    start: int
    end: int
    word: str
    why: str = ""
    look: str = "unsourced"


@dataclass(frozen=True)
class Marks:
    """What the page knows about an answer. ``sources``: number → spoken name (« Tarifs, page 3 »); ``anchor``: the
    sources are at ``#source-<anchor>-<n>``; ``pieces``: what is marked, in order, apart from each other."""

    sources: Mapping[int, str]
    anchor: str
    pieces: Sequence[Mark] = ()


def _parser() -> MarkdownIt:
    # maxNesting: a hostile answer may nest quotes and lists by the thousand
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": 24})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline", "reference", "image", "autolink", "entity"])
    return parser


_PARSER = _parser()


def render(text: str, marks: Marks) -> Markup:
    """Safe HTML of ``text``; what has no UTF-8 (a lone surrogate) becomes “?”."""
    tokens = _PARSER.parse(_signed(text.encode("utf-8", "replace").decode(), marks.pieces))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"  # the page holds h1 and h2 itself
        token.info = ""  # a code block's language would become a class
        if token.type == "inline" and token.children is not None:
            pen = _Pen(marks)
            token.children = [made for child in _without_links(token.children) for made in pen.written(child)]
        elif token.type in ("fence", "code_block"):
            token.type, token.content = "html_block", f"<pre><code>{_Pen(marks).text(token.content)}</code></pre>\n"
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(_second_net(html))  # noqa: S704 - escaped by the renderer, then cleaned by nh3


def _signed(text: str, pieces: Sequence[Mark]) -> str:
    """``text`` with a private sign where each piece begins and ends: parsing keeps them where words are."""
    signed, at = "", 0
    for number, piece in enumerate(pieces[:30_000]):
        if not at <= piece.start < piece.end <= len(text):
            continue
        begin, end = chr(_FIRST + 2 * number), chr(_FIRST + 2 * number + 1)
        signed += _unsigned(text[at : piece.start]) + begin + _unsigned(text[piece.start : piece.end]) + end
        at = piece.end
    return signed + _unsigned(text[at:])


def _unsigned(text: str) -> str:
    return _SIGN.sub("\ufffd", text)


def _without_links(children: Sequence[Token]) -> list[Token]:
    """``[text](address)`` → text (address): readable, copyable, not clickable."""
    kept: list[Token] = []
    addresses: list[str] = []
    for token in children:
        if token.type == "link_open":
            addresses.append(_SIGN_IN_ADDRESS.sub("", str(token.attrGet("href") or "")))
        elif token.type == "link_close":
            address = addresses.pop()
            if address:
                kept.append(_html(f' <span class="address">({escape(address)})</span>'))
        else:
            kept.append(token)
    return kept


class _Pen:
    """Writes the words of one block: citations as links, marked pieces underlined. A piece that bold or a line
    break cuts is underlined part by part, its word after the last; one that a block leaves open ends with it."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._open: Mark | None = None

    def written(self, token: Token) -> list[Token]:
        """The tokens that ``token`` becomes."""
        if token.type == "text":
            return [_html(self.text(token.content, cited=True))]
        if token.type == "code_inline":
            return [_html(f"<code>{self.text(token.content)}</code>")]
        return [token]

    def text(self, content: str, *, cited: bool = False) -> str:
        """Safe HTML of ``content``."""
        html, at = "", 0
        for sign in _SIGN.finditer(content):
            html += self._piece(content[at : sign.start()], cited=cited)
            html = self._turn(ord(sign[0]) - _FIRST, html)
            at = sign.end()
        return html + self._piece(content[at:], cited=cited)

    def _turn(self, sign: int, html: str) -> str:
        """Begin or end a piece, ``html`` being what its block has so far; its word is told at its end."""
        piece = self._marks.pieces[sign // 2]
        if sign % 2 == 0 or self._open is not piece:
            self._open = piece if sign % 2 == 0 else self._open
            return html
        self._open = None
        why = f'<span class="vh">, {escape(piece.why)}</span>' if piece.why else ""
        told = f" <span>{escape(piece.word)}{why}</span></span>"
        if html.endswith(_UNDERLINED):
            return html.removesuffix("</span>") + told
        return f'{html}<span class="{piece.look}">{told.lstrip()}'

    def _piece(self, content: str, *, cited: bool) -> str:
        html = _cited(content, self._marks) if cited else str(escape(content))
        if self._open is None or not content.strip():
            return html
        title = f' title="{escape(self._open.why)}"' if self._open.why else ""
        return f'<span class="{self._open.look}"{title}><u>{html}{_UNDERLINED}'


def _cited(text: str, marks: Marks) -> str:
    html, at = "", 0
    for found in _MARKER.finditer(text):
        html += str(escape(text[at : found.start()]))
        html += "".join(_citation(int(n), marks) for n in re.findall(r"\d+", found[1]) if int(n) in marks.sources)
        at = found.end()
    return html + str(escape(text[at:]))


def _citation(number: int, marks: Marks) -> str:
    name = escape(marks.sources[number])
    return (
        f'<a class="cite" href="#source-{escape(marks.anchor)}-{number}">'
        f'<span class="vh">Source </span>{number}<span class="vh">, {name}</span></a>'
    )


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _second_net(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=set(),
        attributes={"a": {"class", "href"}, "span": {"class", "title"}, "ol": {"start"}},
        attribute_filter=_allowed,
        url_schemes=set(),
        link_rel=None,
    )


def _allowed(tag: str, name: str, value: str) -> Any:
    if name == "href":
        return value if _ANCHOR.fullmatch(value) else None
    if name == "class":
        return value if value in _CLASSES else None
    if name == "title":
        return value
    return value if tag == "ol" and value.isdigit() else None
