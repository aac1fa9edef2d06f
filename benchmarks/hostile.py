"""Hostile files: each must end with a verdict that has a name, within limits, and nothing else may notice.

    python benchmarks/hostile.py [--dir DIR] [--cache DIR] [--offline] [--spoilt N] [--no-house] [--no-prove]

The files: those that tests/workshop makes (seeded), the test files in the sdists of six Python packages, Debian's
clamav-testfiles, and whatever lies in ``--dir``. What is fetched is kept in ``--cache``, its SHA-256 told; what
cannot be reached is left out, aloud. Names of files decide nothing: each is read under its own.

Three times: one boxed job a file in a workshop alone (verdict, seconds, memory of the job; pages are drawn too);
all of them added to a real house while somebody asks without a pause; and ``demeure prove``, whose probes stand in
jobs that are reading. Ends with 1 when a verdict has no name, a process of the house changed, or a probe got out.
"""

import argparse
import asyncio
import contextlib
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demeure.errors import DemeureError
from demeure.testing.hostility import Verdict, outcome_of, verdict, why_of
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import ReadLimits
from measure import finish, models_folder, parser, say, spread

ROOT = Path(__file__).resolve().parents[1]
SDISTS = ("pikepdf", "pypdf", "pdfminer.six", "openpyxl", "python-docx", "defusedxml")
DEBIAN = "clamav-testfiles"
KINDS = frozenset(
    [
        *("pdf", "docx", "docm", "dotx", "xlsx", "xlsm", "xltx", "xml", "zip", "html", "htm", "txt", "png", "jpg"),
        *(
            "jpeg",
            "tif",
            "tiff",
            "gif",
            "bin",
            "dat",
            "ods",
            "odt",
            "eml",
            "rtf",
            "csv",
            "jp2",
            "json",
            "xsl",
            "bmp",
        ),
        *("emf", "wmf", "p7m", "ttf"),
    ]
)
LARGEST = 64 << 20
LIMITS = ReadLimits(seconds=20, memory_mb=1024, characters=20_000_000, pages=5_000)
DRAWN = ("pdf", "png", "jpg", "jpeg", "tif", "tiff")
File = tuple[str, str, bytes]
"""Where it comes from, its name, its bytes."""


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--dir", type=Path, help="other files to read, at any depth")
    options.add_argument("--cache", type=Path, default=Path("cache/hostile"), help="where fetched files are kept")
    options.add_argument("--only", default="", help="files whose origin begins so (« made here:a.pdf »)")
    options.add_argument("--offline", action="store_true", help="fetch nothing")
    options.add_argument("--spoilt", type=int, default=8, help="spoilt copies of each good file (default 8)")
    options.add_argument("--no-house", action="store_true", help="the workshop alone")
    options.add_argument("--no-prove", action="store_true", help="no probes from inside")
    chosen = options.parse_args()
    fetched: dict[str, str] = {}
    every = [*_made(chosen.spoilt), *_fetched(chosen, fetched), *_given(chosen.dir)]
    files = [file for file in _unique(every) if file[0].startswith(chosen.only)]
    result: dict[str, Any] = {
        "files": len(files),
        "from": dict(Counter(origin.partition(":")[0] for origin, _, _ in files)),
        "fetched": fetched,
        "limits": asdict(LIMITS),
        "workshop": alone(files, chosen),
    }
    say(chosen, f"workshop: {result['workshop']['verdicts']}")
    if not chosen.no_prove:
        result["probes"] = probes()
        say(chosen, f"probes of jobs that read: {result['probes']}")
    if not chosen.no_house:
        result["house"] = in_a_house(files, chosen)
        say(chosen, f"house: {result['house']}")
    finish("hostile", result)
    bad = result["workshop"]["unnamed"] or result.get("probes", {}).get("open")
    bad = bad or result.get("house", {}).get("wrong")
    return 1 if bad else 0


# -- the files -----------------------------------------------------------------------------------------------------


def _made(spoilt: int) -> Iterator[File]:
    sys.path.insert(0, str(ROOT / "tests" / "workshop"))
    import hostile_files

    for case, (name, make) in hostile_files.everything(spoilt=spoilt).items():
        yield f"made here:{case}", name, make()


def _fetched(options: argparse.Namespace, told: dict[str, str]) -> Iterator[File]:
    options.cache.mkdir(parents=True, exist_ok=True)
    for package in SDISTS:
        if archive := _sdist(package, options, told):
            yield from _in_tar(package, archive)
    yield from _debian(options, told)


def _sdist(package: str, options: argparse.Namespace, told: dict[str, str]) -> Path | None:
    folder = options.cache / package
    if not _kept(folder, "*.tar.gz") and not options.offline:
        words = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", package]
        command = [sys.executable, "-m", "pip", *words, "--dest", str(folder), package]
        _run(command, f"{package}: its sdist could not be fetched")
    archive = _kept(folder, "*.tar.gz")
    if archive is None:
        print(f"hostile: no sdist of {package} here, left out", file=sys.stderr)
        return None
    told[archive.name] = hashlib.sha256(archive.read_bytes()).hexdigest()
    return archive


