"""A machine for each test."""

from pathlib import Path

import pytest
from release_home import Machine, machine


@pytest.fixture
def home(tmp_path: Path) -> Machine:
    return machine(tmp_path)
