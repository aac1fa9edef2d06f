"""Work that is told to end by anything ends as Ctrl-C ends it: what is half made is removed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def gently() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP (a terminal that closes) raise KeyboardInterrupt. ``nohup`` is obeyed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {sign: signal.getsignal(sign) for sign in _ENDS}
    try:
        for sign, how in former.items():
            if how is not signal.SIG_IGN:
                signal.signal(sign, _interrupted)
        yield
    finally:
        for sign, how in former.items():
            signal.signal(sign, how)


def _interrupted(_number: int, frame: FrameType | None) -> None:
    how = signal.getsignal(signal.SIGINT)  # within asyncio.run it cancels the work, and lets it close its entry
    if not callable(how):
        raise KeyboardInterrupt
    how(signal.SIGINT, frame)
