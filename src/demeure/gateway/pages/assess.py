"""Administration, Évaluation: the first meeting, before any model is installed. Nothing is kept: the answers are
in the address, and the report is made again from them."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from demeure.advice import Answers, Assessment, Question, assessed, regions, report, sections
from demeure.advice.answers import from_words
from demeure.advice.errors import AnswerWrong
from demeure.errors import DemeureError
from demeure.gateway.house import Inventory
from demeure.gateway.markdown import Marks, render
from demeure.gateway.pages.administration import tabs
from demeure.gateway.pages.files import as_response
from demeure.gateway.sending import ToSend
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action, Resource
from demeure.sizing import this_machine

PATH = "/administration/evaluation"
FORMATS = ("pdf", "odt", "docx")


@dataclass(frozen=True)
class Field:
    """A question on the page. ``chosen``: ids; ``value``: of a line or a number; ``problem``: what is wrong with
    it."""

    question: Question
    chosen: tuple[str, ...]
    value: str
    problem: str


async def assess(came: Visit) -> Response:
    """GET /administration/evaluation: the questions; with answers in the address, the report too."""
    answers, typed, problems = _read(came)
    asked, wrong = bool(typed) and not problems, ""
    try:
        found = await _found(came, answers) if asked else None
    except DemeureError as problem:  # each answer is good, not all of them together: the form stays
        if problem.http_status >= 500:
            raise
        found, wrong = None, problem.sentence(came.language)
    title, text = report(found, came.language, _today(came)) if found else ("", "")
    return came.page(
        "assess.html",
        400 if problems or wrong else 200,
        tabs=tabs(came),
        sections=[
            (one.title(came.language), [_field(came, q, answers, typed, problems) for q in one.questions])
            for one in sections()
        ],
        title=title,
        report=_html(text) if found else "",
        policy=found.policy if found else "",
        formats=FORMATS,
        query=urlencode(_pairs(answers)),
        problem=came.t("assess.wrong") if problems else wrong,
        command="demeure assess --answers demeure-reponses.toml",
    )


async def answers_file(came: Visit) -> Response:
    """GET /administration/evaluation/reponses: the answers as the command reads them."""
    answers, _, problems = _read(came)
    if problems:
        raise next(iter(problems.values()))
    headers = {"content-disposition": 'attachment; filename="demeure-reponses.toml"'}
    return Response(answers.as_toml(), media_type="application/toml", headers=headers)


async def report_file(came: Visit) -> Response:
    """GET /administration/evaluation/rapport: the report as a file; journalled as every file that is made."""
    answers, _, problems = _read(came)
    if problems:
        raise next(iter(problems.values()))
    found = await _found(came, answers)
    title, text = report(found, came.language, _today(came))
    told = ToSend(title, text, asked=(Action.MODEL_CHANGE, Resource("house")))
    kind = came.request.query_params.get("format", "pdf")
    return as_response(await came.house.sending.file(came.actor, came.language, told, kind))


def _read(came: Visit) -> tuple[Answers, dict[str, list[str]], dict[str, DemeureError]]:
    """(answers that are good, what was typed, what is wrong). A box that nobody ticked sends nothing: a form that
    was sent says so by its last field."""
    query = came.request.query_params
    typed = {one.id: query.getlist(one.id) for section in sections() for one in section.questions}
    sent = "sent" in query
    answers = Answers()
    problems: dict[str, DemeureError] = {}
    for section in sections():
        for one in section.questions:
            words = [word[:200] for word in typed[one.id]]
            if not any(word.strip() for word in words) and not (sent and one.kind == "several"):
                continue
            try:
                answers = answers.answered(one.id, from_words(one, words))
            except AnswerWrong as problem:
                problems[one.id] = problem
    given = {name: words for name, words in typed.items() if words}
    return answers, given if given or not sent else {"sent": ["1"]}, problems


def _field(
    came: Visit, one: Question, answers: Answers, typed: dict[str, list[str]], problems: dict[str, DemeureError]
) -> Field:
    value: Any = answers.get(one.id)
    chosen = value if isinstance(value, tuple) else (value,) if one.kind == "choice" else ()
    problem = problems.get(one.id)
    if problem is not None and one.kind == "several":
        chosen = tuple(typed.get(one.id, ()))
    if one.id == "organisation" and one.id not in answers.given:
        value = came.house.settings.organisation
    shown = f"{value:.10g}".replace(".", "," if came.language == "fr" else ".") if one.decimals else str(value)
    if problem is not None:
        shown = (typed.get(one.id) or [""])[0][:200]
    return Field(one, chosen, shown, problem.sentence(came.language) if problem else "")


async def _found(came: Visit, answers: Answers) -> Assessment:
    try:
        inventory = await came.house.models.inventory()
    except DemeureError:  # the report does not need them
        inventory = Inventory((), 0, 0)
    own = this_machine(inventory.memory, inventory.cores, inventory.bench) if inventory.bench else None
    return await asyncio.to_thread(assessed, answers, inventory.memory, own)


def _html(text: str) -> Markup:
    """The report without the text of the policy, which the page shows by itself."""
    told = text.partition("```toml")[0].rpartition("## ")[0].replace("\n## ", "\n# ")
    return Markup(regions(render(told, Marks({}, ""))))  # noqa: S704 - rendered text, and ids of ours


def _pairs(answers: Answers) -> list[tuple[str, str]]:
    pairs = [("sent", "1")]
    for name, value in answers.given.items():
        pairs += [(name, one) for one in value] if isinstance(value, tuple) else [(name, str(value))]
    return pairs


def _today(came: Visit) -> Any:
    return came.house.clock.now().astimezone().date()


WAYS = (
    Way("GET", PATH, assess, Action.MODEL_CHANGE, "refusal"),
    Way("GET", f"{PATH}/reponses", answers_file, Action.MODEL_CHANGE, "refusal"),
    Way("GET", f"{PATH}/rapport", report_file, Action.MODEL_CHANGE, "export"),
)
