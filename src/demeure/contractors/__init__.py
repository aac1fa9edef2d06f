"""Contractors: the register, the windows opened for them, their recordings and reports."""

from demeure.contractors import bundle
from demeure.contractors.errors import (
    CommandOutOfScope,
    CommandsTooMany,
    CommandUnknown,
    CompanyInvalid,
    CompanyUnknown,
    NotAContractor,
    RecordingBroken,
    WindowClosed,
    WindowInvalid,
    WindowMoved,
    WindowNotInContract,
    WindowOwnWord,
    WindowTaken,
    WindowUnknown,
)
from demeure.contractors.recording import MARK, SHOWN, TYPED, Frame, Recording, cast, clean, head
from demeure.contractors.register import Company, Register, Told, Worker
from demeure.contractors.report import name_of, report
from demeure.contractors.scopes import COMMANDS, SCOPES, Command, Typed, offered, scopes_of, understood
from demeure.contractors.windows import MOST_MINUTES, Window, Windows

__all__ = [
    "COMMANDS",
    "MARK",
    "MOST_MINUTES",
    "SCOPES",
    "SHOWN",
    "TYPED",
    "Command",
    "CommandOutOfScope",
    "CommandUnknown",
    "CommandsTooMany",
    "Company",
    "CompanyInvalid",
    "CompanyUnknown",
    "Frame",
    "NotAContractor",
    "Recording",
    "RecordingBroken",
    "Register",
    "Told",
    "Typed",
    "Window",
    "WindowClosed",
    "WindowInvalid",
    "WindowMoved",
    "WindowNotInContract",
    "WindowOwnWord",
    "WindowTaken",
    "WindowUnknown",
    "Windows",
    "Worker",
    "bundle",
    "cast",
    "clean",
    "head",
    "name_of",
    "offered",
    "report",
    "scopes_of",
    "understood",
]
