"""What is looked at from time to time, however much else is heard."""

import time

import pytest

from demeure.supervisor import turns
from demeure.supervisor.turns import Turns


def test_each_look_has_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    seen: list[str] = []
    looks = Turns((1.0, lambda: seen.append("a")), (30.0, lambda: seen.append("b")), (5.0, None))
    assert looks.take(None) == 1.0 and seen == []
    for _ in range(90):  # somebody speaks three times a second
        now[0] += 1 / 3
        assert 0.0 <= (looks.take(None) or 0.0) <= 1.0
    now[0] += 1
    looks.take(None)
    assert seen.count("a") >= 22 and seen.count("b") == 1
    assert looks.take(now[0] + 0.25) == pytest.approx(0.25) and looks.take(now[0] - 3) == 0.0


def test_nothing_to_look_at_is_no_wait() -> None:
    assert Turns((1.0, None)).take(None) is None
    assert 4.0 < (Turns((1.0, None)).take(time.monotonic() + 5) or 0.0) <= 5.0
