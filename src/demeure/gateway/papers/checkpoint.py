"""A checkpoint on paper, for whoever will hold it away from the machine."""

from datetime import datetime

from demeure.gateway.papers.spoken import Spoken
from demeure.journal.paper import code_svg
from demeure.workshop import Code, Sheet, SheetPart, Steps

_WIDE = 50


def checkpoint_sheet(say: Spoken, organisation: str, note: str, vkey: str, now: datetime) -> Sheet:
    """``note``: with its Ed25519 line only."""
    origin, size = note.split("\n")[:2]
    return Sheet(
        language=say.language,
        title=say.t("checkpoint.title"),
        organisation=organisation,
        verdict=say.t("checkpoint.size", size=say.whole(int(size))),
        lead=say.t("checkpoint.lead"),
        issued=int(now.timestamp()),
        facts=(
            (say.t("paper.printed"), say.moment(now)),
            (say.t("paper.journal"), origin),
            (say.t("paper.held_by"), say.t("paper.held_blank")),
        ),
        parts=(
            SheetPart(say.t("checkpoint.title"), tuple(note.rstrip("\n").split("\n")), signs=True),
            SheetPart(say.t("receipt.key"), (vkey,), signs=True),
        ),
        steps=Steps(
            say.t("paper.compare"),
            say.t("paper.compare_lead"),
            (
                (say.t("paper.compare_read"), ""),
                (say.t("paper.compare_house"), "demeure journal verify --checkpoint point.txt"),
            ),
        ),
        code=Code(code_svg(note), say.t("checkpoint.code"), wide=_WIDE),
        foot=say.t("paper.foot_checkpoint"),
    )
