"""What becomes of a document when its time is over, in words: who erases it, when, and what keeps it."""

from datetime import datetime, time, timedelta

from demeure.gateway import locale
from demeure.gateway.visit import Visit
from demeure.library import Document, past_keeping
from demeure.policy import THE_HOUSE, Action, in_force, judged


def fate(came: Visit, document: Document) -> str:
    """One sentence: erased by the house on a day, or at its next pass; kept all the same, by a hold or for want of
    the archives' visa; or never erased by itself."""
    force, action = in_force(), Action.DOCUMENT_DELETE
    named = force.class_of(document.space, document.sensitivity)
    days = force.policy.sensitivity(named).keep.documents
    if days is None:
        return came.t("standing.fate_proposed")
    if not judged(THE_HOUSE, action, force.bound(action, past_keeping(document))).allowed:
        return came.t("standing.fate_held")
    when = datetime.fromisoformat(document.added_at) + timedelta(days=days)
    if document.keep_until:
        last = datetime.fromisoformat(document.keep_until)
        when = max(when, datetime.combine(last, time(), when.tzinfo) + timedelta(days=1))
    if when <= came.house.clock.now():
        return came.t("standing.fate_now")
    return came.t("standing.fate_day", day=locale.day(came.language, when))


def erased_by_the_house(document: Document) -> bool:
    """Does its class keep documents for a time only?"""
    force = in_force()
    return force.policy.sensitivity(force.class_of(document.space, document.sensitivity)).keep.documents is not None
