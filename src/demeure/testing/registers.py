"""The room of registers for the pages: the real one over a small real house, made when first asked."""

from typing import Any

from demeure.accountability import CourseRecords, Incidents, Registers, law
from demeure.clock import Clock
from demeure.gateway.course_room import CourseRoom
from demeure.gateway.incident_room import IncidentRoom
from demeure.gateway.register_room import RegisterRoom
from demeure.gateway.register_rows import HouseRows
from demeure.journal import Journal
from demeure.store import Database


def register_room(house: Database, clock: Clock, journal: Journal, **more: Any) -> RegisterRoom:
    """The real room over ``house``."""
    rows = HouseRows(house, clock, 30, law("gdpr-33").hours)
    incidents = IncidentRoom(Incidents(house, clock), journal)
    courses = CourseRoom(CourseRecords(house, clock), journal)
    return RegisterRoom(Registers(house, clock), rows, journal, incidents, courses, **more)
