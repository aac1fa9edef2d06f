"""An answer's HTML can show, and can reach nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demeure.gateway.markdown import Mark, Marks, render

MARKS = Marks({1: "Tarifs <2026>, page 3", 2: "Règlement"}, "m7")
TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "a", "span", "u"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
HOSTILE = [
    "![x](http://canary.example/i.png)",
    "![x][r]\n\n[r]: http://canary.example/i.png",
    "[x](http://canary.example)",
    "[x][r]\n\n[r]: http://canary.example 'title'",
    "[1](http://canary.example)",
    "[1]: http://canary.example\n\n[1]",
    "<http://canary.example> http://canary.example www.canary.example mailto:a@canary.example",
    "<img src=http://canary.example/i>",
    "<iframe src='//canary.example'></iframe><object data='//canary.example'></object><embed src=//canary.example>",
    "<video src='//canary.example' poster='//canary.example'></video><audio src=//canary.example autoplay></audio>",
    "<style>@import '//canary.example'; body{background:url(//canary.example)}</style>",
    "<link rel=stylesheet href=//canary.example><link rel=dns-prefetch href=//canary.example>",
    "<meta http-equiv=refresh content='0;url=//canary.example'><base href='//canary.example'>",
    "<form action='//canary.example'><input type=submit autofocus onfocus=this.form.submit()></form>",
    "<svg><image href='//canary.example'/><script>fetch('//canary.example')</script></svg>",
    "<math><mtext><img src=//canary.example></mtext></math>",
    "[x](javascript:fetch('//canary.example')) [y](data:text/html,x) [z](vbscript:x) [w](\x01javascript:x)",
    "<a href='//canary.example' ping='//canary.example' onclick=x>x</a>",
    "&lt;img src=//canary.example&gt; &#60;script&#62;",
    "`<img src=//canary.example>`\n\n```html\n<script src=//canary.example></script>\n```",
    "# <script>x</script>\n\n> <img src=//canary.example>",
    "| <img src=//canary.example> |\n|---|\n| [a](//canary.example) |",
    "[ap\u0440le](http://xn--ale-9cd.example) https://\u0441anary.example",
    "<span class='cite' style='background:url(//canary.example)'>x</span>",
    "[1]<a class=cite href=#source-m7-1 style=x>2</a>",
]


class Reader(HTMLParser):
    """What a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def harmless(html: str) -> None:
    for tag, attributes in Reader(html).tags:
        assert tag in TAGS, html
        assert set(attributes) <= {"a": {"class", "href"}, "span": {"class", "title"}, "ol": {"start"}}.get(
            tag, set()
        ), html
        if "href" in attributes:
            assert re.fullmatch(r"#source-m7-[12]", attributes["href"] or ""), html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_are_text(text: str) -> None:
    harmless(render(text, MARKS))


def test_the_second_net_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    caught = {text: render(text, MARKS) for text in HOSTILE}
    monkeypatch.setattr("demeure.gateway.markdown._second_net", lambda html: html)
    for text, cleaned in caught.items():
        harmless(render(text, MARKS))
        assert [t for t, _ in Reader(render(text, MARKS)).tags] == [t for t, _ in Reader(cleaned).tags]


@given(st.text(st.characters(), max_size=400))
@example("[1][2] 85 €")
@example("\ud800 [1](\udfff)")
def test_any_text_is_harmless(text: str) -> None:
    harmless(render(text, MARKS))


