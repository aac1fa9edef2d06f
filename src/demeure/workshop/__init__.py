"""Files in, text out: the asker's side of the workshop. The readers themselves are imported by the zygote alone."""

from demeure.workshop.client import HandedWorkshop, Workshop
from demeure.workshop.errors import (
    DocumentBomb,
    DocumentCorrupt,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentHasNoText,
    DocumentTooLarge,
    DocumentTooManyPages,
    DocumentUnreadable,
    DocumentUnsupported,
    DocumentWrongFormat,
    JobDied,
    JobFailed,
    JobLied,
    JobTooBig,
    JobTooLong,
    WorkshopBusy,
)
from demeure.workshop.flags import FLAGS
from demeure.workshop.flags import sentence as flag_sentence
from demeure.workshop.parts import Box, Part, ReadLimits, ReadSummary
from demeure.workshop.sniff import READ as READ_FORMATS
from demeure.workshop.sniff import announced_format

__all__ = [
    "FLAGS",
    "READ_FORMATS",
    "Box",
    "DocumentBomb",
    "DocumentCorrupt",
    "DocumentEmpty",
    "DocumentEncrypted",
    "DocumentHasNoText",
    "DocumentTooLarge",
    "DocumentTooManyPages",
    "DocumentUnreadable",
    "DocumentUnsupported",
    "DocumentWrongFormat",
    "HandedWorkshop",
    "JobDied",
    "JobFailed",
    "JobLied",
    "JobTooBig",
    "JobTooLong",
    "Part",
    "ReadLimits",
    "ReadSummary",
    "Workshop",
    "WorkshopBusy",
    "announced_format",
    "flag_sentence",
]
