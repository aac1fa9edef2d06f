"""The extension of LibreOffice that speaks to this house: its sources, put together as one file to install.

Nothing of ``extension/`` is imported by the house: LibreOffice runs it, on a person's computer.
"""

from demeure.office.bundle import CODE, FILE_NAME, bundle, connection_code

__all__ = ["CODE", "FILE_NAME", "bundle", "connection_code"]
