"""Formation: a few minutes of lessons for one's role, questions, and a dated record; who followed it."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from demeure.accountability import Course, Followed, Marked, courses, english, still_counts
from demeure.accountability.courses import attested
from demeure.gateway import locale
from demeure.gateway.pages.files import as_response
from demeure.gateway.pages.registers import HERE as REGISTERS
from demeure.gateway.pages.registers import tabs
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import registers_of
from demeure.gateway.sending import ToSend
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action, Resource

HERE = "/formation"
_TITLES = {one.id: one.title for one in courses()}


async def course(came: Visit) -> Response:
    """GET /formation."""
    return await _course(came)


async def _course(came: Visit, which: str = "", found: Marked | None = None) -> Response:
    """``found``: what was just answered wrong, of the course ``which``."""
    known, followed = await registers_of(came.house).courses.mine(came.actor)
    passed = {one.course: one for one in reversed(followed) if one.passed}
    query = came.request.query_params
    which = which or query.get("formation", "")
    asked = next((len(one.questions) for one in known if one.id == which), 0)
    wrong = [one for one in map(_index, query.getlist("faux")) if one is not None and one < asked]
    return came.page(
        "course.html",
        courses=[english.course(one) for one in known] if came.language == "en" else known,
        passed=passed,
        again={one.id: _again(came, one, passed[one.id]) for one in known if one.id in passed},
        attestable={one.id for one in known if one.id in passed and passed[one.id].digest == one.digest},
        which=which,
        found=found,
        reread=wrong,
        done=came.t("courses.passed") if query.get("fait") == "suivie" else "",
    )


async def answer(came: Visit) -> Response:
    """POST /formation/{course}: fields q0, q1…: the index of the answer chosen."""
    fields, which = await came.form(), str(came.request.path_params["course"])[:60]
    asked = next((len(one.questions) for one in courses() if one.id == which), 0)
    given = [_index(fields.get(f"q{number}", "")) for number in range(asked)]
    found = await registers_of(came.house).courses.answer(came.actor, which, given)
    if not found.passed:
        return await _course(came, which, found)
    wrong = urlencode([("formation", which), *(("faux", one) for one in found.wrong)]) if found.wrong else ""
    return RedirectResponse(f"{HERE}?fait=suivie{'&' if wrong else ''}{wrong}", 303)


async def attestation(came: Visit) -> Response:
    """GET /formation/{course}/attestation: the record of the last time one passed it, as PDF/A."""
    which = str(came.request.path_params["course"])[:60]
    one, row = await registers_of(came.house).courses.passed(came.actor, which)
    facts = {
        "name": row.name,
        "organisation": came.house.settings.organisation,
        "day": locale.day("fr", row.at),
        "right": str(row.right),
        "asked": str(row.asked),
        "chain": row.chain,
    }
    asked = (Action.ACCOUNT_CHANGE, Resource("account", owner=came.actor.id))
    told = ToSend(f"Formation suivie\u00a0: {one.title}", attested(one, facts), asked=asked, spoken="fr")
    return as_response(await came.house.sending.file(came.actor, "fr", told, "pdf"))


async def everybody(came: Visit) -> Response:
    """GET /registres/formations: who followed what, who did not."""
    followed = await registers_of(came.house).courses.everybody(came.actor)
    facts = await gather(came.house)
    wanting = [one.name for one in facts.people or () if not still_counts(one.trained, facts.now)]
    titles = {one.id: english.course(one).title for one in courses()} if came.language == "en" else _TITLES
    rows = [(one, titles.get(one.course, one.course)) for one in followed]
    return came.page("courses.html", tabs=tabs(came), rows=rows, wanting=wanting)


def _again(came: Visit, course: Course, last: Followed) -> str:
    """Why it is to be followed again though it was passed; empty: it counts."""
    if last.digest != course.digest:
        return came.t("courses.changed")
    return "" if still_counts(last.at, came.house.clock.now()) else came.t("courses.old")


def _index(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 3 else None


WAYS = (
    Way("GET", HERE, course, Action.ACCOUNT_CHANGE, "refusal"),
    Way("GET", f"{HERE}/{{course}}/attestation", attestation, Action.ACCOUNT_CHANGE, "export"),
    Way("POST", f"{HERE}/{{course}}", answer, Action.ACCOUNT_CHANGE, "administration"),
    Way("GET", f"{REGISTERS}/formations", everybody, Action.REGISTER_READ, "refusal"),
)
