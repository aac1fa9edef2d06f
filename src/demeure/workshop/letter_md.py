"""A letter as Markdown: facts at its head, notes at its foot; nothing in it is HTML any more."""

import re
from typing import Any

from demeure.workshop.blocks import Block, Run, blocks
from demeure.workshop.letter import Letter
from demeure.workshop.notes import Notes, numbered, told_in

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_HEAD = re.compile(r"^(\s*(?:\d+(?=[.)](?:\s|$)))?)([#+=-]|(?<=\d)[.)])", re.MULTILINE)


def write_md(letter: Letter) -> bytes:
    """UTF-8."""
    notes = Notes(letter)
    body = blocks(letter.text, notes.known)
    numbered(body, notes)
    pen = _Pen()
    parts = [_front(letter)]
    parts += ["  \n".join(map(_escaped, letter.letterhead))] if letter.letterhead else []
    parts += [f"# {_escaped(letter.title)}"] if letter.headed else []
    parts += pen.blocks(body)
    parts += ["  \n".join(map(_escaped, lines)) for lines in (letter.closing, letter.signature) if lines]
    parts += [f"*{_escaped(line)}*" for line in (letter.mention, letter.review) if line]
    parts += [f"{_escaped(letter.caption)}\n\n```\n{letter.code}\n```"] if letter.code else []
    return ("\n\n".join([*parts, *pen.notes]) + "\n").encode()


def _front(letter: Letter) -> str:
    rows = [("title", letter.title), ("author", letter.organisation), ("lang", letter.language), *letter.facts]
    return "\n".join(["---", *(f"{name}: {_yaml(value)}" for name, value in rows), "---"])


def _yaml(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return _HEAD.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;"))


class _Pen:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def blocks(self, found: list[Block]) -> list[str]:
        return [self._block(block) for block in found]

    def _block(self, block: Block) -> str:
        match block["kind"]:
            case "heading":
                return f"{'#' * min(6, block['level'] + 1)} {self._runs(block['runs'])}"
            case "list":
                return "\n".join(self._items(block))
            case "table":
                return self._table(block)
            case "code":
                fence = "`" * max(3, 1 + max(map(len, re.findall("`+", block["text"])), default=0))
                return f"{fence}\n{block['text']}\n{fence}"
            case "quote":
                return "\n>\n".join("> " + part.replace("\n", "\n> ") for part in self.blocks(block["blocks"]))
            case "rule":
                return "* * *"
        return self._runs(block["runs"])

    def _items(self, block: Block) -> list[str]:
        made = []
        for number, item in enumerate(block["items"], block["start"]):
            mark = f"{number}. " if block["ordered"] else "- "
            made.append(mark + "\n\n".join(self.blocks(item)).replace("\n", "\n" + " " * len(mark)))
        return made

    def _table(self, block: Block) -> str:
        rows = [block["header"], *block["rows"]]
        lines = ["| " + " | ".join(self._runs(cell).replace("\n", " ") for cell in row) + " |" for row in rows]
        return "\n".join([lines[0], "|" + " --- |" * len(block["header"]), *lines[1:]])

    def _runs(self, runs: list[Run]) -> str:
        return "".join(self._run(run) for run in runs)

    def _run(self, run: dict[str, Any]) -> str:
        if run["kind"] == "break":
            return "  \n"
        if run["kind"] == "note":
            self.notes.append(f"[^{run['note']}]: {_escaped(told_in(run))}")
            return f"[^{run['note']}]"
        if run["code"]:
            mark = "`" * (1 + max(map(len, re.findall("`+", run["text"])), default=0))
            pad = " " if run["text"].startswith("`") or run["text"].endswith("`") else ""
            return f"{mark}{pad}{run['text']}{pad}{mark}"
        text = run["text"]
        inner = _escaped(text.strip())
        for on, mark in ((run["strike"], "~~"), (run["em"], "*"), (run["strong"], "**")):
            inner = f"{mark}{inner}{mark}" if on and inner else inner
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if text.strip() else ""
        return f"{lead}{inner}{trail}"