PIECES = st.sampled_from(
    [
        *(
            "[",
            "]",
            "(",
            ")",
            "<",
            ">",
            "!",
            "*",
            "_",
            "`",
            "|",
            "-",
            "#",
            "&",
            ";",
            ":",
            '"',
            "'",
            "//",
            "\\",
            "\t",
        ),
        *("\n", "\n\n", "1", "[1]", "85", "~~", "> ", "- ", "<img src=x>", "](http://c.example)", "javascript:"),
        *("<a href=x>", "<!--", "-->"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_mixture_of_syntax_is_harmless(text: str) -> None:
    harmless(render(text, MARKS))


def test_what_is_meant_is_shown() -> None:
    html = render(
        "**Gratuit** deux fois [1], puis *payant* [2][9].\n\n- un\n- deux\n\n1. a\n2. b\n\n# Titre", MARKS
    )
    assert "<strong>Gratuit</strong>" in html
    assert "<em>payant</em>" in html
    assert html.count("<li>") == 4
    assert "<h3>Titre</h3>" in html
    assert 'href="#source-m7-1"' in html
    assert "Tarifs &lt;2026&gt;, page 3" in html
    assert "9" not in html.replace("m7", "")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("[1, 2]", "12"),
        ("[1;2]", "12"),
        ("[3]", ""),
        ("[ 1 ]", ""),
        ("`[1]`", ""),
        ("\\[1]", "1"),
        ("[1](http://x.example)", ""),
    ],
)
def test_markers(text: str, numbers: str) -> None:
    assert "".join(re.findall(r'href="#source-m7-(\d)"', render(text, MARKS))) == numbers


def test_a_link_keeps_its_whole_address_as_text() -> None:
    html = render("Voir [le site](https://mairie.example/a?b=c&d=e) ou ![plan](http://x.example/p.png).", MARKS)
    assert 'le site <span class="address">(https://mairie.example/a?b=c&amp;d=e)</span>' in html
    assert "href" not in html


def marked(text: str, *pieces: str, why: str = "durée, la source 2 dit « 14 jours »") -> str:
    made, at = [], 0
    for piece in pieces:
        at = text.index(piece, at)
        made.append(Mark(at, at + len(piece), "non étayé", why))
        at += len(piece)
    return str(render(text, Marks(MARKS.sources, "m7", made)))


def test_a_mark_is_the_span_of_the_mockup() -> None:
    html = marked("Au moins six semaines avant la date [1].", "six semaines avant", why="")
    assert '<span class="unsourced"><u>six semaines avant</u> <span>non étayé</span></span> la date' in html


def test_a_mark_tells_why_as_a_title_and_to_screen_readers() -> None:
    html = marked("Au moins six semaines avant.", "six semaines", why='nom, "<b>" & co')
    assert 'title="nom, &quot;&lt;b&gt;&quot; &amp; co"' in html
    assert '<span>non étayé<span class="vh">, nom, "&lt;b&gt;" &amp; co</span></span>' in html


@pytest.mark.parametrize(
    ("text", "piece", "kept"),
    [
        ("**85 €** par jour", "85 €", "<strong>"),
        ("- un\n- **85 € par** jour", "85 € par", "<li>"),
        ("| Salle | Prix |\n|---|---|\n| A | 85 € |", "85 €", "<td>"),
        ("> dit 85 €", "85 €", "<blockquote>"),
        ("# Titre 85 €", "85 €", "<h3>"),
        ("Voir `85 €` ici", "85 €", "<code>"),
        ("```\n85 €\n```", "85 €", "<pre>"),
        ("~~85 €~~", "85 €", "<s>"),
    ],
)
def test_a_mark_reaches_into_every_block(text: str, piece: str, kept: str) -> None:
    html = marked(text, piece)
    assert kept in html
    assert f"<u>{piece}</u> <span>non étayé<" in html
    assert html.count(">non étayé<") == 1


def test_a_mark_cut_by_bold_or_a_line_break_is_underlined_part_by_part_and_told_once() -> None:
    html = marked("soit **400** €\npar an", "400** €\npar an")
    assert re.findall(r"<u>(.*?)</u>", html) == ["400", " €", "par an"]
    assert html.count(">non étayé<") == 1
    assert "<strong>" in html


def test_an_address_that_is_marked_stays_whole() -> None:
    html = marked("Voir [le site](https://mairie.example/a).", "https://mairie.example/a")
    assert "(https://mairie.example/a)" in html


def test_only_the_piece_meant_is_marked() -> None:
    html = marked("85 € puis 85 €, 185 €", "85 €", "185 €")
    assert html.index("puis") > html.index("non étayé")
    assert html.count("<u>") == 2


@given(st.lists(PIECES, max_size=30).map("".join), st.data())
def test_marks_anywhere_never_break_the_page(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(0, max(1, len(text))), max_size=6)))
    pieces = [Mark(a, b, "non étayé", "date, <x>") for a, b in zip(places[::2], places[1::2], strict=False)]
    html = str(render(text, Marks(MARKS.sources, "m7", pieces)))
    harmless(html)
    assert balanced(html)
    assert not re.search("[\U000f0000-\U000ffffd]|%F3%B", html)


@given(st.text(st.characters(), max_size=120), st.integers(0, 60), st.integers(1, 60))
@example("\U000f0000\U000f0001 85", 0, 3)
def test_any_text_may_be_marked(text: str, start: int, length: int) -> None:
    html = str(render(text, Marks(MARKS.sources, "m7", [Mark(start, start + length, "non étayé")])))
    harmless(html)
    assert balanced(html)


def balanced(html: str) -> bool:
    """Every tag that opens is closed, in its order."""
    opened: list[str] = []
    for closing, tag in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if tag in ("br", "hr"):
            continue
        if not closing:
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            return False
    return not opened


@pytest.mark.parametrize(
    "text", ["> " * 4000 + "x", "- " * 4000, "*a " * 4000, "[" * 4000, "(" * 4000, "![" * 3000, "`" * 4001]
)
def test_depth_is_bounded(text: str) -> None:
    harmless(render(text, MARKS))
