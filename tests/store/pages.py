"""Decrypt an SQLCipher file page by page, free pages included, without SQLCipher: what is really left in it."""

from demeure.testing.canary import IV, MAC, PAGE, RESERVED, clear_pages

__all__ = ["IV", "MAC", "PAGE", "RESERVED", "clear_pages"]