def _in_tar(package: str, archive: Path) -> Iterator[File]:
    """Members with the ending of a document; nothing is unpacked on the disk."""
    with tarfile.open(archive) as members:
        for member in members:
            ending = member.name.rpartition(".")[2].lower()
            if member.isfile() and ending in KINDS and member.size <= LARGEST:
                content = members.extractfile(member)
                if content is not None:
                    yield f"{package}:{member.name}", Path(member.name).name, content.read()


def _debian(options: argparse.Namespace, told: dict[str, str]) -> Iterator[File]:
    folder = options.cache / DEBIAN
    folder.mkdir(exist_ok=True)
    if not _kept(folder, "*.deb") and not options.offline and shutil.which("apt-get"):
        _run(["apt-get", "download", "-qq", DEBIAN], f"{DEBIAN} could not be fetched", folder)
    package = _kept(folder, "*.deb")
    if package is None or not shutil.which("dpkg-deb"):
        print(f"hostile: no {DEBIAN} here, left out", file=sys.stderr)
        return
    told[package.name] = hashlib.sha256(package.read_bytes()).hexdigest()
    packed = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() and "testfiles/" in member.name else None
            if content is not None:
                yield f"{DEBIAN}:{member.name}", Path(member.name).name, content.read()


def _given(folder: Path | None) -> Iterator[File]:
    """Ordinary files; what is no file, too large, unreadable or gone meanwhile is left out, aloud."""
    for path in sorted(folder.rglob("*")) if folder else ():
        told = os.fsencode(path).decode(errors="replace")  # a name of any bytes can be printed
        try:
            kind = path.lstat()
            if stat.S_ISREG(kind.st_mode) and kind.st_size <= LARGEST:
                yield f"given:{told}", path.name, path.read_bytes()
            elif not stat.S_ISDIR(kind.st_mode):
                print(f"hostile: {told!r} is no file, or too large: left out", file=sys.stderr)
        except OSError as problem:
            print(f"hostile: {told!r} left out: {problem.strerror}", file=sys.stderr)


def _unique(files: Sequence[File]) -> Iterator[File]:
    """The same bytes under the same name are read once."""
    seen: set[tuple[str, bytes]] = set()
    for origin, name, content in files:
        key = (name, hashlib.sha256(content).digest())
        if key not in seen:
            seen.add(key)
            yield origin, name, content


def _kept(folder: Path, pattern: str) -> Path | None:
    return next(iter(sorted(folder.glob(pattern))), None)


def _run(command: Sequence[str | Path], problem: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        print(f"hostile: {problem}: {(done.stderr.strip() or '?').splitlines()[-1]}", file=sys.stderr)


# -- one job a file ------------------------------------------------------------------------------------------------


def alone(files: Sequence[File], options: argparse.Namespace) -> dict[str, Any]:
    """A workshop without a house: what each file comes to, and what its job cost."""
    found: dict[str, Verdict] = {}
    drawn: Counter[str] = Counter()
    unnamed: dict[str, str] = {}
    with LoneWorkshop(tight=True) as shop, Weighing(shop.pid) as weighed:
        for origin, name, content in files:
            if (one := asyncio.run(verdict(shop, name, content, LIMITS))).seconds > LIMITS.seconds / 2:
                say(options, f"{origin}: {one.outcome} in {one.seconds} s")
            found[origin] = one
            if not one.named:
                unnamed[origin] = one.why
            if name.rpartition(".")[2].lower() in DRAWN:
                outcome, why = asyncio.run(_drawing(shop, name, content))
                drawn[outcome] += 1
                if outcome == "unnamed":
                    unnamed[f"{origin} (drawn)"] = why
        peak = weighed.peak
    seconds = [one.seconds for one in found.values()]
    slow = sorted(found.items(), key=lambda item: -item[1].seconds)[:5]
    return {
        "verdicts": dict(Counter(one.outcome for one in found.values())),
        "reasons": dict(Counter(one.why for one in found.values() if one.why).most_common()),
        "flags": dict(Counter(flag for one in found.values() for flag in one.flags).most_common()),
        "drawn": dict(drawn),
        "unnamed": unnamed,
        "seconds": spread(seconds),
        "slowest": {origin: one.seconds for origin, one in slow},
        "beyond_the_limit": [origin for origin, one in found.items() if one.seconds > LIMITS.seconds + 5],
        "largest_job_mb": peak >> 20,
    }


async def _drawing(shop: LoneWorkshop, name: str, content: bytes) -> tuple[str, str]:
    """The picture of its first page: drawn, refused or unnamed."""

    async def stream() -> Any:
        yield content

    try:
        await shop.renderer().render(stream(), name=name, page=1, width=600)
    except DemeureError as problem:
        outcome = outcome_of(problem)
        return ("refused" if outcome in ("refused", "stopped") else "unnamed"), why_of(problem)
    return "drawn", ""


class Weighing:
    """Watches the jobs of a zygote: the most memory that any of them held."""

    def __init__(self, zygote: int) -> None:
        self._children = Path(f"/proc/{zygote}/task/{zygote}/children")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak = 0

    def __enter__(self) -> "Weighing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            with contextlib.suppress(OSError, ValueError, StopIteration):
                for pid in self._children.read_text().split():
                    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                    held = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
                    self.peak = max(self.peak, held)


# -- probes from inside a job that reads --------------------------------------------------------------------------


def probes() -> dict[str, Any]:
    """``demeure prove``: what the probes of jobs that read found."""
    with tempfile.TemporaryDirectory(prefix="demeure-hostile-") as scratch:
        words = ["-m", "demeure.cli.main", "--instance", str(Path(scratch) / "instance"), "prove", "--json"]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"demeure prove said nothing: {done.stderr[-500:]}") from None
    mine = [probe for probe in told["probes"] if probe["role"] == "workshop:read"]
    counts = Counter(probe["verdict"] for probe in mine)
    opened = [probe["name"] for probe in mine if probe["verdict"] == "ouvert"]
    return {
        "tried": len(mine),
        "blocked": counts["bloqué"],
        "open": opened,
        "inconclusive": len(mine) - counts["bloqué"] - len(opened),
        "ladder": told["ladder"],
    }


