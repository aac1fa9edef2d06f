"""Words: errors in two languages, generated pages up to date, nothing that only an authority may say."""

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import demeure
from demeure.errors import DemeureError, known_errors

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "src" / "demeure" / "gateway" / "static" / "demeure.css"


def every_error() -> list[type[DemeureError]]:
    for module in pkgutil.walk_packages(demeure.__path__, "demeure."):
        if module.name.endswith(("errors", "demeure.settings", "wire.channel")):
            importlib.import_module(module.name)
    return sorted(known_errors().values(), key=lambda c: c.__name__)


@pytest.mark.parametrize("error", every_error(), ids=lambda e: e.__name__)
def test_an_error_has_both_sentences_with_the_same_fields(error: type[DemeureError]) -> None:
    english = " ".join((error.__doc__ or "").split())
    assert english and "fr" in vars(error)
    assert english != error.fr
    fields = re.compile(r"\{(\w+)[^}]*\}")
    assert set(fields.findall(english)) == set(fields.findall(error.fr))
    assert english[-1] in ".?!}" and error.fr[-1] in ".?!}"


def test_no_two_errors_share_a_code() -> None:
    """Across a door an error is its code: another class of that name would tell another sentence."""
    every_error()
    pending, names = [DemeureError], list[str]()
    while pending:
        found = pending.pop()
        names.append(found.code())
        pending.extend(one for one in found.__subclasses__() if one.__module__.startswith("demeure."))
    assert sorted(names) == sorted(set(names))


def test_generated_pages_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_page_says_what_only_an_authority_may_say() -> None:
    banned = re.compile(r"\b(conforme|certifié|qualifié|compliant|certified)e?s?\b", re.IGNORECASE)
    pages = [*(ROOT / "src").rglob("*.html"), *(ROOT / "src").rglob("*.toml")]
    found = [p.name for p in pages if banned.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_page_names_another_origin() -> None:
    pattern = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)
    pages = [p for kind in ("*.html", "*.css", "*.js", "*.svg") for p in (ROOT / "src").rglob(kind)]
    assert [p.name for p in pages if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_blocks_of_the_style_sheet_are_closed() -> None:
    """A block left open hides in a layer or in a width all that follows it."""
    depth = 0
    for number, line in enumerate(STYLES.read_text(encoding="utf-8").split("\n"), 1):
        assert depth == 0 or not line.startswith("@layer"), f"line {number}"
        depth += line.count("{") - line.count("}")
        assert depth >= 0, f"line {number}"
    assert depth == 0


@pytest.mark.parametrize("french", sorted(path.name for path in (ROOT / "docs").glob("*-fr.md")))
def test_a_french_page_and_its_english_twin_name_each_other(french: str) -> None:
    english = french.replace("-fr.md", ".md")
    texts = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in (french, english)}
    assert f"]({english})" in texts[french][:600] and f"]({french})" in texts[english][:600]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    link = re.compile(r"\]\(([\w./-]+\.md)\b")
    links = {(page, found) for page in pages for found in link.findall(page.read_text(encoding="utf-8"))}
    assert links and [f"{page.name}: {to}" for page, to in sorted(links) if not (page.parent / to).is_file()] == []


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
@pytest.mark.parametrize("terminal", [{}, {"LC_ALL": "C"}, {"LANG": "fr_FR.UTF-8"}, {"LANG": "en_GB.UTF-8"}])
def test_make_says_what_each_of_its_targets_does_in_the_reader_s_language(terminal: dict[str, str]) -> None:
    lines = re.findall(r"^([a-z-]+):.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: words.split(" | ") for name, words in lines}
    assert len(told) > 10 and all(len(both) == 2 for both in told.values()), told
    environment = {"PATH": os.environ["PATH"], **terminal}
    command = ["make", "--silent", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    said = dict(line.split(maxsplit=1) for line in done.stdout.decode().splitlines())
    assert said == {name: both["en" not in terminal.get("LANG", "")] for name, both in told.items()}
    for page in ("README.md", "LISEZMOI.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert [name for name in told if f"`{name}`" not in text and f"make {name}" not in text] == [], page
