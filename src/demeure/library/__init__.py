"""The library: spaces, documents and their states, passages, search."""

from demeure.library.around import cuts
from demeure.library.catalogue import MOST_AT_ONCE, Catalogue, Page, tag_word
from demeure.library.chunking import sentence_ends
from demeure.library.comparing import Change, Comparison
from demeure.library.comparing import Run as Words
from demeure.library.comparison import Compared, Comparing
from demeure.library.document import about, past_keeping
from demeure.library.errors import DocumentUnknown, PassageUnknown
from demeure.library.fulltext import FullText, Read
from demeure.library.health import Health, Report
from demeure.library.hidden import hidden
from demeure.library.highlight import Line, Rect, Run, Window, edges, rects
from demeure.library.library import AlreadyPresent, Library
from demeure.library.listing import Cards, Facets, Shown
from demeure.library.marked import Mark, Marked, marked
from demeure.library.marks import kinds_of
from demeure.library.naming import folder_path, shortened
from demeure.library.pieces import Pieces
from demeure.library.pipeline import Pipeline
from demeure.library.places import Look, Near, Passing, Stretch, page_of
from demeure.library.readiness import Pin, Readiness, Snapshot
from demeure.library.recognising import TO_RECOGNISE
from demeure.library.rooms import Rooms
from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.corrected import Corrected
from demeure.library.search.find import Finder, Finding, FoundDocument, FoundPassage
from demeure.library.search.query import French
from demeure.library.search.search import Hit, Retrieval, Searcher
from demeure.library.search.shut import DAMAGED, Shut
from demeure.library.search.synonyms import Synonyms
from demeure.library.shelf import Document, Origin, Shelf, Space, document_of
from demeure.library.standing import Standing, cite, standings
from demeure.library.steps import Parts
from demeure.library.superseding import SEARCHABLE, replaced
from demeure.library.superseding import mark as mark_documents
from demeure.library.tending import FIELDS as CARE_FIELDS
from demeure.library.tending import Near as NearlySame
from demeure.library.tending import Tending, Versions, care_values
from demeure.library.unanswered import Gap
from demeure.library.vector_source import EmbeddingModel
from demeure.library.versions.links import Link, Links
from demeure.library.viewing import View, Viewing, asynchronous
from demeure.library.wanted import Wanted
from demeure.library.written import written

__all__ = [
    "CARE_FIELDS",
    "DAMAGED",
    "MOST_AT_ONCE",
    "SEARCHABLE",
    "TO_RECOGNISE",
    "AlreadyPresent",
    "Cards",
    "Catalogue",
    "Change",
    "Compared",
    "Comparing",
    "Comparison",
    "Confidence",
    "Corrected",
    "Document",
    "DocumentUnknown",
    "EmbeddingModel",
    "Facets",
    "Features",
    "Finder",
    "Finding",
    "FoundDocument",
    "FoundPassage",
    "French",
    "FullText",
    "Gap",
    "Health",
    "Hit",
    "Library",
    "Line",
    "Link",
    "Links",
    "Look",
    "Mark",
    "Marked",
    "Near",
    "NearlySame",
    "Origin",
    "Page",
    "Parts",
    "PassageUnknown",
    "Passing",
    "Pieces",
    "Pin",
    "Pipeline",
    "Read",
    "Readiness",
    "Rect",
    "Report",
    "Retrieval",
    "Rooms",
    "Run",
    "Searcher",
    "Shelf",
    "Shown",
    "Shut",
    "Snapshot",
    "Space",
    "Standing",
    "Stretch",
    "Synonyms",
    "Tending",
    "Versions",
    "View",
    "Viewing",
    "Wanted",
    "Window",
    "Words",
    "about",
    "asynchronous",
    "care_values",
    "cite",
    "cuts",
    "document_of",
    "edges",
    "folder_path",
    "hidden",
    "kinds_of",
    "mark_documents",
    "marked",
    "page_of",
    "past_keeping",
    "rects",
    "replaced",
    "sentence_ends",
    "shortened",
    "standings",
    "tag_word",
    "written",
]