# -- a real house --------------------------------------------------------------------------------------------------


def in_a_house(files: Sequence[File], options: argparse.Namespace) -> dict[str, Any]:
    """Every file added to an open house; somebody asks meanwhile; nobody may notice."""
    for room in ("endurance", "workshop"):
        sys.path.insert(0, str(ROOT / "tests" / room))
    with models_folder() as models:
        os.environ["DEMEURE_TEST_MODELS"] = str(models)
    import test_malformed as malformed
    from real_house import ROLES, RealHouse, prepared, until

    with tempfile.TemporaryDirectory(prefix="demeure-hostile-") as scratch:
        house = RealHouse(prepared(Path(scratch) / "instance"))
        house.start()
        try:
            house.sign_in()
            until(house.engines_ready, "the engines", 120)
            return _everybody(house, files, (malformed, ROLES, options))
        finally:
            house.close()


def _everybody(
    house: Any, files: Sequence[File], tools: tuple[Any, Sequence[str], argparse.Namespace]
) -> dict[str, Any]:
    malformed, roles, options = tools
    shelves, town = malformed.Shelves(house), house.space("Mairie")
    before = {role: house.pid(role) for role in roles}
    begin = time.monotonic()
    with house.client() as client:
        good = malformed.send(client, town, "conseil.docx", malformed.files.good_docx())
        malformed.settled(client, good, 60)
        reader = malformed.Reader(house, town)
        try:
            sent = {o: _sent(client, shelves, name, content) for o, name, content in files}
            rows = {}
            for number, (origin, document) in enumerate(sent.items()):
                if isinstance(document, str):
                    rows[origin] = malformed.settled(client, document, malformed.LONGEST)
                if number % 100 == 99:
                    say(options, f"{number + 1} settled after {time.monotonic() - begin:.0f} s")
        finally:
            reader.stop()
        left = malformed.send(client, town, "dernier.odt", malformed.files.good_odt())
        serves_on = malformed.settled(client, left, 60)["state"] in malformed.READ
    after = {role: house.pid(role) for role in roles}
    wrong = {o: row for o, row in rows.items() if row["state"] == "failed" and not row["reason_fr"]}
    unanswered = [told for told, _ in reader.answers if told.outcome != "done" or not told.shown]
    changed = [role for role in roles if before[role] != after[role]]
    return {
        "documents": len(rows),
        "refused_at_the_door": dict(Counter(code for code in sent.values() if not isinstance(code, str))),
        "states": dict(Counter(row["state"] for row in rows.values())),
        "reasons": dict(Counter(row["reason"] for row in rows.values() if row["reason"]).most_common()),
        "questions_meanwhile": len(reader.answers),
        "slowest_answer_s": round(max((seconds for _, seconds in reader.answers), default=0.0), 1),
        "seconds": round(time.monotonic() - begin),
        "processes_changed": changed,
        "jobs_left": len(house.jobs()),
        "serves_on": serves_on,
        "wrong": [*wrong, *changed, *(["unanswered"] if unanswered else []), *([] if serves_on else ["stopped"])],
    }


def _sent(client: Any, shelves: Any, name: str, content: bytes) -> str | int:
    """The document's id, or the status of the refusal."""
    answer = client.post(
        "/api/documents", params={"space": shelves.place(content), "name": name}, content=content, timeout=120
    )
    return str(answer.json()["documents"][0]["id"]) if answer.status_code == 201 else int(answer.status_code)


if __name__ == "__main__":
    sys.exit(main())
