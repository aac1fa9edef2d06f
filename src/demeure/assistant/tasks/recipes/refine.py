"""« Affiner »: a draft said again, shorter, warmer, more formal, plainer, or as one wishes. Pure.

The head and the foot of a letter stay as they are; a long text is taken piece by piece, a text made of lines line
by line. What the former draft and the sources did not hold is marked.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.grounding import supporting
from demeure.assistant.prompt import harmless
from demeure.assistant.tasks.making import Composed, Job, Messages, Step
from demeure.assistant.tasks.manner import spoken_to
from demeure.assistant.tasks.recipes import line_by_line
from demeure.assistant.tasks.recipes.rewrite import cut, missing
from demeure.assistant.tasks.repairs import plain, unrepeated

WISHES = ("shorter", "warmer", "formal", "plainer")
PIECE = 1600
"""Characters said again at once: more, and a small model forgets the end."""
_HEAD = re.compile(r"\A(?:(?:Objet|Subject)\s?:[^\n]*\n\n)?(?:[^\n]{2,60},\n\n)?")
_FOOT = re.compile(
    r"\n\n(?:(?:Bien cordialement|Bien à toi|Kind regards|Yours faithfully),|"
    r"Je vous prie d’agréer[^\n]*|Je reste à (?:votre|ta) disposition[^\n]*|Do not hesitate[^\n]*)(?:\n[\s\S]*)?\Z"
)
_MARK = re.compile(r"\s*\[\d{1,3}\]")


@cache
def words(language: str) -> dict[str, Any]:
    """What the model is told, by wish."""
    text = resources.files("demeure.assistant.tasks").joinpath("refine.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)[language]  # type: ignore[no-any-return]


class Refine:
    """See making.Recipe."""

    def steps(self, job: Job) -> list[Step]:
        if line_by_line.by_line(job):
            return line_by_line.steps(job, _asked)
        _, body, _ = apart(job.former, job.voice.closing)
        return [
            Step(
                f"{at} / {len(pieces)}"
                if len(pieces := cut(body, job.room, PIECE)) > 1
                else job.task.title[job.language],
                lambda _said, piece=piece: _asked(job, piece),  # type: ignore[misc] # mypy does not see the default
                max(64, min(1200, len(piece) // 2)),
                shown=lambda said: unrepeated(plain(said)),
                digest=piece,
            )
            for at, piece in enumerate(cut(body, job.room, PIECE), 1)
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        if line_by_line.by_line(job):
            return line_by_line.so_far(job, said)
        head, body, _ = apart(job.former, job.voice.closing)
        told = [self._kept(piece, text) for piece, text in zip(cut(body, job.room, PIECE), said, strict=False)]
        return head + "\n\n".join(told)

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        if line_by_line.by_line(job):
            return line_by_line.composed(job, said)
        _, _, foot = apart(job.former, job.voice.closing)
        text = job.finish(self.so_far(job, said))
        quotes = [str(source["quote"]) for source in job.former_sources]
        if quotes and _MARK.search(job.former):  # a letter names its procedure under it, not inside
            text = marked(text, quotes)
        text += foot
        held = [job.former, job.wish, *quotes, *(job.told(one.name) for one in job.task.fields)]
        findings = grounding.check(text, [one for one in held if one.strip()], "", [job.organisation])
        lost = missing(_MARK.sub("", job.former), _MARK.sub("", text))  # shorter may be too short
        report = ({"kind": "lost", "figures": lost},) if lost else ()
        return Composed(text, job.former_sources, findings, report)

    @staticmethod
    def _kept(piece: str, said: str) -> str:
        """What was said again; the piece itself when nothing came."""
        again = unrepeated(plain(said))
        return again if len(again) > 10 else piece


def apart(text: str, closing: Sequence[str] = ()) -> tuple[str, str, str]:
    """(head, body, foot) of a letter, which ends as usual or with the organisation's own ``closing``; a text that
    is none is all body."""
    foot = _FOOT.search(text)
    end = foot.start() if foot else _last(text, closing)
    if end < 0:
        return "", text, ""
    head = _HEAD.match(text)
    at = head.end() if head else 0
    return text[:at], text[at:end], text[end:]


def _last(text: str, closing: Sequence[str]) -> int:
    """Where the last paragraph that opens as ``closing`` does stands; -1: nowhere."""
    opening = " ".join(closing).split()[:2]
    if not opening:
        return -1
    found = list(re.finditer(r"\n\n(?=" + r"\s+".join(map(re.escape, opening)) + ")", text))
    return found[-1].start() if found else -1


def marked(text: str, quotes: Sequence[str]) -> str:
    """Each paragraph followed by the numbers of the quotes that support it."""
    told = []
    for line in _MARK.sub("", text).split("\n"):
        numbers = supporting(line, quotes) if len(line) > 30 and not line.startswith("#") else ()
        told.append(line + (" " + "".join(f"[{n}]" for n in numbers[:3]) if numbers else ""))
    return "\n".join(told)


def _asked(job: Job, piece: str) -> Messages:
    told = words(job.language)
    wish = spoken_to(told["wishes"].get(job.wish, ""), job) or told["free"].replace(
        "{wish}", harmless(job.wish)[:300]
    )
    messages = [{"role": "system", "content": told["system"]}]
    for example in told["examples"]:
        if example["wish"] == job.wish:
            messages.append({"role": "user", "content": f"{wish}\n\n{told['text']}\n{example['user']}"})
            messages.append({"role": "assistant", "content": example["assistant"]})
    text = _MARK.sub("", harmless(piece))
    return [*messages, {"role": "user", "content": f"{wish}\n\n{told['text']}\n{text}"}]
