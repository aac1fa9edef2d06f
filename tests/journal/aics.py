"""The independent package aics-tlog, in this Python or, where this one is older than 3.12, in that of
``cache/oracle`` (made by tests/prepare.sh)."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_OWN = Path(__file__).resolve().parents[2] / "cache" / "oracle" / "bin" / "python"
ORACLE = sys.executable if importlib.util.find_spec("aics_tlog") else str(_OWN) if _OWN.exists() else ""
needs_aics = pytest.mark.skipif(
    not ORACLE, reason="oracle aics-tlog absent: no Python 3.12 or later (make test-tools)"
)


def agrees(what: str, told: dict[str, Any]) -> bool:
    """Does it find what we say? ``what``: a function of aics_oracle.py."""
    script = str(Path(__file__).with_name("aics_oracle.py"))
    run = subprocess.run(
        [ORACLE, "-I", script, what], input=json.dumps(told), capture_output=True, text=True, check=False
    )
    assert run.returncode or run.stdout == "agreed\n", run
    return run.returncode == 0
