"""The pages, one file each: they read without scripts, and say what happened in the reader's language."""
