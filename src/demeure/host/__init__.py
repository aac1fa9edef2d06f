"""The machine around the house, looked at and never changed: what else runs there that could send something,
and where.

A model may run on the spot while a monitoring agent sends everything out. Everything is read from files, under
a root that may be another tree than this machine's; nothing is run, asked of the network or written.
"""

from demeure.host.audit import audited
from demeure.host.finding import ALARM, GOOD, INFO, UNKNOWN, WARN, Finding
from demeure.host.kept import FILE, FOLDER, Audit, keep, read_audit

__all__ = [
    "ALARM",
    "FILE",
    "FOLDER",
    "GOOD",
    "INFO",
    "UNKNOWN",
    "WARN",
    "Audit",
    "Finding",
    "audited",
    "keep",
    "read_audit",
]
