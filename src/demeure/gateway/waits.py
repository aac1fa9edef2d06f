"""What whoever asked waits for, in sentences: the queue of the engine, documents that the model reads whole."""

from typing import Any

from demeure.assistant import BeingRead
from demeure.gateway import locale
from demeure.gateway.visit import Visit

ROUGHLY = 5  # seconds: a wait that is foreseen is told in steps of so many


def place_in_queue(came: Visit, ahead: int | None) -> str:
    """Of whoever waits for the engine; empty: they do not."""
    if ahead is None:
        return ""
    if not ahead:
        return came.t("answer.queued_next")
    return came.house.rendering.sentences.count(came.language, "answer.queued", ahead)


def being_read(came: Visit, read: BeingRead) -> dict[str, Any]:
    """« 35 % lus, encore environ 40 s »: ``sentence``, empty once all is read."""
    told: dict[str, Any] = {**vars(read), "sentence": ""}
    if read.share < 100:
        told["sentence"] = came.t("answer.reading_share", share=read.share)
        if read.left is not None:
            left = roughly(came, read.left)
            told["sentence"] = came.t("answer.reading_left", share=read.share, left=left)
    return told


def roughly(came: Visit, left: float) -> str:
    """« 40 s »: seconds that are foreseen, not known."""
    return locale.seconds(came.language, max(ROUGHLY, ROUGHLY * round(left / ROUGHLY)))
