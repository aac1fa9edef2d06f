"""People and their data: where somebody appears, their requests, what is given to them, what is erased for good."""

from demeure.persons.acts import ACTS, ERASURE
from demeure.persons.deadlines import days_late, left
from demeure.persons.erasing import Erasing
from demeure.persons.exporting import Exporting, Zip, number_of
from demeure.persons.files import GROUNDS, Asked, Files, Found
from demeure.persons.finding import PersonFinder
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
    "Asked",
    "Erasing",
    "Exporting",
    "Files",
    "Finding",
    "Found",
    "PersonFinder",
    "PersonRoom",
    "Report",
    "Requests",
    "ToLookAt",
    "Unsearched",
    "Where",
    "Zip",
    "days_late",
    "left",
    "number_of",
    "plain",
    "resealed",
    "sentence_of",
]
