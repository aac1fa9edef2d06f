"""Files in, text out; sheets and letters in, files out: the asker's side of the workshop. The rest is the jobs'."""

from demeure.workshop.addressing import count_for_machines, for_machines, said_to_machines
from demeure.workshop.answers import checked_answering
from demeure.workshop.client import HandedWorkshop, Workshop
from demeure.workshop.company import FILE_BYTES as COMPANION_BYTES
from demeure.workshop.company import FILES as COMPANIONS
from demeure.workshop.company import FORMATS as COMPANION_FORMATS
from demeure.workshop.company import TOGETHER_BYTES as COMPANY_BYTES
from demeure.workshop.company import Companion, Reading
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
    LetterNotWritten,
    PageAbsent,
    RecordingSilent,
    RecordingUnsupported,
    SheetNotSet,
    SpeechModelAltered,
    SpeechModelMissing,
    WorkshopBusy,
)
from demeure.workshop.export_asker import TYPES as FILE_TYPES
from demeure.workshop.export_asker import Exporter, HandedExporter
from demeure.workshop.flags import FLAGS, SUSPECT, telling
from demeure.workshop.flags import sentence as flag_sentence
from demeure.workshop.letter import FORMATS as FILE_FORMATS
from demeure.workshop.letter import MAIL_FORMATS, SHEET_FORMATS, Letter, LetterSource
from demeure.workshop.parts import MARGINS, Box, Language, Part, ReadLimits, ReadSummary, SpeechModel
from demeure.workshop.recordings import RATE, WIDTH, Said, SoundSummary, Window
from demeure.workshop.recordings import announced as announced_recording
from demeure.workshop.render_answer import NARROWEST, WIDEST, PageImage
from demeure.workshop.render_asker import HandedRenderer, Renderer
from demeure.workshop.replying import Answering, addresses
from demeure.workshop.sheet import Code, Sheet, Steps
from demeure.workshop.sheet import Part as SheetPart
from demeure.workshop.sniff import READ as READ_FORMATS
from demeure.workshop.sniff import announced_format
from demeure.workshop.sound_asker import TOGETHER, Ears, HandedEars
from demeure.workshop.typeset_asker import HandedTypesetter, Typesetter

__all__ = [
    "COMPANIONS",
    "COMPANION_BYTES",
    "COMPANION_FORMATS",
    "COMPANY_BYTES",
    "FILE_FORMATS",
    "FILE_TYPES",
    "FLAGS",
    "MAIL_FORMATS",
    "MARGINS",
    "NARROWEST",
    "RATE",
    "READ_FORMATS",
    "SHEET_FORMATS",
    "SUSPECT",
    "TOGETHER",
    "WIDEST",
    "WIDTH",
    "Answering",
    "Box",
    "Code",
    "Companion",
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
    "Ears",
    "Exporter",
    "HandedEars",
    "HandedExporter",
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
    "Letter",
    "LetterNotWritten",
    "LetterSource",
    "PageAbsent",
    "PageImage",
    "Part",
    "ReadLimits",
    "ReadSummary",
    "Reading",
    "RecordingSilent",
    "RecordingUnsupported",
    "Renderer",
    "Said",
    "Sheet",
    "SheetNotSet",
    "SheetPart",
    "SoundSummary",
    "SpeechModel",
    "SpeechModelAltered",
    "SpeechModelMissing",
    "Steps",
    "Typesetter",
    "Window",
    "Workshop",
    "WorkshopBusy",
    "addresses",
    "announced_format",
    "announced_recording",
    "checked_answering",
    "count_for_machines",
    "flag_sentence",
    "for_machines",
    "said_to_machines",
    "telling",
]
