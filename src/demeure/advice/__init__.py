"""The first meeting: from answers to a report (uses ranked, a first policy, machine and models, a plan, costs).
Pure: reads nothing but its own data files; answers come and go as text."""

from demeure.advice.answers import Answers, read_answers
from demeure.advice.assessment import Assessment, RankedUse, assessed
from demeure.advice.duties import Duty, calendar, duties
from demeure.advice.questions import Question, Section, sections
from demeure.advice.regions import regions
from demeure.advice.report import report

__all__ = [
    "Answers",
    "Assessment",
    "Duty",
    "Question",
    "RankedUse",
    "Section",
    "assessed",
    "calendar",
    "duties",
    "read_answers",
    "regions",
    "report",
    "sections",
]
