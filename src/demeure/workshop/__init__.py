"""Files in, text out; sheets in, PDF out: the asker's side of the workshop. The rest is the jobs'."""

from demeure.workshop.addressing import count_for_machines, for_machines, said_to_machines
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
    SheetNotSet,
    WorkshopBusy,
)
from demeure.workshop.flags import FLAGS, SUSPECT, telling
from demeure.workshop.flags import sentence as flag_sentence
from demeure.workshop.parts import Box, Language, Part, ReadLimits, ReadSummary
from demeure.workshop.render_answer import NARROWEST, WIDEST, PageImage
from demeure.workshop.render_asker import HandedRenderer, Renderer
from demeure.workshop.sheet import Code, Sheet, Steps
from demeure.workshop.sheet import Part as SheetPart
from demeure.workshop.sniff import READ as READ_FORMATS
from demeure.workshop.sniff import announced_format
from demeure.workshop.typeset_asker import HandedTypesetter, Typesetter

__all__ = [
    "FLAGS",
    "NARROWEST",
    "READ_FORMATS",
    "SUSPECT",
    "WIDEST",
    "Box",
    "Code",
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
    "HandedTypesetter",
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
    "Sheet",
    "SheetNotSet",
    "SheetPart",
    "Steps",
    "Typesetter",
    "Workshop",
    "WorkshopBusy",
    "announced_format",
    "count_for_machines",
    "flag_sentence",
    "for_machines",
    "said_to_machines",
    "telling",
]
