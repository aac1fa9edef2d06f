"""One section of a draft written anew, the others left as they stand, by hand or not. Pure.

The new section takes the place of the one of the same title; where its author has taken that title away, it comes
last.
"""

import re
from collections.abc import Sequence

from demeure.assistant.citations import numbers_in
from demeure.assistant.tasks.definition import Section
from demeure.assistant.tasks.making import Composed, Job, Step
from demeure.assistant.tasks.recipes.sourcing import Sources
from demeure.assistant.tasks.recipes.write import (
    asked_back,
    asked_section,
    differing,
    findings,
    numbers_told,
    of_section,
    section_twice,
    told_of_base,
)

_TITLE = r"(?m)^## {title}[ \t]*$"
_NEXT = re.compile(r"(?m)^## ")


class Resection:
    """See making.Recipe."""

    def steps(self, job: Job) -> list[Step]:
        one = _section(job)
        return [
            Step(
                one.title[job.language],
                lambda _said: asked_section(job, one),
                job.task.output,
                shown=lambda said: placed(job, of_section(job, one, said, coming=True)),
                **section_twice(job, one),
            )
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        return placed(job, of_section(job, _section(job), said[0])) if said else job.former

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        one, sources = _section(job), Sources(job.language, job.former_sources)
        block = of_section(job, one, said[0] if said else "")
        base = told_of_base(job, one, sources)
        text = job.finish(placed(job, "\n\n".join(filter(None, (block, base)))))
        left = asked_back(job, [s for s in job.task.sections if s.question[job.language] in text])
        other = differing(job, [one], sources)
        cited = set(numbers_in(text)) | numbers_told(other)
        listed = tuple(source for source in sources.listed if source["number"] in cited)
        report = [*left, *other]
        return Composed(text, listed, findings(job, text, listed), tuple(report))


def _section(job: Job) -> Section:
    return job.task.sections[job.section - 1]


def placed(job: Job, block: str) -> str:
    """The former text with ``block`` in the place of the section of its title."""
    title = re.escape(_section(job).title[job.language]).replace("\\ ", r"\s")
    found = re.search(_TITLE.replace("{title}", title), job.former)
    if found is None:
        return f"{job.former.rstrip()}\n\n{block}"
    after = _NEXT.search(job.former, found.end())
    before, rest = job.former[: found.start()].rstrip(), job.former[after.start() :] if after else ""
    return "\n\n".join(filter(None, (before, block.strip(), rest.strip())))
