"""How much of a text the model in place can be given at once, by its own count of tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from demeure.assistant.tasks.definition import Prompt, Task
from demeure.assistant.tasks.making import Reading, Stretch
from demeure.assistant.tasks.recipes.sourcing import pieces
from demeure.engine import Engine

SAMPLE = 8000
"""Characters counted: the first of what is read."""
MARKS = 48
"""Tokens that the template of a model adds around a prompt of a few messages, and some to spare."""
LEAST = 200
"""Characters: with less, no part says anything; the engine then tells that its context is too short."""


async def most_characters(
    engine: Engine, task: Task, language: str, told: str, context: int, beside: int = 0
) -> int:
    """Characters of such a text as ``told`` that fit in ``context`` tokens beside the prompt of the task and its
    answer, and ``beside``: tokens told besides; 0 when nothing is told. Raises EngineDown."""
    sample = told[:SAMPLE]
    if not sample.strip():
        return 0
    prompt = await engine.count(_words(task.prompt(language)))
    per_token = len(sample) / max(1, await engine.count(sample))
    return max(LEAST, int((context - task.output - prompt - beside - MARKS) * per_token))


def fitted(readings: Mapping[str, Sequence[Reading]], most: int) -> dict[str, list[Reading]]:
    """The same, no stretch being longer than ``most`` characters (0: any length); none is lost."""
    if not most:
        return {name: list(those) for name, those in readings.items()}
    return {name: [_fitted(one, most) for one in those] for name, those in readings.items()}


def _fitted(reading: Reading, most: int) -> Reading:
    told: list[Stretch] = []
    for one in reading.stretches:
        if len(one.text) <= most:
            told.append(one)
            continue
        for piece in pieces(one.text, most):
            told += [replace(one, text=piece[at : at + most]) for at in range(0, len(piece), most)]
    return replace(reading, stretches=tuple(told))


def _words(prompt: Prompt) -> str:
    return "\n".join([prompt.system, prompt.user, *(said for pair in prompt.examples for said in pair)])
