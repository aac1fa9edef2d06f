"""The library: spaces, documents and their states, passages, search."""

from demeure.library.chunking import sentence_ends
from demeure.library.library import AlreadyPresent, Library
from demeure.library.pipeline import Parts, Pipeline
from demeure.library.rooms import Rooms
from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.query import French
from demeure.library.search.search import Hit, Retrieval, Searcher
from demeure.library.shelf import Document, Shelf, Space

__all__ = [
    "AlreadyPresent",
    "Confidence",
    "Document",
    "Features",
    "French",
    "Hit",
    "Library",
    "Parts",
    "Pipeline",
    "Retrieval",
    "Rooms",
    "Searcher",
    "Shelf",
    "Space",
    "sentence_ends",
]
