"""People and their data: where somebody appears, their requests, what is given to them, what is erased for good."""

from demeure.persons.acts import ACTS, ERASURE
from demeure.persons.deadlines import days_late, left
from demeure.persons.erasing import Erasing
from demeure.persons.exporting import Exporting, Zip, number_of
from demeure.persons.files import GROUNDS, Asked, Files, Found
from demeure.persons.finding import PersonFinder
from demeure.persons.letters import LETTERS, Known, Treatment, letter, offered
from demeure.persons.places import KINDS, Finding, Report, Unsearched, sentence_of
from demeure.persons.pseudonymising import resealed
from demeure.persons.requests import CHOICES, Requests
from demeure.persons.room import PersonRoom, ToLookAt, Where, plain

__all__ = [
    "ACTS",
    "CHOICES",
    "ERASURE",
    "GROUNDS",
    "KINDS",
    "LETTERS",
    "Asked",
    "Erasing",
    "Exporting",
    "Files",
    "Finding",
    "Found",
    "Known",
    "PersonFinder",
    "PersonRoom",
    "Report",
    "Requests",
    "ToLookAt",
    "Treatment",
    "Unsearched",
    "Where",
    "Zip",
    "days_late",
    "left",
    "letter",
    "number_of",
    "offered",
    "plain",
    "resealed",
    "sentence_of",
]
