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
    LanguageDataAltered,
    LanguageDataMissing,
    PageAbsent,
    WorkshopBusy,
)
from demeure.workshop.flags import FLAGS, telling
from demeure.workshop.flags import sentence as flag_sentence
from demeure.workshop.parts import Box, Language, Part, ReadLimits, ReadSummary
from demeure.workshop.render_answer import NARROWEST, WIDEST, PageImage
from demeure.workshop.render_asker import HandedRenderer, Renderer
from demeure.workshop.sniff import READ as READ_FORMATS
from demeure.workshop.sniff import announced_format

__all__ = [
    "FLAGS",
    "NARROWEST",
    "READ_FORMATS",
    "WIDEST",
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
    "HandedRenderer",
    "HandedWorkshop",
    "JobDied",
    "JobFailed",
    "JobLied",
    "JobTooBig",
    "JobTooLong",
    "Language",
    "LanguageDataAltered",
    "LanguageDataMissing",
    "PageAbsent",
    "PageImage",
    "Part",
    "ReadLimits",
    "ReadSummary",
    "Renderer",
    "Workshop",
    "WorkshopBusy",
    "announced_format",
    "flag_sentence",
    "telling",
]
