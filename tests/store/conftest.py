"""A small real instance per test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.testing.store import Instance, make_instance

sys.path.insert(0, str(Path(__file__).parent))  # death.py, pages.py


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path / "instance")
    yield made
    made.close()
