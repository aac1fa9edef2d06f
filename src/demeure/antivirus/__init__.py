"""Documents shown to the antivirus of the machine (clamd) before any reader opens them. Off by default."""

from demeure.antivirus.client import Antivirus, Clamd, Seen
from demeure.antivirus.errors import AntivirusAbsent, AntivirusDeclined, DocumentInfected

__all__ = ["Antivirus", "AntivirusAbsent", "AntivirusDeclined", "Clamd", "DocumentInfected", "Seen"]
