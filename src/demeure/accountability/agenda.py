"""What comes back (``advice.duties``), and when it is due in this house: the day each was last done, where the
house knows it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from demeure.accountability.facts import Facts
from demeure.advice import Duty, duties

DONE, SOON, LATE, NEVER, NOT_KNOWN, FAILED = "done", "soon", "late", "never", "not-known", "failed"
SOON_DAYS = 7
BLOCKED = "blocked"  # of ``ProofFact.verdict``
SAME, ALTERED, UNREAD = "same", "altered", "failed"  # of ``ModelFact.looked``


@dataclass(frozen=True)
class Due:
    """``last``: when it was last done; ``by``: the last day before it is late. Both None with NEVER (not done yet)
    and with NOT_KNOWN (nothing in the house says it). FAILED: it was tried at ``last`` (None: not known when) and
    did not succeed."""

    duty: Duty
    state: str
    last: datetime | None = None
    by: date | None = None


def agenda(facts: Facts, signed: Mapping[str, datetime]) -> list[Due]:
    """Every duty, what is due first. ``signed``: document → when its last version was signed."""
    done, failed = _done(facts, signed), _failed(facts)
    found = [_due(one, done, failed, facts.now) for one in duties()]
    order = (LATE, FAILED, NEVER, SOON, DONE, NOT_KNOWN)
    return sorted(found, key=lambda one: (order.index(one.state), one.by or date.max))


def _done(facts: Facts, signed: Mapping[str, datetime]) -> dict[str, datetime | None]:
    """Duty → when it was last done; None: never. What nothing here says is absent: readings of models are forgotten
    when the house stops, verifications are looked for among the last lines of the journal only. Of what several
    people or files owe, the oldest."""
    trained = [one.trained for one in facts.people or ()]
    read = [one.looked_at if one.looked == SAME else None for one in facts.models or ()]
    found = {
        "drill": facts.drill_at,
        "register": signed.get("registre"),
        "contracts": signed.get("sous-traitants"),
    }
    if facts.proof or facts.journal_state != "silent":
        found["proof"] = facts.proof.at if facts.proof else None
    if facts.review_late is not None:
        found["rights"] = facts.review_at
    if facts.incidents_open is not None:
        found["incident"] = facts.exercise_at
    if facts.journal_verified:
        found["journal"] = facts.journal_verified
    if trained:
        found["literacy"] = _oldest(trained)
    if read and (oldest := _oldest(read)):
        found["files"] = oldest
    return found


def _failed(facts: Facts) -> dict[str, datetime | None]:
    """Duty → when it was tried last, without success: a proof that is not blocked, models that are not what they
    were or could not be read (the oldest of these readings)."""
    found: dict[str, datetime | None] = {}
    if facts.proof and facts.proof.verdict != BLOCKED:
        found["proof"] = facts.proof.at
    wrong = [one.looked_at for one in facts.models or () if one.looked in (ALTERED, UNREAD)]
    if wrong:
        found["files"] = _oldest(wrong)
    return found


def _oldest(moments: list[datetime | None]) -> datetime | None:
    known = [one for one in moments if one is not None]
    return min(known) if len(known) == len(moments) else None


def _due(
    duty: Duty, done: Mapping[str, datetime | None], failed: Mapping[str, datetime | None], now: datetime
) -> Due:
    if duty.id in failed:
        return Due(duty, FAILED, failed[duty.id])
    if duty.id not in done:
        return Due(duty, NOT_KNOWN)
    last = done[duty.id]
    if last is None:
        return Due(duty, NEVER)
    today, by = now.astimezone().date(), _after(last.astimezone().date(), duty.months)
    state = LATE if today > by else SOON if today + timedelta(days=SOON_DAYS) >= by else DONE
    return Due(duty, state, last, by)


def _after(day: date, months: int) -> date:
    """The same day so many months later; the last of that month when it has no such day."""
    whole = day.year * 12 + day.month - 1 + months
    first = date(whole // 12, whole % 12 + 1, 1)
    following = date((whole + 1) // 12, (whole + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
