"""The library: spaces, documents and their states, passages, search."""

from demeure.library.catalogue import Catalogue, Page
from demeure.library.chunking import sentence_ends
from demeure.library.errors import DocumentUnknown, PassageUnknown
from demeure.library.fulltext import FullText, Read
from demeure.library.highlight import Line, Rect, Run, Window, edges, rects
from demeure.library.library import AlreadyPresent, Library
from demeure.library.listing import Cards, Facets, Shown
from demeure.library.naming import folder_path, shortened
from demeure.library.pieces import Pieces
from demeure.library.pipeline import Pipeline
from demeure.library.places import Look, Near, Passing, Stretch, page_of
from demeure.library.readiness import Pin, Readiness, Snapshot
from demeure.library.recognising import TO_RECOGNISE
from demeure.library.rooms import Rooms
from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.find import Finder, Finding, FoundDocument, FoundPassage
from demeure.library.search.query import French
from demeure.library.search.search import Hit, Retrieval, Searcher
from demeure.library.shelf import Document, Origin, Shelf, Space, document_of
from demeure.library.steps import Parts
from demeure.library.superseding import SEARCHABLE, superseded
from demeure.library.superseding import mark as mark_documents
from demeure.library.vector_source import EmbeddingModel
from demeure.library.viewing import View, Viewing, asynchronous
from demeure.library.wanted import Wanted
from demeure.library.written import written

__all__ = [
    "SEARCHABLE",
    "TO_RECOGNISE",
    "AlreadyPresent",
    "Cards",
    "Catalogue",
    "Confidence",
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
    "Hit",
    "Library",
    "Line",
    "Look",
    "Near",
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
    "Retrieval",
    "Rooms",
    "Run",
    "Searcher",
    "Shelf",
    "Shown",
    "Snapshot",
    "Space",
    "Stretch",
    "View",
    "Viewing",
    "Wanted",
    "Window",
    "asynchronous",
    "document_of",
    "edges",
    "folder_path",
    "mark_documents",
    "page_of",
    "rects",
    "sentence_ends",
    "shortened",
    "superseded",
    "written",
]
