"""« Affiner » of a text made of lines (minutes, a specification): each is said again alone, all else stands. Pure.

Headings, tables, quotations and attendance stay as they are; so does a line whose new words lost or brought a
figure or a name, or turned its meaning round.
"""

import re
from collections.abc import Callable, Sequence

from demeure.assistant import grounding
from demeure.assistant.tasks.checking import bare, marks
from demeure.assistant.tasks.making import Composed, Job, Messages, Step
from demeure.assistant.tasks.meaning import turned
from demeure.assistant.tasks.recipes.minutes import to_check
from demeure.assistant.tasks.repairs import plain, unrepeated

LEAST = 6
"""Words of a line that is worth saying again."""
_MARK = r"(?:[-–*•]\s+)?(?:(?:\d{1,3}(?:\.\d{1,3})*[.)]|[a-z]\))\s+)?"
"""A dash, a number or a letter of a list, or a number behind a dash: part of the layout, not of what is said."""
_LINE = re.compile(rf"(?P<head>\s*{_MARK})(?P<body>.*?)(?P<tail>(?:\s*\[\d{{1,3}}\])*\s*)")
_STANDS = re.compile(r"[#|>]|\*\*|.*[«»“”\[\]{}]|.*:$")

Asked = Callable[[Job, str], Messages]


def by_line(job: Job) -> bool:
    """Is its draft a text whose layout carries meaning?"""
    return job.task.recipe == "minutes" or bool(job.task.sections)


def steps(job: Job, asked: Asked) -> list[Step]:
    """One a line that can be said again."""
    bodies = [body for body in map(_body, bare(job.former).split("\n")) if body]
    return [
        Step(
            f"{at} / {len(bodies)}",
            lambda _said, body=body: asked(job, body),  # type: ignore[misc] # mypy does not see the default
            max(64, min(400, len(body) // 2 + 40)),
            shown=_one,
            digest=body,
        )
        for at, body in enumerate(bodies, 1)
    ]


def so_far(job: Job, said: Sequence[str]) -> str:
    """Up to the last line that was said again."""
    lines, reached = _laid(job, said)
    return "\n".join(lines[:reached])


def composed(job: Job, said: Sequence[str]) -> Composed:
    """The whole, its marks « à vérifier » where the figures are now."""
    lines, _ = _laid(job, said)
    bodies = [body for body in map(_body, bare(job.former).split("\n")) if body]
    text, report = job.finish("\n".join(lines)), list[dict[str, object]]()
    if marks(job.former):
        text, number = to_check(job, text)
        report += [{"kind": "to_check", "number": number}] if number else []
    kept = sum(not holds(job, body, _one(one)) for body, one in zip(bodies, said, strict=False))
    report += [{"kind": "kept_close", "number": kept}] if kept else []
    quotes = [str(source["quote"]) for source in job.former_sources]
    held = [job.former, job.wish, *quotes, *(job.told(one.name) for one in job.task.fields)]
    findings = grounding.check(text, [one for one in held if one.strip()], "", [job.organisation])
    return Composed(text, job.former_sources, findings, tuple(report))


def holds(job: Job, body: str, said: str) -> bool:
    """Do the new words say what the line said, as far as can be counted?"""
    if not said or len(said) > 3 * len(body) + 40 or grounding.check(said, [body], "", [job.organisation]):
        return False
    if grounding.check(body, [said], "", [job.organisation]):
        return False
    signs = set(turned(body, said, job.stems))
    return not signs - ({"lost"} if job.wish == "shorter" else {"foreign"})


def _laid(job: Job, said: Sequence[str]) -> tuple[list[str], int]:
    """(the lines, how many of them come before what is still to be said again)."""
    lines, reached, left = list[str](), 0, list(said)
    for line in bare(job.former).split("\n"):
        if left and (body := _body(line)):
            found, one = _LINE.fullmatch(line), _one(left.pop(0))
            if found is not None and holds(job, body, one):
                lines.append(f"{found['head']}{one}{found['tail']}")
            else:
                lines.append(line)
            reached = len(lines)
        else:
            lines.append(line)
    return lines, reached


def _body(line: str) -> str:
    """What of a line can be said again; empty: it stands."""
    found = _LINE.fullmatch(line)
    body = found["body"].strip() if found is not None else ""
    return "" if _STANDS.match(body) or len(body.split()) < LEAST else body


def _one(said: str) -> str:
    """What a model wrote, as one line of a list."""
    again = " ".join(unrepeated(plain(said)).split())
    return re.sub(rf"^{_MARK}", "", again)
