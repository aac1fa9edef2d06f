"""Technical logs: one line on standard error, never content, never a name of a person."""

import sys
import traceback


def note(role: str, sentence: str) -> None:
    """One line for the technician."""
    print(f"[{role}] {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - the log is standard error


def surprise(where: str, problem: BaseException) -> None:
    """An unexpected exception: its type and places only, since messages may quote contents."""
    frames = traceback.extract_tb(problem.__traceback__)[-4:]
    places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames))
    note(where, f"{type(problem).__name__} at {places}")
