"""The report of a window that is over, as a statement to sign (pure): who, why, what was done, and the digests of
what was recorded. Not one word that was shown."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime

from demeure.clock import iso
from demeure.contractors.recording import MARK, TYPED, Frame, cast, head
from demeure.contractors.register import Company
from demeure.contractors.windows import Window

KIND = "urn:demeure:contractor-window:1"


def report(window: Window, company: Company, frames: list[Frame], organisation: str, broken: str = "") -> str:
    """``broken``: why the recording cannot be believed, empty: it can. in-toto
    Statement v1, JSON: the subject is the recording (asciicast v2)."""
    recorded = cast(window, frames)
    typed = [frame for frame in frames if frame.kind == TYPED]
    told = {
        "organisation": organisation,
        "company": {
            "name": window.firm,
            "country": company.country,
            "law": company.law,
            "contract": company.contract,
        },
        "person": window.worker,
        "account": {"id": window.person, "login": window.login},
        "scope": window.scope.split(),
        "motive": window.motive,
        "asked": {"by": window.asker, "at": _at(window.asked_at)},
        "approved": {"by": window.approver} if window.approved_by else None,
        "opened": _at(window.opened_at),
        "until": _at(window.until),
        "closed": {"by": window.closer, "at": _at(window.closed_at), "why": window.why},
        "commands": [{"at": frame.at, "typed": frame.text} for frame in typed],
        "marks": [{"at": frame.at, "said": frame.text} for frame in frames if frame.kind == MARK],
        "frames": len(frames),
        "chain": head(frames),
        "journal": window.chain,
        "broken": broken or None,
    }
    subject = {"name": name_of(window), "digest": {"sha256": _sha256(recorded)}}
    statement = {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicateType": KIND}
    return json.dumps(statement | {"predicate": told}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def matches(window: Window, frames: list[Frame]) -> bool:
    """Is this the recording that its report tells? True while there is none. ``window``: ``as_reported``."""
    if not window.signature:
        return True
    try:
        told = json.loads(window.report)["subject"][0]["digest"]["sha256"]
    except (ValueError, LookupError, TypeError):
        return False
    return bool(told == _sha256(cast(window, frames)))


def as_reported(window: Window) -> Window:
    """With the names that its report told, where none were kept with it: those of now may be others, and the
    recording carries them."""
    if window.named or not window.signature:
        return window
    try:
        told = json.loads(window.report)["predicate"]
        firm, worker = str(told["company"]["name"]), str(told["person"])
    except (ValueError, LookupError, TypeError):
        return window
    return replace(window, firm=firm, worker=worker)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def name_of(window: Window) -> str:
    """The name of the recording's file."""
    return f"fenetre-{window.number}.cast"


def _at(moment: datetime | None) -> str:
    return iso(moment) if moment else ""
