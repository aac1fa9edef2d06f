"""Accountability: registers and files that the law asks for, made from what the house is. Measures, documents and
law are data; each measure cites the checks that prove it; what people wrote is kept across generations.

Pure but for ``Registers``, rows of the house's database: facts come from outside.
"""

from demeure.accountability import english
from demeure.accountability.agenda import Due, agenda
from demeure.accountability.cases import CourseRecords, Followed, Incident, Incidents
from demeure.accountability.checking import FAILED, HELD, UNKNOWN, Result
from demeure.accountability.checks import run
from demeure.accountability.courses import Course, Marked, courses, marked, still_counts
from demeure.accountability.documents import Document, Section, document, standing, titles, to_fill
from demeure.accountability.facts import (
    ClassFact,
    CompanyFact,
    Facts,
    ModelFact,
    PersonFact,
    ProofFact,
    RouteFact,
    SpaceFact,
)
from demeure.accountability.kept import Registers, Version, digest, seen
from demeure.accountability.law import Law, LawText, law, laws, texts
from demeure.accountability.measures import STATES, Measure, measures, named, told
from demeure.accountability.merge import Conflict, Merged, merge
from demeure.accountability.rendering import Kept, Part, communicable, markdown, parts, table

__all__ = [
    "FAILED",
    "HELD",
    "STATES",
    "UNKNOWN",
    "ClassFact",
    "CompanyFact",
    "Conflict",
    "Course",
    "CourseRecords",
    "Document",
    "Due",
    "Facts",
    "Followed",
    "Incident",
    "Incidents",
    "Kept",
    "Law",
    "LawText",
    "Marked",
    "Measure",
    "Merged",
    "ModelFact",
    "Part",
    "PersonFact",
    "ProofFact",
    "Registers",
    "Result",
    "RouteFact",
    "Section",
    "SpaceFact",
    "Version",
    "agenda",
    "communicable",
    "courses",
    "digest",
    "document",
    "english",
    "law",
    "laws",
    "markdown",
    "marked",
    "measures",
    "merge",
    "named",
    "parts",
    "run",
    "seen",
    "standing",
    "still_counts",
    "table",
    "texts",
    "titles",
    "to_fill",
    "told",
]
