"""Personal data in a text: what is there, where, and why it is said so. Pure: no store, no wire, no model.

``examine(text)`` gives detections. See docs/personal-data.md for what each kind is and how well it is found.
"""

from demeure.personal.detection import CHECKED, KINDS, SENSITIVE, Detection, Kind
from demeure.personal.examine import EDITION, SURE, counts, examine

__all__ = ["CHECKED", "EDITION", "KINDS", "SENSITIVE", "SURE", "Detection", "Kind", "counts", "examine"]
