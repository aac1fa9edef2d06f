"""An answer's HTML can show, and can reach nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demeure.gateway.markdown import Marks, render

MARKS = Marks({1: "Tarifs <2026>, page 3", 2: "Règlement"}, "m7", ("85", "12480.5"), "non étayé")
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
        assert set(attributes) <= {"a": {"class", "href"}, "span": {"class"}, "ol": {"start"}}.get(tag, set()), html
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


def test_unsupported_figures_are_marked_wherever_they_are_written() -> None:
    html = render("Il faut 85 € ou 12 480,50 €, pas 185 ni 850. **85**", MARKS)
    assert html.count("<u>85</u>") == 2
    assert "<u>12 480,50</u>" in html
    assert html.count("non étayé") == 3


@pytest.mark.parametrize(
    "text", ["> " * 4000 + "x", "- " * 4000, "*a " * 4000, "[" * 4000, "(" * 4000, "![" * 3000, "`" * 4001]
)
def test_depth_is_bounded(text: str) -> None:
    harmless(render(text, MARKS))
