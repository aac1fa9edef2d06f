"""HTML, Markdown and plain-text output."""

from __future__ import annotations

from html import escape
from itertools import groupby

from .markup import Block, parse, runs
from .source import Source
from .typography import french

_CSS = (
    "body{font:17px/1.5 sans-serif;max-width:44em;margin:2em auto;color:#222}"
    "h1,h2,h3{color:#1f3a5f}table{border-collapse:collapse}"
    "td,th{border:1px solid #b8c4d3;padding:.3em .7em;text-align:left}"
    "footer,nav{font-size:.85em;color:#555}"
)


def _inline(content: str) -> str:
    out = []
    for run in runs(content):
        piece = escape(run.text, quote=False)
        piece = f"<strong>{piece}</strong>" if run.bold else piece
        out.append(f"<em>{piece}</em>" if run.italic else piece)
    return "".join(out)


def _table(rows: list[list[str]]) -> str:
    head, *rest = rows
    top = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    lines = ["".join(f"<td>{_inline(cell)}</td>" for cell in row) for row in rest]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _html(block: Block) -> str:
    """One block as HTML; headings start at h2, the page title being the h1."""
    if block.kind == "heading":
        tag = f"h{block.level + 1}"
        return f"<{tag}>{_inline(block.text)}</{tag}>"
    if block.kind == "table":
        return _table(block.rows)
    if block.kind in ("right", "lines"):
        return "<p>" + "<br>\n".join(_inline(line) for line in block.lines) + "</p>"
    return f"<p>{_inline(block.text)}</p>"


def build_html(source: Source) -> bytes:
    """Build a page as a small site would serve it, with its menu and its foot."""
    parts = []
    for is_item, group in groupby(parse(source.body), key=lambda block: block.kind == "item"):
        if is_item:
            items = "\n".join(f"<li>{_inline(block.text)}</li>" for block in group)
            parts.append(f"<ul>\n{items}\n</ul>")
        else:
            parts.extend(_html(block) for block in group)
    title, owner = escape(french(source.title)), escape(french(source.author))
    menu = " | ".join(escape(french(entry)) for entry in source.extra.get("menu", []))
    foot = escape(french(source.extra.get("footer", source.author)))
    page = (
        f'<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n<title>{title} – {owner}</title>\n'
        f'<meta name="date" content="{source.date.isoformat()}">\n<style>{_CSS}</style>\n</head>\n<body>\n'
        f"<nav>{menu}</nav>\n<main>\n<h1>{title}</h1>\n" + "\n".join(parts) + f"\n</main>\n"
        f"<footer>{foot}</footer>\n</body>\n</html>\n"
    )
    return page.encode()


def build_text(source: Source) -> bytes:
    """Markdown and plain text go out as they are, typography apart."""
    return french(source.body).encode()
