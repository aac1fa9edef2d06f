"""Resolve the dependencies of pyproject.toml into hashed lock files for Python 3.11 and later."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
COMMON += ["--no-emit-index-url", "--no-emit-find-links", "--quiet"]


def lock(name: str, *extra: str) -> None:
    """Write requirements/NAME.lock."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "requirements/build.in", *extra]
    subprocess.run([*command, *COMMON, "-o", f"requirements/{name}.lock"], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    lock("runtime")
    lock("dev", "--extra", "dev")
