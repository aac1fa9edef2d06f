"""Backups: an instant of the house, encrypted to recovery keys on paper, kept elsewhere, checked, restored,
drilled."""
