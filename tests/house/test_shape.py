"""The shape of the house as tests: sizes, names, places where dangerous things may be."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "demeure").rglob("*.py"))
MODULE_LINES, FUNCTION_LINES, LAUNCHER_LINES = 400, 60, 150
LONGER: dict[str, str] = dict.fromkeys(
    ("journal/verify.py", "journal/verify_statement.py"), "one file that a stranger copies, with its sentences"
)
"""``path`` or ``path:function`` → the reason why it may be longer."""

VAGUE = {"utils", "helpers", "manager", "base", "common", "core", "misc", "tools"}
ONLY_IN = {
    # what → files (prefixes under src/demeure) that may use it, and nobody else
    "subprocess": (
        "cli/",
        "testing/",
        "journal/stranger",
        "journal/verify_statement",
        "engine/models/sources",
        "engine/build",
        "engine/models/registry",
        "engine/models/npm",
        "proof/browser",
        "install/applying",
        "release/carried",
        "release/creating",
        "release/gathering",
        "release/service",
    ),
    "pickle": (),
    "random": ("testing/",),
    "requests": (),
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT / "src" / "demeure").as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_modules_and_functions_stay_readable(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if relative(path) not in LONGER:
        assert source.count("\n") <= MODULE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES or f"{relative(path)}:{node.name}" in LONGER, (
                f"{node.name}: {length} lines"
            )


def test_the_only_process_without_walls_stays_small() -> None:
    launcher = ROOT / "src" / "demeure" / "supervisor" / "launcher.py"
    assert launcher.read_text(encoding="utf-8").count("\n") <= LAUNCHER_LINES, "as docs/architecture.md says"


def test_names_say_something() -> None:
    assert not [relative(p) for p in SOURCES if p.stem in VAGUE or set(p.parts) & VAGUE]


def test_every_module_says_what_it_promises() -> None:
    silent = [
        relative(p) for p in SOURCES if p.read_text().strip() and not ast.get_docstring(ast.parse(p.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("module", ONLY_IN)
def test_dangerous_modules_stay_in_their_place(module: str) -> None:
    allowed = ONLY_IN[module]
    users = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [a.name.split(".")[0] for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [(node.module or "").split(".")[0]]
            if module in names:
                users.append(relative(path))
    assert [u for u in users if not u.startswith(allowed)] == []


def test_nothing_but_the_journal_room_opens_the_journal_folder_for_writing() -> None:
    writers = re.compile(r"""["']journal["']""")
    found = [relative(p) for p in SOURCES if writers.search(p.read_text()) and '/ "journal"' in p.read_text()]
    allowed = (
        "journal/",
        "confinement/profiles",
        "cli/journal_cmd",
        "cli/doctor_cmd",
        "store/",
        "testing/",
        "cli/instance",
        "release/trial",  # verifies
        "install/machine",  # looks at a date
    )
    assert [f for f in found if not f.startswith(allowed)] == []


def test_no_function_changes_the_clock_or_reads_it_behind_the_port() -> None:
    pattern = re.compile(r"datetime\.(now|utcnow)\(|time\.time\(")
    found = [relative(p) for p in SOURCES if pattern.search(p.read_text())]
    assert [f for f in found if f != "clock.py"] == []


def test_no_path_of_a_machine_and_no_registry_host_is_written() -> None:
    pattern = re.compile(r"(^|[^A-Za-z0-9_.])/(root|home|work)/|files\.pythonhosted|pypi\.org|registry\.npmjs")
    places = [
        *SOURCES,
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests").rglob("*.py"),
        ROOT / "Makefile",
    ]
    found = [
        str(p.relative_to(ROOT)) for p in places if p.exists() and pattern.search(p.read_text(encoding="utf-8"))
    ]
    assert [f for f in found if f != "tests/house/test_shape.py"] == []
