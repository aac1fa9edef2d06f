"""Turns the text sources of the sample base into office files, PDF and mail."""
