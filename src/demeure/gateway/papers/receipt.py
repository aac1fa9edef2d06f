"""The receipt of one answer on paper: what produced it, the code that proves it is in the journal; no content."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demeure.gateway import telling
from demeure.gateway.locale import OUTCOMES
from demeure.gateway.papers.spoken import Spoken
from demeure.journal.paper import code_svg
from demeure.workshop import Code, Sheet, SheetPart, Steps

FILE = "recu-{chain}.json"
_MOST = 8
_WIDE = 92
"""Millimetres of the code: up to 177 squares a side, half a millimetre each, what a telephone reads from paper."""


def receipt_sheet(say: Spoken, organisation: str, made: Mapping[str, Any], code: str) -> Sheet:
    """``made``: the JSON of the receipt; ``code``: the proof of its last entry."""
    told = made["summary"]
    when = datetime.fromisoformat(told["answered_at"])
    origin, size = made["checkpoint"].split("\n")[:2]
    model = f"{told['model']} – {told['model_sha256']}" if told["model"] else say.t("answer.made_no_model")
    passages, left = [one["id"] for one in told["passages"]], len(told["passages"]) - _MOST
    listed = ", ".join(passages[:_MOST]) + (f" {say.n('paper.more_passages', left)}" if left > 0 else "")
    name = FILE.format(chain=made["chain"][:16])
    return Sheet(
        language=say.language,
        title=say.t("receipt.title"),
        organisation=organisation,
        verdict=say.t("paper.answered", when=say.moment(when)),
        lead=say.t("receipt.lead"),
        issued=int(when.timestamp()),
        facts=(
            (say.t("journal.outcome"), say.t(OUTCOMES[told["outcome"]])),
            (say.t("receipt.model"), model),
            (
                say.t("receipt.rules"),
                f"{telling.why(say.language, told['rule'])}, {say.t('receipt.edition')} {told['policy']}",
            ),
            (say.t("receipt.passages"), listed or say.t("receipt.no_passage")),
            (say.t("receipt.proof"), f"{say.t('receipt.under', size=size)} {origin}"),
        ),
        parts=(SheetPart(say.t("receipt.key"), (made["vkey"],), signs=True),),
        steps=Steps(
            say.t("paper.check_receipt"),
            say.t("receipt.not_proven"),
            (
                (say.t("paper.check_file", name=name), f"demeure verify {name}"),
                (say.t("paper.check_code"), f"demeure verify code.tlog-proof --vkey {made['vkey']}"),
            ),
        ),
        code=Code(code_svg(code), say.t("receipt.code"), wide=_WIDE),
        foot=say.t("paper.foot_chain", chain=made["chain"]),
    )
