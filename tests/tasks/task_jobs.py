"""A job made by hand, for the pure recipes."""

from collections.abc import Mapping

from demeure.assistant.tasks import READS, delivered
from demeure.assistant.tasks.making import Job, Reading, Stretch
from demeure.assistant.tasks.recipes.sourcing import pieces
from demeure.library import French

STEMS = French().stems


def job_of(name: str, values: Mapping[str, str], document: str = "") -> Job:
    """Of a delivered task; ``document``: what its ``documents`` field reads."""
    task = next(one for one in delivered() if one.name == name)
    readings = {}
    for one in task.fields:
        text = document if one.kind == "documents" else values.get(one.name, "") if one.kind in READS else ""
        if text:
            readings[one.name] = [Reading(tuple(map(Stretch, pieces(text))), "note.txt" if document else "")]
    return Job(task, "fr", values, readings, "Mairie de Saint-Aubin", STEMS)
